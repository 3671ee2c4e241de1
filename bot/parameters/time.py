"""How long something lasts, or until when, as people type it."""

import datetime as dt
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, NothingToDo
from bot.holds.reads import clock
from bot.parameters.base import Control, Lookup, Parameter, quoted, required
from bot.words import duration

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "s"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
    **dict.fromkeys(("d", "day", "days"), "d"),
}
PART = re.compile(r"([0-9]{1,6})(?:\.([0-9]))?\s*([a-z]+)\s*(?:,|and\b)?\s*")
SHORTEST = dt.timedelta(minutes=1)
EXAMPLES = "Say for example 30m, 2h, 1d, or until 18:00."

UNTIL = re.compile(r"until\s+(.+)", re.IGNORECASE | re.DOTALL)
INTRODUCED = re.compile(r"(?:for|by)\s+(.+)", re.IGNORECASE | re.DOTALL)
CLOCK = r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])"
ON_A_DAY = re.compile(rf"(?:(?P<day>(?!at\b)[a-z]+)\s*)?(?:at\s+)?(?:{CLOCK})?", re.IGNORECASE)
ON_A_DATE = re.compile(rf"(?P<date>\d{{4}}-\d\d-\d\d)(?:[ T]{CLOCK})?", re.IGNORECASE)
EXACT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+[+-][0-9]{2}:[0-9]{2}")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MORNING = dt.time(9)  # of a day that was named without a time


def seconds_in(typed: str) -> int | None:
    """`30m`, `2 hours`, `1h 30m`, `1.5h` → seconds; None if it is no duration."""
    rest, total = typed.strip().lower(), 0
    while rest:
        found = PART.match(rest)
        unit = UNITS.get(found.group(3)) if found else None
        if not found or unit is None:
            return None
        tenths = int(found.group(1)) * 10 + int(found.group(2) or 0)
        total += tenths * SECONDS[unit] // 10
        rest = rest[found.end() :]
    return total if typed.strip() else None


def exactly(typed: str) -> dt.datetime | None:
    """A moment as `dump` writes it, with its offset: what a button says; None if it is none."""
    if not EXACT.fullmatch(typed):
        return None
    try:
        return dt.datetime.fromisoformat(typed)
    except ValueError:
        return None


def moment_in(typed: str, now: dt.datetime) -> dt.datetime | None:
    """`18:00`, `tomorrow 9:00`, `friday`, `2026-12-05 18:00` in the zone of `now` → that moment; None if it is none.

    A time alone is today's, also where it is over: the caller says so. A time that a night has twice is the later
    one. Raises `ValueError` with a sentence for a date that does not exist, and for a time that the night skips.
    """
    text = " ".join(typed.split())
    found = ON_A_DATE.fullmatch(text) or ON_A_DAY.fullmatch(text)
    if not text or found is None:
        return None
    date = _date(found.groupdict(), now)
    if date is None:
        return None
    hour, minute = found["hour"], found["minute"]
    time = dt.time(int(hour), int(minute)) if hour else MORNING
    moment = dt.datetime.combine(date, time, now.tzinfo).replace(fold=1)
    if date.year == dt.MINYEAR:
        raise ValueError(f"{date:%Y} is over. Say a date such as {now:%Y-%m-%d}.")  # and has no time before it
    if moment.astimezone(dt.UTC).astimezone(now.tzinfo).time() != time:
        raise ValueError(f"There is no {time:%H:%M} on that night: the clocks skip it. Say an hour later.")
    return moment


def _date(said: dict[str, str | None], now: dt.datetime) -> dt.date | None:
    if date := said.get("date"):
        try:
            return dt.date.fromisoformat(date)
        except ValueError:
            raise ValueError(f"There is no {date}. Say a date such as {now:%Y-%m-%d}.") from None
    day = (said.get("day") or "").lower()
    if day in ("", "today"):
        return now.date()
    if day == "tomorrow":
        return now.date() + dt.timedelta(days=1)
    number = next((n for n, name in enumerate(WEEKDAYS) if len(day) > 2 and name.startswith(day)), None)
    if number is None:
        return None
    return now.date() + dt.timedelta(days=(number - now.weekday() - 1) % 7 + 1)  # the next one, never today


async def _clock(lookup: Lookup) -> dt.datetime:
    """The database's: it is the one by which the end will come."""
    return await clock(lookup.session)


