"""Tickets in Slack: their cards and buttons, what is told of them, and what the clock sees to."""
