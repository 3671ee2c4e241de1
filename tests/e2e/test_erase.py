"""Erased in the page: asked by one, decided by two more, each with a code from a phone that was just set up."""

import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pyotp
import pytest
from playwright.async_api import Browser, expect

from bot.demo.scenarios import beginning
from bot.demo.scenarios.stage import Stage, Surroundings
from bot.demo.world import World
from bot.store.vault import new_key
from tests.conftest import SECURITY_CHANNEL, running_bot
from tests.e2e.conftest import Window, open_window

pytestmark = pytest.mark.browser
NOOR, TENANT = "noor.vandijk@acme-labs.example", "Acme Labs"
SEED = re.compile(r"type this key: ((?:[A-Z2-7]{4} ?)+)")
CARD = "Erase a user of Acme Labs"
NOW = "SELECT extract(epoch FROM clock_timestamp())::bigint"


@pytest.fixture
async def around(surroundings: World) -> AsyncIterator[World]:
    """A bot that asks for codes, and somebody who may be erased."""
    async with Stage(Surroundings(surroundings.slack, surroundings.database_url)) as stage:
        await beginning.member(stage, NOOR, TENANT)
    async with running_bot(surroundings, pm_secret_key=new_key()):
        yield surroundings


async def decide(window: Window, clock: Callable[..., list[Any]]) -> None:
    """Press the card's button, set the app up as it asks, and decide with the next code of it."""
    page, form = window.page, window.page.get_by_role("dialog")
    erase = page.locator(".message", has_text=CARD).last.get_by_role("button", name="Erase the user permanently")
    await erase.click()
    await (
        page.locator(".message", has_text="You have not set up such an app yet")
        .get_by_role("button", name="Set up")
        .click()
    )
    await expect(form.get_by_role("img", name="A QR code that adds the account")).to_be_visible()
    found = SEED.search(await form.inner_text())
    assert found is not None
    phone = pyotp.TOTP(found[1].replace(" ", ""))
    [(now,)] = clock(NOW)
    await form.get_by_role("textbox").fill(phone.at(now - 30))  # a code counts once
    await form.get_by_role("button", name="Confirm").click()
    await expect(form).to_contain_text("They are not shown again.")
    await form.get_by_role("button", name="I have saved them").click()
    await erase.click()
    await expect(form.get_by_role("heading", name="Confirm it is you")).to_be_visible()
    [(now,)] = clock(NOW)
    await form.get_by_role("textbox").fill(phone.at(now))
    await form.get_by_role("button", name="Decide").click()


async def test_two_more_people_and_their_phones(around: World, browser: Browser, sql: Callable[..., list[Any]]) -> None:
    """After the first nothing has happened, and the card says who is missing; after the second nobody is there."""
    dmitri = await open_window(browser, around.slack_url, "U0DMITRI", SECURITY_CHANNEL)
    await dmitri.say(f"/pm user erase {NOOR} because she asked, letter of today")
    asked = dmitri.page.locator(".message", has_text=CARD)
    await expect(asked).to_contain_text("Approvals: 0 of 2")

    await decide(await open_window(browser, around.slack_url, "U0SECURITY", SECURITY_CHANNEL), sql)
    await expect(asked).to_contain_text("Approvals: 1 of 2")
    assert sql("SELECT count(*) FROM users WHERE email = %s", NOOR) == [(1,)]

    nadia = await open_window(browser, around.slack_url, "U0NADIA", SECURITY_CHANNEL)
    await decide(nadia, sql)
    done = nadia.page.locator(".message", has_text="Erased a user of Acme Labs").last
    await expect(done).to_contain_text("the platform has had no such user since")
    await expect(done).to_contain_text("approved by Nadia El-Haddad")
    assert sql("SELECT count(*) FROM users WHERE email = %s", NOOR) == [(0,)]
    await expect(nadia.page.get_by_text("noor")).to_have_count(0)
    assert dmitri.problems == nadia.problems == []
