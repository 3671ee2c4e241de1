"""Somebody who stands in every column that can hold something of a person, and a bystander who stands beside them."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Column, String, Table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from bot.erasure import Person, Rows
from bot.platform import erasure as platform
from bot.platform.models import PlatformBase
from bot.store import erasure as store
from bot.store.base import Base

Sql = Callable[..., list[Any]]

CANARY, NAME = "canary-7a@acme-corp.example", "Canary Sevenfour"
SECRET = "what only they would know"  # without their name, in rows that are theirs
BYSTANDER, OTHER_NAME = "xcanary-7a@acme-corp.example", "Canary Sevenfourth"
BOTH = ((platform.ERASURE, PlatformBase.metadata), (store.ERASURE, Base.metadata))
SAID = f"line\n{CANARY} <mailto:{CANARY.upper()}|{NAME}>, and {BYSTANDER} {OTHER_NAME}"
ARRAYS = {
    "impacts": [{"context": {"note": SAID}, "facts": [{"label": SECRET, "parts": [SECRET]}]}],
    "changes": [{"label": "x", "before": [CANARY], "after": [SECRET]}],
}
# A row of what nothing before it has left one of: a new table that says something of people wants one, too.
ROWS = """
INSERT INTO pmbot.inbox (key, kind, payload, answer, handled) VALUES ('canary', 'command', '{}', '{}', now());
INSERT INTO pmbot.drafts (id, verb, arguments, origin)
    SELECT gen_random_uuid(), 'find', '{}', '{}' FROM generate_series(1, 2);
INSERT INTO pmbot.effects (key, proposal_id, integration, request, state, answer)
    SELECT 'canary', id, 'mail', '{}', 'done', '{}' FROM pmbot.proposals LIMIT 1;
INSERT INTO pmbot.alerts (id, rule, subject, state, breached, value, peak, measured, facts, since)
    VALUES (gen_random_uuid(), 'x', 'y', 'pending', '{}', 1, 1, now(), '{}', now());
INSERT INTO pmbot.healings (alert_id, rule, refused) SELECT id, 'x', 'x' FROM pmbot.alerts LIMIT 1;
INSERT INTO pmbot.alert_events (alert_id, what, facts) SELECT id, 'fired', '{}' FROM pmbot.alerts LIMIT 1;
INSERT INTO pmbot.outside_groups (key, subject, channel, firing, facts, heard, changed, until)
    VALUES ('canary', 'x', 'operations', 0, '{}', 1, 1, now());
INSERT INTO pmbot.deployments (id, key, service, version, by, state, started)
    VALUES (gen_random_uuid(), 'canary', 'x', '1', 'x', 'started', now());
INSERT INTO pmbot.deployment_events (key, payload) VALUES ('canary', '{}');
INSERT INTO pmbot.public_updates (id, incident_id, headline, phase, said, staff_id)
    SELECT gen_random_uuid(), id, 'x', 'identified', 'x', declared_by FROM pmbot.incidents LIMIT 1;
INSERT INTO pmbot.incident_breaches (incident_id, known, high_risk, concerns, staff_id)
    SELECT id, now(), true, 'x', declared_by FROM pmbot.incidents LIMIT 1;
INSERT INTO pmbot.incident_duties (incident_id, duty, due, next, ended, told, note)
    SELECT incident_id, 'authority', now(), now(), now(), true, 'x' FROM pmbot.incident_breaches;
INSERT INTO pmbot.alert_thresholds (id, rule, severity, fires, clears, base_fires, base_clears, reason, staff_id)
    SELECT gen_random_uuid(), 'x', 'high', 2, 1, 2, 1, 'x', user_id FROM staff_members LIMIT 1;
INSERT INTO pmbot.alert_silences (id, rule, subject, severity, staff_id, reason, until)
    SELECT gen_random_uuid(), 'x', 'y', 'high', user_id, 'x', now() FROM staff_members LIMIT 1;
UPDATE pmbot.tickets SET user_id = (SELECT id FROM users WHERE email = 'canary-7a@acme-corp.example') WHERE number = 1;
INSERT INTO pmbot.ticket_samples (ticket_id, staff_id, verdict, note, answered)
    SELECT id, asked_by, 'good', 'x', now() FROM pmbot.tickets;
UPDATE pmbot.proposals SET cause = 'x';
UPDATE pmbot.decisions SET reason = 'x';
INSERT INTO pmbot.glass_questions (id, decision_id, staff_id, question)
    SELECT gen_random_uuid(), id, staff_id, 'x' FROM pmbot.decisions LIMIT 1;
INSERT INTO jobs (queue_name) VALUES ('email-sending');
INSERT INTO job_logs (job_id, status) SELECT id, 'failed' FROM jobs WHERE tenant_id IS NULL;
INSERT INTO tenant_invitations (tenant_id, email) SELECT id, 'canary-7a@acme-corp.example' FROM tenants LIMIT 1;
INSERT INTO queue_pauses (queue_name, reason) VALUES ('email-sending', 'x');
INSERT INTO webhook_events (stripe_event_id, event_type, status) VALUES ('evt_canary', 'x', 'failed');
INSERT INTO tenant_feature_flags (tenant_id, flag_key, enabled) SELECT id, 'ai-composer', true FROM tenants LIMIT 1
    ON CONFLICT DO NOTHING;
