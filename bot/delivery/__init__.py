"""Messages to Slack: sent once, brought up to date, found again; the channels they go to."""
