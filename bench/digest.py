"""The morning digest, and the weekly report, over a million jobs, beside the bare SQL of their figures."""

from collections.abc import AsyncIterator

import psycopg

from bench import Comparison, bench
from bench.recorded import in_turns, recorded, replayed
from bench.surroundings import Surroundings
from bot import policy
from bot.digests.figures import counting
from bot.digests.reports import Reports
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.store.database import OPTIONS, Database

JOBS, ROUNDS = 1_000_000, 5
# Four weeks of work, done but for a few; foreign keys hold by construction and are not checked again.
FILL = f"""
SET session_replication_role = replica;
WITH queues AS (SELECT array_agg(name) AS names FROM job_queues), people AS (SELECT array_agg(id) AS ids FROM tenants)
INSERT INTO jobs (queue_name, tenant_id, status, payload, run_at, created, started, completed, failed)
SELECT names[1 + n % cardinality(names)], ids[1 + n % cardinality(ids)],
       CASE WHEN n % 1000 = 0 THEN 'queued' WHEN n % 500 = 1 THEN 'failed' ELSE 'completed' END, '{{}}',
       at, at, at, CASE WHEN n % 1000 <> 0 AND n % 500 <> 1 THEN at + interval '3 seconds' END,
       CASE WHEN n % 500 = 1 THEN at + interval '3 seconds' END
FROM queues, people, generate_series(1, {JOBS}) AS n,
     LATERAL (SELECT now() - n * interval '28 days' / {JOBS} AS at) AS it;
SET session_replication_role = origin;
ANALYZE jobs;
"""  # noqa: S608 - a constant


@bench
async def morning(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """Read and drawn, as it is posted."""
    yield await _drawn(surroundings, "morning")


@bench
async def weekly(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """From figures that were counted once a day."""
    yield await _drawn(surroundings, "weekly")


async def _drawn(surroundings: Surroundings, name: str) -> Comparison:
    async with surroundings.database() as url:
        database = Database(url)
        reports = Reports(database, Renderer(), policy.load())

        async def ours() -> None:
            async with database.snapshot() as session:
                await reports.draw(session, name, Clearance.CHANNEL)

        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute(FILL.encode())
            await connection.execute("DELETE FROM pmbot.figure_marks")
        while name == "weekly" and await counting.count(database, reports.policy.zone):
            pass
        with recorded(database.engine) as statements:
            await ours()
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=OPTIONS) as connection:
            pair = await in_turns(ROUNDS, ours, lambda: replayed(connection, statements, only_reads=True))
        await database.close()
    return Comparison(f"{name} digest over {JOBS:,} jobs ÷ its {len(statements)} statements, bare", "ms", *pair)
