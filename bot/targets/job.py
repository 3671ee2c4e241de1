"""Jobs: by their id, or the first letters of it as lists show them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import as_uuid
from bot.personal import Part
from bot.platform import jobs
from bot.platform.jobs import SHORT, JobRecord
from bot.platform.models import Job as JobRow
from bot.targets.base import OFFERED, Target
from bot.words import plain


@dataclass(frozen=True)
class Job(Target):
    """One job, by its id."""

    kind: ClassVar[str] = "job"
    noun: ClassVar[str] = "job"
    such_as: ClassVar[str] = "c8e75d0b"
    otherwise: ClassVar[str] = "“/pm jobs failed in email-sending” lists jobs with their ids."
    label: ClassVar[str] = "Job"
    usage: ClassVar[str] = "job-id"
    example: ClassVar[str] = "c8e75d0b"
    explanation: ClassVar[str] = f"a job, by its id or the first {SHORT} letters of it"
    hint: ClassVar[str] = "Type the beginning of its id"

    job_id: uuid.UUID
    queue: str
    status: str
    whose: uuid.UUID | None = None

    @property
    def id(self) -> uuid.UUID:
        return self.job_id

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.whose

    @property
    def parts(self) -> tuple[Part, ...]:
        return (f"job {jobs.short(self.job_id)}",)

    @property
    def apart(self) -> str:
        return f"{self.queue}, {plain(self.status)}"

    async def lock(self, session: AsyncSession) -> None:
        """Its row alone: no worker takes it meanwhile."""
        await jobs.lock(session, JobRow.id == self.job_id)

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        return next(iter(await cls._where(session, JobRow.id == known)), None) if known else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        begins = jobs.beginning(typed) if len(typed) >= SHORT else None
        return [] if begins is None else await cls._where(session, begins)

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """Of those that failed, the last first."""
        begins = jobs.beginning(typed)
        return [] if begins is None else await cls._where(session, begins, JobRow.status == "failed")

    @classmethod
    async def _where(cls, session: AsyncSession, *conditions: ColumnElement[bool]) -> list[Self]:
        return [cls._of(one) for one in await jobs.records(session, *conditions, limit=OFFERED)]

    @classmethod
    def _of(cls, record: JobRecord) -> Self:
        return cls(record.id, record.queue, record.status, record.tenant_id)
