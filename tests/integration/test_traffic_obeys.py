"""The demo's workers ask before they take a job: nothing paused is taken, and jobs flow again afterwards."""

import random
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.demo import traffic
from bot.demo.data import uid

ACME = uid("tenant", "acme-corp")
TAKEN = "SELECT count(*) FROM jobs WHERE started > %s AND queue_name = 'email-sending'"
OTHERS = "SELECT count(*) FROM jobs WHERE started > %s AND queue_name <> 'email-sending'"
PAUSE = "INSERT INTO queue_pauses (queue_name, tenant_id) VALUES (%s, %s) RETURNING id"


@pytest.fixture(autouse=True)
def as_of_now(sql) -> None:
    """Some of the demo's jobs have started a moment from now."""
    sql("UPDATE jobs SET started = least(started, now()) WHERE started IS NOT NULL")


@pytest.fixture
async def engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    yield made
    await made.dispose()


async def work(engine: AsyncEngine, ticks: int = 60) -> None:
    rng = random.Random(7)
    for number in range(1, ticks):
        async with engine.begin() as connection:
            await traffic.tick(connection, number, rng)


async def test_a_paused_queue_is_left_alone_until_the_pause_is_lifted(engine: AsyncEngine, sql) -> None:
    """By the pause alone, whatever the queue's own switch says; other queues go on."""
    [(start,)] = sql("SELECT clock_timestamp()")
    [(pause,)] = sql(PAUSE, "email-sending", None)
    await work(engine)
    assert sql(TAKEN, start) == [(0,)]
    assert sql(OTHERS, start)[0][0] > 0
    sql("UPDATE queue_pauses SET lifted = now() WHERE id = %s", pause)
    await work(engine)
    assert sql(TAKEN, start)[0][0] > 0


async def test_of_a_paused_tenant_no_job_is_taken_and_of_others_some(engine: AsyncEngine, sql) -> None:
    [(start,)] = sql("SELECT clock_timestamp()")
    sql("UPDATE jobs SET tenant_id = %s WHERE id IN (SELECT id FROM jobs WHERE status = 'queued' LIMIT 100)", ACME)
    sql(PAUSE, None, ACME)
    await work(engine)
    mine = "SELECT count(*) FROM jobs WHERE started > %s AND tenant_id = %s"
    assert sql(mine, start, ACME) == [(0,)]
    assert sql("SELECT count(*) FROM jobs WHERE started > %s", start)[0][0] > 0


async def test_all_paused_is_all(engine: AsyncEngine, sql) -> None:
    [(start,)] = sql("SELECT clock_timestamp()")
    sql(PAUSE, None, None)
    await work(engine)
    assert sql("SELECT count(*) FROM jobs WHERE started > %s", start) == [(0,)]
