"""The bot watches itself, and tells by a second route when it is silent (promise 13)."""
