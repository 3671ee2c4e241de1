"""Whom a change of a flag is for, and how many tenants a rollout reaches."""

import re
import uuid
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.holds.flag import Of, Switch
from bot.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, quoted, required
from bot.parameters.before import AsItWas
from bot.personal import Part, Personal
from bot.targets.tenant import Tenant
from bot.targets.user import User

EVERYBODY = ("everybody", "everyone", "all")
PERCENT = re.compile(r"([0-9]{1,3})\s*%?")


@dataclass(frozen=True)
class Whom(Parameter):
    """Whose value of a flag: a tenant's by name, a user's by address; left out, everybody's."""

    label: ClassVar[str] = "Tenant or user"
    usage: ClassVar[str] = "acme"
    example: ClassVar[str] = "acme"
    explanation: ClassVar[str] = "a tenant by name, or a user by address; if you name none: everybody"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Name or address; empty: everybody"

    of: Of
    id: uuid.UUID | None
    name: str
    tenant_id: uuid.UUID | None = field(default=None, compare=False)
    """The tenant, or a user's, whose own value comes next."""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say for which tenant or user, such as Acme Corp.")
        if typed.lower() in EVERYBODY:
            return cls("everybody", None, "everybody")
        if as_uuid(typed) is not None:
            return await cls.load(typed, lookup.session)
        if "@" in typed[1:]:
            return cls._user(await User.resolve(parameter, typed, lookup))
        return cls._tenant(await Tenant.resolve(parameter, typed, lookup))

    @classmethod
    def _user(cls, user: User) -> Self:
        return cls("user", user.user_id, user.email, user.tenant)

    @classmethod
    def _tenant(cls, tenant: Tenant) -> Self:
        return cls("tenant", tenant.tenant, tenant.name, tenant.tenant)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return await Tenant.matching(typed, session)

    def switch(self, key: str) -> Switch:
        return Switch(key, self.of, self.id)

    @property
    def part(self) -> Part:
        """As it may be drawn: a user's address is not for everybody."""
        return Personal(personal="customer", value=self.name) if self.of == "user" else self.name

    @property
    def parts(self) -> tuple[Part, ...]:
        return (self.part,)

    @property
    def shown(self) -> str:
        return "a user" if self.of == "user" else self.name

    def dump(self) -> str:
        return str(self.id) if self.id else self.name

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        if as_uuid(str(dumped)) is None:
            return cls("everybody", None, "everybody")
        if tenant := await Tenant.get(session, str(dumped)):
            return cls._tenant(tenant)
        if user := await User.get(session, str(dumped)):
            return cls._user(user)
        raise InvalidParameter("whom", "That tenant or user no longer exists on the platform.")


@dataclass(frozen=True)
class Percent(Parameter):
    """A whole percentage of the tenants, from 0% to 100%."""

    label: ClassVar[str] = "Share of tenants"
    usage: ClassVar[str] = "25%"
    example: ClassVar[str] = "25%"
    explanation: ClassVar[str] = "which share of the tenants, in whole percent"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "For example 25%"

    share: int

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say for which share of the tenants, such as 25%.")
        found = PERCENT.fullmatch(typed)
        if found and int(found.group(1)) <= 100:
            return cls(int(found.group(1)))
        near = re.match(r"([0-9]{1,2})[.,][0-9]+", typed)
        offered = [int(near.group(1)), int(near.group(1)) + 1] if near else []
        raise InvalidParameter(
            parameter,
            f"{quoted(typed)} is not a percentage: type a whole number from 0% to 100%.",
            suggestions=[lookup.instead(parameter, f"{one}%", f"{one}%") for one in offered],
        )

    @property
    def shown(self) -> str:
        return f"{self.share}%"

    def dump(self) -> str:
        return f"{self.share}%"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(int(str(dumped).removesuffix("%")))


@dataclass(frozen=True)
class Values(AsItWas):
    """How switches were before a change, and how that left them, by their keys."""
