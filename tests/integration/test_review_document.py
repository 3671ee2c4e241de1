"""The review of an incident that was played with the whole bot: docs/review.md is that document, word for word.

What people did is real; when they did it is set afterwards, so that it reads like an incident and stays the same.
`make pictures` writes the file anew.
"""

import datetime as dt
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.demo.data import uid
from bot.demo.world import World, slack_id
from bot.drawing.render import Renderer
from bot.incidents.document import document
from bot.store.database import Database
from bot.store.models import Incident
from tests.conftest import OPS, idle, until
from tests.integration.test_incidents import alert, rooms, said  # noqa: F401 - the fixture
from tests.integration.test_sources import RULES

FILE = Path(__file__).parents[2] / "docs/review.md"
BEGAN = dt.datetime(2026, 3, 3, 9, 12, tzinfo=dt.UTC)
Sql = Callable[..., list[Any]]
PLAYED = (
    ("tomasz", "/pm incident lead 3 commander"),
    ("kofi", "/pm incident lead 3 technical"),
    ("tomasz", "/pm incident update 3 next 30m saying Campaigns of Acme Corp fill the mail queue. We hold them back."),
    ("tomasz", "/pm incident update 3 next 30m saying The queue has drained. We watch it for a quarter of an hour."),
    ("tomasz", "/pm incident resolve 3 because the import was stopped and the queue has drained"),
    (
        "kofi",
        (
            "/pm incident findings 3 impact 14,020 mails waited, the oldest for 19 minutes; those of 38 tenants were"
            " late, none was lost causes Acme Corp imported a list twice: nothing limits how many jobs one import may"
            " create well the alert came before the first ticket; the pause held back one tenant alone"
        ),
    ),
    ("tomasz", "/pm incident task 3 to @kofi by 14d saying limit the jobs that one import may create"),
    ("tomasz", "/pm incident task 3 to @oncall by 7d saying update the runbook of queues: how to find a double import"),
    ("oncall", "/pm incident done 2"),
)
# Minutes from the beginning to each line of the incident's own, in their order.
LINES = (4, 6, 7, 12, 15, 33, 48, 26 * 60, 26 * 60 + 2, 26 * 60 + 3, 50 * 60)
WRITTEN = "SELECT count(*) FROM pmbot.incident_events"
AT = "UPDATE pmbot.{table} SET {column} = %s WHERE {where}"


@pytest.fixture
async def played(bot_world: World, sql: Sql, alert: str) -> World:  # noqa: F811
    """Declared from the alert, led, told of, contained, resolved, and looked at afterwards."""
    slack, [(one,)] = bot_world.slack, sql("SELECT id FROM pmbot.alerts")
    sql('UPDATE pmbot.alerts SET facts = \'{"title": "Queue email-sending is backing up"}\', peak = 14020')
    await slack.click(slack_id("oncall"), alert, OPS, "alert:acknowledge")
    await slack.click(slack_id("oncall"), alert, OPS, "incident:declare")
    room = (await until(lambda: rooms(bot_world)))[-1]
    await until(lambda: room.bookmarks)
    for who in ("tomasz", "kofi", "ines"):
        await slack.join(slack_id(who), room.id)
    for number, (who, text) in enumerate(PLAYED):
        [(before,)] = sql(WRITTEN)
        await said(bot_world, room, who, text)
        await until(lambda before=before: sql(WRITTEN)[0][0] > before)
        if number == 1:
            await _paused(bot_world, room)
        if number == 2:
            await _customers_told(bot_world, room, sql)
    await idle(sql)
    _retimed(sql, one)
    return bot_world


async def _paused(around: World, room: Any) -> None:
    """The culprit's jobs wait; asked for in the incident's channel, so it belongs to the incident."""
    await said(around, room, "oncall", "/pm pause Acme Corp in email-sending for 2h because it floods the queue")
    asked = await until(lambda: _card(around, room, "Pause Acme Corp"))
    await around.slack.click(slack_id("oncall"), asked["ts"], room.id, "approve")
    await until(lambda: _card(around, room, "Paused Acme Corp"))


async def _customers_told(around: World, room: Any, sql: Sql) -> None:
    text = "/pm incident notify 3 delay to Acme Labs saying Since 10:10 your mails leave 20 minutes late. None is lost."
    await said(around, room, "oncall", text)
    asked = await until(lambda: _card(around, room, "None is lost"))
    await around.slack.click(slack_id("ines"), asked["ts"], room.id, "approve")
    await until(lambda: sql("SELECT mails FROM pmbot.incident_notices") not in ([], [(0,)]))


def _card(around: World, room: Any, words: str) -> dict[str, Any] | None:
    found = [one for one in around.slack.messages(room.id, slack_id("root")) if one.get("metadata")]
    return next((one for one in found if words in one["text"] and "Incident 3" not in one["text"][:12]), None)


def _retimed(sql: Sql, alert_id: uuid.UUID) -> None:
    """As if it had happened on a morning in March."""

    def minutes(number: float) -> dt.datetime:
        return BEGAN + dt.timedelta(minutes=number)

    def at(table: str, column: str, number: float, where: str = "true") -> None:
        sql(AT.format(table=table, column=column, where=where), minutes(number))

    events = sql(
        "SELECT e.id FROM pmbot.incident_events e JOIN pmbot.incidents i ON i.id = incident_id AND number = 3"
        " ORDER BY e.id"
    )
    for (event,), number in zip(events, LINES, strict=True):
        at("incident_events", "at", number, f"id = {event}")
    for column, number in (("began", 0), ("declared", 4), ("resolved", 48)):
        at("incidents", column, number, "number = 3")
    _alert_retimed(sql, alert_id, minutes)
    at("incident_notices", "at", 15)
    sql("UPDATE pmbot.incident_tasks SET due = %s WHERE number = 3", minutes(16 * 24 * 60))
    sql("UPDATE pmbot.incident_tasks SET due = %s, done = %s WHERE number = 2", minutes(9 * 24 * 60), minutes(50 * 60))
    sql("UPDATE pmbot.incident_clocks SET due = %s WHERE met IS NULL", minutes(48 + 48 * 60))
    for column in ("created", "ended"):
        at("proposals", column, 9)


def _alert_retimed(sql: Sql, alert_id: uuid.UUID, minutes: Callable[[float], dt.datetime]) -> None:
    sql("DELETE FROM pmbot.alert_events")
    for number, what, who in ((0, "fired", None), (2, "acknowledged", uid("user", "oncall@penguinmails.example")),
                              (31, "resolved", None)):  # fmt: skip
        sql(
            "INSERT INTO pmbot.alert_events (alert_id, at, what, staff_id, facts) VALUES (%s, %s, %s, %s, %s)",
            alert_id, minutes(number), what, who, '{"severity": "critical"}',
        )  # fmt: skip
    sql(
        "UPDATE pmbot.alerts SET state = 'resolved', fired = %s, acknowledged = %s, resolved = %s,"
        " waiting_since = NULL, silenced_until = NULL",
        minutes(0), minutes(2), minutes(31),
    )  # fmt: skip


async def test_the_example_is_what_the_bot_writes(played: World, sql: Sql) -> None:
    """Whoever reads docs/review.md reads what they would get."""
    database = Database(played.database_url)
    [(one,)] = sql("SELECT id FROM pmbot.incidents WHERE number = 3")
    async with database.snapshot() as session:
        written = await document(session, Renderer(), await session.get_one(Incident, one), RULES)
    await database.close()
    if os.environ.get("PM_PICTURES"):
        FILE.write_text(written, "utf-8")
    assert FILE.read_text("utf-8") == written
