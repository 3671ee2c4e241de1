"""Carriers of the promises about what is seen: 7 to 11.

Each `drop` takes one carrier away and names the tests that must then fail.
"""
