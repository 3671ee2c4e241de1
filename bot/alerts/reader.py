"""Reads what is measured elsewhere, outside of any transaction, and puts it down for the rules to look at."""

import asyncio
import datetime as dt
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx
from sqlalchemy import text

from bot.alerts.entries import Probe, Query
from bot.alerts.metrics.readings import PROMETHEUS
from bot.errors import Unavailable
from bot.integrations import http
from bot.integrations.prometheus.api import Prometheus, Sample
from bot.store.database import Database

AT_A_TIME = 20  # questions, so that one round of the clock has time for them
MISSED = 3  # rounds that may go by before a reading is too old
ERROR = 300  # characters of an error that are kept

# Each is asked by the one clock that moves its time forward.
CLAIM = text(
    """
    INSERT INTO pmbot.readings_asked AS asked (name, next)
    SELECT name, clock_timestamp() + make_interval(secs => every)
    FROM unnest(CAST(:names AS text[]), CAST(:every AS float[])) AS due (name, every)
    ON CONFLICT (name) DO UPDATE SET next = excluded.next WHERE asked.next <= clock_timestamp()
    RETURNING name
    """
)
STORE = text(
    """
    INSERT INTO pmbot.readings (metric, subject, value, detail, at, until)
    VALUES (:metric, :subject, :value, :detail, clock_timestamp(), clock_timestamp() + make_interval(secs => :counts))
    ON CONFLICT (metric, subject) DO UPDATE
    SET value = excluded.value, detail = excluded.detail, at = excluded.at, until = excluded.until
    """
)
ERRED = text("UPDATE pmbot.readings_asked SET error = :error WHERE name = :name")
# What nobody has heard of for a week is known no more.
FORGET = (
    text("DELETE FROM pmbot.readings WHERE at < clock_timestamp() - interval '7 days'"),
    text("DELETE FROM pmbot.readings_asked WHERE next < clock_timestamp() - interval '7 days'"),
)


@dataclass(frozen=True)
class Found:
    """One value that was read."""

    metric: str
    subject: str
    value: float
    detail: str | None = None


@dataclass(frozen=True)
class Answered:
    """What came of one question; `error`: why nothing did."""

    name: str
    counts: float
    """Seconds for which its values count."""
    found: Sequence[Found] = ()
    error: str | None = None


@dataclass(frozen=True)
class Reader:
    """Asks each in its own time; any number of clocks may."""

    database: Database
    probes: Mapping[str, Probe]
    prometheus: Prometheus | None = None
    queries: Mapping[str, Query] = field(default_factory=dict)

    async def sweep(self) -> int:
        """Ask whoever is due; how many were."""
        every = self._every()
        if not every:
            return 0
        names = list(every)
        async with self.database.transaction() as session:
            claim = {"names": names, "every": [every[name].total_seconds() for name in names]}
            due = set(await session.scalars(CLAIM, claim))
        if due:
            await self._store(await self._asked(due))
        return len(due)

    def _every(self) -> dict[str, dt.timedelta]:
        found = {f"probe.{name}": probe.every for name, probe in self.probes.items()}
        if self.prometheus is not None:
            found |= {PROMETHEUS + name: query.every for name, query in self.queries.items()}
        return found

    async def _asked(self, due: Iterable[str]) -> list[Answered]:
        turns = asyncio.Semaphore(AT_A_TIME)

        async def one(name: str, client: httpx.AsyncClient) -> Answered:
            kind, _, rest = name.partition(".")
            async with turns:
                return await (self._probed(rest, client) if kind == "probe" else self._queried(rest))

        async with httpx.AsyncClient(trust_env=False, verify=http.authorities()) as client:
            return list(await asyncio.gather(*(one(name, client) for name in sorted(due))))

    async def _probed(self, name: str, client: httpx.AsyncClient) -> Answered:
        """No answer is an answer, too: that it fails."""
        probe = self.probes[name]
        began = time.monotonic()
        try:
            async with asyncio.timeout(probe.timeout.total_seconds()), client.stream("GET", probe.url) as answer:
                status = answer.status_code
        except TimeoutError:
            wrong: str | None = f"no answer within {probe.timeout.total_seconds():g} s"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            wrong = f"no answer ({type(error).__name__})"
        else:
            wrong = None if status == probe.expect else f"answered {status}, not {probe.expect}"
        found = [Found("probe.failing", name, float(wrong is not None), wrong)]
        if wrong is None:
            found.append(Found("probe.seconds", name, time.monotonic() - began))
        return Answered(f"probe.{name}", MISSED * probe.every.total_seconds(), found)

    async def _queried(self, name: str) -> Answered:
        query, metric = self.queries[name], PROMETHEUS + name
        counts = MISSED * query.every.total_seconds()
        if self.prometheus is None:
            return Answered(metric, counts)
        try:
            samples = await self.prometheus.query(query.query)
        except Unavailable as error:
            return Answered(metric, counts, error=str(error)[:ERROR])
        # What is no number (0 divided by 0) is no data.
        found = {_subject(one, query, name): one.value for one in samples if math.isfinite(one.value)}
        return Answered(metric, counts, [Found(metric, subject, value) for subject, value in found.items()])

    async def _store(self, answers: Sequence[Answered]) -> None:
        rows = [{**vars(found), "counts": one.counts} for one in answers for found in one.found]
        async with self.database.transaction() as session:
            if rows:
                await session.execute(STORE, sorted(rows, key=lambda row: (row["metric"], row["subject"])))
            await session.execute(ERRED, [{"name": one.name, "error": one.error} for one in answers])
            for statement in FORGET:
                await session.execute(statement)


def _subject(sample: Sample, query: Query, name: str) -> str:
    """What a series is about: the label that the query names, or all of them."""
    if query.subject is not None:
        return sample.labels.get(query.subject) or name
    labels = {label: value for label, value in sample.labels.items() if label != "__name__"}
    return ", ".join(f"{label} {value}" for label, value in sorted(labels.items())) or name
