"""One sweep of a hundred thousand open holds, beside SQL that somebody would write by hand for the same."""

from collections.abc import AsyncIterator

import psycopg

from bench import Comparison, bench
from bench.recorded import in_turns
from bench.surroundings import Surroundings
from bot.holds import engine
from bot.store.database import OPTIONS, Database

EACH, ROUNDS = 50_000, 15
# As many suspended users and limits of tenants, for a month each. Foreign keys hold by construction.
FILL = f"""
SET session_replication_role = replica;
INSERT INTO users (id, name, email, status)
SELECT md5('user' || n)::uuid, 'Customer ' || n, n || '@example.com', 'suspended' FROM generate_series(1, {EACH}) AS n;
INSERT INTO tenants (id, name) SELECT md5('tenant' || n)::uuid, 'Company ' || n FROM generate_series(1, {EACH}) AS n;
INSERT INTO tenant_overrides (tenant_id, max_users)
SELECT md5('tenant' || n)::uuid, 50 FROM generate_series(1, {EACH}) AS n;
WITH held AS (
    SELECT 'suspension' AS kind, 'user:' || md5('user' || n)::uuid AS target, 'status' AS name,
           jsonb_build_object('id', md5('user' || n)::uuid, 'set', '{{"status": "suspended"}}'::jsonb) AS subject,
           '{{"value": "active"}}'::jsonb AS base, '{{"value": "suspended"}}'::jsonb AS seen
    FROM generate_series(1, {EACH}) AS n
    UNION ALL
    SELECT 'agreement', 'tenant:' || md5('tenant' || n)::uuid, 'max_users',
           jsonb_build_object('id', md5('tenant' || n)::uuid, 'set', '{{"max_users": 50}}'::jsonb,
                              'action', 'tenant.limit'),
           '{{"value": null}}', '{{"value": 50}}'
    FROM generate_series(1, {EACH}) AS n
), switches AS (
    INSERT INTO pmbot.held_switches (target, base, seen) SELECT target || '/' || name, base, seen FROM held
)
INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason, ends)
SELECT gen_random_uuid(), kind, target, subject, (SELECT min(user_id::text)::uuid FROM staff_members), 'x',
       now() + interval '30 days'
FROM held;
SET session_replication_role = origin;
VACUUM ANALYZE
"""  # noqa: S608 - constants
BY_HAND = """
SELECT id FROM pmbot.holds WHERE ended IS NULL AND ends <= clock_timestamp() ORDER BY ends LIMIT 500;
SELECT id FROM pmbot.holds WHERE ended IS NULL AND noticed IS NULL AND ends > clock_timestamp()
   AND ends <= clock_timestamp() + interval '15 minutes' AND ends - starts > interval '1 hour' LIMIT 500;
SELECT h.id FROM pmbot.holds h JOIN pmbot.alerts a ON a.fired BETWEEN h.starts AND h.ends
   AND h.subject -> 'watch' ? a.rule WHERE h.ended IS NULL AND h.subject ? 'watch';
SELECT h.id FROM pmbot.holds h JOIN pmbot.held_switches s ON s.target = h.target || '/status'
  LEFT JOIN users u ON u.id = (h.subject ->> 'id')::uuid
 WHERE h.ended IS NULL AND h.kind = 'suspension' AND u.status IS DISTINCT FROM s.seen ->> 'value';
SELECT h.id FROM pmbot.holds h JOIN pmbot.held_switches s ON s.target = h.target || '/max_users'
  LEFT JOIN tenant_overrides o ON o.tenant_id = (h.subject ->> 'id')::uuid
 WHERE h.ended IS NULL AND h.kind = 'agreement' AND o.max_users IS DISTINCT FROM (s.seen ->> 'value')::int
"""


@bench
async def sweep(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """Nothing is due, near or changed, as at nearly every sweep. It runs each second, in every clock."""
    async with surroundings.database() as url:
        database = Database(url, pool_size=2)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            for statement in FILL.split(";\n"):
                await connection.execute(statement.encode())
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=OPTIONS) as connection:

            async def ours() -> None:
                if await engine.sweep(database):
                    raise RuntimeError("something ended that was not due")

            async def bare() -> None:
                async with connection.transaction():
                    for statement in BY_HAND.split(";"):
                        await (await connection.execute(statement.encode())).fetchall()

            sides = await in_turns(ROUNDS, ours, bare)
        await database.close()
    yield Comparison(f"a sweep with {2 * EACH:,} open holds ÷ SQL by hand", "ms", *sides)
