"""Deferring jobs in the caller's own transaction.

procrastinate's Python API would need the raw driver connection, which goes stale behind a session's back and
then loses the job in silence; its SQL function takes part in whatever transaction calls it. It is internal to
procrastinate, hence the pinned version and `tests/integration/test_queue.py`.
"""

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any

from procrastinate import utils
from procrastinate.connector import BaseAsyncConnector
from procrastinate.manager import JobManager
from sqlalchemy import CTE, Float, Select, Text, bindparam, case, cast, func, literal, null, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import UserDefinedType

from bot import traces
from bot.logs import REFERENCE
from bot.store.database import Database
from bot.store.prepared import Prepared

# What people wait for, and what Slack takes its time with: each has slots of its own in every worker.
QUEUE, DELIVERIES = "pm", "pm-deliveries"
GIVEN_UP = "give_up_"  # begins the name of the task that ends what another one could not do


@dataclass(frozen=True)
class Task:
    """A kind of job: deferred by whoever needs it done, registered by whoever knows how (bot/runtime/jobs.py)."""

    name: str
    urgency: int = 0
    """The most urgent first."""
    lane: str = QUEUE


_DEFER = Prepared(
    text("""
    SELECT pmbot.procrastinate_defer_jobs_v1(ARRAY[ROW(
        :queue, :task, :priority, NULL, NULL, CAST(:arguments AS jsonb),
        CASE WHEN CAST(:delay AS float) > 0 THEN now() + make_interval(secs => CAST(:delay AS float)) END
    )::pmbot.procrastinate_job_to_defer_v1])
    """)
)


async def defer(session: AsyncSession, task: Task, *, delay: float = 0, **arguments: Any) -> None:
    """Have a worker run `task` after this transaction commits, `delay` seconds from now at the earliest.

    The job inherits the reference of the payload it follows from; the worker binds it again (bot/runtime/jobs.py).
    """
    if (reference := REFERENCE.get()) is not None:
        arguments["reference"] = reference
    arguments |= traces.carried()
    job = {"queue": task.lane, "task": task.name, "priority": task.urgency}
    await _DEFER.rows(session, **job, arguments=json.dumps(arguments), delay=delay)


class _JobToDefer(UserDefinedType[Any]):
    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "pmbot.procrastinate_job_to_defer_v1"


def defer_for_each(rows: CTE, task: Task, argument: str) -> Select[str, None]:
    """A statement that defers `task` for each of the rows, its id as that argument; the same round trip changes them.

    Run it with `inherited`. It returns the id, if there was one row, and whatever procrastinate says.
    """
    delay = bindparam("job_delay", type_=Float)
    job = func.row(
        literal(task.lane),
        literal(task.name),
        literal(task.urgency),
        null(),
        null(),
        func.jsonb_build_object(literal(argument), cast(rows.c.id, Text)).op("||")(bindparam("job_more", type_=JSONB)),
        case((delay > 0, func.now() + func.make_interval(0, 0, 0, 0, 0, 0, delay))),
    )
    jobs = func.array_agg(cast(job, _JobToDefer))
    return select(func.min(cast(rows.c.id, Text)), func.pmbot.procrastinate_defer_jobs_v1(jobs))


def inherited(delay: float = 0) -> dict[str, Any]:
    """What such a statement needs: the reference that the jobs inherit, and after how many seconds they are due."""
    reference = REFERENCE.get()
    more = {} if reference is None else {"reference": reference}
    return {"job_more": {**more, **traces.carried()}, "job_delay": delay}


class Workers(JobManager):
    """procrastinate's job manager, which knows the workers of this process. Their heartbeats wait behind no work."""

    def __init__(self, connector: BaseAsyncConnector, database: Database) -> None:
        super().__init__(connector)
        self._aside = database.aside
        self.own: set[int] = set()
        """Ids of the workers that run here: they live, however late they are."""

    async def register_worker(self) -> int:
        worker_id = await super().register_worker()
        self.own.add(worker_id)
        return worker_id

    async def unregister_worker(self, worker_id: int) -> None:
        self.own.discard(worker_id)
        await super().unregister_worker(worker_id)

    async def update_heartbeat(self, worker_id: int) -> None:
        async with self._aside.connection() as connection:
            await connection.execute("SELECT pmbot.procrastinate_update_heartbeat_v1(%s)", (worker_id,))

    async def retry_job_by_id_async(
        self,
        job_id: int,
        retry_at: dt.datetime,
        priority: int | None = None,
        queue: str | None = None,
        lock: str | None = None,
    ) -> None:
        """Put a job off by the clock that it is fetched by: a machine whose own is wrong keeps none for an hour."""
        pause = retry_at - utils.utcnow()
        row = await self.connector.execute_query_one_async("SELECT clock_timestamp() AS now")
        await super().retry_job_by_id_async(job_id, row["now"] + pause, priority, queue, lock)
