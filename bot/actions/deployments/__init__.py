"""Deployments: which there were, begun and rolled back by way of CI."""
