"""Stripe: its objects, and in which order they came to be."""
