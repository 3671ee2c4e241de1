"""The jobs and the worker that runs them: procrastinate, with a rescue for the jobs of workers that died.

procrastinate does not return the jobs of a killed worker by itself (design.md, section 8). Every worker looks each
second for jobs in progress whose worker is gone or has been silent, and puts them back; each job is written so that
a second run finds the first one's mark in the database.
"""

import asyncio
import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import psycopg
import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy
from procrastinate.worker import Worker
from psycopg_pool import PoolTimeout
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot.delivery import Delivery
from bot.digests import slots
from bot.digests.reports import Reports
from bot.handlers.dispatch import Dispatcher
from bot.logs import REFERENCE
from bot.pipeline import effects, standing
from bot.pipeline import execute as execution
from bot.pipeline.core import Core
from bot.pipeline.verify import verify, verify_end
from bot.store.database import AWAY, KEEPALIVE, OPTIONS, Database, conninfo
from bot.store.queue import DELIVERIES, QUEUE, Workers, defer
from bot.webapi import Later

HEARTBEAT = 1.0  # seconds
SILENT = 3.0  # seconds without a heartbeat after which a worker's jobs go to others
POLL = 0.2  # seconds; also the delay of a job that was put back
GIVE_UP = 6  # attempts at handling one payload, or at one step of a plan
MOST_ATTEMPTS = 60  # of anything else; the pauses grow to a minute
POISON = 12  # times that a job was under way while its worker died, after which it is left alone
LANES = {QUEUE: 5, DELIVERIES: 4}  # jobs at once in one worker: slow posts keep no decision waiting

RESCUE = text(
    """
    SELECT pmbot.procrastinate_retry_job_v2(job.id, now(), NULL, NULL, NULL)
    FROM (
        SELECT jobs.id FROM pmbot.procrastinate_jobs AS jobs
        LEFT JOIN pmbot.procrastinate_workers AS workers ON workers.id = jobs.worker_id
        WHERE jobs.status = 'doing' AND jobs.attempts < :poison
          AND (workers.id IS NULL
               OR workers.last_heartbeat < now() - make_interval(secs => :silent)
                  AND workers.id <> ALL(CAST(:own AS bigint[])))
        ORDER BY jobs.id
        FOR UPDATE OF jobs SKIP LOCKED
    ) AS job
    """
)
# A job that takes its worker along each time would take all of them, one after the other.
POISONOUS = text(
    """
    SELECT job.task_name, job.args, pmbot.procrastinate_finish_job_v1(job.id, 'failed', false)
    FROM (
        SELECT jobs.id, jobs.task_name, jobs.args FROM pmbot.procrastinate_jobs AS jobs
        LEFT JOIN pmbot.procrastinate_workers AS workers ON workers.id = jobs.worker_id
        WHERE jobs.status = 'doing' AND jobs.attempts >= :poison
          AND (workers.id IS NULL
               OR workers.last_heartbeat < now() - make_interval(secs => :silent)
                  AND workers.id <> ALL(CAST(:own AS bigint[])))
        FOR UPDATE OF jobs SKIP LOCKED
    ) AS job
    """
)

log = structlog.get_logger()


class KeepsKilling(Exception):
    """Whatever handles it takes its process along."""


