"""A backlog as a newcomer meets it: `pm demo --trouble queue-backlog`, from the alert to jobs that flow again."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.e2e.conftest import open_window
from tests.e2e.demo import ROOT, running

pytestmark = pytest.mark.browser
OPERATIONS = "C0OPERATIONS"


def shortened(folder: Path) -> Path:
    """The demo's own policy and rules with times that a test can wait for."""
    rules = (ROOT / "bot/alerts/alerts.toml").read_text("utf-8")
    rules = rules.replace('duration = "2h"', 'duration = "1m"').replace('for = "15s"', 'for = "6s"')
    (folder / "rules.toml").write_text(rules, "utf-8")
    policy = (ROOT / "bot/policy.toml").read_text("utf-8")
    policy = re.sub(r"^every = 15.*$", 'every = 2\nrules = "rules.toml"', policy, flags=re.MULTILINE)
    (folder / "policy.toml").write_text(policy, "utf-8")
    return folder / "policy.toml"


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[str]:
    """The local Slack's address in a running demo with trouble."""
    async with running(tmp_path, "--trouble", "queue-backlog", "--policy", str(shortened(tmp_path))) as demo:
        yield demo.slack


async def test_a_backlog_from_the_alert_to_jobs_that_flow_again(slack: str, browser: Browser) -> None:
    """Fired, acknowledged, held back by a pause from its own button; the hold ends by itself, and then it is over."""
    oncall = await open_window(browser, slack, "U0ONCALL", OPERATIONS, size=(1280, 860))
    alert = oncall.page.locator(".message", has_text="Queue email-sending is backing up").first
    await expect(alert).to_contain_text("fires above 10,000, clears below 2,000", timeout=90_000)
    await expect(alert).to_contain_text("belong to tenant Acme Corp")
    await expect(alert).to_contain_text("not acknowledged")
    await alert.scroll_into_view_if_needed()
    await oncall.picture("alert")

    await alert.get_by_role("button", name="Acknowledge").click()
    await expect(alert).to_contain_text("acknowledged by Óscar Peñalver")
    await alert.get_by_role("button", name="Why did this fire?").click()
    await expect(oncall.page.get_by_text("See whose jobs they are.")).to_be_visible()

    await alert.get_by_role("button", name="Pause Acme Corp in email-sending").click()
    asked = oncall.page.locator(".message", has_text="Pause Acme Corp in email-sending for 1 min")
    await expect(asked).to_contain_text("email-sending is backing up")
    await asked.get_by_role("button", name=re.compile("^Pause Acme Corp")).click()
    paused = oncall.page.locator(".message", has_text="Paused Acme Corp in email-sending for 1 min")
    await expect(paused).to_contain_text("confirmed by the platform", timeout=90_000)

    contained = oncall.page.locator(".message", has_text="Queue email-sending is held back by a pause").first
    await expect(contained).to_contain_text("not resolved: a pause holds its jobs back", timeout=90_000)
    await expect(contained).to_contain_text(
        re.compile(r"Paused +Acme Corp in email-sending, request \d+ by Óscar Peñalver")
    )
    await expect(contained).to_contain_text(re.compile(r"Held back +[\d,]+ jobs"))
    await expect(contained.get_by_role("button", name="Acknowledge")).to_have_count(0)
    await contained.scroll_into_view_if_needed()
    await oncall.picture("alert-contained")

    ended = oncall.page.get_by_text(re.compile("Acme Corp in email-sending.* runs again"))
    await expect(ended.first).to_be_visible(timeout=120_000)

    over = oncall.page.locator(".message", has_text="Queue email-sending was backing up").first
    await expect(over).to_contain_text("resolved", timeout=90_000)
    await expect(over).to_contain_text("Peaked at")
    await expect(over).to_contain_text("Óscar Peñalver paused Acme Corp in email-sending")
    # However many there are by now; the button also says when the last one came, and how many are new.
    await over.get_by_role("button", name=re.compile(r"^\d+ replies")).click()
    for said in ("Óscar Peñalver acknowledged it.", "Óscar Peñalver paused Acme Corp in email-sending until"):
        await expect(oncall.page.locator("#thread").get_by_text(said)).to_be_visible()
    await over.scroll_into_view_if_needed()
    await oncall.picture("alert-resolved")

    again = oncall.page.get_by_role("heading", name="Queue email-sending is backing up", exact=True)
    await expect(again).to_have_count(0)
    assert oncall.problems == []
