"""What is typed about an incident: what is out of order, how bad it is, who looks after what, what is told."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, quoted, required, unescape
from bot.parameters.time import seconds_in
from bot.store.models import Alert, IncidentRole, IncidentSeverity
from bot.words import duration, listed

SEVERITIES: Mapping[IncidentSeverity, str] = {
    IncidentSeverity.P1: "critical: down for everybody or a breach, over 1,000 users",
    IncidentSeverity.P2: "high: partly down, 100 to 1,000 users",
    IncidentSeverity.P3: "medium: under 100 users",
    IncidentSeverity.P4: "low: routine",
}
ROLES: Mapping[IncidentRole, str] = {
    IncidentRole.COMMANDER: "commander",
    IncidentRole.TECHNICAL: "technical lead",
    IncidentRole.SECURITY: "security lead",
    IncidentRole.COMMUNICATIONS: "communications lead",
}
SOONEST, LATEST = dt.timedelta(minutes=5), dt.timedelta(hours=24)


@dataclass(frozen=True)
class Line(Parameter):
    """Some words, unchanged; whoever shows them makes them harmless."""

    control: ClassVar[Control] = "line"
    say: ClassVar[str]
    """What to answer to whoever says nothing."""
    longest: ClassVar[int]
    """Characters."""

    text: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        text = required(parameter, raw, cls.say)
        if len(text) > cls.longest:
            said = f"These are {len(text):,} characters, and {cls.longest:,} are allowed. Nothing was done: shorten it."
            raise InvalidParameter(parameter, said)
        return cls(text)

    def dump(self) -> str:
        return self.text

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


@dataclass(frozen=True)
class Title(Line):
    """What is out of order, in a few words."""

    label: ClassVar[str] = "What is out of order"
    usage: ClassVar[str] = "what happens"
    example: ClassVar[str] = "mail is not going out"
    explanation: ClassVar[str] = "what is out of order, in a few words"
    hint: ClassVar[str] = "In a few words, such as: mail is not going out"
    longest: ClassVar[int] = 150
    say: ClassVar[str] = "Say in a few words what is out of order."


@dataclass(frozen=True)
class News(Line):
    """What everybody concerned is told."""

    label: ClassVar[str] = "What is known"
    usage: ClassVar[str] = "saying …"
    example: ClassVar[str] = "the mail server is back, the queue drains"
    explanation: ClassVar[str] = "what is known and what comes next; everything after “saying” is told"
    keywords: ClassVar[tuple[str, ...]] = ("saying",)
    takes_rest: ClassVar[bool] = True
    control: ClassVar[Control] = "text"
    hint: ClassVar[str] = "What is known, what is being done, what comes next"
    longest: ClassVar[int] = 1500
    say: ClassVar[str] = "Say after “saying” what is known and what comes next."


class Known(Parameter):
    """One of a few known words. Subclasses are frozen dataclasses with a `name`."""

    control: ClassVar[Control] = "pick"
    by_looks: ClassVar[bool] = True
    words: ClassVar[Mapping[Any, str]]
    """Each with what it means, or what it is called."""
    what: ClassVar[str]
    """What one of them is: `severity`."""

    name: str

    @classmethod
    def meant(cls, raw: str) -> str | None:
        """The one that this spells."""
        typed = " ".join(raw.lower().replace("_", " ").split())
        return next((str(name) for name, said in cls.words.items() if typed in (name.lower(), said.lower())), None)

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return cls.meant(raw) is not None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say which {cls.what}: {listed(cls.words, 'or')}.")
        if (name := cls.meant(typed)) is None:
            raise InvalidParameter(
                parameter, f"There is no {cls.what} {quoted(typed)}. Say {listed(cls.words, 'or')}. Nothing was done."
            )
        return cls(name)  # type: ignore[call-arg]

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        wanted = typed.lower()
        found = [Choice((cls.entry(name),), str(name)) for name in cls.words if wanted in cls.entry(name).lower()]
        return found or [Choice((cls.entry(name),), str(name)) for name in cls.words]

    @classmethod
    def entry(cls, name: Any) -> str:
        """As a list of them shows it."""
        return cls.words[name]

    def dump(self) -> str:
        return self.name

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))  # type: ignore[call-arg]


@dataclass(frozen=True)
class HowBad(Known):
    """A severity, from P1 to P4."""

    label: ClassVar[str] = "Severity"
    usage: ClassVar[str] = "P2"
    example: ClassVar[str] = "P2"
    explanation: ClassVar[str] = "; ".join(f"{name} {means}" for name, means in SEVERITIES.items())
    hint: ClassVar[str] = "Type P1, P2, P3 or P4"
    words: ClassVar[Mapping[Any, str]] = SEVERITIES
    what: ClassVar[str] = "severity"

    name: str

    @classmethod
    def entry(cls, name: Any) -> str:
        return f"{name} {SEVERITIES[name]}"


@dataclass(frozen=True)
class RoleIn(Known):
    """What somebody looks after in an incident."""

    label: ClassVar[str] = "Role"
    usage: ClassVar[str] = "commander"
    example: ClassVar[str] = "commander"
    explanation: ClassVar[str] = f"a role in the incident: {listed(ROLES, 'or')}"
    hint: ClassVar[str] = f"Type {listed(ROLES, 'or')}"
    words: ClassVar[Mapping[Any, str]] = ROLES
    what: ClassVar[str] = "role in an incident"

    name: str

    @property
    def shown(self) -> str:
        return ROLES[IncidentRole(self.name)]


@dataclass(frozen=True)
class NextUpdate(Parameter):
    """After how long the next update is due."""

    label: ClassVar[str] = "Next update in"
    usage: ClassVar[str] = "next 30m"
    keywords: ClassVar[tuple[str, ...]] = ("next",)
    example: ClassVar[str] = "30m"
    explanation: ClassVar[str] = "when the next update is due, from 5 minutes to 24 hours; left out: in 30 minutes"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "30m or 2h; empty: 30 minutes"

    time: dt.timedelta

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        seconds = seconds_in(typed.removeprefix("in "))
        if seconds is None or not SOONEST.total_seconds() <= seconds <= LATEST.total_seconds():
            raise InvalidParameter(
                parameter, f"{quoted(typed)} is not a time from 5 minutes to 24 hours. Say for example 30m or 2h."
            )
        return cls(dt.timedelta(seconds=seconds))

    def dump(self) -> str:
        return f"{self.time.total_seconds():.0f}s"

    @property
    def shown(self) -> str:
        return duration(self.time, 2)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(dt.timedelta(seconds=int(str(dumped).removesuffix("s"))))


@dataclass(frozen=True)
class OfAlert(Parameter):
    """The alert that an incident is declared for; nobody types it: its card has a button."""

    label: ClassVar[str] = "Alert"
    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = "the alert whose card has the button"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "The alert"

    id: uuid.UUID

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        known = as_uuid(raw or "")
        if known is None or await lookup.session.get(Alert, known) is None:
            raise InvalidParameter(parameter, "There is no such alert any more. Nothing was done.")
        return cls(known)

    def dump(self) -> str:
        return str(self.id)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(uuid.UUID(str(dumped)))
