"""Incidents: a channel, its roles, its clocks, its timeline."""
