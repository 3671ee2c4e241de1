"""Objectives: counted once for each minute, by how fast their budget goes, and what `/pm slo` says of them."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot import actions
from bot.actions.bot.slo import _fact
from bot.actions.registry import discover
from bot.alerts import rules
from bot.alerts.metrics.base import METRICS, last
from bot.alerts.slo import Rollup
from bot.store import objectives
from bot.store.database import Database

VERBS = {verb: frozenset(action.parameters()) for verb, action in discover(actions).by_verb.items()}
WATCHED = rules.read(None, frozenset(METRICS), VERBS)
# Each minute of the last seven hours measured, and the API down in these.
MEASURED = "DELETE FROM service_health"
MINUTES = """
    INSERT INTO service_health (service, at, status, p95_ms, error_rate)
    SELECT 'API server', date_trunc('minute', now()) - make_interval(mins => n, secs => -1),
           CASE WHEN n <= %s THEN 'down' ELSE 'healthy' END, 140, 0.0002
    FROM generate_series(1, 420) AS n
"""


async def rates(database: Database, metric: str) -> dict[str, float | None]:
    async with AsyncSession(database.engine) as session:
        rows = await METRICS[metric].source(session)
    return {one: METRICS[metric].value(row, one) for one, row in rows.items() if not last(row)}


async def test_minutes_are_counted_once_and_tell_how_fast_the_budget_goes(database_url: str, sql) -> None:
    """Down for 4 minutes of an hour is 67 times too much at 99.9%; several clocks count as one."""
    sql(MEASURED)
    sql(MINUTES, 4)
    database = Database(database_url)
    rollup = Rollup(database, WATCHED.objectives)
    await asyncio.gather(*(rollup.sweep() for _ in range(3)))
    await rollup.sweep()
    counted = sql(
        "SELECT count(*), sum(good), sum(total), max(minute) < now() FROM pmbot.objective_minutes"
        " WHERE objective = 'api-uptime'"
    )
    assert counted in ([(420, 416, 420, True)], [(419, 416, 419, True)])  # the last minute may not be complete yet
    fast, slow = await rates(database, "budget.fast"), await rates(database, "budget.slow")
    assert fast["api-uptime"] == pytest.approx(4 / 60 / 0.001, rel=0.27)
    assert slow["api-uptime"] == pytest.approx(4 / 360 / 0.001, rel=0.27)
    assert fast["api-errors"] == pytest.approx(0.2)
    assert fast["api-speed"] == 0
    assert fast["api-uptime"] > WATCHED.rules["budget-fast"].least
    assert slow["api-uptime"] > WATCHED.rules["budget-slow"].least
    async with AsyncSession(database.engine) as session:
        said = {one.name: _fact(one).text for one in await objectives.read(session)}
    assert " × as many failures as allowed (error budget) · in the last hour " in said["api-uptime"]
    assert (
        "target 99% · 100% of the allowed failures (error budget) left · no failures in the last hour"
        in said["api-speed"]
    )
    assert "target 99% · " in said["queue-times"]
    await database.close()


async def test_a_window_that_has_just_begun_says_nothing(database_url: str, sql) -> None:
    """One bad minute after half an hour of nothing is no hour."""
    sql(MEASURED)
    sql(MINUTES.replace("420", "25"), 3)
    database = Database(database_url)
    await Rollup(database, WATCHED.objectives).sweep()
    assert (await rates(database, "budget.fast"))["api-uptime"] is None
    sql("UPDATE pmbot.objectives SET until = until - interval '11 minutes'")
    assert await rates(database, "budget.fast") == {}
    await database.close()
