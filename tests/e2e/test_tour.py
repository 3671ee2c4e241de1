"""The guided tour in the page, as a newcomer takes it: one step done oneself, the next one done for one."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from bot.demo.scenarios.stage import Surroundings
from bot.demo.scenarios.tours import GuidedTours
from bot.demo.world import World
from tests.conftest import OPS
from tests.e2e.conftest import open_window

pytestmark = pytest.mark.browser
QUESTIONS = ["Who asked?", "Who decided?", "What happened?", "How does one know?", "How is it undone?"]
DONE = "Done: 16 steps in 4 parts. 11 of them were checks: all were as expected."


@pytest.fixture
async def around(bot_world: World) -> AsyncIterator[World]:
    """The demo's world with its tours."""
    tours = GuidedTours(Surroundings(bot_world.slack, bot_world.database_url, bot_world.platform_url))
    bot_world.slack.tours = tours
    yield bot_world
    await tours.close()


async def test_a_newcomer_takes_the_tour(around: World, browser: Browser) -> None:
    """Offered once; what is to be used is marked; what comes true ticks by itself; in the end there are answers."""
    window = await open_window(browser, around.slack_url, "U0ONCALL", OPS)
    page, tour = window.page, window.page.get_by_role("tabpanel", name="Tour")
    await expect(page.get_by_text("New here? Take the tour: a stolen laptop, two minutes.")).to_be_visible()
    await page.get_by_role("button", name="Take the tour").click()
    now = tour.locator(".t-step.now")
    await expect(now).to_contain_text("Your turn, as Óscar Peñalver.")
    await expect(page.locator("#composer .highlighted")).to_be_visible()

    await expect(now).to_contain_text("/pm suspend @staffer because laptop stolen")
    await expect(tour.locator(".t-title")).to_contain_text("part 1 of 4")

    await window.say("/pm suspend @staffer because laptop stolen")
    await expect(tour.locator(".t-step.fresh").last).to_contain_text("the platform answered 200 at")
    await tour.get_by_role("button", name="Next", exact=True).click()
    await expect(now).to_contain_text("This is Amara Okonkwo's part; you are Óscar Peñalver now.")
    await expect(page.locator("#who.highlighted")).to_be_visible()
    await window.picture("tour")
    await tour.get_by_role("button", name="Do it for me, as Amara").click()
    await expect(page.locator("#who")).to_have_value("U0SECURITY")
    await expect(tour.locator(".t-step.fresh", has_text="it is refused")).to_contain_text(", and 401 at")
    await expect(tour.locator(".t-step.fresh").last).to_contain_text("Amara Okonkwo decided")
    await tour.get_by_role("button", name="Next", exact=True).click()
    await expect(now).to_contain_text("Once Priya has a new laptop")
    await tour.get_by_role("button", name="Do it for me, as Amara").click()
    await tour.get_by_role("button", name="Next", exact=True).click()
    await expect(now).to_contain_text("This is Ingrid Sørensen's part; you are Amara Okonkwo now.")
    await tour.get_by_role("button", name="Do it for me, as Ingrid").click()
    await expect(tour.locator(".t-verdict")).to_have_text(DONE)
    await expect(tour.locator(".t-answers dt")).to_have_text(QUESTIONS)
    await expect(tour.locator(".t-step.done")).to_have_count(16)
    await expect(page.locator(".message", has_text="Reinstated Priya Raghunathan")).to_be_visible()

    await tour.get_by_role("button", name="All tours").click()
    await expect(tour.get_by_role("button", name="Start: Double click")).to_be_visible()
    await expect(tour.get_by_text("✓ done")).to_be_in_viewport()
    await expect(tour.get_by_text("1 of 6 done")).to_be_in_viewport()
    await expect(tour.get_by_role("button", name="Start: Finance's day")).to_be_hidden()
    await tour.get_by_text("A day at work").click()
    await expect(tour.get_by_role("button", name="Start: Finance's day")).to_be_visible()
    await page.reload()
    await expect(page.locator("#who")).to_have_value("U0ROOT")
    await expect(tour.get_by_role("button", name="Start: Double click")).to_be_visible()
    await expect(page.get_by_text("New here?")).to_have_count(0)
    assert window.problems == []


async def test_on_a_phone_the_tour_and_what_it_points_at_are_both_in_sight(around: World, browser: Browser) -> None:
    """A step may also be done in the page as the person whose turn it is."""
    window = await open_window(browser, around.slack_url, "U0ONCALL", OPS, (390, 844))
    page, tour = window.page, window.page.get_by_role("tabpanel", name="Tour")
    await page.get_by_role("button", name="Take the tour").click()
    await expect(page.locator("#composer .highlighted")).to_be_in_viewport(ratio=1)
    await expect(tour.get_by_role("button", name="Do it for me, as Óscar")).to_be_in_viewport(ratio=1)
    await window.say("/pm suspend @staffer because laptop stolen")
    await tour.get_by_role("button", name="Next", exact=True).click()
    await tour.get_by_role("button", name="Switch to Amara").click()
    await _press(page, "Suspend Priya Raghunathan")
    await tour.get_by_role("button", name="Next", exact=True).click()
    await _press(page, "Reinstate Priya Raghunathan …")
    form = page.get_by_role("dialog")
    await form.get_by_role("textbox").fill("new laptop")
    await form.get_by_role("button", name="Send request").click()
    await tour.get_by_role("button", name="Next", exact=True).click()
    await tour.get_by_role("button", name="Switch to Ingrid").click()
    await _press(page, "Reinstate Priya Raghunathan")
    await expect(tour.locator(".t-verdict")).to_be_in_viewport(ratio=1)
    await expect(tour.locator(".t-verdict")).to_have_text(DONE)
    assert window.problems == []


async def _press(page: Page, label: str) -> None:
    """What the tour points at."""
    button = page.locator(".message .highlighted").get_by_text(label, exact=True)
    await expect(button).to_be_in_viewport(ratio=1)
    await button.click()
