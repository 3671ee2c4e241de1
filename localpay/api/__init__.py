"""Stripe's API: which methods there are, and how a request becomes an answer."""
