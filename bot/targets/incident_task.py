"""Tasks of incidents: by their number."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import as_number, as_uuid
from bot.personal import Part
from bot.store.models import Incident, IncidentTask
from bot.targets.base import OFFERED
from bot.targets.of_incident import OfIncident


@dataclass(frozen=True)
class Task(OfIncident):
    """Something to do after an incident."""

    kind: ClassVar[str] = "incident_task"
    noun: ClassVar[str] = "task"
    such_as: ClassVar[str] = "1"
    otherwise: ClassVar[str] = "The review of an incident lists its tasks with their numbers."
    label: ClassVar[str] = "Task"
    usage: ClassVar[str] = "12"
    example: ClassVar[str] = "1"
    explanation: ClassVar[str] = "a task of an incident, by its number"
    hint: ClassVar[str] = "Type its number or a word of it"

    task_id: uuid.UUID
    number: int
    what: str
    incident_id: uuid.UUID

    @property
    def id(self) -> uuid.UUID:
        return self.task_id

    @property
    def parts(self) -> tuple[Part, ...]:
        return (f"task {self.number}",)

    @property
    def apart(self) -> str:
        return self.what

    async def lock(self, session: AsyncSession) -> None:
        """Its row."""
        row = select(IncidentTask.id).where(IncidentTask.id == self.task_id)
        await session.execute(row.with_for_update(key_share=True))

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        return next(iter(await cls._where(session, IncidentTask.id == known)), None) if known else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        number = as_number(typed.lower().removeprefix("task"))
        return await cls._where(session, IncidentTask.number == number) if number else []

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """Those that are open first."""
        known = IncidentTask.incident_id.in_(select(Incident.id).where(~Incident.restricted))
        if number := as_number(typed):
            return await cls._where(session, known & (IncidentTask.number == number))
        return await cls._where(session, known & (func.strpos(func.lower(IncidentTask.what), typed.lower()) > 0))

    @classmethod
    async def _where(cls, session: AsyncSession, condition: ColumnElement[bool]) -> list[Self]:
        rows = await session.execute(
            select(IncidentTask.id, IncidentTask.number, IncidentTask.what, IncidentTask.incident_id)
            .where(condition)
            .order_by(IncidentTask.done.is_not(None), IncidentTask.number.desc())
            .limit(OFFERED)
        )
        return [cls(*row) for row in rows]
