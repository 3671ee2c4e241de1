"""The policy as a file that people keep: what it may say, how it differs from another, and what it asks of whom."""
