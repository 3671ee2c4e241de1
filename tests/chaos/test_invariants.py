"""The invariants bite: each is broken once, by hand, in a database in which all of them hold."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from bot.demo import world
from bot.demo.world import World
from tests.chaos import invariants
from tests.chaos.invariants import Seen
from tests.conftest import OPS, asked, cards, idle, running_bot, until

# Who does this is the database's owner, past all triggers and keys.
PLANTED = {
    "every acknowledged payload is handled": "UPDATE pmbot.inbox SET handled = NULL",
    "what was asked once was asked once": "UPDATE pmbot.proposals SET reason = 'twice'",
    "what is open is asked for once": "UPDATE pmbot.proposals SET same = NULL",
    "no job failed or is left": "INSERT INTO pmbot.procrastinate_jobs (queue_name, task_name, status)"
    " VALUES ('pm', 'execute', 'failed')",
    "each proposal has one ASKED": "DELETE FROM pmbot.audit_log WHERE kind = 'asked'",
    "each execution has one EXECUTED, and each EXECUTED an execution": "DELETE FROM pmbot.audit_log"
    " WHERE kind = 'executed'",
    "what succeeded was executed, and nothing that was turned down": "UPDATE pmbot.proposals SET state = 'rejected'",
    "what is done is done whole, and what is partly done can be resumed": "UPDATE pmbot.proposals"
    " SET state = 'partly', cause = 'stopped'",
    "steps are done in their order, none is left out": "UPDATE pmbot.executions SET step = step + 5",
    "what was done to many is in the compliance log for each of them once": "INSERT INTO admin_audit_log"
    " (admin_user_id, action, resource_type, resource_id, metadata, data_classification, retention_category)"
    " SELECT id, 'user.suspend', 'user', 'x', '{}', 'internal', '7_years' FROM users LIMIT 1",
    "what is held is so": "INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason)"
    " SELECT id, 'suspension', 'user:' || id,"
    """ jsonb_build_object('id', id, 'set', '{"status": "suspended"}'::jsonb), id, 'x' FROM users"""
    " WHERE status = 'active' LIMIT 1",
    "what an alert took back is as before": "WITH it AS (SELECT 'setting:' || key AS target, key FROM system_config"
    " WHERE key = 'sending.warmup_step'), switch AS (INSERT INTO pmbot.held_switches (target, base, seen)"
    """ SELECT target || '/value', '{"value": 99}', '{"value": 99}' FROM it)"""
    " INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason, ended, cause, verification)"
    " SELECT gen_random_uuid(), 'setting', target, jsonb_build_object('id', key, 'set', '{}'::jsonb),"
    " gen_random_uuid(), 'x', now(), 'alarmed', 'confirmed' FROM it",
    "each execution changed the platform once": "UPDATE admin_audit_log SET metadata = '{}'",
    "nobody approved their own request, where that is not enough, or one about themselves": "UPDATE pmbot.decisions"
    " SET staff_id = (SELECT requester_id FROM pmbot.proposals WHERE number = 1)",
    "each word has one entry": "DELETE FROM pmbot.audit_log WHERE kind = 'decided'",
    "each end has one entry": "DELETE FROM pmbot.audit_log WHERE kind = 'hold_ended'",
    "what expired has one entry": "UPDATE pmbot.proposals SET state = 'expired'",
    "each step and each end is confirmed": "UPDATE pmbot.executions SET verification = 'not_yet'",
    "nothing is open that nobody can end": "UPDATE pmbot.proposals SET state = 'executing'",
    "each slot is posted once": "INSERT INTO pmbot.slots (schedule, local_date, local_time, id, due, taken, outcome,"
    " missed) VALUES ('morning', '2026-03-02', '08:30', gen_random_uuid(), now(), now(), 'taken', '[]')",
    "every message is sent in its newest version": "UPDATE pmbot.messages SET version = version + 1,"
    " changed = now() - interval '11 s'",
    "what happened to an alert is told, and once": "INSERT INTO pmbot.alert_events (alert_id, what)"
    " SELECT a, 'fired' FROM gen_random_uuid() AS a, generate_series(1, 2)",
    "a hold ends in time": "UPDATE pmbot.holds SET ends = ended - interval '31 s', cause = 'planned'",
    "each message is in Slack once": "UPDATE pmbot.messages SET id = gen_random_uuid() WHERE key LIKE 'proposal:%'",
}


@pytest.fixture
async def finished(surroundings: World, sql: Any) -> AsyncIterator[World]:
    """Two requests that were carried out, and a pause that has ended."""
    async with running_bot(surroundings):
        for text, who in (
            ("/pm revoke @staffer because laptop stolen", "security"),
            ('/pm pause "Acme Corp" for 2h because spam', "oncall"),
        ):
            shown = await asked(surroundings, text)
            await surroundings.slack.click(world.slack_id(who), shown["ts"], OPS, "approve")
            await until(
                lambda ts=shown["ts"]: any(
                    one["ts"] == ts and "confirmed by the platform" in one["text"] for one in cards(surroundings)
                )
            )
        sql("UPDATE pmbot.holds SET ends = now()")
        await until(lambda: sql("SELECT count(*) FROM pmbot.holds WHERE verification = 'confirmed'") == [(1,)])
        await idle(sql)
        await until(lambda: sql("SELECT count(*) FROM pmbot.messages WHERE version > sent_version") == [(0,)])
        yield surroundings


@pytest.fixture
def connection(finished: World) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(finished.database_url) as one:
        one.execute("SET session_replication_role = replica")
        one.commit()
        yield one
        one.rollback()


def seen_in(around: World) -> Seen:
    shown = [
        (one["metadata"]["event_payload"]["id"], one["text"])
        for channel in list(around.slack.state.messages)
        for one in around.slack.messages(channel, world.slack_id("root"))
        if (one.get("metadata") or {}).get("event_payload", {}).get("id")
    ]
    return Seen(posts=tuple(shown), acknowledged=(), healed=(), before=tuple(shown))


async def test_each_is_broken_by_what_it_is_about(finished: World, connection: psycopg.Connection[Any]) -> None:
    """And none of them where nothing is wrong."""

    def found(seen: Seen) -> list[str]:
        return invariants.violations(lambda query: connection.execute(query).fetchall(), seen)  # type: ignore[arg-type]

    seen = seen_in(finished)
    assert found(seen) == []
    assert set(invariants.QUERIES) <= set(PLANTED)
    for name, plant in PLANTED.items():
        connection.execute(plant)  # type: ignore[arg-type]
        assert any(one.startswith(name) for one in found(seen)), name
        connection.rollback()
    (first, text), *_ = seen.posts
    for name, planted in {
        "what was acknowledged is stored": replace(seen, acknowledged=("command:never stored",)),
        "each message is in Slack once": replace(seen, posts=(*seen.posts, (first, text))),
        "a card shows the newest state": replace(seen, before=((first, "something else"),)),
    }.items():
        assert any(one.startswith(name) for one in found(planted)), name
