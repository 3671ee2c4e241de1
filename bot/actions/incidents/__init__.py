"""Incidents: declared, led, told of, resolved, learnt from."""
