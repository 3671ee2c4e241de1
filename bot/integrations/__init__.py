"""The systems around the bot: one file each. Without its setting an integration is absent, and says so."""
