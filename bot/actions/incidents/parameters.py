"""What is typed about an incident: what is out of order, how bad it is, who looks after what, what is told."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Control, Lookup, Parameter, quoted, required, unescape
from bot.parameters.named import Known
from bot.parameters.time import seconds_in
from bot.store.models import Duty, IncidentRole, IncidentSeverity
from bot.words import duration, listed

SEVERITIES: Mapping[IncidentSeverity, str] = {
    IncidentSeverity.P1: "critical: down for everybody, a breach, or over 1,000 users",
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
DUTIES: Mapping[str, str] = {
    Duty.AUTHORITY: "the data protection authority",
    Duty.OFFICER: "the data protection officer",
    Duty.PERSONS: "the people whose data it is",
}
"""Who has to be told where personal data is concerned."""
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
            said = (
                f"Your text has {len(text):,} characters, but only {cls.longest:,} are allowed. Nothing was "
                "done: shorten it."
            )
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

    label: ClassVar[str] = "What does not work"
    usage: ClassVar[str] = "what happens"
    example: ClassVar[str] = "mail is not going out"
    explanation: ClassVar[str] = "what does not work, in a few words"
    hint: ClassVar[str] = "In a few words, such as: mail is not going out"
    longest: ClassVar[int] = 150
    say: ClassVar[str] = "Say in a few words what does not work."


@dataclass(frozen=True)
class News(Line):
    """What everybody concerned is told."""

    label: ClassVar[str] = "What is known"
    usage: ClassVar[str] = "saying …"
    example: ClassVar[str] = "the mail server is back, the queue drains"
    explanation: ClassVar[str] = "what is known and what comes next; everything after “saying” is sent as the update"
    keywords: ClassVar[tuple[str, ...]] = ("saying",)
    takes_rest: ClassVar[bool] = True
    control: ClassVar[Control] = "text"
    hint: ClassVar[str] = "What is known, what is being done, what comes next"
    longest: ClassVar[int] = 1500
    say: ClassVar[str] = "After “saying”, type what is known and what comes next."


@dataclass(frozen=True)
class HowBad(Known):
    """A severity, from P1 to P4."""

    label: ClassVar[str] = "Severity"
    usage: ClassVar[str] = "P2"
    example: ClassVar[str] = "P2"
    explanation: ClassVar[str] = "; ".join(f"{name} {means}" for name, means in SEVERITIES.items())
    hint: ClassVar[str] = "How bad is it?"
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
    hint: ClassVar[str] = "Which role?"
    words: ClassVar[Mapping[Any, str]] = ROLES
    what: ClassVar[str] = "role in an incident"

    name: str

    @classmethod
    def entry(cls, name: Any) -> str:
        return ROLES[name]

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
    explanation: ClassVar[str] = (
        "how long until the next update is due, from 5 minutes to 24 hours; without this: as the policy says"
    )
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "30m or 2h; empty: as the policy says"

    time: dt.timedelta

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        seconds = seconds_in(typed.removeprefix("in "))
        if seconds is None or not SOONEST.total_seconds() <= seconds <= LATEST.total_seconds():
            raise InvalidParameter(
                parameter,
                f"{quoted(typed)} is not a length of time from 5 minutes to 24 hours. Say for example 30m or 2h.",
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
