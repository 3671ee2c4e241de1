"""Customer organisations: by name, and asked which when several share it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.base import as_uuid
from bot.personal import Part
from bot.platform import tenants
from bot.platform.tenants import TenantRecord
from bot.targets.base import Several, Target


@dataclass(frozen=True)
class Tenant(Target):
    """A customer organisation: its name, the beginning of it, or its id."""

    kind: ClassVar[str] = "tenant"
    noun: ClassVar[str] = "tenant"
    such_as: ClassVar[str] = "Acme Corp"
    label: ClassVar[str] = "Tenant"
    usage: ClassVar[str] = "tenant"
    example: ClassVar[str] = "acme"
    explanation: ClassVar[str] = "a tenant: its name, or the first letters of its name"
    hint: ClassVar[str] = "Type a name"

    tenant: uuid.UUID
    name: str
    in_words: str = ""
    """Its plan and size: `Scale, 45 users`."""

    @property
    def id(self) -> uuid.UUID:
        return self.tenant

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.tenant

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.name,)

    @property
    def apart(self) -> str:
        return self.in_words

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        record = await tenants.load(session, known) if known else None
        return cls._of(record) if record else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return [cls._of(one) for one in await tenants.named(session, typed)]

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        spellings = {name.lower(): name for name in await tenants.alike(session, typed)}
        near = [spellings[one] for one in get_close_matches(typed.lower(), spellings, n=2, cutoff=0.7)]
        return [cls._of((await tenants.named(session, name))[0]) for name in near]

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return [cls._of(one) for one in await tenants.matching(session, typed)]

    @classmethod
    def _of(cls, record: TenantRecord) -> Self:
        return cls(record.id, record.name, record.in_words)


@dataclass(frozen=True)
class Tenants(Several[Tenant]):
    """One tenant or several: `acme, globex`."""

    of: ClassVar[type[Target]] = Tenant
    label: ClassVar[str] = "Tenants"
    usage: ClassVar[str] = "acme, globex"
    example: ClassVar[str] = "acme, globex"
    explanation: ClassVar[str] = "a tenant, or several tenants, separated by commas"
    hint: ClassVar[str] = "Type the name of a tenant"
