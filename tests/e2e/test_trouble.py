"""Two troubles as whoever is on call meets them, in the page alone: from the alert to the review.

`pm demo --trouble …` as a newcomer starts it: the alert is acknowledged and becomes an incident; the action that it
offers ends the trouble, so the alert is over; the incident is resolved, and its review is a file in its channel.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Browser, Locator, expect

from tests.e2e.conftest import Window, open_window
from tests.e2e.demo import ROOT, running

pytestmark = pytest.mark.browser
OPERATIONS = "C0OPERATIONS"
LONG = 90_000  # ms: until something that is looked at every two seconds has lasted, on a busy machine


class Story(NamedTuple):
    """What is read and pressed on the way."""

    trouble: str
    alert: str
    helps: str
    confirm: str
    done: str
    over: str


STORIES = [
    Story(
        "smtp-down",
        alert="SMTP service is not healthy",
        helps="Request: pause email-sending",
        confirm="Pause email-sending",
        done="Paused email-sending for 1 h",
        over="SMTP service was not healthy",
    ),
    Story(
        "blacklist",
        alert="is on a blocklist",
        helps="Request: quarantine",
        confirm="Quarantine",
        done="Quarantined",
        over="was on a blocklist",
    ),
]


def quick(folder: Path) -> Path:
    """The demo's own policy and rules with times that a test can wait for."""
    rules = (ROOT / "bot/alerts/alerts.toml").read_text("utf-8")
    (folder / "rules.toml").write_text(rules.replace('for = "30s"', 'for = "3s"'), "utf-8")
    policy = (ROOT / "bot/policy.toml").read_text("utf-8")
    policy = re.sub(r"^every = 15.*$", 'every = 2\nrules = "rules.toml"', policy, flags=re.MULTILINE)
    (folder / "policy.toml").write_text(policy, "utf-8")
    return folder / "policy.toml"


def message(window: Window, text: str) -> Locator:
    return window.page.locator(".message", has_text=text)


async def press(card: Locator, name: str) -> None:
    await card.get_by_role("button", name=re.compile(f"^{re.escape(name)}")).click()


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.trouble)
async def test_from_the_alert_to_the_review(story: Story, browser: Browser, tmp_path: Path) -> None:
    async with running(tmp_path, "--trouble", story.trouble, "--policy", str(quick(tmp_path))) as demo:
        oncall = await open_window(browser, demo.slack, "U0ONCALL", OPERATIONS, size=(1280, 860))
        alert = message(oncall, story.alert).first
        await expect(alert).to_contain_text("not acknowledged", timeout=LONG)
        await press(alert, "Acknowledge")
        await expect(alert).to_contain_text("acknowledged by Óscar Peñalver")
        await press(alert, "Open incident")
        room = oncall.page.locator("#sidebar").get_by_role("button", name=re.compile("inc-3"))
        await expect(room).to_be_visible(timeout=LONG)

        await press(alert, story.helps)
        await press(message(oncall, story.confirm).last, story.confirm)
        await expect(message(oncall, story.done).last).to_contain_text("confirmed by the platform", timeout=LONG)
        await expect(message(oncall, story.over).first).to_contain_text("resolved", timeout=LONG)

        await room.click()
        card = message(oncall, "declared by Óscar").first
        await press(card, "Take command")
        await expect(card).to_contain_text(re.compile("Commander *@Óscar Peñalver"))
        await expect(card).to_contain_text(re.compile("Alert .*, resolved"))
        await press(card, "Resolve …")
        form = oncall.page.get_by_role("dialog")
        await form.get_by_label("Reason").fill("the cause is gone")
        await press(form, "Resolve")
        await press(card, "Post the review")
        review = message(oncall, "The review of incident 3").last
        await expect(review).to_contain_text("MD ·", timeout=LONG)
        await review.scroll_into_view_if_needed()
        if story.trouble == "smtp-down":
            await oncall.picture("review")
        assert oncall.problems == []
