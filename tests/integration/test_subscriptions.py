"""Subscriptions to digests: asked for, changed, ended; posted by their own clock, by the roles held at that moment."""

import datetime as dt
import re
from collections.abc import AsyncIterator

import pytest

from bot import policy
from bot.demo import data
from bot.demo.world import slack_id
from bot.digests import feature
from bot.digests.reports import Reports
from bot.drawing.render import Renderer
from bot.store.database import Database
from tests.conftest import OPS, asked, card, cards, undo, until, whispers, without_digests

STAFF = {one.local_part: one.id for one in data.STAFF}
HERE = "SELECT at, days, zone FROM pmbot.digest_subscriptions WHERE ended IS NULL AND channel = %s"
OWN = (
    "INSERT INTO pmbot.digest_subscriptions (id, report, staff_id, at, days, zone, asked_by)"
    " VALUES (gen_random_uuid(), 'morning', %s, '08:30', '*', 'Europe/Madrid', %s) RETURNING 'subscription:' || id"
)
DAY = dt.date(2026, 3, 27)
TIME = dt.time(8, 30)


@pytest.fixture
async def reports(database_url: str) -> AsyncIterator[Reports]:
    database = Database(database_url)
    yield Reports(database, Renderer(), policy.load(), "T0PENGUIN")
    await database.close()


async def test_a_channel_is_subscribed_changed_and_put_back(bot_world, sql):
    """One place has one time for a digest; undo brings the one before."""
    await asked(bot_world, "/pm digest subscribe morning here at 08:30 Europe/Madrid")
    await until(lambda: "goes to #operations" in card(bot_world)["text"])
    assert sql(HERE, OPS) == [("08:30", "mon-fri", "Europe/Madrid")]
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm digest subscribe morning here at 7pm on monday")
    await until(lambda: sql(HERE, OPS) == [("19:00", "mon", "Europe/Madrid")])
    changed = await until(lambda: found if "on Monday at 19:00" in (found := cards(bot_world)[-1])["text"] else None)
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm digest subscribe morning here at 19:00 on monday")
    assert "already" in (await until(lambda: whispers(bot_world, "oncall")))[-1]
    await undo(bot_world, changed["ts"], "oncall")
    await until(lambda: sql(HERE, OPS) == [("08:30", "mon-fri", "Europe/Madrid")])
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm digest unsubscribe morning here")
    ended = await until(lambda: found if (found := cards(bot_world)[-1])["text"].startswith("Stopped") else None)
    assert sql(HERE, OPS) == []
    await undo(bot_world, ended["ts"], "oncall")
    await until(lambda: sql(HERE, OPS) == [("08:30", "mon-fri", "Europe/Madrid")])


async def test_everybody_sees_those_of_channels_and_their_own(bot_world, sql):
    """What a digest is for whom is nobody else's business."""
    await asked(bot_world, "/pm digest subscribe morning me every day at 7")
    await until(lambda: "Óscar Peñalver, as a direct message" in card(bot_world)["text"])
    for who in ("oncall", "security"):
        await bot_world.slack.command(slack_id(who), OPS, "/pm digest subscriptions")
    own = await until(lambda: whispers(bot_world, "oncall"))
    others = await until(lambda: whispers(bot_world, "security"))
    assert "to you, every day at 07:00" in own[-1]
    assert "every day" not in others[-1]


class TestPosting:
    """Once for each slot, by whatever roles they hold then."""

    async def slot_of(self, reports: Reports, sql, who: str) -> str:
        """A subscription of theirs since Thursday, of which Friday's slot is taken."""
        [(schedule,)] = sql(OWN, STAFF[who], STAFF[who])
        before = dt.datetime.combine(DAY - dt.timedelta(days=1), dt.time(12), dt.UTC)
        await feature.take(reports, before)
        assert await feature.take(reports, before + dt.timedelta(days=1)) == 1
        assert await feature.take(reports, before + dt.timedelta(days=1)) == 0
        return str(schedule)

    @pytest.mark.parametrize(("who", "address"), [("oncall", True), ("kofi", False)])
    async def test_somebodys_own_shows_what_their_role_may_see(self, reports, database_url, sql, who, address):
        without_digests(database_url)
        sql(
            "INSERT INTO login_events (email, succeeded, ip, at) SELECT 'x@example.com', false, '198.51.100.7',"
            " now() - interval '1 hour' FROM generate_series(1, 300)"
        )
        schedule = await self.slot_of(reports, sql, who)
        for _ in range(2):
            await reports.post(schedule, DAY, TIME)
        [(channel, text)] = sql("SELECT channel, content ->> 'text' FROM pmbot.messages")
        assert channel == slack_id(who)
        assert re.search(r"3\d\d from the network", text)
        assert ("198.51.100.0" in text.replace("\u2060", "")) is address

    async def test_whoever_may_no_longer_see_any_is_told_once(self, reports, database_url, sql):
        without_digests(database_url)
        schedule = await self.slot_of(reports, sql, "oncall")
        sql(
            "UPDATE staff_member_roles SET role_id = (SELECT id FROM staff_roles WHERE name = 'support')"
            " WHERE user_id = %s AND role_id = (SELECT id FROM staff_roles WHERE name = 'operations')",
            STAFF["oncall"],
        )
        for _ in range(2):
            await reports.post(schedule, DAY, TIME)
        [(text,)] = sql("SELECT content ->> 'text' FROM pmbot.messages")
        assert "no longer sent to you: your roles" in text
        assert sql("SELECT ended IS NULL FROM pmbot.digest_subscriptions") == [(False,)]

    async def test_whoever_has_left_is_sent_nothing(self, reports, database_url, sql):
        without_digests(database_url)
        schedule = await self.slot_of(reports, sql, "oncall")
        sql("UPDATE staff_members SET is_active = false WHERE user_id = %s", STAFF["oncall"])
        await reports.post(schedule, DAY, TIME)
        assert sql("SELECT count(*) FROM pmbot.messages") == [(0,)]
        assert sql("SELECT ended IS NULL FROM pmbot.digest_subscriptions") == [(False,)]


async def test_one_that_ended_is_not_posted(reports, database_url, sql):
    """Also when its slot was taken before."""
    without_digests(database_url)
    schedule = await TestPosting().slot_of(reports, sql, "oncall")
    sql("UPDATE pmbot.digest_subscriptions SET ended = now()")
    await reports.post(schedule, DAY, TIME)
    assert sql("SELECT count(*) FROM pmbot.messages") == [(0,)]
