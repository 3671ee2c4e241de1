"""Roles and flags as people use them in the page: `pm demo`, two windows."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, expect

from bot.demo.seed import token_for
from tests.e2e.conftest import Window, open_window
from tests.e2e.demo import Demo, running

pytestmark = pytest.mark.browser
OPERATIONS, SECURITY = "C0OPERATIONS", "C0SECURITY"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    async with running(tmp_path) as started:
        yield started


def saying(window: Window, text: str) -> Locator:
    return window.page.locator(".message", has_text=text).last


async def test_all_roles_are_removed_and_the_platform_proves_it(demo: Demo, browser: Browser) -> None:
    """Asked in one window, approved in another; no page and no session are left, and the card says so."""
    tokens = [token_for("staffer", number) for number in range(1, 5)]
    security = await open_window(browser, demo.slack, "U0SECURITY", SECURITY)
    nadia = await open_window(browser, demo.slack, "U0NADIA", SECURITY)

    await security.say("/pm role remove all from @staffer because leaves the company")
    asked = saying(nadia, "Remove admin and finance from Priya Raghunathan")
    await expect(asked).to_contain_text("waiting for security or a super admin")
    await expect(asked).to_contain_text("no role: admin access ends")
    await expect(asked).to_contain_text("4 sessions end at once")
    assert [await demo.dashboard(token) for token in tokens] == [200] * 4

    await asked.get_by_role("button", name=re.compile("^Remove admin and finance")).click()
    done = saying(security, "Removed admin and finance from Priya Raghunathan")
    await expect(done).to_contain_text("approved by Nadia El-Haddad")
    await expect(done).to_contain_text("admin access and 4 sessions ended")
    await expect(done).to_contain_text("confirmed by the platform")
    assert [await demo.dashboard(token) for token in tokens] == [401] * 4
    await security.picture("role-removed")

    await security.say("/pm roles")
    await expect(saying(security, "Roles and who has them")).to_contain_text("Jürgen Weiß")
    await expect(saying(security, "Roles and who has them")).not_to_contain_text("Priya Raghunathan")
    assert security.problems == nadia.problems == []


async def test_a_flag_is_turned_off_for_one_tenant_and_given_back(demo: Demo, browser: Browser) -> None:
    """From a form, on a phone, too: what it would do, that it holds, what is temporary now, and its end."""
    oncall = await open_window(browser, demo.slack, "U0ONCALL", OPERATIONS)
    await oncall.say("/pm flag off ai-composer for Acme Corp for 2h because Beta: AI Composer breaks Acme's workflow")
    asked = saying(oncall, "Turn off ai-composer for Acme Corp for 2 h")
    await expect(asked).to_contain_text("Lose it")
    await expect(asked).to_contain_text("waiting for Óscar Peñalver to confirm")
    await asked.get_by_role("button", name=re.compile("^Turn off ai-composer")).click()
    done = saying(oncall, "Turned off ai-composer for Acme Corp for 2 h")
    await expect(done).to_contain_text("confirmed by the platform")
    await expect(done).to_contain_text("now off by tenant override")
    await expect(done).to_contain_text("Ends automatically")

    await oncall.say("/pm flag check ai-composer for Acme Corp")
    await expect(saying(oncall, "The platform says")).to_contain_text("off because of the tenant override")
    await oncall.picture("flag-off")
    await oncall.say("/pm holds")
    await expect(saying(oncall, "Temporary changes")).to_contain_text("ai-composer off for Acme Corp")

    phone = await open_window(browser, demo.slack, "U0KOFI", OPERATIONS, size=(390, 844))
    await phone.say("/pm flag off")
    form = phone.page.get_by_role("dialog")
    await expect(form.get_by_role("heading", name="Turn off a flag")).to_be_visible()
    await form.get_by_role("button", name="Cancel").click()

    await done.get_by_role("button", name=re.compile("^End this change now")).click()
    why = oncall.page.get_by_role("dialog")
    await why.get_by_role("textbox").fill("it is mended")
    await why.get_by_role("button", name="Send request").click()
    ending = saying(oncall, "End now: ai-composer off for Acme Corp")
    await ending.get_by_role("button", name=re.compile("^End it now")).click()
    over = oncall.page.get_by_text(re.compile("ended early.*Now on by rollout"))
    await expect(over.first).to_be_visible()
    assert oncall.problems == phone.problems == []
