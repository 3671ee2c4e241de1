"""Deployments: their events, a card each, and what was measured before and after."""
