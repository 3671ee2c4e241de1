"""Things of a tenant that several tenants have under one name: told apart by whose they are."""

import uuid
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.parameters.base import as_uuid
from bot.personal import Part
from bot.platform import tenants
from bot.platform.models import Tenant
from bot.targets.base import OFFERED, Target

OF = " of "
LOOKED_AT = 500  # that begin alike, among which the one may be that was meant


@dataclass(frozen=True)
class Owned(Target):
    """One of them: `Spring offer of Acme Corp`, or its name where no other has it."""

    table: ClassVar[Any]
    """Its rows, with an id, a tenant and a status."""

    row_id: uuid.UUID
    name: str
    status: str
    whose: uuid.UUID
    owner: str

    @classmethod
    @abstractmethod
    def called(cls) -> InstrumentedAttribute[str]:
        """The column of its name."""

    @property
    def id(self) -> uuid.UUID:
        return self.row_id

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.whose

    @property
    def parts(self) -> tuple[Part, ...]:
        return (f"{self.name}{OF}{self.owner}",)

    @property
    def apart(self) -> str:
        return self.status

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        return next(iter(await cls._where(session, cls.table.id == known)), None) if known else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        found = await cls._where(session, func.lower(cls.called()) == typed.lower())
        name, of, owner = typed.rpartition(OF)
        if found or not of:
            return found
        whose = [one.id for one in await tenants.named(session, owner)]
        named = func.lower(cls.called()) == name.strip().lower()
        return await cls._where(session, and_(named, cls.table.tenant_id.in_(whose)))

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        alike = await cls._where(session, cls._begins(typed[:1]), limit=LOOKED_AT)
        known = {f"{one.name}{OF}{one.owner}".lower(): one for one in alike} | {one.name.lower(): one for one in alike}
        return [known[name] for name in get_close_matches(typed.lower(), known, n=2, cutoff=0.7)]

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return await cls._where(session, cls._begins(typed), limit=OFFERED)

    @classmethod
    def _begins(cls, typed: str) -> ColumnElement[bool]:
        return func.lower(cls.called()).like(f"{tenants.pattern(typed)}%")

    @classmethod
    async def _where(
        cls, session: AsyncSession, condition: ColumnElement[bool], *, limit: int = OFFERED + 1
    ) -> list[Self]:
        rows = await session.execute(
            select(cls.table.id, cls.called(), cls.table.status, cls.table.tenant_id, Tenant.name)
            .join(Tenant, Tenant.id == cls.table.tenant_id)
            .where(condition, Tenant.deleted.is_(None))
            .order_by(func.lower(cls.called()), Tenant.name)
            .limit(limit)
        )
        return [cls(*row) for row in rows]
