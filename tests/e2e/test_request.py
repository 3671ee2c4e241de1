"""Access asked for in the page: from the refusal to the role, by the button that stands beside the no."""

import re

import pytest
from playwright.async_api import Browser, expect

from bot.demo.world import World
from tests.conftest import OPS
from tests.e2e.conftest import open_window

pytestmark = pytest.mark.browser


async def test_a_no_leads_to_the_role_and_what_was_asked_for_goes_through(bot_world: World, browser: Browser) -> None:
    """On a phone: the form is filled in but for the reason; who may give roles gives it; then the pause is a card."""
    support = await open_window(browser, bot_world.slack_url, "U0SUPPORT", OPS, size=(390, 844))
    await support.say("/pm pause email-sending:low because customers complain")
    refused = support.page.locator(".message", has_text="It needs the permission queue.pause")
    await refused.get_by_role("button", name=re.compile("^Request the role engineering")).click()
    form = support.page.get_by_role("dialog")
    await expect(form.get_by_role("heading", name="Request access")).to_be_visible()
    await form.get_by_label("For how long").fill("2h")
    await form.get_by_label("Reason").fill("nobody of operations is here")
    await form.get_by_role("button", name="Send request").click()

    security = await open_window(browser, bot_world.slack_url, "U0SECURITY", OPS)
    asked = security.page.locator(".message", has_text="Give engineering to Léa Marchand for 2 h (they asked for it)")
    await expect(asked).to_contain_text("nobody of operations is here")
    await asked.get_by_role("button", name=re.compile("^Give engineering")).click()
    given = security.page.locator(".message", has_text="confirmed by the platform").last
    await expect(given).to_contain_text("Ends automatically")

    await support.say("/pm pause email-sending:low because customers complain")
    again = support.page.locator(".message", has_text="Pause email-sending:low").last
    await expect(again).to_contain_text("waiting for Léa Marchand to confirm")
    assert support.problems == security.problems == []
