"""Staff members: by @mention, address or name."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import ClassVar, Self

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Lookup, as_uuid, unescape
from bot.people import identity
from bot.people.identity import SlackPerson
from bot.personal import Part, Personal
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.targets.base import Target

MENTION = re.compile(r"<@([A-Z0-9]+)(?:\|[^>]*)?>")
MYSELF = ("me", "myself")
MOST_AT_ONCE = 5  # people who are named together, when they are shown one by one
BETWEEN_NAMES = re.compile(r"\s*[,;&+]\s*|\s+and\s+", re.IGNORECASE)
NOT_LINKED = (
    "That Slack account is not linked to a staff member, so I cannot tell whom you mean. "
    "Type their PenguinMails address or name instead."
)


@dataclass(frozen=True)
class Staffer(Target):
    """A staff member: `@mention`, address, name, or their id from a form."""

    kind: ClassVar[str] = "staff"
    noun: ClassVar[str] = "staff member"
    such_as: ClassVar[str] = "@staffer"
    otherwise: ClassVar[str] = "Try their full name or address."
    label: ClassVar[str] = "Staff member"
    usage: ClassVar[str] = "@staffer"
    example: ClassVar[str] = "@staffer"
    explanation: ClassVar[str] = "a staff member: @mention, address or name"
    hint: ClassVar[str] = "Type a name or address"

    staff_id: uuid.UUID
    name: str
    roles: frozenset[str] = frozenset()
    """As they hold them now."""
    in_roles: str = ""
    """The same, as people say them."""

    @property
    def id(self) -> uuid.UUID:
        return self.staff_id

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Personal(personal="person", value=self.name),)

    @property
    def apart(self) -> str:
        return self.in_roles

    async def lock(self, session: AsyncSession) -> None:
        await staff.lock(session, self.staff_id)

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        record = await staff.load(session, known) if known else None
        return cls._of(record) if record else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return [cls._of(one) for one in await staff.named(session, typed.lstrip("@"))]

    @classmethod
    async def close(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        spellings = {
            spelling.lower(): one
            for one in await staff.everybody(session)
            for spelling in (one.name, *one.name.split(), one.email, one.email.partition("@")[0])
        }
        near = get_close_matches(typed.lower(), spellings, n=4, cutoff=0.72)
        return [cls._of(one) for one in {spellings[each].id: spellings[each] for each in near}.values()][:2]

    @classmethod
    async def offered(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        return [cls._of(one) for one in await staff.matching(session, typed)]

    @classmethod
    async def that_are(cls, session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> Sequence[Self]:
        """All of whom this holds, by name."""
        return [cls._of(one) for one in await staff.everybody(session, *conditions)]

    @classmethod
    def recognises(cls, raw: str) -> bool | None:
        return bool(MENTION.match(raw)) or raw.lower() in MYSELF or None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = (raw or "").strip()
        if typed.lower() in MYSELF and lookup.asker is not None:
            return await cls.load(str(lookup.asker), lookup.session)
        if mention := MENTION.fullmatch(typed):
            staff_id = await identity.staff_id_of(lookup.session, SlackPerson(lookup.team_id, mention.group(1)))
            found = await cls.get(lookup.session, str(staff_id)) if staff_id else None
            if found is None:
                raise InvalidParameter(parameter, NOT_LINKED)
            return found
        if several := await _several(typed, lookup):
            raise _one_at_a_time(parameter, several, lookup)
        return await super().resolve(parameter, typed.lstrip("@"), lookup)

    @classmethod
    def missing(cls, parameter: str) -> MissingParameter:
        return MissingParameter(parameter, f"Say who: a {cls.noun}, such as {cls.such_as}.")

    @classmethod
    def _of(cls, record: StaffRecord) -> Self:
        return cls(record.id, record.name, record.roles, record.roles_in_words)


async def _several(typed: str, lookup: Lookup) -> list[str]:
    """Who is meant where it is more than one: several mentions, or a few names that all exist; else nobody."""
    mentions = [found.group() for found in MENTION.finditer(typed)]
    if len(mentions) > 1:
        return mentions
    parts = [part for part in BETWEEN_NAMES.split(unescape(typed)) if part.strip("@ ")]
    if 1 < len(parts) <= MOST_AT_ONCE and all([await staff.named(lookup.session, part.lstrip("@")) for part in parts]):
        return parts
    return []


def _one_at_a_time(parameter: str, people: Sequence[str], lookup: Lookup) -> InvalidParameter:
    return InvalidParameter(
        parameter,
        "One person at a time: each needs a request of their own. Nothing was done.",
        suggestions=[lookup.instead(parameter, one, unescape(one)) for one in people[:MOST_AT_ONCE]],
        commands=[lookup.again({**lookup.arguments, parameter: one}) for one in people[:MOST_AT_ONCE]],
    )


@dataclass(frozen=True)
class Asker(Staffer):
    """Whoever asks; nobody types it."""

    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        if lookup.asker is None:
            raise InvalidParameter(
                parameter, "I cannot tell who you are. Ask an administrator to link your Slack account."
            )
        return await cls.load(str(lookup.asker), lookup.session)
