"""Domains that tenants send from: by name."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import as_uuid
from bot.personal import Part
from bot.platform.models import Domain as DomainRow
from bot.platform.models import Tenant
from bot.platform.tenants import pattern
from bot.targets.base import OFFERED, Target

LOOKED_AT = 500  # that begin alike, among which the one may be that was meant


@dataclass(frozen=True)
class Domain(Target):
    """A domain that a tenant sends from."""

    kind: ClassVar[str] = "domain"
    noun: ClassVar[str] = "domain"
    such_as: ClassVar[str] = "acme-corp.example"
    label: ClassVar[str] = "Domain"
    usage: ClassVar[str] = "domain"
    example: ClassVar[str] = "acme-corp.example"
    explanation: ClassVar[str] = "a domain that a tenant sends from"
    hint: ClassVar[str] = "Type the beginning of the domain"

    domain_id: uuid.UUID
    name: str
    whose: uuid.UUID
    owner: str

    @property
    def id(self) -> uuid.UUID:
        return self.domain_id

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.whose

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.name,)

    @property
    def apart(self) -> str:
        return self.owner

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        return next(iter(await cls._where(session, DomainRow.id == known)), None) if known else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        wanted = typed.lower().removeprefix("https://").removeprefix("http://").strip("/.")
        return await cls._where(session, func.lower(DomainRow.domain) == wanted)

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        alike = await cls._where(session, _begins(typed[:1]), limit=LOOKED_AT)
        known = {one.name.lower(): one for one in alike}
        return [known[name] for name in get_close_matches(typed.lower(), known, n=2, cutoff=0.7)]

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return await cls._where(session, _begins(typed), limit=OFFERED)

    @classmethod
    async def _where(
        cls, session: AsyncSession, condition: ColumnElement[bool], *, limit: int = OFFERED + 1
    ) -> list[Self]:
        rows = await session.execute(
            select(DomainRow.id, DomainRow.domain, DomainRow.tenant_id, Tenant.name)
            .join(Tenant, Tenant.id == DomainRow.tenant_id)
            .where(condition, Tenant.deleted.is_(None))
            .order_by(func.lower(DomainRow.domain), Tenant.name)
            .limit(limit)
        )
        return [cls(*row) for row in rows]


def _begins(typed: str) -> ColumnElement[bool]:
    return func.lower(DomainRow.domain).like(f"{pattern(typed)}%")
