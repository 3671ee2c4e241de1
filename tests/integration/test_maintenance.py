"""Maintenance: announced as one message that stays true, begun and ended once, and silent about what it explains."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from bot import policy
from bot.demo.world import slack_id
from bot.maintenance.sweep import Sweep
from bot.store.database import Database
from tests.conftest import OPS, asked, cards, until, whispers
from tests.integration.test_one_message import Platform, platform  # noqa: F401 - a fixture

BECAUSE = "because the disk is changed"
WINDOW = """
    INSERT INTO pmbot.maintenance_windows (id, scope, subject, reason, starts, ends, state, staff_id, asked)
    SELECT gen_random_uuid(), %s, %s, 'the disk is changed', %s, %s, 'planned', user_id, now() - interval '1 day'
    FROM staff_members LIMIT 1 RETURNING id
"""
SHOWN = "SELECT projection, version FROM pmbot.messages WHERE projection LIKE 'maintenance%%' ORDER BY created"


def window_card(around: Any) -> str:
    """The newest version of the one message of the newest window."""
    return str(next(one["text"] for one in reversed(cards(around)) if one["text"].startswith("Maintenance ")))


async def confirmed(around: Any, text: str, by: str = "oncall") -> None:
    proposed = await asked(around, text, by)
    await around.slack.click(slack_id(by), proposed["ts"], OPS, "approve")


async def test_it_is_begun_extended_and_ended(bot_world, sql) -> None:
    """One message says how it stands, and a summary what became of it; whoever asked confirms each."""
    await confirmed(bot_world, f"/pm maintenance start SMTP service for 2h {BECAUSE}")
    await until(lambda: any("Maintenance 3: SMTP service" in one["text"] for one in cards(bot_world)))
    assert "under way" in next(one["text"] for one in cards(bot_world) if "Maintenance 3: SMTP" in one["text"])
    await confirmed(bot_world, "/pm maintenance 3 extend by 1h")
    await until(
        lambda: (
            sql("SELECT ends - starts FROM pmbot.maintenance_windows WHERE number = 3") == [(dt.timedelta(hours=3),)]
        )
    )
    await confirmed(bot_world, "/pm maintenance end 3")
    await until(lambda: any("Maintenance 3 is over" in one["text"] for one in cards(bot_world)))
    [summary] = [one["text"] for one in cards(bot_world) if "Maintenance 3 is over" in one["text"]]
    assert "It caused no alerts." in summary
    [card] = [one["text"] for one in cards(bot_world) if "Maintenance 3: SMTP" in one["text"]]
    assert "ended" in card
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm maintenance")
    await until(lambda: any("3 · SMTP service, ended" in one for one in whispers(bot_world, "oncall")))


async def test_what_is_announced_for_the_evening_ends_after_it_begins(bot_world, sql) -> None:
    """`until 01:00` is the next one after its beginning; and who may not is told who may."""
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=5)).date()
    typed = f"/pm maintenance announce everything from {day} 22:00 until 23:30 {BECAUSE}"
    await bot_world.slack.command(slack_id("support"), OPS, typed)
    await until(lambda: any("maintenance" in one for one in whispers(bot_world, "support")))
    await confirmed(bot_world, typed)
    await until(lambda: sql("SELECT state, ends - starts FROM pmbot.maintenance_windows WHERE number = 3"))
    assert sql("SELECT state, ends - starts FROM pmbot.maintenance_windows WHERE number = 3") == [
        ("planned", dt.timedelta(minutes=90))
    ]


@pytest.fixture
async def database(database_url: str):
    database = Database(database_url)
    yield database
    await database.close()


async def test_each_transition_is_one_processs(database: Database, sql) -> None:
    """Reminded, begun, ended and summed up once, however many clocks look; late is done at once, in order."""
    now = dt.datetime.now(dt.UTC)
    [(window,)] = sql(WINDOW, "service", "SMTP service", now + dt.timedelta(minutes=10), now + dt.timedelta(hours=1))
    sweep = Sweep(database, policy.load())
    assert sum(await asyncio.gather(*(sweep.sweep() for _ in range(3)))) == 2  # announced and reminded of
    assert await sweep.sweep() == 0
    assert sql(SHOWN) == [("maintenance", 1), ("maintenance_reminder", 1)]
    past = "starts = now() - interval '2 h', ends = now() - interval '1 h'"
    sql(f"UPDATE pmbot.maintenance_windows SET {past} WHERE id = %s", window)
    assert sum(await asyncio.gather(*(sweep.sweep() for _ in range(3)))) == 3  # begun, ended, summed up
    assert sql("SELECT state, ended = ends, ended_by FROM pmbot.maintenance_windows WHERE id = %s", window) == [
        ("ended", True, None)
    ]
    assert [one for one, _ in sql(SHOWN)] == ["maintenance", "maintenance_reminder", "maintenance_summary"]
    assert await sweep.sweep() == 0


async def under_way(at: Platform, scope: str, subject: str | None, minutes: int) -> Any:
    [(window,)] = at.sql(WINDOW, scope, subject, at.now, at.now + dt.timedelta(minutes=minutes))
    return window


async def test_what_it_explains_is_told_only_if_it_outlasts_it(platform: Platform) -> None:  # noqa: F811
    """Also what is a symptom of it, and what gets worse; anything else is told."""
    await under_way(platform, "service", "database", 10)
    await platform.look(down={"database": 1}, slow={"api": 120, "other": 40})
    await platform.look(40, slow={"api": 2000})  # worse, and explained
    await platform.look(15, patient={"mail": 5})
    assert platform.posted() == ["mail"]
    assert platform.happened("api") == ["fired", "silenced", "worse"]
    told = platform.sql("SELECT count(*) FROM pmbot.maintenance_silences")
    assert told == [(2,)]
    await platform.look(15, slow={})
    await platform.look(600)
    assert platform.posted() == ["mail", "database"]  # the other one is over, and nobody was told that it began
    assert platform.happened("database")[-1] == "silence_over"


async def test_more_time_is_more_silence_and_an_end_is_one(platform: Platform, database: Database) -> None:  # noqa: F811
    """Extended, nothing is told at the old end; ended early, it is told at the next look."""
    window = await under_way(platform, "everything", None, 10)
    await platform.look(slow={"api": 120})
    platform.sql(
        "UPDATE pmbot.maintenance_windows SET ends = ends + interval '1 h', state = 'running' WHERE id = %s", window
    )
    await platform.look(900)
    assert platform.posted() == []
    platform.sql("UPDATE pmbot.maintenance_windows SET state = 'ended', ended = now() WHERE id = %s", window)
    await Sweep(database, policy.load()).sweep()
    await platform.look()
    assert platform.posted() == ["api"]


async def test_what_was_told_before_says_that_it_is_over(platform: Platform) -> None:  # noqa: F811
    """A silence hides no end."""
    await platform.look(slow={"api": 120})
    await under_way(platform, "everything", None, 10)
    await platform.look(60, slow={"api": 0})
    assert "resolved" in await platform.card("api")
