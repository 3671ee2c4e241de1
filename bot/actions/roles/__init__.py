"""Giving and taking roles, and who holds which."""
