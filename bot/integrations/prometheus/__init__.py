"""Prometheus, where it watches the platform already: what a rule asks of it in PromQL."""
