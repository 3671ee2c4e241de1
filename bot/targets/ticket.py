"""Tickets: by their number."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import as_number, as_uuid
from bot.personal import Part
from bot.store.models import Ticket as TicketRow
from bot.targets.base import OFFERED, Target
from bot.words import plain

NUMBERED = re.compile(r"[tT]-?(?=[0-9])")


@dataclass(frozen=True)
class Ticket(Target):
    """One ticket, by its number."""

    kind: ClassVar[str] = "ticket"
    noun: ClassVar[str] = "ticket"
    such_as: ClassVar[str] = "T-1"
    otherwise: ClassVar[str] = "/pm tickets shows the open tickets."
    label: ClassVar[str] = "Ticket"
    usage: ClassVar[str] = "T-12"
    example: ClassVar[str] = "T-1"
    explanation: ClassVar[str] = "a ticket, by its number; /pm tickets shows it"
    hint: ClassVar[str] = "Type its number or a word of its title"

    ticket_id: uuid.UUID
    number: int
    title: str
    state: str
    tenant: uuid.UUID | None = None

    @property
    def id(self) -> uuid.UUID:
        return self.ticket_id

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.tenant

    @property
    def parts(self) -> tuple[Part, ...]:
        return (f"T-{self.number}",)

    @property
    def apart(self) -> str:
        return f"{self.title}, {plain(self.state)}"

    @classmethod
    def recognises(cls, raw: str) -> bool:
        """`T-12`; a bare number may be anything's."""
        return NUMBERED.match(raw) is not None and as_number(NUMBERED.sub("", raw, count=1)) > 0

    @classmethod
    def not_there(cls) -> str:
        return "That ticket no longer exists. /pm tickets shows the open tickets."

    async def lock(self, session: AsyncSession) -> None:
        """Its row: every transition holds it."""
        row = select(TicketRow.id).where(TicketRow.id == self.ticket_id)
        await session.execute(row.with_for_update())

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        return next(iter(await cls._where(session, TicketRow.id == known)), None) if known else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        number = cls._number(typed)
        return await cls._where(session, TicketRow.number == number) if number else []

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """The open ones first, then the newest; by number or by what is in the title."""
        if number := cls._number(typed):
            return await cls._where(session, TicketRow.number == number)
        return await cls._where(session, func.strpos(func.lower(TicketRow.title), typed.lower()) > 0)

    @classmethod
    def _number(cls, typed: str) -> int:
        return as_number(NUMBERED.sub("", typed.strip().lower().removeprefix("ticket").strip(), count=1))

    @classmethod
    async def _where(cls, session: AsyncSession, condition: ColumnElement[bool]) -> list[Self]:
        rows = await session.execute(
            select(TicketRow.id, TicketRow.number, TicketRow.title, TicketRow.state, TicketRow.tenant_id)
            .where(condition)
            .order_by(TicketRow.closed.is_not(None), TicketRow.number.desc())
            .limit(OFFERED)
        )
        return [cls(*row) for row in rows]
