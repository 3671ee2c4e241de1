"""What is typed about the time after an incident: what was found, what is to be done, by when."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents.parameters import Line
from bot.errors import InvalidParameter
from bot.holds.reads import clock
from bot.parameters.base import Control, Lookup, Parameter, quoted, required
from bot.parameters.time import exactly, moment_in, seconds_in


@dataclass(frozen=True)
class Finding(Line):
    """Something for the review. Empty, in a plan, it takes back what was there."""

    control: ClassVar[Control] = "text"
    longest: ClassVar[int] = 1500
    hint: ClassVar[str] = "If you leave this empty, the saved text does not change"


@dataclass(frozen=True)
class ImpactFound(Finding):
    """What it meant for customers, with figures."""

    label: ClassVar[str] = "Impact, with figures"
    usage: ClassVar[str] = 'impact "…"'
    keywords: ClassVar[tuple[str, ...]] = ("impact",)
    example: ClassVar[str] = '"3,900 mails of 210 tenants were late"'
    explanation: ClassVar[str] = "what it meant for customers, with numbers"
    say: ClassVar[str] = "Say what the incident meant for customers."


@dataclass(frozen=True)
class CausesFound(Finding):
    """Why it happened."""

    label: ClassVar[str] = "Causes"
    usage: ClassVar[str] = 'causes "…"'
    keywords: ClassVar[tuple[str, ...]] = ("causes",)
    example: ClassVar[str] = '"the disk was full"'
    explanation: ClassVar[str] = "why it happened"
    say: ClassVar[str] = "Say why it happened."


@dataclass(frozen=True)
class WentWell(Finding):
    """What went well."""

    label: ClassVar[str] = "What went well"
    usage: ClassVar[str] = 'well "…"'
    keywords: ClassVar[tuple[str, ...]] = ("well",)
    example: ClassVar[str] = '"the alert came before the first ticket"'
    explanation: ClassVar[str] = "what went well"
    say: ClassVar[str] = "Say what went well."


@dataclass(frozen=True)
class ToDo(Line):
    """What is to be done."""

    label: ClassVar[str] = "What is to be done"
    usage: ClassVar[str] = "saying …"
    keywords: ClassVar[tuple[str, ...]] = ("saying",)
    takes_rest: ClassVar[bool] = True
    example: ClassVar[str] = "update the runbook"
    explanation: ClassVar[str] = "what is to be done; everything after “saying”"
    hint: ClassVar[str] = "For example: update the runbook"
    longest: ClassVar[int] = 300
    say: ClassVar[str] = "After “saying”, type what has to be done."


@dataclass(frozen=True)
class ByDay(Parameter):
    """Until when something is to be done."""

    label: ClassVar[str] = "By when"
    usage: ClassVar[str] = "by friday"
    keywords: ClassVar[tuple[str, ...]] = ("by",)
    example: ClassVar[str] = "14d"
    explanation: ClassVar[str] = (
        "the last day for the task: a day such as friday or 2027-01-31, or a time from now, such as 14d"
    )
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "friday, 2027-01-31 or 14d"

    moment: dt.datetime

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say by when: {cls.hint}.")
        now = await clock(lookup.session)
        here, seconds = now.astimezone(ZoneInfo(lookup.zone)), seconds_in(typed)
        try:
            length = dt.timedelta(seconds=seconds) if seconds is not None else None
            found = exactly(typed) or (now + length if length else moment_in(typed, here))
        except (ValueError, OverflowError):
            found = None
        if found is None or not now < found < now + dt.timedelta(days=366):
            raise InvalidParameter(parameter, f"{quoted(typed)} is not a day within the next year. Say {cls.hint}.")
        return cls(found.astimezone(dt.UTC))

    def dump(self) -> str:
        return self.moment.isoformat()

    @property
    def shown(self) -> str:
        return f"{self.moment:%-d %b}"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(dt.datetime.fromisoformat(str(dumped)))
