"""The browser, for what the bot shows in the page of the local Slack."""

from tests.browser import Window, browser, open_window

__all__ = ["Window", "browser", "open_window"]
