"""Hostile input against real processes: `make fuzz COUNT=20000 SEED=7`; which answers there are stands in answers.py.

A fault names the seed and the case; `make fuzz SEED=7 COUNT=20000 ONLY=1234` plays that one again.
"""
