"""Mailboxes that tenants send from: by address, which not everybody reads."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import as_uuid
from bot.personal import Part, Personal
from bot.platform.models import EmailAccount, Tenant
from bot.platform.tenants import pattern
from bot.targets.base import OFFERED, Target


@dataclass(frozen=True)
class Mailbox(Target):
    """A mailbox that the platform warms up and sends from."""

    kind: ClassVar[str] = "mailbox"
    noun: ClassVar[str] = "mailbox"
    such_as: ClassVar[str] = "sales@acme-corp.example"
    otherwise: ClassVar[str] = "Type its whole address."
    label: ClassVar[str] = "Mailbox"
    usage: ClassVar[str] = "mailbox"
    example: ClassVar[str] = "sales@acme-corp.example"
    explanation: ClassVar[str] = "a mailbox that a tenant sends from, by its address"
    hint: ClassVar[str] = "Type the beginning of the address"

    mailbox_id: uuid.UUID
    address: str
    status: str
    whose: uuid.UUID
    owner: str

    @property
    def id(self) -> uuid.UUID:
        return self.mailbox_id

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.whose

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Personal(personal="customer", value=self.address),)

    @property
    def shown(self) -> str:
        return f"a mailbox of {self.owner}"

    @property
    def apart(self) -> str:
        return f"{self.owner}, {self.status}"

    async def lock(self, session: AsyncSession) -> None:
        """What is held, and its row."""
        await super().lock(session)
        row = select(EmailAccount.id).where(EmailAccount.id == self.mailbox_id)
        await session.execute(row.with_for_update(key_share=True))

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        return next(iter(await cls._where(session, EmailAccount.id == known)), None) if known else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return await cls._where(session, func.lower(EmailAccount.email) == typed.lower())

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return await cls._where(session, func.lower(EmailAccount.email).like(f"{pattern(typed)}%"))

    @classmethod
    async def _where(cls, session: AsyncSession, condition: ColumnElement[bool]) -> list[Self]:
        rows = await session.execute(
            select(EmailAccount.id, EmailAccount.email, EmailAccount.status, EmailAccount.tenant_id, Tenant.name)
            .join(Tenant, Tenant.id == EmailAccount.tenant_id)
            .where(condition, Tenant.deleted.is_(None))
            .order_by(func.lower(EmailAccount.email), Tenant.name)
            .limit(OFFERED + 1)
        )
        return [cls(*row) for row in rows]
