"""Stripe's published schema: which parameters each method takes, which fields each object has."""
