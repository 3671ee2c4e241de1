"""The morning digest on the screen: what needs somebody first, a chart, and details for the viewer alone."""

import pytest
from playwright.async_api import Browser, expect

from bot.demo import world
from bot.demo.world import World
from tests.conftest import running_bot, until
from tests.e2e.conftest import open_window
from tests.integration.test_digest import due

pytestmark = pytest.mark.browser
OPERATIONS = "C0OPERATIONS"


async def test_the_digest_is_read_and_looked_into(surroundings: World, browser: Browser) -> None:
    """Red first, the night's mails against four others, and a button whose answer nobody else sees."""
    await due(surroundings)
    async with running_bot(surroundings):
        oncall = await open_window(browser, surroundings.slack_url, world.slack_id("oncall"), OPERATIONS, (1280, 960))
        security = await open_window(browser, surroundings.slack_url, world.slack_id("security"), OPERATIONS)
        digest = oncall.page.locator(".message", has_text="things need attention")
        await expect(digest).to_contain_text("Red · IP 203.0.113.65: listed at blocklist.example")
        await expect(digest.locator("figure svg polyline")).to_have_count(5)
        await oncall.picture("digest")
        await digest.get_by_role("combobox", name="Show details").click()
        await oncall.page.get_by_role("option", name="Show the sending IPs").click()
        await expect(oncall.page.get_by_text("Sending IPs")).to_be_visible()
        await expect(security.page.locator(".message", has_text="things need attention")).to_be_visible()
        await expect(security.page.get_by_text("Sending IPs")).to_have_count(0)
        assert oncall.problems == security.problems == []


async def test_where_charts_are_refused_a_picture_is_shown(surroundings: World, browser: Browser) -> None:
    """The page shows the file that was uploaded, with words for who cannot see it."""
    surroundings.slack.workspace.refused_blocks = frozenset({"data_visualization"})
    await due(surroundings)
    async with running_bot(surroundings):
        window = await open_window(browser, surroundings.slack_url, world.slack_id("oncall"), OPERATIONS)
        picture = window.page.get_by_role("img", name="Mails sent per hour of the night")
        await expect(picture).to_be_visible()
        await picture.scroll_into_view_if_needed()
        await until(lambda: picture.evaluate("image => image.complete && image.naturalWidth > 600"))
        assert window.problems == []
