"""The platform's own settings."""
