"""The second routes: a file each. What tells people that the bot is silent does not go by way of Slack."""
