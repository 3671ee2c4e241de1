"""PostgreSQL: there, new enough, migrated, with the rights the bot needs and no others."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from psycopg import AsyncConnection
from sqlalchemy import select, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import actions, grants
from bot.actions.registry import discover
from bot.doctor.findings import Finding, clock, failed, now, ok, warning
from bot.pipeline import roster as checking
from bot.pipeline.roster import Checked
from bot.platform import schema, staff
from bot.policy import Policy
from bot.store import legal_holds, migrate
from bot.store.database import APP_ROLE, Database, conninfo
from bot.store.models import SCHEMA, StaffLink
from bot.words import counted

OLDEST = 15
UPGRADE = "Run: pm db upgrade (with DATABASE_OWNER_URL as the owner of the schema)."
FIRST = "super_admin"
MAY_CHANGE = text(
    f"""
    SELECT bool_or(has_table_privilege('{SCHEMA}.' || name, privilege))
        OR has_column_privilege('{SCHEMA}.audit_log', 'at', 'INSERT')
        OR has_column_privilege('{SCHEMA}.audit_log', 'xid', 'INSERT')
    FROM unnest(ARRAY['audit_log', 'audit_details', 'audit_leaves', 'audit_seals']) AS name,
        unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
    """  # noqa: S608 - a constant
)
# What belongs to a login it may do anything to, once it has left the role that it was given.
OWNED = text(
    f"""
    SELECT name FROM (
        SELECT nspname AS name, nspowner AS owner FROM pg_namespace WHERE nspname = '{SCHEMA}'
        UNION ALL SELECT relname, relowner FROM pg_class
        WHERE relkind IN ('r', 'p') AND relnamespace IN ('{SCHEMA}'::regnamespace, 'public'::regnamespace)
    ) AS it WHERE pg_has_role(session_user, owner, 'MEMBER') ORDER BY name LIMIT 1
    """  # noqa: S608 - a constant
)


async def look(url: str) -> AsyncIterator[Finding]:
    """From the connection inwards; stops where the rest cannot be read."""
    try:
        connection = await AsyncConnection.connect(conninfo(url), connect_timeout=5, autocommit=True)
    except (psycopg.Error, ArgumentError, ValueError) as error:
        why = "DATABASE_URL is not a PostgreSQL address"
        if isinstance(error, psycopg.OperationalError):
            why = f"cannot be reached: {str(error).strip().splitlines()[0]}"
        yield failed("database", why, "Check DATABASE_URL, that PostgreSQL runs, and that it lets this machine in.")
        return
    async with connection:
        async for finding in _server(connection):
            yield finding
        stopped = await _role(connection)
    if stopped is not None:
        yield stopped
        return
    database = Database(url)
    try:
        async with database.snapshot() as session:
            async for finding in _schema(session):
                yield finding
    except DBAPIError as error:
        yield failed(
            "rights", f"{APP_ROLE} is not allowed to read something that it needs: {_first_line(error)}", UPGRADE
        )
    finally:
        await database.close()


async def _server(connection: AsyncConnection[Any]) -> AsyncIterator[Finding]:
    version = connection.info.server_version // 10000
    if version < OLDEST:
        yield failed("database", f"PostgreSQL {version} is too old", f"Use PostgreSQL {OLDEST} or later.")
    else:
        yield ok("database", f"PostgreSQL {version} answers")
    asked = now()
    row = await (await connection.execute("SELECT extract(epoch FROM clock_timestamp())::float")).fetchone()
    yield clock("the database", row[0] if row else 0.0, asked)


async def _role(connection: AsyncConnection[Any]) -> Finding | None:
    """What keeps the login from working as the restricted role."""
    tables = await connection.execute(
        "SELECT FROM pg_class WHERE relname = 'schema_versions' AND relnamespace::regnamespace::text = %s", (SCHEMA,)
    )
    if tables.rowcount == 0:
        return failed("migrations", f"the schema {SCHEMA} is not there", UPGRADE)
    try:
        await connection.execute(f"SET ROLE {APP_ROLE}")
    except psycopg.Error:
        return failed(
            "rights",
            f"the login of DATABASE_URL is not allowed to act as {APP_ROLE}",
            UPGRADE + " This command gives the login the missing permission.",
        )
    return None


async def _schema(session: AsyncSession) -> AsyncIterator[Finding]:
    if lacking := await migrate.behind(session):
        yield failed("migrations", f"the migrations up to {lacking} are missing", UPGRADE)
        return
    yield ok("migrations", "up to date")
    if await session.scalar(MAY_CHANGE):
        yield failed(
            "rights",
            f"{APP_ROLE} could change the audit trail",
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {SCHEMA}.audit_log, {SCHEMA}.audit_details, {SCHEMA}.audit_leaves,"
            f" {SCHEMA}.audit_seals FROM {APP_ROLE};"
            f" REVOKE INSERT (id, at, xid) ON {SCHEMA}.audit_log FROM {APP_ROLE};",
        )
    elif await session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")):
        yield warning(
            "rights",
            "the login of DATABASE_URL is a superuser, whom no right can stop",
            f"Give the bot a login of its own, then run pm db upgrade: it may act as {APP_ROLE} and nothing else.",
        )
    elif owned := await session.scalar(OWNED):
        yield failed(
            "rights",
            f"the login of DATABASE_URL owns {owned}, so it can change {owned}, even while it acts as {APP_ROLE}",
            "Give the bot a login that owns nothing, and keep the owner for DATABASE_OWNER_URL.",
        )
    else:
        yield ok("rights", f"works as {APP_ROLE}, and cannot change the audit trail")
    yield await _platform(session)
    if held := await legal_holds.open_ones(session):
        yield _held(len(held), held[0][1].began)


def _held(number: int, since: dt.datetime) -> Finding:
    says = (
        f"{counted(number, 'legal hold')}, the oldest since {since:%Y-%m-%d}: the data that they protect is not deleted"
    )
    return ok("holds", says)


async def _platform(session: AsyncSession) -> Finding:
    """What the platform's tables lack for the bot, rights included."""
    try:
        missing = await (await session.connection()).run_sync(schema.missing_sql, grants.declared())
    except DBAPIError as error:
        missing = f"-- {_first_line(error)};\n"
    if not missing:
        return ok(
            "tables", "the platform's tables have all that the bot needs, and the bot has the rights it needs on them"
        )
    first = missing.strip().splitlines()[0].strip(" -;(")
    return failed(
        "tables",
        f"the platform's tables lack something that the bot needs; the first missing part: {first}",
        "Run pm db platform-sql, read what it prints, and apply it as the owner of the platform's tables.",
    )


