"""A moment at which everything the bot does is due: asked for, decided, over, late, lost and in need of a second look.

Whoever is started then has something to do in each transaction there is. `wrong` says what was not done, or not once.
"""

import asyncio
import contextlib
import copy
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from bot import app, policy
from bot.config import Settings
from bot.demo import world
from bot.demo.world import World
from bot.digests import slots
from bot.digests.schedule import timetables
from bot.holds import engine
from bot.platform.queues import Scope
from localslack import hosting
from tests.conftest import OPS, asked, cards, idle, running_bot
from tests.promises.bench import IDS, build, pause

QUEUES = ("email-sending", "bounce:process", "warmup:process", "webhook:process")
AT_LAST = 120.0  # seconds in which all of it is done on a machine that is busy with other tests
RULES = """
[rules.backlog]
metric = "queue.waiting"
subjects = ["email-sending"]
title = "Queue {subject} is backing up"
over = "Queue {subject} was backing up"
runbook = "Look."
levels = { critical = { fires = 0.5, clears = 0.2 } }
"""
# Somebody did these before; whatever would look after them has not come by yet.
OVERDUE = f"""
UPDATE pmbot.proposals SET expires = now() - interval '1 s' WHERE number = 2;
UPDATE pmbot.messages SET version = version + 1, changed = now() - interval '1 minute'
 WHERE key = 'proposal:' || (SELECT id FROM pmbot.proposals WHERE number = 1);
UPDATE pmbot.inbox SET received = now() - interval '2 minutes' WHERE payload ->> 'text' = 'help';
DELETE FROM pmbot.procrastinate_jobs WHERE task_name = 'handle' AND args ->> 'inbox_id' IN
 (SELECT id::text FROM pmbot.inbox WHERE payload ->> 'text' = 'help');
INSERT INTO pmbot.drafts (id, verb, arguments, origin, created)
 VALUES (gen_random_uuid(), 'revoke', '{{}}', '{{}}', now() - interval '8 days');
UPDATE pmbot.procrastinate_jobs SET status = 'doing', attempts = 1 WHERE task_name = 'digest';
UPDATE pmbot.holds SET verification = 'unconfirmed', asked = now() - interval '2 days'
 WHERE subject ->> 'queue' = '{QUEUES[0]}';
DELETE FROM pmbot.procrastinate_jobs WHERE task_name = 'verify_hold' AND args ->> 'hold_id' IN
 (SELECT id::text FROM pmbot.holds WHERE verification = 'unconfirmed');
UPDATE pmbot.holds SET ends = now() - interval '1 s' WHERE ended IS NULL;
UPDATE pmbot.alert_ticks SET at = 'epoch';
INSERT INTO jobs (queue_name, priority, payload) SELECT '{QUEUES[0]}', 100, '{{}}' FROM generate_series(1, 50);
"""
DONE = f"""
WITH due AS (
    SELECT proposals.id, proposals.state, audit_log.target
    FROM pmbot.proposals JOIN pmbot.audit_log ON kind = 'asked' AND proposal_id = proposals.id
    WHERE audit_log.target <> 'staff:{IDS["finance"]}'
)
SELECT (SELECT bool_and(handled IS NOT NULL) FROM pmbot.inbox) AS all_handled,
       (SELECT jsonb_object_agg(target, state) FROM due) = '{{
         "staff:{IDS["staffer"]}": "succeeded", "staff:{IDS["nadia"]}": "expired", "staff:{IDS["hana"]}": "pending"}}'
         AS states,
       (SELECT count(*) FROM due) = 3 AS asked_once,
       (SELECT array_agg(step) FROM pmbot.executions JOIN due ON id = proposal_id) = '{{0}}' AS executed_once,
       (SELECT count(*) FROM admin_audit_log WHERE action = 'staff.revoke_sessions'
         AND resource_id = '{IDS["staffer"]}')
         = 1 AS one_compliance_row,
       (SELECT array_agg(kind || '=' || n ORDER BY kind) FROM (SELECT a.kind, count(*) AS n FROM pmbot.audit_log AS a
          WHERE kind NOT IN ('linked', 'looked', 'ruled')
            AND (proposal_id IS NULL OR proposal_id IN (SELECT id FROM due))
          GROUP BY 1) AS counted)
         = '{{asked=3,decided=1,ended=1,executed=1,hold_ended=4,verified=5}}' AS audited_once,
       (SELECT bool_and(verification = 'confirmed') FROM pmbot.executions) AS confirmed,
       (SELECT count(DISTINCT revoked) = 1 AND count(*) = 4 FROM sessions WHERE user_id = '{IDS["staffer"]}'
         AND revoked > now() - interval '5 minutes') AS revoked_once,
       (SELECT count(*) = 4 AND bool_and(ended IS NOT NULL AND verification = 'confirmed') FROM pmbot.holds) AS holds,
       (SELECT array_agg(outcome ORDER BY outcome) FROM pmbot.slots WHERE outcome = 'taken') = '{{taken,taken}}'
         AS slots_taken_once,
       (SELECT count(*) FROM pmbot.messages WHERE key LIKE 'slot:%%') = 2 AS digests_posted_once,
       (SELECT count(*) FROM pmbot.drafts WHERE created < now() - interval '7 days') = 0 AS old_drafts_forgotten,
       (SELECT array_agg(state) FROM pmbot.alerts) = '{{firing}}' AS fired_once,
       (SELECT array_agg(what) FROM pmbot.alert_events WHERE what = 'fired' AND posted IS NOT NULL)
         = '{{fired}}' AS told_once,
       (SELECT bool_and(version = sent_version) FROM pmbot.messages) AS all_sent,
       (SELECT count(*) FROM pmbot.procrastinate_jobs WHERE task_name <> 'tick' AND scheduled_at IS NULL)
         = 0 AS no_job_left
"""


