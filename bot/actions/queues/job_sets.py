"""Which jobs are meant: as many as there are when somebody says so, and none that come later."""

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, and_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.queues.parameters import InQueue, QueueOrTenant
from bot.errors import InvalidParameter
from bot.holds import reads
from bot.parameters.base import Choice, Control, Lookup, Parameter, quoted, required
from bot.parameters.untyped import Untyped
from bot.platform import jobs
from bot.platform.models import Job as JobRow
from bot.platform.queues import Scope
from bot.targets.job import Job
from bot.targets.queue import Queue

MANY = 1_000  # jobs; changing more of them at once is a high risk
MOST = 50_000  # in one request: what one transaction carries in seconds
MOST_MOVED = 10_000  # of which each keeps the priority that it had, to be taken back
PRIORITIES = {"high": 25, "normal": 100, "low": 200}


@dataclass(frozen=True)
class FailedIn(Parameter):
    """The failed jobs of a queue, up to the moment at which they were asked for: what fails later is not meant."""

    label: ClassVar[str] = "Failed jobs of queue"
    usage: ClassVar[str] = "in queue"
    keywords: ClassVar[tuple[str, ...]] = ("in",)
    example: ClassVar[str] = "email-sending"
    explanation: ClassVar[str] = "the queue whose failed jobs are meant"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type a queue's name"

    queue: str
    before: dt.datetime
    number: int

    @property
    def condition(self) -> ColumnElement[bool]:
        return jobs.failed_in(self.queue, self.before)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        name = (raw or "").partition("@")[0]
        found = await Queue.resolve(parameter, name, lookup)
        now = await reads.clock(lookup.session)
        number = await jobs.count(lookup.session, jobs.failed_in(found.queue, now))
        if number > MOST:
            raise InvalidParameter(
                parameter,
                f"{number:,} jobs of {found.queue} have failed; one request may change {MOST:,} at most. "
                "Nothing was done: ask engineering to do this in the database.",
            )
        return cls(found.queue, now, number)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return await Queue.matching(typed, session)

    @classmethod
    def taken_from(cls, other: Parameter) -> str | None:
        return other.dump() if isinstance(other, Queue) else None

    @property
    def shown(self) -> str:
        return self.queue

    def dump(self) -> str:
        return f"{self.queue}@{self.before.astimezone(dt.UTC).isoformat()}@{self.number}"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        queue, before, number = str(dumped).rsplit("@", 2)
        return cls(queue, dt.datetime.fromisoformat(before), int(number))


@dataclass(frozen=True)
class OneJob(Parameter):
    """A job that is meant also once it is gone: the card of its deletion still says which it was."""

    label: ClassVar[str] = Job.label
    usage: ClassVar[str] = Job.usage
    example: ClassVar[str] = Job.example
    explanation: ClassVar[str] = Job.explanation
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = Job.hint

    job_id: uuid.UUID
    tenant_id: uuid.UUID | None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        found = await Job.resolve(parameter, (raw or "").partition("@")[0], lookup)
        return cls(found.job_id, found.tenant_id)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return await Job.matching(typed, session)

    @classmethod
    def taken_from(cls, other: Parameter) -> str | None:
        return other.dump() if isinstance(other, Job) else None

    @property
    def shown(self) -> str:
        return f"job {jobs.short(self.job_id)}"

    def dump(self) -> str:
        return f"{self.job_id}@{self.tenant_id or ''}"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        job, _, tenant = str(dumped).partition("@")
        return cls(uuid.UUID(job), uuid.UUID(tenant) if tenant else None)