INSERT INTO tenant_overrides (tenant_id) SELECT id FROM tenants LIMIT 1 ON CONFLICT DO NOTHING
"""


def person(sql: Sql) -> Person:
    """Who is erased, as they stand in the tables."""
    [(user, address)] = sql("SELECT id, email FROM users WHERE email = %s", CANARY)
    tenants = sql("SELECT tenant_id FROM tenant_users WHERE user_id = %s", user)
    return Person(user, address, (NAME,), tuple(tenant for (tenant,) in tenants))


def plant(sql: Sql) -> Person:
    """Write both into all that is declared to be deleted or changed."""
    for statement in ROWS.split(";\n"):
        sql(statement)
    who = person(sql)
    for rows, metadata in BOTH:
        tables = {table.name: table for table in metadata.tables.values()}
        for one in rows:
            for column in columns(one, tables[one.table]):
                _write(sql, who, one, column)
    return who


def columns(one: Rows, table: Table) -> Iterator["Column[Any]"]:
    """Those that may hold anything: of what is deleted, all of text and JSON but for words and keys."""
    if not one.gone:
        yield from (table.columns[name] for name in dict.fromkeys([*one.becomes, *one.named]) if name not in FIXED)
        return
    for column in table.columns:
        free = isinstance(column.type, String | JSONB) and not isinstance(column.type, ARRAY)
        if free and column.name not in FIXED and not column.foreign_keys:
            yield column


# Words, times, ids, and what is typed
FIXED = ("status", "kind", "email_verified", "deleted", "updated", "cleared", "verb", "user_id")


def _write(sql: Sql, who: Person, one: Rows, column: "Column[Any]") -> None:
    table = column.table
    assert isinstance(table, Table)
    theirs = _literal(one.theirs, who)
    where = theirs if column.name in one.becomes or one.gone else _literal(one.within, who)
    if one.table == "drafts":
        where = "id IN (SELECT id FROM pmbot.drafts ORDER BY id LIMIT 1)"
    elif one.table == "tenant_config":
        where = "tenant_id = ANY(ARRAY['" + "','".join(map(str, who.tenants)) + "']::uuid[])"
    new = "jsonb_set(plan, '{0,parameters,note}', to_jsonb(%s::text))" if column.name == "plan" else "%s"
    value = SAID if column.name == "plan" else _value(one, column)
    changed = sql(f"UPDATE {table.fullname} SET {column.name} = {new} WHERE {where} RETURNING 1", value)
    assert changed, f"nothing was planted in {table.fullname}.{column.name}"


def _value(one: Rows, column: "Column[Any]") -> str:
    if column.name in ("email", "billing_email", "given_name", "family_name"):
        return CANARY
    if column.name in ARRAYS and isinstance(column.type, JSONB):
        return json.dumps(ARRAYS[column.name])
    theirs = column.name in one.becomes or one.gone
    said = f"{SECRET} {CANARY} {NAME}" if theirs and column.name not in one.named else SAID
    if (one.table, column.name) == ("users", "name"):
        said = NAME
    elif theirs and column.name in one.becomes and one.table != "held_switches":
        said = f"{SECRET} {CANARY}"
    if isinstance(column.type, JSONB):
        return json.dumps({"note": said, "reason": SECRET} if one.table == "held_switches" else {"note": said})
    return said


def _literal(condition: str, who: Person) -> str:
    """With what it asks for in its place."""
    said = condition
    for name, value in who.binds.items():
        literal = "{" + ",".join(map(str, value)) + "}" if isinstance(value, list) else str(value)
        said = said.replace(f":{name}", "'" + literal.replace("'", "''") + "'")
    return said.replace("%", "%%")


def dump(sql: Sql) -> dict[str, str]:
    """All that stands in both schemas, by table."""
    tables = sql("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname IN ('public', 'pmbot')")
    return {
        name: sql(f"SELECT coalesce(string_agg(to_jsonb(t)::text, E'\\n'), '') FROM {name} AS t")[0][0]
        for (name,) in tables
    }


def left(dumped: dict[str, str]) -> dict[str, list[str]]:
    """Where anything of theirs still stands: table → what."""
    found = {}
    for table, text in dumped.items():
        bare = text.lower().replace("\u2060", "").replace(BYSTANDER, "").replace(OTHER_NAME.lower(), "")
        if said := [one for one in (CANARY, NAME, SECRET) if one.lower() in bare]:
            found[table] = said
    return found


def bystanders(dumped: dict[str, str]) -> dict[str, int]:
    """How often the bystander is named, by table."""
    return {table: number for table, text in dumped.items() if (number := text.count(BYSTANDER))}
