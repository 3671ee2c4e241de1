"""Feature flags: what they are for whom, by which rule, and changing that."""
