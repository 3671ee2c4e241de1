"""Alerts and their silences."""
