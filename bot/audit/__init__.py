"""The trail that only grows."""
