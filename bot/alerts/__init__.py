"""Threshold alerts: rules in TOML on metrics in SQL; one row, and so one message, for each problem."""
