"""Alerts that others evaluate: what Alertmanager and Grafana say by webhook, a group at a time."""
