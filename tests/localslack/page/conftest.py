"""A local Slack with the kitchen's app in it, for windows to be opened on."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from localslack import LocalSlack
from tests.browser import Window, browser, open_window
from tests.localslack.page import kitchen

__all__ = ["browser"]


@dataclass
class Kitchen:
    """`seen` is what the app got of its inputs, oldest first."""

    slack: LocalSlack
    seen: list[kitchen.Json]
    browser: Browser

    async def window(self, user: str, channel: str = kitchen.OPS, size: tuple[int, int] = (1280, 800)) -> Window:
        return await open_window(self.browser, self.slack.base_url, user, channel, size)


@pytest.fixture
async def here(browser: Browser) -> AsyncIterator[Kitchen]:
    slack, seen = LocalSlack(kitchen.workspace(), ack_seconds=1.5), []
    async with slack.serve(), kitchen.connected(slack, seen):
        yield Kitchen(slack, seen, browser)
