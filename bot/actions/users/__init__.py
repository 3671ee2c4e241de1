"""Customers' accounts: found, looked at, suspended and helped."""