@dataclass(frozen=True)
class Lasting(Parameter):
    """How long: `30m`, `2h`, `1d`, `2 hours`, `1h 30m`; or until when: `until 18:00`, `until tomorrow 9:00`."""

    label: ClassVar[str] = "For how long"
    usage: ClassVar[str] = "for 2h"
    example: ClassVar[str] = "2h"
    keywords: ClassVar[tuple[str, ...]] = ("for", "until")
    explanation: ClassVar[str] = (
        "how long, from 1 minute (1m) to 7 days (7d), or an end: until 18:00, until friday 9:00. "
        "The change then ends automatically. Without a time, the change lasts until somebody ends it"
    )
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "30m, 2h or until 18:00; empty: no end"
    longest: ClassVar[dt.timedelta] = dt.timedelta(days=7)
    endless: ClassVar[str] = " Without “for” it lasts until somebody ends it."
    """What to do instead, where it should last longer."""
    clock: ClassVar[Callable[[Lookup], Awaitable[dt.datetime]]] = staticmethod(_clock)

    lasts: dt.timedelta | None
    until: dt.datetime | None = None
    """Instead of how long."""

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return raw[:1].isdigit() or UNTIL.match(raw) is not None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say for how long. {EXAMPLES}")
        if moment := UNTIL.fullmatch(typed):
            return cls(None, await cls._moment(parameter, moment.group(1), lookup))
        if introduced := INTRODUCED.fullmatch(typed):
            typed = introduced.group(1)
        if re.fullmatch(r"[0-9]{1,3}", typed):
            raise cls._unit_missing(parameter, typed, lookup)
        seconds = seconds_in(typed)
        if seconds is None:
            raise InvalidParameter(parameter, f"I can't read {quoted(typed)} as a time. {EXAMPLES}")
        cls._check(parameter, typed, dt.timedelta(seconds=seconds))
        return cls(dt.timedelta(seconds=seconds))

    @classmethod
    def _unit_missing(cls, parameter: str, typed: str, lookup: Lookup) -> InvalidParameter:
        return InvalidParameter(
            parameter,
            f"{typed} what: minutes, hours or days? {EXAMPLES}",
            suggestions=[
                lookup.instead(parameter, f"{typed}{unit}", f"for {int(typed)} {word}")
                for unit, word in (("m", "min"), ("h", "h"))
            ],
        )

    @classmethod
    async def _moment(cls, parameter: str, typed: str, lookup: Lookup) -> dt.datetime:
        now = await cls.clock(lookup)
        here = now.astimezone(ZoneInfo(lookup.zone))
        try:
            moment = exactly(typed) or moment_in(typed, here)
        except ValueError as error:
            raise InvalidParameter(parameter, str(error)) from None
        if moment is None:
            raise InvalidParameter(parameter, f"I can't read {quoted(typed)} as a time. {EXAMPLES}")
        ends = moment.astimezone(dt.UTC)  # two times of one zone are compared by the face of the clock
        if ends <= now:
            raise cls._over(parameter, moment.astimezone(here.tzinfo), here, lookup)
        cls._check(parameter, typed, ends - now)
        return ends

    @classmethod
    def _over(cls, parameter: str, moment: dt.datetime, here: dt.datetime, lookup: Lookup) -> InvalidParameter:
        tomorrow = f"until tomorrow {moment:%H:%M}"
        return InvalidParameter(
            parameter,
            f"{moment:%a %-d %b %H:%M} is in the past: it is {here:%H:%M} now in {lookup.zone}. Choose a later time.",
            suggestions=[lookup.instead(parameter, tomorrow, tomorrow)] if moment.date() == here.date() else [],
        )

    @classmethod
    def _check(cls, parameter: str, typed: str, lasts: dt.timedelta) -> None:
        if not SHORTEST <= lasts <= cls.longest:
            raise InvalidParameter(
                parameter,
                f"{quoted(typed)} is too {'short' if lasts < SHORTEST else 'long'}: it can last from "
                f"{duration(SHORTEST)} to {duration(cls.longest)}.{cls.endless}",
            )

    def ends(self, now: dt.datetime) -> dt.datetime:
        """When it is over if it begins now. Raises `NothingToDo` if that would be over already."""
        if self.until and self.until <= now:
            raise NothingToDo(f"Nothing was done: the end time asked for, {self.shown}, is in the past.")
        return self.until or now + (self.lasts or dt.timedelta())

    @property
    def phrase(self) -> str:
        """`for 2 h`, `until 5 Dec 17:00 UTC`."""
        return f"until {self.shown}" if self.until else f"for {self.shown}"

    def after(self, word: str) -> str:
        return self.phrase

    @property
    def shown(self) -> str:
        return f"{self.until:%-d %b %H:%M} UTC" if self.until else duration(self.lasts or dt.timedelta())

    def dump(self) -> str:
        return f"until {self.until.isoformat()}" if self.until else f"{self._seconds}s"

    @property
    def _seconds(self) -> int:
        return round(self.lasts.total_seconds()) if self.lasts else 0

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        if moment := UNTIL.fullmatch(str(dumped)):
            return cls(None, dt.datetime.fromisoformat(moment.group(1)))
        return cls(dt.timedelta(seconds=int(str(dumped).removesuffix("s"))))


@dataclass(frozen=True)
class Term(Lasting):
    """How long somebody holds a role or a flag stays overridden: up to a year."""

    example: ClassVar[str] = "8h"
    explanation: ClassVar[str] = (
        "how long, from 1 minute (1m) to 366 days (366d), or an end: until 18:00, until 2027-01-31. "
        "The change then ends automatically. Without a time, the change lasts until somebody changes it again"
    )
    hint: ClassVar[str] = "2h, 14d or until 18:00; empty: no end"
    longest: ClassVar[dt.timedelta] = dt.timedelta(days=366)
