"""A tenant as a parameter: by name, and asked which when several share it."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, did_you_mean, quoted, unescape
from bot.errors import InvalidParameter, MissingParameter
from bot.permissions import Permission
from bot.platform import tenants
from bot.platform.tenants import TenantRecord

OFFERED = 5
READING = frozenset({Permission.QUEUE_READ, Permission.BILLING_READ})


@dataclass(frozen=True)
class Tenant(Parameter):
    """A customer organisation: its name, the beginning of it, or its id."""

    label: ClassVar[str] = "Tenant"
    usage: ClassVar[str] = "tenant"
    example: ClassVar[str] = "acme"
    explanation: ClassVar[str] = "a tenant: its name, or the first letters of its name"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type a name"

    id: uuid.UUID
    name: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        if not typed:
            raise MissingParameter(parameter, "Say which tenant, such as Acme Corp.")
        found = await found_as(lookup.session, typed)
        if len(found) == 1:
            return cls(found[0].id, found[0].name)
        if found:
            raise which(parameter, typed, found, lookup)
        close = await close_to(lookup.session, typed)
        raise InvalidParameter(
            parameter,
            f"There is no tenant {quoted(typed)}. {did_you_mean(close) or 'Type the start of its name.'}",
            suggestions=[lookup.instead(parameter, name, name) for name in close],
        )

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession, permissions: Collection[Permission]) -> list[Choice]:
        return await choices(typed, session, permissions)

    @property
    def shown(self) -> str:
        return self.name

    def dump(self) -> str:
        return str(self.id)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        record = await tenants.load(session, uuid.UUID(dumped))
        if record is None:
            raise InvalidParameter("tenant", "That tenant no longer exists on the platform.")
        return cls(record.id, record.name)


async def found_as(session: AsyncSession, typed: str) -> Sequence[TenantRecord]:
    """Everybody whom the text may mean."""
    tenant_id = as_uuid(typed)
    if tenant_id is None:
        return await tenants.named(session, typed.replace("\x00", ""))
    record = await tenants.load(session, tenant_id)
    return [record] if record else []


def which(parameter: str, typed: str, found: Sequence[TenantRecord], lookup: Lookup) -> InvalidParameter:
    """Ask which one is meant, each with its plan and its size."""
    some = "" if len(found) <= OFFERED else f" These are the first {OFFERED}; type more of the name for the others."
    return InvalidParameter(
        parameter,
        f"{len(found)} tenants match {quoted(typed)}. Which one?{some}",
        suggestions=[lookup.instead(parameter, str(one.id), f"{one.name} ({one.in_words})") for one in found[:OFFERED]],
    )


async def close_to(session: AsyncSession, typed: str, others: Sequence[str] = ()) -> list[str]:
    """Names of tenants, or of the `others`, that somebody may have meant."""
    spellings = {name.lower(): name for name in [*await tenants.alike(session, typed.replace("\x00", "")), *others]}
    return [spellings[one] for one in get_close_matches(typed.lower(), spellings, n=2, cutoff=0.7)]


async def choices(typed: str, session: AsyncSession, permissions: Collection[Permission]) -> list[Choice]:
    """Tenants for a type-ahead."""
    if not READING & set(permissions):
        return []
    found = await tenants.matching(session, typed.replace("\x00", ""))
    return [Choice((f"{one.name} ({one.in_words})",), str(one.id)) for one in found]
