"""Maintenance windows: by their number."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import as_number, as_uuid
from bot.personal import Part
from bot.store.models import MaintenanceWindow, WindowState
from bot.targets.base import OFFERED, Target


@dataclass(frozen=True)
class Window(Target):
    """One maintenance window, by its number."""

    kind: ClassVar[str] = "maintenance"
    noun: ClassVar[str] = "maintenance window"
    such_as: ClassVar[str] = "1"
    otherwise: ClassVar[str] = "/pm maintenance shows all of them."
    label: ClassVar[str] = "Maintenance"
    usage: ClassVar[str] = "3"
    example: ClassVar[str] = "1"
    explanation: ClassVar[str] = "a maintenance window, by its number; /pm maintenance shows it"
    hint: ClassVar[str] = "Type its number, or what it is about"

    window_id: uuid.UUID
    number: int
    what: str
    state: str

    @property
    def id(self) -> uuid.UUID:
        return self.window_id

    @property
    def parts(self) -> tuple[Part, ...]:
        return (f"maintenance {self.number}",)

    @property
    def apart(self) -> str:
        return f"{self.what}, {self.state}"

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return as_number(raw) > 0

    @classmethod
    def not_there(cls) -> str:
        return "That maintenance window no longer exists. /pm maintenance shows the windows that exist."

    async def lock(self, session: AsyncSession) -> None:
        """Its row: every transition holds it."""
        row = select(MaintenanceWindow.id).where(MaintenanceWindow.id == self.window_id)
        await session.execute(row.with_for_update())

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        return next(iter(await cls._where(session, MaintenanceWindow.id == known)), None) if known else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        number = as_number(typed.lower().removeprefix("maintenance"))
        return await cls._where(session, MaintenanceWindow.number == number) if number else []

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        """The open ones first; by number or by what they are about."""
        number = as_number(typed)
        if number:
            return await cls._where(session, MaintenanceWindow.number == number)
        what = func.lower(func.coalesce(MaintenanceWindow.subject, "everything"))
        return await cls._where(session, func.strpos(what, typed.lower()) > 0)

    @classmethod
    async def _where(cls, session: AsyncSession, condition: ColumnElement[bool]) -> list[Self]:
        row = MaintenanceWindow
        over = row.state.in_((WindowState.ENDED, WindowState.CANCELLED))
        found = await session.execute(
            select(row.id, row.number, func.coalesce(row.subject, "everything"), row.state)
            .where(condition)
            .order_by(over, row.number.desc())
            .limit(OFFERED)
        )
        return [cls(*one) for one in found]
