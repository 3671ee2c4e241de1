"""One run: the world, its events in their time, quiet, and what is wrong then."""

import asyncio
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import psycopg

from bot.demo import world
from bot.demo.postgres import EmbeddedPostgres
from bot.handlers import intake
from tests.chaos import invariants
from tests.chaos.invariants import Seen
from tests.chaos.schedule import Event
from tests.chaos.world import DRAIN, Chaos, chaos, kill

QUIET = 180.0  # seconds in which it has to come to rest
# What a call outside came to may never be known: after ten looks somebody is told, and it is looked at ever less.
REST = """
SELECT (SELECT count(*) FROM pmbot.inbox WHERE handled IS NULL)
     + (SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name <> 'tick'
         AND NOT (task_name = 'effect' AND coalesce((args ->> 'looks')::int, 0) > 10))
     + (SELECT count(*) FROM pmbot.messages WHERE version > sent_version)
     + (SELECT count(*) FROM pmbot.proposals WHERE state IN ('approved', 'executing')
          OR (state = 'pending' AND expires <= now()))
     + (SELECT count(*) FROM pmbot.holds WHERE ended IS NULL AND ends <= now())
     + (SELECT count(*) FROM pmbot.alert_events JOIN pmbot.alerts ON alerts.id = alert_id
         WHERE posted IS NULL AND alerts.shown IS NOT NULL)
     + (SELECT count(*) FROM jobs WHERE payload = '{"chaos": 1}')
     + (SELECT count(*) FROM pmbot.schedules WHERE since < now() - interval '3 days'
         AND NOT EXISTS (SELECT FROM pmbot.slots WHERE schedule = schedules.name))
"""
# Pauses that grew during the trouble, and the pauses between questions to the platform, are not waited for.
HURRY = """
UPDATE pmbot.procrastinate_jobs SET scheduled_at = now()
 WHERE status = 'todo' AND scheduled_at > now() AND task_name <> 'tick'
   AND NOT (task_name = 'effect' AND coalesce((args ->> 'looks')::int, 0) > 10)
"""
PUT_OFF = """
SELECT DISTINCT 'no job waits longer than its pause: ' || task_name FROM pmbot.procrastinate_jobs
 WHERE status = 'todo' AND scheduled_at > now() + interval '4 minutes' AND task_name NOT IN ('tick', 'effect')
"""
CARDS = "(key LIKE 'proposal:%' OR key LIKE 'hold:%') AND only_for IS NULL"  # an alert goes on by itself
REDRAW = f"""
WITH drawn AS (UPDATE pmbot.messages SET version = version + 1, changed = now() WHERE {CARDS} RETURNING id)
SELECT pmbot.procrastinate_defer_jobs_v1(array_agg(ROW('pm-deliveries', 'deliver', 10, NULL, NULL,
  jsonb_build_object('message_id', id), NULL)::pmbot.procrastinate_job_to_defer_v1)) FROM drawn
"""
KEYS = {
    "command": ("command", intake.trigger_key),
    "interactive": ("click", intake.trigger_key),
    "event": ("event", intake.event_key),
}


async def play(
    events: Sequence[Event], seed: int, postgres: EmbeddedPostgres, template: str, policy: Path, logs: Path
) -> list[str]:
    """What is wrong after these events, in a database of their own."""
    name = f"chaos_{uuid.uuid4().hex[:12]}"
    url = await asyncio.to_thread(postgres.create_database, name, template)
    try:
        async with chaos(url, postgres, policy, logs, seed) as here:
            await _trouble(here, events)
            await _calm(here)
            if unrest := await _rest(here):
                return [f"it never comes to rest: {unrest}", *await _wrong(here, ())]
            cards = {row for (row,) in await here.sql(f"SELECT id::text FROM pmbot.messages WHERE {CARDS}")}
            before = tuple((row, text) for row, text in _posts(here) if row in cards)
            await here.sql(f"SET search_path = pmbot, public; {REDRAW}")
            if unrest := await _rest(here):
                return [f"it cannot be drawn anew: {unrest}"]
            return [*here.put_off, *await _wrong(here, before)]
    finally:
        await asyncio.to_thread(postgres.drop_database, name)


async def _trouble(here: Chaos, events: Sequence[Event]) -> None:
    begun, under_way = time.monotonic(), []
    await asyncio.sleep(1.0)  # for the first processes to come up
    for event in events:
        await asyncio.sleep(max(0.0, event.at - (time.monotonic() - begun)))
        under_way.append(asyncio.ensure_future(here.happen(event)))
    for outcome in await asyncio.gather(*under_way, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome


async def _calm(here: Chaos) -> None:
    """No trouble any more: what was stopped goes on, what is frozen is killed, clocks are right again."""
    here.calm = True
    for task in list(here.later):
        task.cancel()
    await asyncio.gather(*here.later, return_exceptions=True)
    here.around.slack.faults.clear()
    for one in here.frozen:
        kill(one)
    for slot in here.slots.values():
        if slot.seconds_off:
            await here.skew(slot.name, 0.0)
    await here.sql(DRAIN)


async def _rest(here: Chaos) -> str:
    """Wait until nothing is left to do; what is, when it takes too long."""
    deadline, still = time.monotonic() + QUIET, 0
    while time.monotonic() < deadline:
        here.put_off.update(line for (line,) in await here.sql(PUT_OFF))
        await here.sql(HURRY)
        ((left,),) = await here.sql(REST)
        left += here.around.slack.courier.still_to_send  # an event that nobody took comes again seconds later
        still = 0 if left else still + 1
        if still > 3:  # seconds in which nothing has come after all
            return ""
        await asyncio.sleep(1.0)
    return f"{left} things are left"


async def _wrong(here: Chaos, before: tuple[tuple[str, str], ...]) -> list[str]:
    seen = Seen(posts=_posts(here), acknowledged=_acknowledged(here), healed=tuple(here.healed), before=before)

    def look() -> list[str]:
        with psycopg.connect(here.around.database_url, autocommit=True) as connection:
            return invariants.violations(lambda query: connection.execute(query).fetchall(), seen)  # type: ignore[arg-type]

    return await asyncio.to_thread(look)


def _posts(here: Chaos) -> tuple[tuple[str, str], ...]:
    slack, root = here.around.slack, world.slack_id("root")
    found = []
    for channel in list(slack.state.messages):
        for one in slack.messages(channel, root):
            row_id = ((one.get("metadata") or {}).get("event_payload") or {}).get("id")
            if row_id:
                found.append((row_id, one["text"]))
    return tuple(found)


def _acknowledged(here: Chaos) -> tuple[str, ...]:
    found = []
    for sent in here.around.slack.deliveries:
        if sent.kind in KEYS and sent.ok and _is_stored(sent.kind, sent.payload) and not _is_refused(sent.body):
            kind, key_of = KEYS[sent.kind]
            found.append(f"{kind}:{key_of(sent.payload)}")
    return tuple(found)


def _is_stored(kind: str, payload: dict[str, object]) -> bool:
    """Whether the bot keeps what it acknowledged: not what is about itself, nor forms."""
    if kind == "interactive":
        return payload.get("type") == "block_actions"
    if kind == "event":
        event = payload.get("event")
        return isinstance(event, dict) and event.get("type") == "app_mention"
    return True


def _is_refused(answer: object) -> bool:
    """The ack of a command may say that it was not taken: nothing else reaches the person who typed it."""
    text = answer.get("text", "") if isinstance(answer, dict) else ""
    return text.startswith((intake.AWAY, intake.UNSURE))
