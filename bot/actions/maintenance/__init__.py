"""Maintenance windows: announced, begun, extended, ended."""
