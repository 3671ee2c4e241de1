"""What is done about Stripe and the platform's copy of it."""
