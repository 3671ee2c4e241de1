"""PagerDuty: what of alerts is told there (Events API v2), and who is on call by its schedules (REST API)."""