@dataclass(frozen=True)
class Waiting(Parameter):
    """Jobs that wait: one by its id, or those of a queue, a tenant, or a tenant in a queue that are there by now."""

    label: ClassVar[str] = "Jobs that wait"
    usage: ClassVar[str] = "job, queue or tenant in queue"
    example: ClassVar[str] = "email-sending"
    explanation: ClassVar[str] = "a job's id, a queue, a tenant, or a tenant and its queue: acme in email-sending"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "Such as acme in email-sending"

    job_id: uuid.UUID | None
    scope: Scope
    name: str
    before: dt.datetime
    number: int

    @property
    def condition(self) -> ColumnElement[bool]:
        """What has begun since is not in it, nor what came later; what is in Redis keeps its place there."""
        which = JobRow.id == self.job_id if self.job_id else self.scope.jobs()
        return and_(which, JobRow.status == "queued", JobRow.created <= self.before)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which jobs: a job's id, or a queue, or a tenant in a queue.")
        now = await reads.clock(lookup.session)
        if len(typed) >= jobs.SHORT and jobs.beginning(typed) is not None:
            job = await Job.resolve(parameter, typed, lookup)
            one = cls(job.job_id, Scope(job.queue, job.whose), job.shown, now, 1)
        else:
            scope, name = await cls._scope(parameter, typed, lookup)
            one = cls(None, scope, name, now, 0)
        number = await jobs.count(lookup.session, one.condition)
        if number > MOST_MOVED:
            raise InvalidParameter(
                parameter,
                f"{number:,} jobs of {one.name} wait; one request may move {MOST_MOVED:,} at most. Nothing was done: "
                "name a queue, or a tenant in a queue.",
            )
        return replace(one, number=number)

    @classmethod
    async def _scope(cls, parameter: str, typed: str, lookup: Lookup) -> tuple[Scope, str]:
        whose, within, queue = typed.rpartition(" in ")
        what = await QueueOrTenant.resolve(parameter, whose if within else typed, lookup)
        only = await InQueue.resolve(parameter, queue, lookup) if within else None
        return what.within(only), f"{what.name} in {only.queue}" if only else what.name

    @property
    def shown(self) -> str:
        return self.name

    def dump(self) -> str:
        return json.dumps(
            {
                "job": str(self.job_id) if self.job_id else None,
                "queue": self.scope.queue,
                "tenant": str(self.scope.tenant_id) if self.scope.tenant_id else None,
                "name": self.name,
                "before": self.before.astimezone(dt.UTC).isoformat(),
                "number": self.number,
            }
        )

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        known = json.loads(str(dumped))
        job, tenant = known["job"], known["tenant"]
        scope = Scope(known["queue"], uuid.UUID(tenant) if tenant else None)
        before = dt.datetime.fromisoformat(known["before"])
        return cls(uuid.UUID(job) if job else None, scope, known["name"], before, known["number"])


@dataclass(frozen=True)
class Priority(Parameter):
    """High, normal or low, or a number; the lower, the sooner."""

    label: ClassVar[str] = "Priority"
    usage: ClassVar[str] = "to high"
    keywords: ClassVar[tuple[str, ...]] = ("to",)
    example: ClassVar[str] = "high"
    explanation: ClassVar[str] = "high, normal or low, or a number from 0 to 1000 (smaller numbers run sooner)"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "high, normal, low, or a number"

    number: int

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which priority: high, normal or low, or a number from 0 to 1000.").lower()
        number = PRIORITIES.get(typed, int(typed) if re.fullmatch(r"[0-9]{1,4}", typed) else -1)
        if not 0 <= number <= 1000:
            raise InvalidParameter(
                parameter, f"{quoted(typed)} is not a priority. Type high, normal or low, or a number from 0 to 1000."
            )
        return cls(number)

    @property
    def shown(self) -> str:
        return f"{jobs.level(self.number)} ({self.number})"

    def dump(self) -> str:
        return str(self.number)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(int(dumped))


@dataclass(frozen=True)
class Moves(Untyped):
    """Which jobs had which priority before, and which they were given: only the bot says this, to take it back."""

    label: ClassVar[str] = "As it was"
    explanation: ClassVar[str] = "how it was before"

    was: dict[int, list[uuid.UUID]] = field(hash=False)
    left: dict[int, list[uuid.UUID]] = field(hash=False)

    @classmethod
    def of(cls, was: Mapping[str, Sequence[str]], left: Mapping[str, Sequence[str]]) -> Self:
        """From what an outcome has of them: JSON."""
        return cls(from_json(was), from_json(left))

    def dump(self) -> str:
        return json.dumps({"was": as_json(self.was), "left": as_json(self.left)}, sort_keys=True)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls.of(**json.loads(str(dumped)))


def as_json(moves: Mapping[int, Sequence[uuid.UUID]]) -> dict[str, list[str]]:
    return {str(priority): [str(one) for one in ids] for priority, ids in moves.items()}


def from_json(moves: Mapping[str, Sequence[str]]) -> dict[int, list[uuid.UUID]]:
    return {int(priority): [uuid.UUID(one) for one in ids] for priority, ids in moves.items()}
