"""Requests themselves: which there are, and taking one's own back."""
