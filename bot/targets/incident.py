"""Incidents: by their number."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import Choice, Lookup, as_number, as_uuid
from bot.people import secrecy
from bot.personal import Part
from bot.store import rooms
from bot.store.models import Incident as IncidentRow
from bot.store.models import IncidentState
from bot.targets.base import OFFERED
from bot.targets.of_incident import OfIncident


@dataclass(frozen=True)
class Incident(OfIncident):
    """One incident, by its number."""

    kind: ClassVar[str] = "incident"
    noun: ClassVar[str] = "incident"
    such_as: ClassVar[str] = "1"
    otherwise: ClassVar[str] = "/pm incidents shows all of them."
    label: ClassVar[str] = "Incident"
    usage: ClassVar[str] = "7"
    example: ClassVar[str] = "1"
    explanation: ClassVar[str] = "an incident, by its number; /pm incidents shows it"
    hint: ClassVar[str] = "Type its number or a word of its title"

    incident_id: uuid.UUID
    number: int
    title: str
    state: str

    @property
    def id(self) -> uuid.UUID:
        return self.incident_id

    @property
    def parts(self) -> tuple[Part, ...]:
        return (f"incident {self.number}",)

    @property
    def apart(self) -> str:
        return f"{self.title}, {self.state}"

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return as_number(raw) > 0

    @classmethod
    def not_there(cls) -> str:
        return "That incident no longer exists. /pm incidents shows the incidents that exist."

    @classmethod
    async def here(cls, lookup: Lookup) -> str:
        """In an incident's room: that one."""
        found = await rooms.of_channel(lookup.session, lookup.channel) if lookup.channel else None
        return str(found or "")

    async def lock(self, session: AsyncSession) -> None:
        """Its row: every transition holds it."""
        row = select(IncidentRow.id).where(IncidentRow.id == self.incident_id)
        await session.execute(row.with_for_update(key_share=True))

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        return next(iter(await cls._where(session, IncidentRow.id == known)), None) if known else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        number = as_number(typed.lower().removeprefix("incident").removeprefix("inc-"))
        return await cls._where(session, IncidentRow.number == number) if number else []

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """The open ones first, then the newest; by number or by what is in the title. Of security incidents none."""
        return await cls._where(session, ~IncidentRow.restricted & cls._called(typed))

    @classmethod
    async def offered_to(cls, asker: uuid.UUID, typed: str, session: AsyncSession) -> list[Choice]:
        known = await secrecy.shown_to(session, asker)
        return cls.choices(await cls._where(session, known & cls._called(typed.replace("\x00", "").strip())))

    @classmethod
    def _called(cls, typed: str) -> ColumnElement[bool]:
        number = as_number(typed)
        if number:
            return IncidentRow.number == number
        return func.strpos(func.lower(IncidentRow.title), typed.lower()) > 0

    @classmethod
    async def _where(cls, session: AsyncSession, condition: ColumnElement[bool]) -> list[Self]:
        rows = await session.execute(
            select(IncidentRow.id, IncidentRow.number, IncidentRow.title, IncidentRow.state)
            .where(condition)
            .order_by((IncidentRow.state != IncidentState.OPEN), IncidentRow.number.desc())
            .limit(OFFERED)
        )
        return [cls(*row) for row in rows]


@dataclass(frozen=True)
class OtherIncident(Incident):
    """Another one, that goes on for both."""

    such_as: ClassVar[str] = "2"
    example: ClassVar[str] = "2"

    @classmethod
    async def here(cls, lookup: Lookup) -> str:
        return ""
