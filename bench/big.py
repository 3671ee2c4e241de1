"""What people wait for beside ten million rows, against the same beside the demo's few: `make big`, some minutes.

Each answer reads what concerns one person, tenant or queue, or the last weeks; what grows with the platform shows here.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import Comparison, Figure, bench
from bench.surroundings import Surroundings
from bot.demo import world
from bot.demo.world import World

OPS, ONCALL = "C0OPERATIONS", world.slack_id("oncall")
ROUNDS, PATIENCE = 7, 60.0
MILLION = 1_000_000
# Half a year of it; a job in two thousand waits, as with the demo. Foreign keys hold by construction.
PEOPLE = """
INSERT INTO users (id, name, given_name, email)
SELECT gen_random_uuid(), 'Customer ' || n, 'Customer', 'customer.' || n || '@example.com'
FROM generate_series(1, :rows) AS n
"""
JOBS = """
WITH queues AS (SELECT array_agg(name) AS names FROM job_queues), people AS (SELECT array_agg(id) AS ids FROM tenants)
INSERT INTO jobs (queue_name, tenant_id, status, payload, run_at, created, started, completed, failed)
SELECT names[1 + n % cardinality(names)], ids[1 + n % cardinality(ids)],
       CASE WHEN n % 2000 = 0 THEN 'queued' WHEN n % 500 = 1 THEN 'failed' ELSE 'completed' END, '{}', at, at, at,
       CASE WHEN n % 2000 <> 0 AND n % 500 <> 1 THEN at + interval '3 s' END,
       CASE WHEN n % 500 = 1 THEN at + interval '3 s' END
FROM queues, people, generate_series(1, :rows) AS n,
     LATERAL (SELECT now() - n * interval '1 s' * (180 * 86400 / 4e6) AS at) AS it
"""
MAILS = """
WITH people AS (SELECT array_agg(id) AS ids FROM tenants)
INSERT INTO outbound_messages (tenant_id, recipient, subject, status, sent)
SELECT ids[1 + n % cardinality(ids)], 'somebody@example.com', 'News',
       CASE WHEN n % 50 = 0 THEN 'bounced' ELSE 'delivered' END, now() - n * interval '1 s' * (180 * 86400 / 4e6)
FROM people, generate_series(1, :rows) AS n
"""
SIGN_INS = """
WITH people AS (SELECT array_agg(id) AS ids FROM users)
INSERT INTO login_events (user_id, email, succeeded, ip, at)
SELECT ids[1 + n % cardinality(ids)], 'somebody@example.com', n % 40 <> 0, '192.0.2.1', now() - n * interval '15 s'
FROM people, generate_series(1, :rows) AS n
"""
FILL = {PEOPLE: MILLION, JOBS: 4 * MILLION, MAILS: 4 * MILLION, SIGN_INS: MILLION}
ANSWERED = (
    "find customer",
    "who @staffer",
    "status",
    "flag ai-composer",
    "billing Acme Corp",
    "roles",
    "holds",
    "requests",
)
ASKED = ("revoke @staffer because laptop stolen", "pause email-sending for 2h because spam")


@dataclass(frozen=True)
class Side:
    """A whole bot beside one of the two databases."""

    around: World

    async def answered(self, text: str) -> float:
        """Milliseconds from the command to what it shows."""
        before, started = len(self._seen()), time.perf_counter()
        await self.around.slack.command(ONCALL, OPS, f"/pm {text}")
        await _until(lambda: len(self._seen()) > before)
        return (time.perf_counter() - started) * 1000

    async def asked(self, text: str) -> float:
        """The same for what asks for something; taken back afterwards."""
        took = await self.answered(text)
        card = self._seen()[-1]["ts"]
        await self.around.slack.command(ONCALL, OPS, f"/pm withdraw {self._number(card)}")
        await _until(lambda: "withdrawn" in self._text(card))
        return took

    def _seen(self) -> list[dict[str, Any]]:
        return self.around.slack.messages(OPS, ONCALL)

    def _text(self, ts: str) -> str:
        return next(str(one) for one in self._seen() if one["ts"] == ts)

    def _number(self, ts: str) -> str:
        return self._text(ts).partition("Request ")[2].partition(" ")[0]


@bench
async def beside_millions(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """In turns, so that both meet the same machine."""
    async with _side(surroundings, FILL) as many, _side(surroundings, {}) as few:
        for text in (*ANSWERED, *ASKED):
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(ROUNDS + 1):  # the first only warms up
                for side, times in zip((many, few), taken, strict=True):
                    times.append(await (side.asked if text in ASKED else side.answered)(text))
            rows = sum(FILL.values())
            yield Comparison(f"/pm {text}, beside {rows:,} rows ÷ beside the demo's", "ms", *map(_usual, taken))


@contextlib.asynccontextmanager
async def _side(surroundings: Surroundings, rows: dict[str, int]) -> AsyncIterator[Side]:
    async with surroundings.database() as url:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            await connection.execute("SET session_replication_role = replica")
            for statement, count in rows.items():
                await connection.execute(statement.replace(":rows", str(count)).encode())
            await connection.execute("VACUUM ANALYZE")
        async with (
            world.around(url) as around,
            surroundings.program("bot.cli", "serve", "--all", **world.environment(around)) as bot,
        ):
            around.slack.request_url = f"{bot.url}/slack/events"
            around.slack.limits = None  # the bot is measured, not how often Slack lets it speak
            yield Side(around)


def _usual(taken: list[float]) -> Figure:
    return Figure.typical(taken[1:])


async def _until(true: Any) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - the local Slack tells nobody
            await asyncio.sleep(0.005)
