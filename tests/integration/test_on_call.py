"""Who is on call: one answer for mentions, escalation and the emergency override."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo import world
from bot.demo.world import World, slack_id
from bot.doctor import on_call as doctor
from bot.drawing import mentions
from bot.drawing.elements import user_mention
from bot.drawing.render import Renderer
from bot.oncall.handover import Handovers
from bot.people import on_call
from bot.pipeline import ruling
from bot.platform import staff
from bot.policy import Policy
from bot.store.database import Database
from bot.store.models import OnCallSwap
from tests.conftest import OPS, asked, cards, undo, until, whispers
from tests.integration.action_examples import ALERTED, ASKED, HELD, OPEN
from tests.integration.test_undelivered import direct_messages

TEAM = world.workspace().team_id
ONCALL, TOMASZ, KOFI, ROOT = (f"{name}@penguinmails.example" for name in ("oncall", "tomasz", "kofi", "root"))
ROSTER = Policy.of(
    f"""
    zone = "Europe/Madrid"
    [[roster]]
    layer = "primary"
    people = ["{ONCALL}", "{TOMASZ}"]
    days = "mon"
    since = 2026-01-05
    [[roster]]
    layer = "secondary"
    people = ["{ROOT}"]
    """
)
FIRST_WEEK = dt.datetime(2026, 1, 7, 12, tzinfo=dt.UTC)
WEEK, HOUR = dt.timedelta(days=7), dt.timedelta(hours=1)


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[AsyncSession]:
    database = Database(database_url)
    async with database.transaction() as session:
        yield session
    await database.close()


async def stand_in(session: AsyncSession, email: str, begins: dt.datetime, **more: Any) -> OnCallSwap:
    person = (await staff.named(session, email))[0]
    row = OnCallSwap(
        layer="primary", staff_id=person.id, made_by=person.id, begins=begins, ends=begins + 8 * HOUR, **more
    )
    session.add(row)
    await session.flush()
    return row


async def test_each_layer_has_somebody_and_the_others_come_after_them(session: AsyncSession) -> None:
    """The first week it is one, the next week the other."""
    first, second = [await on_call.now(session, ROSTER, at) for at in (FIRST_WEEK, FIRST_WEEK + WEEK)]
    assert (first.order, second.order) == ((ONCALL, ROOT, TOMASZ), (TOMASZ, ROOT, ONCALL))


async def test_whoever_stands_in_is_on_call_until_it_is_over_or_taken_back(session: AsyncSession) -> None:
    """Before it was taken back it counted."""
    row = await stand_in(session, KOFI, dt.datetime.now(dt.UTC))
    moments = [row.begins - HOUR, row.begins, row.begins + 2 * HOUR, row.ends]
    found = [(await on_call.now(session, ROSTER, at)).order[0] for at in moments]
    assert [one == KOFI for one in found] == [False, True, True, False]
    row.withdrawn = row.begins + HOUR
    await session.flush()
    found = [(await on_call.now(session, ROSTER, at)).order[0] for at in moments]
    assert [one == KOFI for one in found] == [False, True, False, False]


async def test_the_override_is_for_whoever_is_on_call_now(session: AsyncSession) -> None:
    """In any layer; not for whoever has it next week."""
    found = await on_call.now(session, ROSTER, FIRST_WEEK)
    assert [found.may_override(one) for one in (ONCALL.upper(), ROOT, TOMASZ, KOFI)] == [True, True, False, False]


async def test_nobody_comes_to_the_override_by_a_swap_alone(session: AsyncSession) -> None:
    """Whom the file does not name is told of alerts, and needs an approval as before."""
    row = await stand_in(session, KOFI, dt.datetime.now(dt.UTC))
    found = await on_call.now(session, ROSTER, row.begins)
    assert (found.order[0], found.may_override(KOFI)) == (KOFI, False)


async def test_a_list_goes_on_as_before(session: AsyncSession) -> None:
    """Its first is on call, all of it may use the override."""
    found = await on_call.now(session, Policy.of(f'on_call = ["{TOMASZ}", "{ROOT}"]'))
    assert (found.order, found.may_override(ROOT), found.may_override(ONCALL)) == ((TOMASZ, ROOT), True, False)


async def test_messages_mention_whoever_is_on_call(session: AsyncSession, sql: Callable[..., list[Any]]) -> None:
    """Whoever stands in first."""
    await stand_in(session, KOFI, dt.datetime.now(dt.UTC))
    assert await mentions.on_call(session, ROSTER, TEAM) == user_mention(world.slack_id("kofi"))


async def test_the_doctor_names_whom_alerts_would_not_reach(database_url: str, sql: Callable[..., list[Any]]) -> None:
    """A slip in an address, and an account that is not linked."""
    sql("DELETE FROM pmbot.staff_links WHERE slack_user_id = %s", slack_id("kofi"))
    wrong = Policy.of(f'on_call = ["{TOMASZ}", "oncal@penguinmails.example", "{KOFI}"]')
    said = [str(await doctor.look(database_url, TEAM, rules)) for rules in (ROSTER, wrong, Policy.of(""))]
    assert "3 people, active and linked" in said[0]
    assert "no active staff with a linked account: oncal@penguinmails.example and kofi@penguinmails.example" in said[1]
    assert "names nobody" in said[2]


class Clocks:
    """Some clocks of one policy, with what they would post."""

    def __init__(self, url: str, rules: Policy, number: int = 3) -> None:
        self.databases = [Database(url, pool_size=2, name=f"clock-{one}") for one in range(number)]
        self.looking = [Handovers(one, Renderer(), {}, rules, TEAM) for one in self.databases]
        self.rules = rules

    async def begin(self) -> None:
        await ruling.begin(self.databases[0], self.rules)

    async def look(self) -> list[int]:
        return list(await asyncio.gather(*(one.sweep() for one in self.looking)))

    async def close(self) -> None:
        for one in self.databases:
            await one.close()


NOTES = "SELECT content ->> 'text' FROM pmbot.messages WHERE key LIKE 'hand_over:%%' ORDER BY changed"
Sql = Callable[..., list[Any]]


def weekly(sql: Sql) -> Policy:
    """A roster in which Tomasz comes on call today, as the database's clock has it."""
    [(today,)] = sql("SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date")
    day = f"{today:%a}".lower()
    return Policy.of(
        f"""
        [[roster]]
        layer = "primary"
        people = ["{TOMASZ}", "{ONCALL}"]
        days = "{day}"
        at = "00:00"
        since = {today}
        """
    )


