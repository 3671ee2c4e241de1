"""Who gets in at all: becoming staff, leaving, and asking the platform about it."""