class Backoff(BaseRetryStrategy):
    """As Slack asks, else growing pauses; procrastinate counts the attempts."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, Later):
            return RetryDecision(retry_in={"milliseconds": round(exception.seconds * 1000)})
        log.warning("a job failed", task=job.task_name, job_id=job.id, attempt=job.attempts, exc_info=exception)
        if job.attempts >= MOST_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"milliseconds": round(min(60.0, 0.2 * 2 ** min(job.attempts, 9)) * 1000)})


def build(url: str, *, core: Core, dispatcher: Dispatcher, delivery: Delivery, reports: Reports) -> App:
    """The procrastinate app with all tasks of the bot."""
    connector = PsycopgConnector(
        conninfo=conninfo(url),
        kwargs={"options": OPTIONS, "application_name": "pm-worker", **KEEPALIVE},
        min_size=1,
        max_size=6,
    )
    app = App(connector=connector)
    app.job_manager = Workers(connector, core.database)
    _add_inbox_task(app, dispatcher)
    _add_pipeline_tasks(app, core)
    _add_delivery_tasks(app, delivery)
    _add_report_task(app, reports)

    # A worker without any periodic task stops listening after a database restart (design.md, section 8).
    @app.periodic(cron="*/5 * * * *")
    @app.task(name="tick", queue=QUEUE, queueing_lock="tick")
    async def tick(timestamp: int) -> None:
        log.debug("tick", timestamp=timestamp)

    return app


def _add_inbox_task(app: App, dispatcher: Dispatcher) -> None:
    @app.task(name="handle", queue=QUEUE, retry=Backoff(), pass_context=True)
    async def handle(context: JobContext, inbox_id: int) -> None:
        try:
            await dispatcher.handle(inbox_id)
        except (*AWAY, Later):
            raise  # the database or Slack comes back; the payload waits for it
        except Exception as error:
            log.exception("a payload failed", inbox_id=inbox_id, attempt=context.job.attempts)
            if context.job.attempts + 1 < GIVE_UP:
                raise
            await dispatcher.give_up(inbox_id, error)

    @app.task(name="give_up_handle", queue=QUEUE, retry=Backoff())
    async def give_up_handle(inbox_id: int) -> None:
        await dispatcher.give_up(inbox_id, KeepsKilling())

    @app.task(name="stripe_overdue", queue=QUEUE, retry=Backoff())
    async def stripe_overdue(subscription_id: str) -> None:
        await dispatcher.webhooks.overdue(subscription_id)


def _add_pipeline_tasks(app: App, core: Core) -> None:
    @app.task(name="execute", queue=QUEUE, retry=Backoff(), pass_context=True)
    async def execute_proposal(context: JobContext, proposal_id: str) -> None:
        try:
            await execution.execute(core, uuid.UUID(proposal_id))
        except AWAY:
            raise  # the database comes back; the approval waits for it
        except Exception:
            reference = uuid.uuid4().hex[:8].upper()
            log.exception("a step failed", proposal=proposal_id, attempt=context.job.attempts, reference=reference)
            if context.job.attempts + 1 < GIVE_UP:
                raise
            await execution.give_up(core, uuid.UUID(proposal_id), reference)

    @app.task(name="give_up_execute", queue=QUEUE, retry=Backoff())
    async def give_up_execute(proposal_id: str) -> None:
        await execution.give_up(core, uuid.UUID(proposal_id), uuid.uuid4().hex[:8].upper())

    @app.task(name="recheck", queue=QUEUE, retry=Backoff())
    async def recheck(target: str) -> None:
        await standing.recheck(core, target)

    @app.task(name="verify", queue=QUEUE, retry=Backoff())
    async def verify_step(proposal_id: str, step: int, attempt: int) -> None:
        await verify(core, uuid.UUID(proposal_id), step, attempt)

    @app.task(name="verify_hold", queue=QUEUE, retry=Backoff())
    async def verify_hold(hold_id: str, attempt: int) -> None:
        await verify_end(core, uuid.UUID(hold_id), attempt)

    @app.task(name="effect", queue=QUEUE, retry=Backoff())
    async def effect(key: str, looks: int = 0) -> None:
        await effects.run(core, key, looks)


def _add_delivery_tasks(app: App, delivery: Delivery) -> None:
    @app.task(name="deliver", queue=DELIVERIES, retry=Backoff(), pass_context=True)
    async def deliver(context: JobContext, message_id: str) -> None:
        await delivery.deliver(uuid.UUID(message_id), context.job.id or 0, context.job.attempts)

    @app.task(name="relink", queue=DELIVERIES, retry=Backoff())
    async def relink(message_id: str) -> None:
        await delivery.relink(uuid.UUID(message_id))

    @app.task(name="twins", queue=DELIVERIES, retry=Backoff())
    async def twins(message_id: str) -> None:
        await delivery.delete_twins(uuid.UUID(message_id))


def _add_report_task(app: App, reports: Reports) -> None:
    @app.task(name=slots.TASK, queue=DELIVERIES, retry=Backoff())
    async def digest(schedule: str, local_date: str, local_time: str) -> None:
        await reports.post(schedule, dt.date.fromisoformat(local_date), dt.time.fromisoformat(local_time))


async def rescue(database: Database, own: Collection[int] = ()) -> int:
    """Put back the jobs of workers that are gone; how many. What keeps killing workers is given up, and said so.

    `own`: ids of the workers of this process, which are not gone, only late.
    """
    limits = {"silent": SILENT, "poison": POISON, "own": list(own)}
    async with database.transaction() as session:
        for name, arguments, _ in (await session.execute(POISONOUS, limits)).all():
            log.error("a job keeps killing its worker; it is given up", task=name)
            if name in ("handle", "execute"):
                arguments.pop("reference", None)
                await defer(session, f"give_up_{name}", **arguments)
        return len((await session.execute(RESCUE, limits)).all())


async def run_worker(app: App, database: Database, stop: asyncio.Event) -> None:
    """Work until `stop`: then finish what is running, take nothing new. Survives a restart of the database."""
    workers = app.job_manager
    assert isinstance(workers, Workers)  # noqa: S101 - as `build` made it
    rescuer = asyncio.create_task(_every(1.0, lambda: rescue(database, workers.own), "rescue"))
    try:
        while not stop.is_set():
            try:
                if await _connected(app, stop):
                    await _work(app, stop)
            except (ConnectorException, psycopg.Error, PoolTimeout) as error:
                log.warning("the worker lost the database", error=type(error).__name__)
                await asyncio.sleep(0.5)
            finally:
                workers.own.clear()  # whatever they left is anybody's
                await app.close_async()
    finally:
        rescuer.cancel()
        await asyncio.gather(rescuer, return_exceptions=True)


async def named(run: Callable[[], Awaitable[Any]], context: JobContext, worker: Worker) -> Any:
    """Bind the reference that a job inherited (bot/store/queue.py), for its log lines and the jobs that follow it."""
    reference = context.job.task_kwargs.pop("reference", None)
    REFERENCE.set(str(reference) if reference else None)
    return await run()


async def _connected(app: App, stop: asyncio.Event) -> bool:
    """Wait for the database; False when told to stop before it was there."""
    opening, stopping = asyncio.ensure_future(app.open_async()), asyncio.create_task(stop.wait())
    await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if opening.done():
        opening.result()
        return True
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)
    return False


async def _work(app: App, stop: asyncio.Event) -> None:
    """One run of a procrastinate worker for each lane; cancelling them is how they are asked to finish."""
    workers = [asyncio.create_task(_lane(app, queue, concurrency)) for queue, concurrency in LANES.items()]
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({*workers, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        for worker in workers:
            worker.cancel()
        results = await asyncio.gather(*workers, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def _lane(app: App, queue: str, concurrency: int) -> None:
    await app.run_worker_async(
        queues=[queue],
        concurrency=concurrency,
        fetch_job_polling_interval=POLL,
        abort_job_polling_interval=60.0,
        update_heartbeat_interval=HEARTBEAT,
        install_signal_handlers=False,
        worker_middleware=[named],
        shutdown_graceful_timeout=20.0,
        delete_jobs="successful",
    )


async def _every(seconds: float, what: Callable[[], Awaitable[object]], name: str) -> None:
    """Do something again and again, whatever goes wrong; a database that is away is waited for."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await what()
        except (DBAPIError, psycopg.Error) as error:
            log.warning("will try again", what=name, error=type(error).__name__)
        except Exception:
            log.exception("failed; will try again", what=name)