@pytest.fixture
async def clocks(database_url: str, sql: Sql) -> AsyncIterator[Clocks]:
    found = Clocks(database_url, weekly(sql))
    await found.begin()
    yield found
    await found.close()


def before(sql: Sql, local_part: str, ago: str = "7 days") -> None:
    sql(
        "INSERT INTO pmbot.on_call_shifts (layer, follows, staff_id, began)"
        " SELECT 'primary', 0, id, now() - %s::interval FROM users WHERE email = %s",
        ago,
        f"{local_part}@penguinmails.example",
    )


class TestHandOver:
    async def test_it_is_posted_once_however_many_clocks_look(self, clocks: Clocks, sql: Sql) -> None:
        """And not again by a later look."""
        before(sql, "oncall")
        assert sorted(await clocks.look()) == [0, 0, 1]
        assert await clocks.look() == [0, 0, 0]
        [(note,)] = sql(NOTES)
        assert f"<@{world.slack_id('tomasz')}>, you are on call (primary) until" in note
        assert "You take over from Óscar Peñalver" in note

    async def test_the_first_look_of_all_posts_nothing(self, clocks: Clocks, sql: Sql) -> None:
        """Nobody hands over to whoever was on call all along."""
        assert sorted(await clocks.look()) == [0, 0, 1]
        assert sql(NOTES) == []

    async def test_whoever_stands_in_before_the_first_look_takes_over_all_the_same(
        self, clocks: Clocks, session: AsyncSession, sql: Sql
    ) -> None:
        """Somebody swaps while the bot starts."""
        [(now,)] = sql("SELECT clock_timestamp()")
        await stand_in(session, "security@penguinmails.example", now)
        await session.commit()
        assert sum([*await clocks.look(), *await clocks.look()]) == 2  # whoever there was, and who follows
        [(note,)] = sql(NOTES)
        assert "Amara Okonkwo" in note
        assert "You take over from Tomasz" in note

    async def test_it_says_what_is_taken_over(self, clocks: Clocks, sql: Sql) -> None:
        """Alerts, incidents, what ends, what waits; and how much there was."""
        before(sql, "oncall")
        sql(ASKED)
        sql(HELD)
        sql(ALERTED)
        sql(OPEN)
        await clocks.look()
        [(note,)] = sql(NOTES)
        for part in (
            "Open alert · x: email-sending (low)",
            "Open incident · 1",
            "Ends soon · ",
            "Waits for a decision · request",
        ):
            assert part in note
        assert "1 alert," in note

    async def test_after_a_quiet_shift_it_is_one_line(self, clocks: Clocks, sql: Sql) -> None:
        """Somebody has to be told all the same."""
        before(sql, "oncall")
        await clocks.look()
        [(note,)] = sql(NOTES)
        assert "The shift was quiet: nothing is open, and nothing waits for a decision." in note
        assert "Since" not in note

    async def test_a_clock_with_an_older_file_leaves_it_to_others(self, clocks: Clocks, sql: Sql) -> None:
        """Else two files would hand over to and fro while a deployment lasts."""
        before(sql, "oncall")
        newer = Policy.of(f'on_call = ["{ROOT}"]')
        await ruling.begin(clocks.databases[0], newer)
        assert (await clocks.look(), sql(NOTES)) == ([0, 0, 0], [])


