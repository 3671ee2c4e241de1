"""What is read from elsewhere: addresses that have to answer, and Prometheus, over real HTTP."""

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.alerts.entries import Probe, Query
from bot.alerts.metrics import readings
from bot.alerts.metrics.base import METRICS, last
from bot.alerts.reader import Reader
from bot.errors import Unavailable
from bot.integrations.prometheus.api import Prometheus
from bot.store.database import Database
from localslack import hosting

READS = Query(query="sum(reads)", label="Secrets read", words="Reads.")
DISKS = Query(query="disk", label="Disk", words="Disks.", subject="instance")


class Elsewhere:
    """An address that answers as told, and a Prometheus that takes what the real one takes."""

    def __init__(self) -> None:
        self.status, self.slow, self.asked = 200, 0.0, 0
        self.answers: dict[str, Any] = {}

    async def health(self, _request: Request) -> Response:
        self.asked += 1
        await asyncio.sleep(self.slow)
        return Response(status_code=self.status)

    async def query(self, request: Request) -> Response:
        """As `/api/v1/query` of Prometheus 2 and 3: 400 with `bad_data` for what is no PromQL."""
        form = dict(parse_qsl((await request.body()).decode()))
        if request.headers["content-type"] != "application/x-www-form-urlencoded" or not form.get("query"):
            return JSONResponse({"status": "error", "errorType": "bad_data", "error": "no query"}, 400)
        if form["query"] not in self.answers:
            wrong = {"status": "error", "errorType": "bad_data", "error": "1:5: parse error: unexpected end of input"}
            return JSONResponse(wrong, 400)
        return JSONResponse({"status": "success", "data": self.answers[form["query"]]})

    def app(self) -> Starlette:
        return Starlette(
            routes=[Route("/health", self.health), Route("/api/v1/query", self.query, methods=["GET", "POST"])]
        )


def vector(*series: tuple[dict[str, str], str]) -> dict[str, Any]:
    return {"resultType": "vector", "result": [{"metric": labels, "value": [1.7e9, value]} for labels, value in series]}


@pytest.fixture
async def elsewhere() -> AsyncIterator[tuple[Elsewhere, str]]:
    there = Elsewhere()
    async with hosting.serve(there.app()) as url:
        yield there, url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def measured(database: Database, metric: str) -> dict[str, Any]:
    """By subject: the value, or "no data"."""
    async with AsyncSession(database.engine) as session:
        rows = await METRICS[metric].source(session)
    return {one: "no data" if last(row) else METRICS[metric].value(row, one) for one, row in rows.items()}


async def test_an_address_that_does_not_answer_as_expected(database, elsewhere, sql) -> None:
    """Another status, too late, nobody there: each is a value, with what was wrong; right again, it is over."""
    there, url = elsewhere
    probe = Probe.model_validate({"url": f"{url}/health", "timeout": "1s"})
    reader = Reader(database, {"Vault": probe})
    said = []
    for status, slow in ((200, 0), (503, 0), (200, 3), (200, 0)):
        there.status, there.slow = status, slow
        sql("UPDATE pmbot.readings_asked SET next = 'epoch'")
        await reader.sweep()
        said += sql("SELECT value, detail FROM pmbot.readings WHERE metric = 'probe.failing'")
    assert said == [(0, None), (1, "answered 503, not 200"), (1, "no answer within 1 s"), (0, None)]
    assert 0 < (await measured(database, "probe.seconds"))["Vault"] < 1
    nobody = probe.model_copy(update={"url": "http://127.0.0.1:9/"})
    sql("UPDATE pmbot.readings_asked SET next = 'epoch'")
    await dataclasses.replace(reader, probes={"Vault": nobody}).sweep()
    assert await measured(database, "probe.failing") == {"Vault": 1}
    sql("UPDATE pmbot.readings SET until = now()")
    assert await measured(database, "probe.failing") == {"Vault": "no data"}


async def test_of_several_clocks_one_asks_in_its_time(database, elsewhere) -> None:
    """Once in 30 seconds, however many look."""
    there, url = elsewhere
    reader = Reader(database, {"Vault": Probe.model_validate({"url": f"{url}/health"})})
    assert sum(await asyncio.gather(*(reader.sweep() for _ in range(4)))) == 1
    assert await reader.sweep() == 0
    assert there.asked == 1


async def test_prometheus_is_asked_where_there_is_one(database, elsewhere, sql) -> None:
    """Each series is a subject; what is no number, and a series that ends, is no data; what it refuses is kept."""
    there, url = elsewhere
    queries = {"reads": READS, "disks": DISKS}
    for name, query in queries.items():
        readings.declare(name, query)
    assert await Reader(database, {}, None, queries).sweep() == 0
    async with contextlib.aclosing(_Closing(Prometheus(f"{url}/"))) as asked:
        reader = Reader(database, {}, asked.prometheus, queries)
        there.answers = {
            "sum(reads)": vector(({}, "120.5")),
            "disk": vector(({"__name__": "disk", "instance": "a"}, "0.5"), ({"instance": "b"}, "NaN")),
        }
        await reader.sweep()
        assert await measured(database, "prometheus.reads") == {"reads": 120.5}
        assert await measured(database, "prometheus.disks") == {"a": 0.5}
        del there.answers["disk"]
        sql("UPDATE pmbot.readings SET until = 'epoch'")
        sql("UPDATE pmbot.readings_asked SET next = 'epoch'")
        await reader.sweep()
    assert await measured(database, "prometheus.reads") == {"reads": 120.5}
    assert await measured(database, "prometheus.disks") == {"a": "no data"}
    ((error,),) = sql("SELECT error FROM pmbot.readings_asked WHERE name = 'prometheus.disks'")
    assert error == "refuses the query: bad_data: 1:5: parse error: unexpected end of input"


async def test_what_is_no_prometheus_is_named(elsewhere) -> None:
    """Another server, nobody at all, and a query whose answer is no list of series."""
    there, url = elsewhere
    there.answers = {"range[5m]": {"resultType": "matrix", "result": []}}
    for where, query, says in (
        (f"{url}/health", "up", "answers 404, but not as the API v1 does"),
        ("http://127.0.0.1:9", "up", "does not answer"),
        (url, "range[5m]", "answers with a matrix: write a query"),
    ):
        async with contextlib.aclosing(_Closing(Prometheus(where))) as asked:
            with pytest.raises(Unavailable, match=says):
                await asked.prometheus.query(query)


class _Closing:
    def __init__(self, prometheus: Prometheus) -> None:
        self.prometheus = prometheus

    async def aclose(self) -> None:
        await self.prometheus.close()
