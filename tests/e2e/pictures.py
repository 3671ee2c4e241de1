"""Pictures of the cards that matter most, as they look on a desk and on a phone: taken by `make pictures`, no test.

Most are what a scenario has on the screen at one of its steps.
"""

import dataclasses
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest
from playwright.async_api import Browser, expect

from bot.actions.users.several import SuspendPart
from bot.demo import nameserver
from bot.demo.scenarios.player import Mark, play
from bot.demo.scenarios.reading import Scenario, named
from bot.demo.scenarios.stage import Surroundings
from bot.demo.world import World, slack_id
from tests.browser import PICTURES
from tests.conftest import OPS, SECURITY_CHANNEL, asked, card, running_bot, until
from tests.e2e.conftest import open_window
from tests.integration.test_incidents import alert, incident_card, rooms, said  # noqa: F401 - a fixture
from tests.scenarios.test_scenarios import quick_policy  # noqa: F401 - the fixture

SIZES = {1280: 1400, 390: 3000}  # high enough for the whole card
NO_SUSPENSION = """
  CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF new.status = 'suspended' THEN RAISE EXCEPTION 'away'; END IF; RETURN new; END $$;
  CREATE TRIGGER away BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION away();
"""


class Shown(NamedTuple):
    """What a scenario has on the screen after the step with these words: the newest message that says `text`."""

    name: str
    scenario: str
    after: str
    who: str
    channel: str
    text: str


CARDS = (
    Shown("erase", "forget-me", "Approvals: 1 of 2", "nadia", SECURITY_CHANNEL, "Erase a user of Acme Labs"),
    Shown("many", "a-stolen-list-of-passwords", "shows a card", "security", SECURITY_CHANNEL, "Suspend 7 users"),
    Shown("setting", "a-setting-that-rolls-itself-back", "was rolled back", "staffer", OPS, "was rolled back"),
    Shown("spam", "spam-spike-judged-and-paused", "is told", "oncall", OPS, "likely spam"),
    Shown("request", "access-for-two-days", "they asked for it", "security", SECURITY_CHANNEL, "they asked for it"),
    Shown("policy", "security-s-day", "for Acme Labs: two", "security", SECURITY_CHANNEL, "Set a sign-in rule"),
    Shown("user", "support-s-morning", "Belongs to", "support", OPS, "User h"),
    Shown("tenant", "support-s-morning", "sees amounts", "support", OPS, "Acme Corp"),
)


def begun(scenario: Scenario, words: str) -> Scenario:
    """As far as the first step that says so."""
    last = next(place for place, step in enumerate(scenario.steps) if words in step.text)
    return dataclasses.replace(scenario, steps=scenario.steps[: last + 1])


async def take(browser: Browser, around: World, name: str, who: str, channel: str, text: str) -> None:
    for width, height in SIZES.items():
        window = await open_window(browser, around.slack_url, slack_id(who), channel, (width, height))
        message = window.page.locator(".message", has_text=text).last
        await expect(message).to_be_visible()
        await window.page.wait_for_timeout(500)
        await message.screenshot(path=PICTURES / "cards" / f"{name}-{width}.png", scale="css")


@pytest.mark.parametrize("shown", CARDS, ids=lambda one: one.name)
async def test_of_a_scenario(
    shown: Shown,
    surroundings: World,
    quick_policy: Path,  # noqa: F811
    browser: Browser,
) -> None:
    url, box = surroundings.database_url, surroundings.mailbox
    around = Surroundings(surroundings.slack, url, surroundings.platform_url, mailbox=box)
    [scenario] = named([shown.scenario])
    async with (
        nameserver.of(url).serve() as names,
        running_bot(surroundings, pm_policy=quick_policy, dns_resolver=names),
    ):
        played = [one async for one in play(begun(scenario, shown.after), around)]
        assert [str(one) for one in played if one.mark is not Mark.DONE] == []
        await take(browser, surroundings, shown.name, shown.who, shown.channel, shown.text)


async def test_of_many_under_way(
    bot_world: World,
    browser: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody else holds one of the last accounts for a moment."""
    monkeypatch.setattr(SuspendPart, "size", 10)
    await asked(bot_world, '/pm user suspend where tenant="Acme Corp" role=member because a stolen list', "security")
    with psycopg.connect(bot_world.database_url) as other:
        other.execute(
            "SELECT FROM users WHERE id = (SELECT max(user_id::text)::uuid FROM tenant_users JOIN tenants t"
            " ON t.id = tenant_id WHERE t.name = 'Acme Corp' AND roles = '{member}') FOR UPDATE"
        )
        await bot_world.slack.click(slack_id("security"), card(bot_world)["ts"], OPS, "approve")
        await until(lambda: "40 of" in card(bot_world)["text"])
        await take(browser, bot_world, "under-way", "security", OPS, "Suspend")


async def test_of_a_lockdown_done_in_part(bot_world: World, browser: Browser) -> None:
    """The platform's database takes the first step, and not the second one."""
    shown = await asked(bot_world, "/pm lockdown @staffer because laptop stolen while unlocked")
    with psycopg.connect(bot_world.database_url, autocommit=True) as owner:
        owner.execute(NO_SUSPENSION)
    await bot_world.slack.click(slack_id("security"), shown["ts"], OPS, "approve")
    await until(lambda: "partly done" in card(bot_world)["text"])
    await take(browser, bot_world, "in-part", "oncall", OPS, "Priya Raghunathan")


async def test_of_an_incident(bot_world: World, browser: Browser, alert: str) -> None:  # noqa: F811
    """Declared from its alert, led, and told of."""
    slack = bot_world.slack
    await slack.click(slack_id("oncall"), alert, OPS, "alert:acknowledge")
    await slack.click(slack_id("oncall"), alert, OPS, "incident:declare")
    room = (await until(lambda: rooms(bot_world)))[-1]
    await until(lambda: room.bookmarks)
    for who in ("tomasz", "kofi"):
        await slack.join(slack_id(who), room.id)
    await said(bot_world, room, "tomasz", "/pm incident lead 3 commander")
    await said(bot_world, room, "kofi", "/pm incident lead 3 technical")
    await said(
        bot_world, room, "tomasz", "/pm incident update 3 next 30m saying We hold back the jobs of one customer."
    )
    await until(lambda: "told stakeholders" in incident_card(bot_world, room)["text"])
    await take(browser, bot_world, "incident", "tomasz", room.id, "shows the whole timeline")
