"""What the workspace holds: people, channels, messages, views, files; and how Slack writes them as JSON."""
