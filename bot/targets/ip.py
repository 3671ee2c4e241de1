"""The addresses that mail is sent from: by the numbers themselves."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import as_uuid
from bot.personal import Part
from bot.platform.models import SmtpIpAddress
from bot.platform.tenants import pattern
from bot.targets.base import OFFERED, Target


@dataclass(frozen=True)
class Ip(Target):
    """An IP address of ours that mail is sent from."""

    kind: ClassVar[str] = "ip"
    noun: ClassVar[str] = "IP address"
    such_as: ClassVar[str] = "203.0.113.51"
    otherwise: ClassVar[str] = "Type the whole address: 203.0.113.51."
    label: ClassVar[str] = "IP address"
    usage: ClassVar[str] = "ip-address"
    example: ClassVar[str] = "203.0.113.51"
    explanation: ClassVar[str] = "an IP address that mail is sent from"
    hint: ClassVar[str] = "Type the beginning of the address"

    ip_id: uuid.UUID
    address: str
    status: str

    @property
    def id(self) -> uuid.UUID:
        return self.ip_id

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.address,)

    @property
    def apart(self) -> str:
        return self.status

    async def lock(self, session: AsyncSession) -> None:
        """What is held, and its row."""
        await super().lock(session)
        row = select(SmtpIpAddress.id).where(SmtpIpAddress.id == self.ip_id)
        await session.execute(row.with_for_update(key_share=True))

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        return next(iter(await cls._where(session, SmtpIpAddress.id == known)), None) if known else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return await cls._where(session, SmtpIpAddress.ip_address == typed)

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return await cls._where(session, SmtpIpAddress.ip_address.like(f"{pattern(typed)}%"))

    @classmethod
    async def _where(cls, session: AsyncSession, condition: ColumnElement[bool]) -> list[Self]:
        rows = await session.execute(
            select(SmtpIpAddress.id, SmtpIpAddress.ip_address, SmtpIpAddress.status)
            .where(condition)
            .order_by(SmtpIpAddress.ip_address)
            .limit(OFFERED)
        )
        return [cls(*row) for row in rows]
