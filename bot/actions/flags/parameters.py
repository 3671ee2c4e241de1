"""Flags by key, whom a change is for, and how many tenants a rollout reaches."""

import json
import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, did_you_mean, quoted, unescape
from bot.actions.parameters.tenant import Tenant, choices
from bot.errors import InvalidParameter, MissingParameter
from bot.holds.flag import Of, Switch
from bot.holds.kind import Value
from bot.permissions import Permission
from bot.personal import Part, Personal
from bot.platform import flags, tenants, users
from bot.platform.flags import Flag
from bot.platform.users import UserRecord

EVERYBODY = ("everybody", "everyone", "all")
MOST_TENANTS = 20  # named in one command
BETWEEN = re.compile(r"\s*,\s*|\s+and\s+", re.IGNORECASE)
PERCENT = re.compile(r"([0-9]{1,3})\s*%?")


@dataclass(frozen=True)
class FlagKey(Parameter):
    """A flag, by its key."""

    label: ClassVar[str] = "Flag"
    usage: ClassVar[str] = "flag-key"
    example: ClassVar[str] = "ai-composer"
    explanation: ClassVar[str] = "a flag such as ai-composer; /pm flags shows them"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type the key of a flag"

    key: str
    state: Flag = field(compare=False, repr=False)
    """As it was when it was read."""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").strip()
        if not typed:
            raise MissingParameter(parameter, "Say which flag, such as ai-composer. /pm flags shows them.")
        known = {one.lower(): one for one in await flags.names(lookup.session)}
        wanted = re.sub(r"[\s_]+", "-", typed.lower())
        if key := known.get(typed.lower()) or known.get(wanted):
            return await cls.load(key, lookup.session)
        raise cls._unknown(parameter, typed, known, lookup)

    @classmethod
    def _unknown(cls, parameter: str, typed: str, known: dict[str, str], lookup: Lookup) -> InvalidParameter:
        first, _, rest = typed.partition(" ")
        if rest and first.lower() in known:
            return InvalidParameter(
                parameter, f"I understand {first}, but not {quoted(rest)} after it. Did you mean “for {rest}”?"
            )
        close = [known[one] for one in get_close_matches(typed.lower(), known, n=2, cutoff=0.5)]
        return InvalidParameter(
            parameter,
            f"There is no flag {quoted(typed)}. {did_you_mean(close) or '/pm flags shows those there are.'}",
            suggestions=[lookup.instead(parameter, key, key) for key in close],
        )

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession, permissions: Collection[Permission]) -> list[Choice]:
        if Permission.FLAG_READ not in permissions:
            return []
        return [Choice((key,), key) for key in await flags.names(session) if typed.strip().lower() in key.lower()]

    @property
    def shown(self) -> str:
        return self.key

    def dump(self) -> str:
        return self.key

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        state = await flags.load(session, str(dumped))
        if state is None:
            raise InvalidParameter("flag", "That flag no longer exists on the platform.")
        return cls(state.key, state)


@dataclass(frozen=True)
class Whom(Parameter):
    """Whose value of a flag: a tenant's by name, a user's by address; left out, everybody's."""

    label: ClassVar[str] = "Tenant or user"
    usage: ClassVar[str] = "acme"
    example: ClassVar[str] = "acme"
    explanation: ClassVar[str] = "a tenant by name, or a user by address; without it, everybody"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Name or address; empty: everybody"

    of: Of
    id: uuid.UUID | None
    name: str
    tenant_id: uuid.UUID | None = field(default=None, compare=False)
    """The tenant, or a user's, whose own value comes next."""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").strip()
        if not typed:
            raise MissingParameter(parameter, "Say for which tenant or user, such as Acme Corp.")
        if typed.lower() in EVERYBODY:
            return cls("everybody", None, "everybody")
        if as_uuid(typed) is not None:
            return await cls.load(typed, lookup.session)
        if "@" in typed[1:]:
            user = await users.by_email(lookup.session, typed)
            if user is None:
                raise InvalidParameter(parameter, f"There is no user with the address {quoted(typed)}. Check it.")
            return cls._user(user)
        tenant = await Tenant.resolve(parameter, typed, lookup)
        return cls("tenant", tenant.id, tenant.name, tenant.id)

    @classmethod
    def _user(cls, user: UserRecord) -> Self:
        return cls("user", user.id, user.email, user.tenant_ids[0] if user.tenant_ids else None)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession, permissions: Collection[Permission]) -> list[Choice]:
        return await choices(typed, session, permissions)

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
        identifier = as_uuid(str(dumped))
        if identifier is None:
            return cls("everybody", None, "everybody")
        if tenant := await tenants.load(session, identifier):
            return cls("tenant", tenant.id, tenant.name, tenant.id)
        if user := await users.load(session, identifier):
            return cls._user(user)
        raise InvalidParameter("whom", "That tenant or user no longer exists on the platform.")


@dataclass(frozen=True)
class Tenants(Parameter):
    """One tenant or several: `acme, globex`."""

    label: ClassVar[str] = "Tenants"
    usage: ClassVar[str] = "acme, globex"
    example: ClassVar[str] = "acme, globex"
    explanation: ClassVar[str] = "a tenant, or several with commas between"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type the name of a tenant"

    found: tuple[tuple[uuid.UUID, str], ...]

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        names = [one for one in BETWEEN.split(unescape(raw or "").strip()) if one]
        if not names:
            raise MissingParameter(parameter, "Say for which tenants, such as Acme Corp.")
        if len(names) > MOST_TENANTS:
            raise InvalidParameter(parameter, f"These are {len(names)} tenants; name at most {MOST_TENANTS} at once.")
        found = [await Tenant.resolve(parameter, one, lookup) for one in names]
        return cls(tuple(dict.fromkeys((one.id, one.name) for one in found)))

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession, permissions: Collection[Permission]) -> list[Choice]:
        return await choices(typed, session, permissions)

    @property
    def shown(self) -> str:
        return ", ".join(name for _, name in self.found)

    def dump(self) -> str:
        return ", ".join(str(identifier) for identifier, _ in self.found)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        found = [await Tenant.load(one, session) for one in BETWEEN.split(str(dumped))]
        return cls(tuple((one.id, one.name) for one in found))


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
        typed = (raw or "").strip()
        if not typed:
            raise MissingParameter(parameter, "Say for which share of the tenants, such as 25%.")
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
class Values(Parameter):
    """How switches were before a change, and how that left them: only the bot itself says this, to take it back."""

    label: ClassVar[str] = "As it was"
    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = "how it was before"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = ""

    was: dict[str, Value] = field(hash=False)
    left: dict[str, Value] = field(hash=False)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        raise InvalidParameter(parameter, "You can't type this: use the button on the card of the change.")

    def dump(self) -> str:
        return json.dumps({"was": self.was, "left": self.left}, sort_keys=True)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(**json.loads(str(dumped)))
