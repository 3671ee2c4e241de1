"""The bot's own tables, in the schema `pmbot`, and how sessions on them are opened."""
