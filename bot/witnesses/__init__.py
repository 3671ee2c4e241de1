"""Witnesses of the audit trail: what is told the newest root, so that nobody can rewrite the trail unseen."""
