"""The mirror of Stripe's subscriptions, and the door its events come in by."""
