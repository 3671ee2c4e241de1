"""Maintenance windows: announced, reminded of, begun, ended and summed up, each once."""
