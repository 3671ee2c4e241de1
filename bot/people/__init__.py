"""Who is who: Slack accounts and staff."""
