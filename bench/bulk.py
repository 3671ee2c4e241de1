"""Ten thousand users suspended by one request, beside the same by hand: one statement with its rows in the log."""

import time
import uuid
from collections.abc import AsyncIterator

import psycopg

from bench import Comparison, Figure, bench
from bench.surroundings import Surroundings
from bot import actions, policy
from bot.actions.registry import discover
from bot.actions.users.selection import Users
from bot.actions.users.several import SuspendUsers
from bot.demo.data import STAFF
from bot.parameters.base import Lookup, Reason
from bot.people import identity
from bot.pipeline.core import Core
from bot.pipeline.decide import decide
from bot.pipeline.execute import execute
from bot.pipeline.limits import Limits
from bot.pipeline.propose import Ask, propose
from bot.store.database import OPTIONS, Database
from bot.store.models import Verdict

USERS, ROUNDS = 10_000, 7
BY = next(one.id for one in STAFF if one.local_part == "security")
# Each of them in one of a hundred tenants, and signed in; foreign keys hold by construction.
FILL = f"""
SET session_replication_role = replica;
INSERT INTO tenants (id, name) SELECT md5('bulk' || n)::uuid, 'Bulk ' || n FROM generate_series(0, 99) AS n;
INSERT INTO users (id, name, email)
SELECT md5('user' || n)::uuid, 'Somebody ' || n, n || '@bulk.example' FROM generate_series(1, {USERS}) AS n;
INSERT INTO tenant_users (tenant_id, user_id)
SELECT md5('bulk' || n % 100)::uuid, md5('user' || n)::uuid FROM generate_series(1, {USERS}) AS n;
INSERT INTO sessions (user_id, token_hash, expires)
SELECT md5('user' || n)::uuid, 'bulk' || n, now() + interval '1 day' FROM generate_series(1, {USERS}) AS n;
SET session_replication_role = origin;
VACUUM ANALYZE users, tenants, tenant_users, sessions;
"""  # noqa: S608 - constants
AGAIN = """
UPDATE users SET status = 'active', status_reason = NULL WHERE email LIKE '%@bulk.example' AND status = 'suspended';
UPDATE sessions SET revoked = NULL WHERE token_hash LIKE 'bulk%';
VACUUM users, sessions, admin_audit_log;
"""
BY_HAND = """
    WITH changed AS (
        UPDATE users SET status = 'suspended', status_reason = 'a stolen list', updated = now()
        WHERE email LIKE '%%@bulk.example' AND status = 'active' RETURNING id
    ), ended AS (
        UPDATE sessions SET revoked = now(), revoked_by = %(by)s FROM changed
        WHERE user_id = changed.id AND revoked IS NULL
    )
    INSERT INTO admin_audit_log (admin_user_id, action, resource_type, resource_id, tenant_id, old_values, new_values,
                                 metadata, data_classification, retention_category)
    SELECT %(by)s, 'user.suspend', 'user', changed.id::text, m.tenant_id, '{"status": "active"}',
           '{"status": "suspended"}', '{}', 'internal', '7_years'
    FROM changed LEFT JOIN tenant_users m ON m.user_id = changed.id
"""


@bench
async def bulk(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """In turns: from the approval to the end of the last part, and the same in one transaction."""
    async with surroundings.database() as url:
        core = Core(Database(url), discover(actions), policy.load(), None, limits=Limits(10**6, 10**6))
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as owner:
            await _each(owner, FILL)
            asked, ours, bare = [], [], []
            async with await psycopg.AsyncConnection.connect(url, options=OPTIONS) as hand:
                for _ in range(ROUNDS):
                    started = time.perf_counter()
                    proposal = await _approved(core)
                    asked.append(time.perf_counter() - started)
                    started = time.perf_counter()
                    await execute(core, proposal)
                    ours.append(time.perf_counter() - started)
                    await _each(owner, AGAIN)
                    started = time.perf_counter()
                    await hand.execute(BY_HAND, {"by": BY})
                    await hand.commit()
                    bare.append(time.perf_counter() - started)
                    await _each(owner, AGAIN)
        await core.database.close()
    for what, times in (("suspended by one request", ours), ("found, sorted and asked for", asked)):
        pair = (Figure.typical([1000 * one for one in found]) for found in (times, bare))
        yield Comparison(f"{USERS:,} users {what} ÷ suspended by hand, with the log", "ms", *pair)


async def _each(connection: psycopg.AsyncConnection[tuple[object, ...]], statements: str) -> None:
    for statement in statements.split(";\n"):
        await connection.execute(statement.encode())


async def _approved(core: Core) -> uuid.UUID:
    """Asked for by somebody whose own word is enough, and decided."""
    async with core.database.transaction() as session:
        operator = await identity.operator_by_id(session, BY)
        assert operator is not None  # noqa: S101 - the demo has somebody in security
        lookup = Lookup(session, "T0", 300, "user suspend where", {})
        chosen = await Users.resolve("selection", "domain=bulk.example", lookup)
        action = SuspendUsers(selection=chosen, reason=Reason("a stolen list"))
        found = await propose(core, session, operator, [action], Ask("operations", "a stolen list"))
        await decide(core, session, operator, found.revision_id, Verdict.APPROVE)
        return found.id
