"""Scheduled reports and their sections; threshold alerts."""
