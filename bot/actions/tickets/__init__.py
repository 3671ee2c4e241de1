"""Tickets: what somebody asks a team to look at."""
