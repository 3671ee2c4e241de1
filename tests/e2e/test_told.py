"""Rejecting with a reason, and what whoever asked hears of it: in two browsers, one of them a phone."""

import pytest
from playwright.async_api import Browser, expect

from bot.demo import world
from bot.demo.world import World
from tests.conftest import running_bot
from tests.e2e.conftest import open_window

pytestmark = pytest.mark.browser
OPERATIONS, PHONE = "C0OPERATIONS", (390, 844)


async def test_a_reason_is_asked_for_and_reaches_whoever_asked(surroundings: World, browser: Browser) -> None:
    """The form, the card and the direct message say it; the message leads back to the card."""
    async with running_bot(surroundings):
        oncall = await open_window(browser, surroundings.slack_url, world.slack_id("oncall"), OPERATIONS)
        security = await open_window(browser, surroundings.slack_url, world.slack_id("security"), OPERATIONS, PHONE)
        await oncall.say("/pm revoke @staffer because laptop stolen")
        card = security.page.locator(".message", has_text="Sign out Priya Raghunathan everywhere")
        labels = card.locator("table tr > :first-child p")
        await expect(labels).to_contain_text(["Account", "Now", "After", "Reason"])
        heights = await labels.evaluate_all("cells => cells.map(one => one.getClientRects()[0].height)")
        assert max(heights) < 1.5 * min(heights)  # none is broken into two lines
        assert await security.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

        await card.get_by_role("button", name="Reject").click()
        form = security.page.get_by_role("dialog", name="Reject request")
        await form.get_by_role("textbox").fill("she works from home today")
        await form.get_by_role("button", name="Reject").click()
        await expect(card).to_contain_text("rejected by Amara Okonkwo")
        await expect(card).to_contain_text("she works from home today")
        await expect(card.get_by_role("button")).to_have_count(0)

        await oncall.page.get_by_text("PenguinMails Ops", exact=True).first.click()
        told = oncall.page.locator(".message", has_text="Rejected, nothing was done")
        await expect(told).to_contain_text("Reason: she works from home today")
        await told.get_by_role("link", name="request 1").click()
        await expect(oncall.page.locator(".message", has_text="rejected by Amara Okonkwo").first).to_be_visible()
        assert oncall.problems == security.problems == []