async def people(url: str, team_id: str, rules: Policy) -> Finding:
    """Whether anybody could approve, and administer."""
    database = Database(url)
    try:
        async with database.snapshot() as session:
            linked = set(await session.scalars(select(StaffLink.staff_id).where(StaffLink.team_id == team_id)))
            first = {one.id for one in await staff.active_with_roles(session, [FIRST])} & linked
            approvers = {one.id for one in await staff.active_with_roles(session, rules.approving_roles)} & linked
    except DBAPIError as error:
        return failed("people", f"cannot be read: {_first_line(error)}", "See tables and rights above.")
    finally:
        await database.close()
    advice = "Link somebody's Slack account: pm staff link U… their@address"
    if not approvers:
        return failed("people", f"in workspace {team_id}, no linked person may approve", advice)
    if not first:
        return failed("people", f"no linked staff member in {team_id} is a {FIRST.replace('_', ' ')}", advice)
    if len(approvers) == 1:
        return warning("people", "only one linked person may approve, and never what they ask for themselves", advice)
    return ok("people", f"{len(approvers)} linked people may approve")


async def roster(url: str, team_id: str, rules: Policy) -> list[Checked]:
    """Every command, and when it cannot be decided. Raises `DBAPIError`."""
    database = Database(url)
    try:
        async with database.snapshot() as session:
            return await checking.check(session, discover(actions), rules, team_id)
    finally:
        await database.close()


async def commands(url: str, team_id: str, rules: Policy) -> Finding:
    """Whether all of them can be decided; small teams live with some that cannot."""
    try:
        stuck = [one.command for one in await roster(url, team_id, rules) if one.problems]
    except DBAPIError as error:
        return failed("decisions", f"cannot be checked: {_first_line(error)}", "See tables and rights above.")
    if not stuck:
        says = "every command has an approver who is neither the person who asks nor the person it is about"
        return ok("decisions", says)
    says = f"for these commands, some requests have nobody who can decide: {', '.join(stuck)}"
    return warning("decisions", says, "Run pm policy check: it says which, and whom they lack.")


def _first_line(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0]
