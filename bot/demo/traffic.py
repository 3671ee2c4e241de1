"""Keeps the demo alive: jobs come and go, services are measured, staff stay signed in. One transaction a tick."""

import asyncio
import contextlib
import random
from datetime import timedelta

import structlog
from sqlalchemy import delete, func, insert, make_url, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.demo.data import QUEUES, SERVICES
from bot.demo.seed_operations import health_row, host_rows
from bot.platform.models import HostHealth, Job, LoginSession, ServiceHealth, Tenant, WebhookEvent
from localslack import moment

log = structlog.get_logger()

TICK_SECONDS = 1.0
TOUCH_TICKS = 60
HEALTH_TICKS = 60
WEBHOOK_TICKS = 90
TIDY_TICKS = 300
KEEP = timedelta(days=2)

# Only what nobody else holds: the demo's own traffic must never make an operator wait.
TAKE = text(
    "UPDATE jobs SET status = :after, started = coalesce(started, now()), updated = now(),"
    " completed = CASE WHEN :after = 'completed' THEN now() END, attempt_count = greatest(attempt_count, 1)"
    " WHERE id IN (SELECT id FROM jobs WHERE queue_name = :queue AND status = ANY(CAST(:before AS text[]))"
    " AND (:after = 'completed' OR NOT EXISTS (SELECT FROM queue_pauses AS p WHERE p.lifted IS NULL"
    " AND (p.queue_name IS NULL OR p.queue_name = :queue) AND (p.tenant_id IS NULL OR p.tenant_id = jobs.tenant_id)))"
    " ORDER BY run_at LIMIT :number FOR NO KEY UPDATE SKIP LOCKED)"
)


RUNS = text(
    "SELECT is_active AND NOT EXISTS (SELECT FROM queue_pauses WHERE lifted IS NULL AND tenant_id IS NULL"
    " AND (queue_name IS NULL OR queue_name = :queue)) FROM job_queues WHERE name = :queue"
)


async def run(engine_url: str, stop: asyncio.Event, still: asyncio.Lock | None = None) -> None:
    """Tick until `stop` is set, but not while `still` is held; a database that is away for a while is waited for."""
    still = still or asyncio.Lock()
    engine = create_async_engine(make_url(engine_url).set(drivername="postgresql+psycopg"), pool_size=1)
    rng = random.Random()
    number = 0
    try:
        while not stop.is_set():
            try:
                async with still, engine.begin() as connection:
                    await tick(connection, number, rng)
                number += 1
            except DBAPIError as error:
                log.warning("traffic_lost_database", error=type(error.orig).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TICK_SECONDS)
    finally:
        await engine.dispose()


async def tick(connection: AsyncConnection, number: int, rng: random.Random) -> None:
    """Do what a second brings; `number` counts the ticks since the start."""
    await _move_jobs(connection, rng)
    if number % TOUCH_TICKS == 0:
        await _touch_sessions(connection)
    if number % HEALTH_TICKS == HEALTH_TICKS - 1:
        await _measure(connection, rng)
    if number % WEBHOOK_TICKS == WEBHOOK_TICKS - 1:
        await _receive_webhook(connection, rng)
    if number % TIDY_TICKS == TIDY_TICKS - 1:
        await _tidy(connection)


async def _move_jobs(connection: AsyncConnection, rng: random.Random) -> None:
    """One queue a tick, of those that run: done, taken, and new ones as far as the queue is below its usual depth.

    A paused queue only fills, up to ten times of that; what runs when it is paused is finished. Of a paused tenant
    no job is taken.
    """
    name, priority, usual, _ = rng.choices(QUEUES, weights=[queue[3] for queue in QUEUES])[0]
    is_active = await connection.scalar(RUNS, {"queue": name})
    waiting = await connection.scalar(
        select(func.count()).select_from(Job).where(Job.queue_name == name, Job.status == "queued")
    )
    await _take(connection, name, before=["running"], after="completed", number=rng.randint(2, 6))
    if is_active:
        await _take(connection, name, before=["queued", "migrated_to_redis"], after="running", number=rng.randint(2, 6))
    room = (usual if is_active else 10 * usual) + rng.randint(0, 5) - (waiting or 0)
    for _ in range(max(0, min(room, rng.randint(2, 6)))):
        tenant = select(Tenant.id).where(Tenant.status == "active").order_by(func.random()).limit(1).scalar_subquery()
        await connection.execute(
            insert(Job).values(queue_name=name, priority=priority, tenant_id=tenant, payload={"batch": 1})
        )


async def _take(connection: AsyncConnection, queue: str, *, before: list[str], after: str, number: int) -> None:
    await connection.execute(TAKE, {"queue": queue, "before": before, "after": after, "number": number})


async def _touch_sessions(connection: AsyncConnection) -> None:
    """Staff of the demo sit at their screens: nobody is signed out for having read the page for half an hour."""
    alive = (
        select(LoginSession.id)
        .where(LoginSession.kind == "staff", LoginSession.revoked.is_(None), LoginSession.expires > func.now())
        .with_for_update(skip_locked=True, key_share=True)
    )
    await connection.execute(
        update(LoginSession).where(LoginSession.id.in_(alive)).values(last_seen=func.clock_timestamp())
    )


async def _measure(connection: AsyncConnection, rng: random.Random) -> None:
    now = moment.now()
    rows = [health_row(service, usual_ms, now, rng) for service, usual_ms in SERVICES]
    await connection.execute(insert(ServiceHealth), rows)
    await connection.execute(insert(HostHealth), host_rows(now, rng))


async def _receive_webhook(connection: AsyncConnection, rng: random.Random) -> None:
    event = {
        "stripe_event_id": f"evt_demo_{rng.getrandbits(64):016x}",
        "event_type": "invoice.paid",
        "status": "success",
    }
    await connection.execute(insert(WebhookEvent).values(event))


async def _tidy(connection: AsyncConnection) -> None:
    """The tables stay as large as they were."""
    before = moment.now() - KEEP
    await connection.execute(delete(Job).where(Job.status == "completed", Job.completed < before))
    await connection.execute(delete(ServiceHealth).where(ServiceHealth.at < before))
    await connection.execute(delete(HostHealth).where(HostHealth.at < before))
    await connection.execute(
        delete(WebhookEvent).where(WebhookEvent.processed_at < before, WebhookEvent.stripe_event_id.like("evt_demo_%"))
    )
