"""The window of a telephone: one thing at a time, and nothing wider than it."""

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.browser

WIDER = "document.documentElement.scrollWidth - innerWidth"


async def test_at_390_pixels_everything_has_its_turn(here):
    """Channels slide in, threads and forms take the whole window, names are completed."""
    window = await here.window("U0ONCALL", size=(390, 844))
    page = window.page
    box = page.locator("#composer textarea")
    await box.press_sequentially("ask @sta")
    await expect(page.locator("#composer").get_by_role("option", name="staffer")).to_be_visible()
    await box.press("Enter")
    await expect(box).to_have_value("ask @staffer ")
    await box.press("Enter")
    message = page.locator(".message", has_text="ask @Staffer Name")
    await message.hover()
    await message.get_by_role("button", name="Reply in thread").click()
    reply = page.locator("#thread textarea")
    await reply.fill("in the thread")
    await reply.press("Enter")
    await expect(page.locator("#thread-messages").get_by_text("in the thread")).to_be_visible()
    await expect(page.locator("#messages").get_by_text("1 reply")).to_be_attached()
    await page.get_by_role("button", name="Close thread").click()

    for words in ("/pm show", "/pm menus"):
        await window.say(words)
    await expect(page.locator(".message", has_text="Queue email-sending")).to_be_visible()
    assert await page.evaluate(WIDER) <= 0
    await window.say("/pm everything")
    form = await page.get_by_role("dialog", name="Everything").bounding_box()
    assert form == await page.locator("#app").bounding_box()
    assert (form["width"], form["height"] + form["y"]) == (390, 844)
    await page.keyboard.press("Escape")

    menu = page.get_by_role("button", name="Show channels")
    await menu.click()
    await page.locator("#sidebar").get_by_role("button", name="finance").click()
    await expect(page.get_by_role("heading", name="finance", exact=True)).to_be_visible()
    await expect(page.locator("#sidebar")).not_to_be_in_viewport()
    assert await page.evaluate(WIDER) <= 0
    assert window.problems == []
