"""Runbooks: a folder of Markdown, indexed; the package's own in `pages`."""
