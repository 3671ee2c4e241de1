"""Mistakes made by hand, such as an experienced engineer makes: the tests have to notice (docs/mutation.md).

A file for each area (`pipeline.toml`, …) lists them: what the mistake is, in plain words; the file, what stands there
and what would; and the test files that concern it, below tests/. Whoever adds one writes it before looking whether a
test notices.
"""
