"""`/pm find` among a million users, beside its statements, bare; `python -m bench big_search`: among ten million."""

import random
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import psycopg
from sqlalchemy.dialects import postgresql

from bench import Comparison, Figure, bench
from bench.recorded import recorded, replayed
from bench.surroundings import Surroundings
from bot.actions.users.find import Find, Sought
from bot.platform import search
from bot.store.database import OPTIONS, Database

USERS, IN_TENANT, TURNS, WARM_UP = 1_000_000, 33, 400, 20
FEW = {"staff_members", "plans", "subscriptions"}  # here
GIVEN = "kofi,amara,tomasz,ingrid,nadia,óscar,lea,joão,priya,chen,fatima,lukas,mei,diego,yara,sven,hana,omar,ines,raj"
FAMILY = "castano,okonkwo,nowak,sørensen,haddad,peñalver,dubois,silva,raghunathan,wei,khan,meyer,tan,rossi,cohen,berg"
# People have a few dozen names between them, so that most beginnings match many thousands; foreign keys hold by
# construction.
FILL = f"""
SET session_replication_role = replica;
INSERT INTO tenants (id, name) SELECT md5('tenant' || n)::uuid, initcap(word[1 + n % 8]) || ' ' || kind[1 + n / 8 % 8]
    || ' ' || n
FROM generate_series(1, :tenants) AS n,
     (SELECT '{{harbour,signal,meadow,copper,lantern,delta,orchard,summit}}'::text[] AS word,
             '{{Works,Labs,Trading,Media,Studio,Corp,Partners,Foods}}'::text[] AS kind) AS names;
INSERT INTO tenant_config (tenant_id, stripe_customer_id)
SELECT md5('tenant' || n)::uuid, 'cus_' || md5(n::text) FROM generate_series(1, :tenants) AS n;
INSERT INTO companies (tenant_id, name, workspace_name)
SELECT md5('tenant' || n)::uuid, 'Workspace ' || n, 'space-' || n FROM generate_series(1, :tenants) AS n;
INSERT INTO domains (tenant_id, domain)
SELECT md5('tenant' || n)::uuid, 'company-' || n || '.example' FROM generate_series(1, :tenants) AS n;
INSERT INTO users (id, name, given_name, family_name, email)
SELECT md5('user' || n)::uuid, initcap(given || ' ' || family), initcap(given), initcap(family),
       given || '.' || family || '.' || n || '@company-' || n % :tenants || '.example'
FROM generate_series(1, :users) AS n, LATERAL (
    SELECT (string_to_array('{GIVEN}', ','))[1 + n % 20] AS given,
           (string_to_array('{FAMILY}', ','))[1 + n / 20 % 16] AS family) AS names;
INSERT INTO tenant_users (tenant_id, user_id)
SELECT md5('tenant' || 1 + n % :tenants)::uuid, md5('user' || n)::uuid FROM generate_series(1, :users) AS n;
SET session_replication_role = origin;
VACUUM ANALYZE users, tenants, tenant_config, companies, domains, tenant_users, staff_members;
"""  # noqa: S608 - constants


def sought(rng: random.Random, users: int) -> str:
    """As people look: a whole address or the start of one, a name, a word of a company's, or what is not there."""
    n, given, family = rng.randrange(users), rng.choice(GIVEN.split(",")), rng.choice(FAMILY.split(","))
    company = n % (users // IN_TENANT)
    return rng.choice(
        [
            f"{given}.{family}.{n}@company-{company}.example",
            f"{given}.{family[:3]}",
            given[:2],
            f"{given} {family}",
            family,
            rng.choice(["harbour works", "labs", "Copper", "orchard fo"]),
            f"company-{company}",
            f"nobody.{n}@elsewhere.example",
        ]
    )


@bench
async def find(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """Read and put into words; what Slack is then sent is drawn as any answer is."""
    async for one in among(surroundings, USERS):
        yield one


async def among(surroundings: Surroundings, users: int) -> AsyncIterator[Comparison]:
    """In turns, among so many."""
    async with surroundings.database() as url:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            for statement in FILL.split(";\n"):
                numbered = statement.replace(":tenants", str(users // IN_TENANT)).replace(":users", str(users))
                await connection.execute(numbered.encode())
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=OPTIONS) as connection:
            ours, bare = await _in_turns(url, connection, users)
            await _by_indexes(connection)
    for what, figure in (("p50", Figure.typical), ("p99", Figure.worst)):
        yield Comparison(f"find among {users:,} users, {what} ÷ its statements, bare", "ms", figure(ours), figure(bare))


async def _in_turns(url: str, connection: psycopg.AsyncConnection[Any], users: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each."""
    database, rng = Database(url), random.Random(7)  # noqa: S311 - the same in every run
    ours, bare = [], []
    for _ in range(WARM_UP + TURNS):
        action = Find(sought=Sought(sought(rng, users)))
        with recorded(database.engine) as statements:
            ours.append(await _taken(partial(_preview, database, action)))
        bare.append(await _taken(partial(replayed, connection, statements, only_reads=True)))
    await database.close()
    return ours[WARM_UP:], bare[WARM_UP:]


async def _by_indexes(connection: psycopg.AsyncConnection[Any]) -> None:
    """Raise `RuntimeError` where a table that grows would be read whole."""
    statement = str(search.STATEMENT.compile(dialect=postgresql.dialect(paramstyle="numeric_dollar")))  # type: ignore[no-untyped-call]
    async with connection.transaction():
        await connection.execute(str(search.PLANNED_ONCE).encode())
        await connection.execute(f"PREPARE sought AS {statement}".encode())
        plan = await (await connection.execute("EXPLAIN EXECUTE sought(NULL, NULL, NULL, NULL)")).fetchall()
    if read := set(re.findall(r"Seq Scan on (\w+)", str(plan))) - FEW:
        raise RuntimeError(f"Of all there are, {read} would be read.")


async def _preview(database: Database, action: Find) -> None:
    async with database.snapshot() as session:
        await action.preview(session)


async def _taken(run: Callable[[], Awaitable[None]]) -> float:
    started = time.perf_counter()
    await run()
    return (time.perf_counter() - started) * 1000
