"""The sections of the digests: each a dataclass of facts, read by set-based SQL."""
