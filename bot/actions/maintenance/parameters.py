"""What is typed about maintenance: what it is about, from when on, until when."""

import datetime as dt
import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.holds.reads import clock
from bot.parameters.base import Choice, Control, Lookup, Parameter, did_you_mean, quoted, required
from bot.parameters.time import Lasting, exactly, moment_in, seconds_in
from bot.platform import queues, services
from bot.store.models import WindowScope
from bot.words import listed

EVERYTHING = ("everything", "all", "the platform", "platform")
FARTHEST = dt.timedelta(days=90)
EXAMPLES = "Say for example 22:00, tomorrow 22:00 or 2026-12-05 22:00."
INTRODUCED = re.compile(r"(service|queue):? +(.+)|(service|queue):(.+)", re.IGNORECASE)


@dataclass(frozen=True)
class Concerned(Parameter):
    """What the work is done on: a service, a queue, or everything."""

    label: ClassVar[str] = "What"
    usage: ClassVar[str] = "what"
    example: ClassVar[str] = "SMTP service"
    explanation: ClassVar[str] = "a service such as SMTP service, a queue such as email-sending, or everything"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type a service, a queue, or everything"

    scope: WindowScope
    subject: str | None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say what the work is done on: a service, a queue, or everything.")
        known = await cls._known(lookup.session)
        found = INTRODUCED.fullmatch(typed)
        scope, name = (found[1] or found[3], found[2] or found[4]) if found else (None, typed)
        for one in known:
            if one.named.lower() == name.strip().lower() and scope in (None, one.scope.value, (scope or "").lower()):
                return one
        if typed.lower() in EVERYTHING:
            return cls(WindowScope.EVERYTHING, None)
        raise cls._unknown(parameter, typed, known, lookup)

    @classmethod
    def _unknown(cls, parameter: str, typed: str, known: list[Self], lookup: Lookup) -> InvalidParameter:
        by_name = {one.named.lower(): one for one in known}
        close = [by_name[name] for name in get_close_matches(typed.lower(), by_name, n=2, cutoff=0.5)]
        there = (
            f"The services: {listed(one.named for one in known if one.scope is WindowScope.SERVICE)}. Or everything."
        )
        return InvalidParameter(
            parameter,
            f"There is no service or queue {quoted(typed)}. {did_you_mean([one.named for one in close]) or there}",
            suggestions=[lookup.instead(parameter, one.dump(), f"on {one.named}") for one in close],
        )

    @classmethod
    async def _known(cls, session: AsyncSession) -> list[Self]:
        of_services = [cls(WindowScope.SERVICE, name) for name in await services.names(session)]
        return [*of_services, *(cls(WindowScope.QUEUE, name) for name in await queues.names(session))]

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        wanted, known = typed.strip().lower(), [cls(WindowScope.EVERYTHING, None), *await cls._known(session)]
        return [Choice((one.named,), one.dump()) for one in known if wanted in one.named.lower()]

    @property
    def named(self) -> str:
        return self.subject or WindowScope.EVERYTHING.value

    @property
    def shown(self) -> str:
        return self.named

    def dump(self) -> str:
        return f"{self.scope}:{self.subject}" if self.subject else self.scope.value

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        scope, _, subject = str(dumped).partition(":")
        return cls(WindowScope(scope), subject or None)


async def begins(raw: str | None, parameter: str, lookup: Lookup) -> dt.datetime:
    """The moment that was typed, in UTC. Raises `InvalidParameter`."""
    typed = required(parameter, raw, f"Say when it begins. {EXAMPLES}")
    now = await clock(lookup.session)
    here = now.astimezone(ZoneInfo(lookup.zone))
    try:
        moment = exactly(typed) or moment_in(typed, here)
    except ValueError as error:
        raise InvalidParameter(parameter, str(error)) from None
    seconds = seconds_in(typed.removeprefix("in "))
    if moment is None and seconds is None:
        raise InvalidParameter(parameter, f"I can't read {quoted(typed)} as a time. {EXAMPLES}")
    starts = moment.astimezone(dt.UTC) if moment else now + dt.timedelta(seconds=seconds or 0)
    if starts <= now:
        said = f"{quoted(typed)} is in the past: it is {here:%H:%M} now in {lookup.zone}. Choose a later time."
        raise InvalidParameter(parameter, f"{said} To begin now, use /pm maintenance start.")
    if starts - now > FARTHEST:
        raise InvalidParameter(parameter, f"{quoted(typed)} is more than {FARTHEST.days} days away. Announce it later.")
    return starts


@dataclass(frozen=True)
class Begins(Parameter):
    """When the work begins."""

    label: ClassVar[str] = "From"
    usage: ClassVar[str] = "from tomorrow 22:00"
    keywords: ClassVar[tuple[str, ...]] = ("from",)
    example: ClassVar[str] = "tomorrow 22:00"
    explanation: ClassVar[str] = "when it begins: 22:00, tomorrow 22:00, a date with a time, or 2h (in two hours)"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "22:00, tomorrow 22:00 or 2026-12-05 22:00"

    at: dt.datetime

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        return cls(await begins(raw, parameter, lookup))

    def dump(self) -> str:
        return self.at.isoformat()

    @property
    def shown(self) -> str:
        return f"{self.at:%-d %b %H:%M} UTC"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(dt.datetime.fromisoformat(str(dumped)))


@dataclass(frozen=True)
class Takes(Lasting):
    """How long the work takes: up to seven days."""

    label: ClassVar[str] = "For how long"
    explanation: ClassVar[str] = "how long, from 1 minute (1m) to 7 days (7d), or an end: until 23:30"
    hint: ClassVar[str] = "30m, 2h or until 23:30"
    endless: ClassVar[str] = ""


async def _beginning(lookup: Lookup) -> dt.datetime:
    """The beginning that was typed beside it; the clock's time where that cannot be read, which is told by itself."""
    try:
        return await begins(lookup.arguments.get("begins"), "begins", lookup)
    except InvalidParameter:
        return await clock(lookup.session)


@dataclass(frozen=True)
class TakesThen(Takes):
    """The same from a beginning on: `until 23:30` is the next 23:30 after that."""

    clock: ClassVar[Any] = staticmethod(_beginning)

    @classmethod
    def _over(cls, parameter: str, moment: dt.datetime, here: dt.datetime, lookup: Lookup) -> InvalidParameter:
        later = moment + dt.timedelta(days=1)
        said = f"{moment:%a %-d %b %H:%M} is before the beginning, {here:%a %-d %b %H:%M}. Choose a later end."
        after = f"until {later:%Y-%m-%d %H:%M}"
        return InvalidParameter(parameter, said, suggestions=[lookup.instead(parameter, after, after)])
