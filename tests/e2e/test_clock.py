"""The clock in the demo's page: time is let pass, and what it did is there."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from bot.demo.world import World
from tests.conftest import OPS
from tests.e2e.conftest import open_window
from tests.passing_time import movable

pytestmark = pytest.mark.browser


@pytest.fixture
async def around(surroundings: World) -> AsyncIterator[World]:
    async with movable(surroundings) as world_with_clock:
        yield world_with_clock


async def test_a_visitor_goes_to_what_comes_next(around: World, browser: Browser) -> None:
    """The notice before a pause ends, then its end: each listed before, each there when one has gone to it."""
    window = await open_window(browser, around.slack_url, "U0ONCALL", OPS)
    page, clock = window.page, window.page.get_by_role("tabpanel", name="Clock")
    await page.get_by_role("button", name="Clock").click()
    await expect(clock).to_contain_text("Same time as this machine.")
    await window.say("/pm pause email-sending for 2h because customers complain")
    await page.locator(".message button", has_text="Pause email-sending").click()
    await expect(clock).to_contain_text("The pause of request 1 ends automatically")

    await clock.get_by_role("button", name="is told that it ends soon").click()
    await expect(clock).to_contain_text("1 h 45 min later than on this machine.")
    await page.locator(".place", has_text="PenguinMails Ops").click()
    notice = page.locator(".message", has_text="Ends automatically")
    await expect(notice.get_by_role("button", name="Extend by 1 h")).to_be_visible()
    await clock.get_by_role("button", name="ends automatically").click()
    await expect(page.locator(".message", has_text="email-sending paused (request 1)")).to_contain_text("Ended")
    await expect(page.get_by_role("button", name="Clock +2 h")).to_be_visible()
    await page.locator(".place", has_text="operations").click()
    await expect(page.locator(".message", has_text="email-sending runs again")).to_be_visible()
    await window.picture("clock")
    assert window.problems == []


async def test_without_a_demo_the_panel_says_so(surroundings: World, browser: Browser) -> None:
    """Another bot's developer sees why there is nothing to press."""
    window = await open_window(browser, surroundings.slack_url, "U0ONCALL", OPS)
    await window.page.get_by_role("button", name="Clock").click()
    await expect(window.page.get_by_text("Time passes by itself here.")).to_be_visible()
