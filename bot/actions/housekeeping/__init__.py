"""Keeping the platform in order: what is left over, and what contradicts itself."""
