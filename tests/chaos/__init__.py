"""The whole bot as real processes under a seeded schedule of trouble; afterwards, what must always be true is tried.

`python -m tests.chaos --runs 120 --seed 1` plays seeds 1 to 120, one after the other (`make chaos`).
"""