@dataclass(frozen=True)
class Loaded:
    """A database in that state, to be copied, and what stood in Slack."""

    database: str
    slack: Any


@dataclass(frozen=True)
class Scene:
    """One copy of that moment, and the door that takes what Slack sends."""

    around: World
    connection: psycopg.Connection[Any]
    settings: Settings

    def wrong(self) -> list[str]:
        """What is not as it should be in the end."""
        cursor = self.connection.execute(DONE)
        row = cursor.fetchone() or ()
        found = [column.name for column, right in zip(cursor.description or (), row, strict=True) if not right]
        return found + self.shown_wrongly()

    def shown_wrongly(self) -> list[str]:
        """Messages that stand in Slack twice, or not at all."""
        rows = self.connection.execute("SELECT id::text, key FROM pmbot.messages WHERE only_for IS NULL").fetchall()
        seen = [one["metadata"]["event_payload"]["id"] for one in self._posts()]
        return [f"{seen.count(row_id)} times in Slack: {key}" for row_id, key in rows if seen.count(row_id) != 1]

    def _posts(self) -> list[dict[str, Any]]:
        slack, root = self.around.slack, world.slack_id("root")
        everywhere = [one for channel in slack.state.messages for one in slack.messages(channel, root)]
        return [one for one in everywhere if (one.get("metadata") or {}).get("event_payload", {}).get("id")]


def settings_of(around: World, rules: Path) -> Settings:
    return world.settings(around.database_url, around.slack, around.slack_url, around.platform_url, pm_policy=rules)


async def load(url: str, rules: Path) -> Any:
    """Bring a fresh database to that moment; what stands in Slack then."""
    async with world.around(url) as around:
        with psycopg.connect(url, autocommit=True) as connection:
            async with running_bot(around):
                await asked(around)
                await asked(around, "/pm revoke @nadia because laptop stolen")
                await idle(lambda query: connection.execute(query).fetchall())
            await _placed_and_ended(url)
            await _one_slot_taken(url, connection)
            async with hosting.serve(app.asgi(app.build(settings_of(around, rules)), everything=False)) as web:
                around.slack.request_url = f"{web}/slack/events"
                first = cards(around)[0]
                for reply in (
                    await around.slack.click(world.slack_id("security"), first["ts"], OPS, "approve"),
                    await around.slack.command(world.slack_id("oncall"), OPS, "/pm revoke @hana because laptop stolen"),
                    await around.slack.command(world.slack_id("oncall"), OPS, "/pm help"),
                ):
                    assert reply.status == 200
            connection.execute("SET search_path = pmbot, public")
            connection.execute(OVERDUE)
        return copy.deepcopy((around.slack.state.messages, around.slack.state.channels))


async def _placed_and_ended(url: str) -> None:
    """Two pauses that have ended and are to be verified, and two that are to end."""
    bench = build(url)
    for number, queue in enumerate(QUEUES):
        async with bench.database.transaction() as session:
            await pause(session, Scope(queue, None), lasts=dt.timedelta(hours=1))
        if number == 1:
            await bench.sql("UPDATE pmbot.holds SET ends = now() - interval '1 s'")
            assert await engine.sweep(bench.database) == 2
    await bench.database.engine.dispose()


async def _one_slot_taken(url: str, connection: psycopg.Connection[Any]) -> None:
    """The digest of some days ago was taken and never posted; a later one is due."""
    connection.execute("DELETE FROM pmbot.schedules")
    schedules, bench = timetables(policy.load()), build(url)
    now = dt.datetime.now(dt.UTC)
    await slots.take(bench.database, schedules, now - dt.timedelta(days=16))
    assert await slots.take(bench.database, schedules, now - dt.timedelta(days=8)) == 1
    await bench.database.engine.dispose()


@contextlib.asynccontextmanager
async def scene(url: str, loaded: Loaded, rules: Path) -> AsyncIterator[Scene]:
    """A copy of the moment, in a database that is made already, with a door of its own."""
    async with world.around(url, cache_seconds=2.0) as around:
        around.slack.state.messages, around.slack.state.channels = copy.deepcopy(loaded.slack)
        around.slack.courier.ack_seconds = AT_LAST  # a slow machine is none of the troubles here
        chosen = settings_of(around, rules)
        async with hosting.serve(app.asgi(await asyncio.to_thread(app.build, chosen), everything=False)) as web:
            around.slack.request_url = f"{web}/slack/events"
            with psycopg.connect(url, autocommit=True) as connection:
                yield Scene(around, connection, chosen)
