"""Trouble on purpose, for trying out how it is dealt with: `pm demo --trouble queue-backlog`."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Protocol

import structlog
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.demo import symptoms
from bot.demo.data import uid

log = structlog.get_logger()

TICK_SECONDS = 0.5
QUEUE, CULPRIT = "email-sending", uid("tenant", "acme-corp")
FAST, SLOW, STEEP = 400, 8, 11_500  # jobs a tick, until so many wait, and afterwards
LASTS = 20 * 60  # seconds after which it stops by itself
BEFORE = 240  # jobs a minute that the queue did in the hour before
DRAIN = 2_000  # jobs a tick that the workers catch up with once it is over

ADD = text(
    "INSERT INTO jobs (queue_name, tenant_id, priority, payload)"
    " SELECT :queue, :tenant, 100, jsonb_build_object('trouble', 1) FROM generate_series(1, :number)"
)
WAITING = text("SELECT count(*) FROM jobs WHERE queue_name = :queue AND tenant_id = :tenant AND status = 'queued'")
# What the demo's tables hold of a day is too little for a queue that can be flooded: how long the flood takes to work
# off is reckoned from how fast the queue was in the hour before.
BUSY = text(
    "INSERT INTO jobs (queue_name, tenant_id, priority, payload, status, attempt_count, run_at, created, started,"
    " completed) SELECT :queue, (tenants.ids)[1 + number % cardinality(tenants.ids)], 100,"
    " jsonb_build_object('trouble', 1), 'completed', 1, at, at, at, at + interval '2 seconds'"
    " FROM (SELECT array_agg(id ORDER BY id) AS ids FROM tenants WHERE status = 'active') AS tenants,"
    " generate_series(1, :a_minute * 60) AS number,"
    " LATERAL (SELECT now() - interval '1 hour' * number / (:a_minute * 60.0) AS at) AS due"
)
UNDO = text("DELETE FROM jobs WHERE queue_name = :queue AND payload = jsonb_build_object('trouble', 1)")
PAUSED = text(
    "SELECT EXISTS (SELECT FROM queue_pauses WHERE lifted IS NULL AND (queue_name IS NULL OR queue_name = :queue)"
    " AND (tenant_id IS NULL OR tenant_id = :tenant))"
    " OR NOT (SELECT is_active FROM job_queues WHERE name = :queue)"
)
WORK = text(
    "UPDATE jobs SET status = 'completed', started = coalesce(started, now()), completed = now(), updated = now(),"
    " attempt_count = 1 WHERE id IN (SELECT id FROM jobs WHERE queue_name = :queue AND tenant_id = :tenant"
    " AND status = 'queued' ORDER BY run_at LIMIT :number FOR NO KEY UPDATE SKIP LOCKED)"
)


class Trouble(Protocol):
    """Something that goes wrong, a little more each tick."""

    async def tick(self, connection: AsyncConnection) -> None: ...

    async def end(self, connection: AsyncConnection) -> None: ...


class QueueBacklog:
    """One tenant floods a queue, until somebody pauses it; afterwards the workers catch up."""

    def __init__(self) -> None:
        self._about = {"queue": QUEUE, "tenant": CULPRIT}
        self._ticks, self._over = 0, False

    async def tick(self, connection: AsyncConnection) -> None:
        self._ticks += 1
        if self._ticks == 1:
            await connection.execute(BUSY, {"queue": QUEUE, "a_minute": BEFORE})
        if await connection.scalar(PAUSED, self._about):
            self._over = True  # the tenant was asked, and stopped
        elif self._over or self._ticks * TICK_SECONDS > LASTS:
            self._over = True
            await connection.execute(WORK, {**self._about, "number": DRAIN})
        else:
            waiting = await connection.scalar(WAITING, self._about)
            number = FAST if (waiting or 0) < STEEP else SLOW
            await connection.execute(ADD, {**self._about, "number": number})

    async def end(self, connection: AsyncConnection) -> None:
        """Take its jobs away: those that wait would go on alerting, those that ran would pass for what is usual."""
        await connection.execute(UNDO, {"queue": QUEUE})


MAILS, MORE = 1_200, 15  # at once, and each tick until somebody pauses the tenant
SUBJECTS = ("News of the week", "Your parcel is waiting for you")
SENT = text(
    "INSERT INTO outbound_messages (tenant_id, recipient, subject, status, sent)"
    " SELECT :tenant, 'person' || number || '@stranger' || number % 400 || '.example', :subject,"
    " CASE WHEN number % 9 = 0 THEN 'bounced' WHEN number % 130 = 0 THEN 'complained' ELSE 'sent' END,"
    " now() - random() * interval '40 minutes' * :early FROM generate_series(1, :number) AS number"
)
# What it usually sends in these hours, so that there is something to compare with.
USUALLY = text(
    "INSERT INTO outbound_messages (tenant_id, recipient, subject, status, sent)"
    " SELECT :tenant, 'reader' || number || '@inbox' || number % 40 || '.example', :subject,"
    " CASE WHEN number % 80 = 0 THEN 'bounced' ELSE 'delivered' END,"
    " now() - make_interval(days => day, mins => number) FROM generate_series(1, 29) AS day,"
    " generate_series(1, 60 + day * 7 % 30) AS number"
)
UNSENT = text("DELETE FROM outbound_messages WHERE tenant_id = :tenant AND subject = ANY(:subjects)")


class SpamSpike:
    """One tenant's account is in the wrong hands: it writes to strangers, until somebody pauses the tenant."""

    def __init__(self) -> None:
        self._ticks = 0

    async def tick(self, connection: AsyncConnection) -> None:
        self._ticks += 1
        usual, spam = SUBJECTS
        if self._ticks == 1:
            await connection.execute(USUALLY, {"tenant": CULPRIT, "subject": usual})
            await connection.execute(SENT, {"tenant": CULPRIT, "subject": spam, "number": MAILS, "early": 1})
        elif not await connection.scalar(PAUSED, {"queue": QUEUE, "tenant": CULPRIT}):
            await connection.execute(SENT, {"tenant": CULPRIT, "subject": spam, "number": MORE, "early": 0})

    async def end(self, connection: AsyncConnection) -> None:
        """Take its mails away: they would count as what the tenant usually sends."""
        await connection.execute(UNSENT, {"tenant": CULPRIT, "subjects": list(SUBJECTS)})


TROUBLES: dict[str, Callable[[], Trouble]] = {
    "queue-backlog": QueueBacklog,
    "spam-spike": SpamSpike,
    "smtp-down": symptoms.smtp_down,
    "db-slow": symptoms.db_slow,
    "disk-full": symptoms.disk_full,
    "blacklist": symptoms.blacklist,
    "login-attack": symptoms.login_attack,
    "webhook-silence": symptoms.webhook_silence,
}


async def run(name: str, engine_url: str, stop: asyncio.Event, still: asyncio.Lock | None = None) -> None:
    """Make the named trouble until `stop` is set, but not while `still` is held, and leave nothing of it."""
    still = still or asyncio.Lock()
    engine = create_async_engine(make_url(engine_url).set(drivername="postgresql+psycopg"), pool_size=1)
    trouble = TROUBLES[name]()
    try:
        while not stop.is_set():
            try:
                async with still, engine.begin() as connection:
                    await trouble.tick(connection)
            except DBAPIError as error:
                log.warning("trouble_lost_database", error=type(error.orig).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TICK_SECONDS)
        with contextlib.suppress(DBAPIError):  # a database that is away is no trouble any more
            async with engine.begin() as connection:
                await trouble.end(connection)
    finally:
        await engine.dispose()
