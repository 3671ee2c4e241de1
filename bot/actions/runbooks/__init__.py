"""Runbooks: found, shown, and said to be still right."""
