"""The jobs and the worker that runs them: procrastinate, with a rescue for the jobs of workers that died.

procrastinate does not return the jobs of a killed worker by itself (design.md, section 8). Every worker looks each
second for jobs in progress whose worker is gone or has been silent, and puts them back; each job is written so that
a second run finds the first one's mark in the database.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
import structlog
from procrastinate import App, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as Row
from procrastinate.retry import BaseRetryStrategy
from procrastinate.worker import Worker
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bot import traces
from bot.errors import Later
from bot.logs import REFERENCE
from bot.store.database import AWAY, FRESH, KEEPALIVE, OPTIONS, Database, conninfo
from bot.store.queue import DELIVERIES, GIVEN_UP, QUEUE, Task, Workers, defer

HEARTBEAT = 1.0  # seconds
SILENT = 3.0  # seconds without a heartbeat after which a worker's jobs go to others
POLL = 0.2  # seconds; also the delay of a job that was put back
GIVE_UP = 6  # attempts at handling one payload, or at one step of a plan
MOST_ATTEMPTS = 60  # of anything else; the pauses grow to a minute
POISON = 12  # times that a job was under way while its worker died, after which it is left alone
LANES = {QUEUE: 10, DELIVERIES: 4}  # jobs at once in one worker: slow posts keep no decision waiting

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

    def get_retry_decision(self, *, exception: BaseException, job: Row) -> RetryDecision | None:
        if isinstance(exception, Later):
            return RetryDecision(retry_in={"milliseconds": round(exception.seconds * 1000)})
        log.warning("a job failed", task=job.task_name, job_id=job.id, attempt=job.attempts, exc_info=exception)
        if job.attempts >= MOST_ATTEMPTS:
            return None
        return RetryDecision(retry_in={"milliseconds": round(min(60.0, 0.2 * 2 ** min(job.attempts, 9)) * 1000)})


@dataclass(frozen=True)
class Attempt:
    """Which run of a job this is."""

    job_id: int
    number: int
    """0 for the first."""


@dataclass(frozen=True)
class Job:
    """What the queue may be asked to do, by whoever knows how. A second run finds the mark of the first."""

    task: Task
    run: Callable[..., Awaitable[None]]
    """Called with the arguments it was deferred with."""
    counted: bool = False
    """`run` is also told its `Attempt`."""
    give_up: Callable[..., Awaitable[None]] | None = None
    """Called with the same arguments and the error instead of a further attempt, once `run` has failed `GIVE_UP` times
    or keeps killing its worker. Without it there are `MOST_ATTEMPTS`.
    """


def build(url: str, database: Database, jobs: Iterable[Job]) -> App:
    """The procrastinate app with these jobs."""
    connector = PsycopgConnector(
        pool_factory=_pool,
        conninfo=conninfo(url),
        kwargs={"options": OPTIONS, "application_name": "pm-worker", **KEEPALIVE},
        configure=_each_by_itself,
        min_size=1,
        max_size=6,
    )
    app = App(connector=connector)
    app.job_manager = Workers(connector, database)
    for job in jobs:
        _add(app, job)

    # A worker without any periodic task stops listening after a database restart (design.md, section 8).
    @app.periodic(cron="*/5 * * * *")
    @app.task(name="tick", queue=QUEUE, queueing_lock="tick")
    async def tick(timestamp: int) -> None:
        log.debug("tick", timestamp=timestamp)

    return app


async def _each_by_itself(connection: AsyncConnection[Any]) -> None:
    """Each of procrastinate's statements is a transaction anyway: this spares it a BEGIN and a COMMIT around it."""
    await connection.set_autocommit(True)


def _pool(**given: Any) -> AsyncConnectionPool[AsyncConnection[Any]]:
    """procrastinate's, which would ask a connection whether it is there before each statement: also of busy times."""
    used: WeakKeyDictionary[AsyncConnection[Any], float] = WeakKeyDictionary()

    async def note(connection: AsyncConnection[Any]) -> None:
        used[connection] = time.monotonic()

    async def look(connection: AsyncConnection[Any]) -> None:
        if time.monotonic() - used.get(connection, float("-inf")) >= FRESH:
            await AsyncConnectionPool.check_connection(connection)

    return AsyncConnectionPool(**{**given, "check": look, "reset": note})


def _add(app: App, job: Job) -> None:
    @app.task(name=job.task.name, queue=job.task.lane, retry=Backoff(), pass_context=True)
    async def run(context: JobContext, /, **arguments: Any) -> None:
        attempt = Attempt(context.job.id or 0, context.job.attempts)
        told = {"attempt": attempt} if job.counted else {}
        try:
            await job.run(**told, **arguments)
        except (*AWAY, Later):
            raise  # the database or Slack comes back; what is to be done waits for it
        except Exception as error:
            if job.give_up is None or attempt.number + 1 < GIVE_UP:
                raise
            log.exception("a job is given up", task=job.task.name, attempt=attempt.number, **arguments)
            await job.give_up(**arguments, error=error)

    if job.give_up is not None:
        give_up = job.give_up

        @app.task(name=f"{GIVEN_UP}{job.task.name}", queue=job.task.lane, retry=Backoff())
        async def end(**arguments: Any) -> None:
            await give_up(**arguments, error=KeepsKilling())


def endings(app: App) -> frozenset[str]:
    """The jobs that say so when they are given up."""
    return frozenset(name.removeprefix(GIVEN_UP) for name in app.tasks if name.startswith(GIVEN_UP))


async def rescue(database: Database, own: Collection[int] = (), ended: Collection[str] = ()) -> int:
    """Put back the jobs of workers that are gone; how many. What keeps killing workers is given up, and said so.

    `own`: ids of the workers of this process, which are not gone, only late. `ended`: see `endings`.
    """
    limits = {"silent": SILENT, "poison": POISON, "own": list(own)}
    async with database.transaction() as session:
        for name, arguments, _ in (await session.execute(POISONOUS, limits)).all():
            log.error("a job keeps killing its worker; it is given up", task=name)
            if name in ended:
                arguments.pop("reference", None)
                arguments.pop(traces.ARGUMENT, None)
                await defer(session, Task(f"{GIVEN_UP}{name}"), **arguments)
        return len((await session.execute(RESCUE, limits)).all())


async def run_worker(app: App, database: Database, stop: asyncio.Event) -> None:
    """Work until `stop`: then finish what is running, take nothing new. Survives a restart of the database."""
    workers = app.job_manager
    assert isinstance(workers, Workers)  # noqa: S101 - as `build` made it
    rescuer = asyncio.create_task(_every(1.0, lambda: rescue(database, workers.own, endings(app)), "rescue"))
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
    followed = context.job.task_kwargs.pop(traces.ARGUMENT, None)
    traces.CURRENT.set(str(followed) if followed else None)
    if followed is None:  # a payload's own job finds in its row what it follows from; the others begin nothing
        return await run()
    with traces.span(f"job {context.job.task_name}", attempt=context.job.attempts):
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