class TestSwap:
    async def test_one_line_and_an_undo(self, bot_world: World, sql: Sql) -> None:
        """Done at once; whoever comes on call is mentioned; taken back, it is as before."""
        await until(lambda: sql("SELECT count(*) FROM pmbot.on_call_shifts") == [(1,)])
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm oncall swap @tomasz for 8h because dentist")
        made = await until(
            lambda: next((one for one in cards(bot_world) if "takes the on-call shift" in one["text"]), None)
        )
        mention = f"<@{slack_id('tomasz')}>, you are on call (on call) until"
        await until(lambda: any(mention in one["text"] for one in cards(bot_world)))
        await bot_world.slack.command(slack_id("kofi"), OPS, "/pm oncall")
        await until(lambda: any("Tomasz Wiśniewski until" in one for one in whispers(bot_world, "kofi")))
        await undo(bot_world, made["ts"], "oncall")
        await until(lambda: sql("SELECT count(*) FROM pmbot.on_call_swaps WHERE withdrawn IS NOT NULL") == [(1,)])
        back = f"<@{slack_id('oncall')}>, you are on call (on call). You take over from Tomasz Wiśniewski"
        await until(lambda: any(back in one["text"] for one in cards(bot_world)))

    async def test_what_somebody_may_not_do_is_said(self, bot_world: World) -> None:
        """Not somebody else's shift, nor with somebody who cannot acknowledge."""
        for typed, by, said in (
            ("oncall swap @oncall for 2h because x", "tomasz", "You are not on call at that time: Óscar Peñalver is."),
            ("oncall swap @support for 2h because x", "oncall", "is not allowed to acknowledge alerts"),
            ("oncall swap @tomasz because x", "oncall", "This shift has no end."),
            ("oncall swap @oncall for 2h because x", "oncall", "Óscar Peñalver is already on call at that time."),
        ):
            await bot_world.slack.command(slack_id(by), OPS, f"/pm {typed}")
            await until(lambda said=said, by=by: any(said in one for one in whispers(bot_world, by)))

    async def test_who_it_is_on_another_day(self, bot_world: World) -> None:
        """Asked as people ask."""
        await bot_world.slack.command(slack_id("support"), OPS, "/pm who's on call tomorrow?")
        await until(lambda: any("Óscar Peñalver, always" in one for one in whispers(bot_world, "support")))

    async def test_a_later_swap_is_told_to_whoever_stands_in(self, bot_world: World, sql: Sql) -> None:
        """In a direct message, which says when it is taken back."""
        typed = "/pm oncall assign @tomasz from tomorrow 18:00 for 4h because concert"
        asked_for = await asked(bot_world, typed, by="security")
        await bot_world.slack.click(slack_id("security"), asked_for["ts"], OPS, "approve")
        told = await until(lambda: direct_messages(bot_world, "tomasz"))
        assert "You are on call in place of somebody else (on call)" in told[-1]
