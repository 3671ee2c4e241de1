"""What is typed about reports: which one, where it goes, at what time and on which days."""

import re
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, quoted, required, unescape
from bot.raising import known_days, known_zone
from bot.reports import REPORTS, Report, listed
from bot.schedules import FIRST_OF, WEEKDAYS, days_in_words
from bot.store.subscriptions import Place
from bot.words import sentence

TIME = re.compile(r"(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?\s*(?P<half>am|pm)?(?:\s+(?P<zone>\S+))?", re.IGNORECASE)
NAMELESS = ("directmessage", "privategroup")  # what Slack calls every channel of a kind
OTHER_DAYS = {
    **dict.fromkeys(("weekdays", "weekday", "workdays", "mon-fri"), "mon-fri"),
    **dict.fromkeys(("every day", "day", "daily", "days", "*"), "*"),
    **dict.fromkeys(("month", "every month", "the first", "first", "1st", "the 1st"), "month"),
    **dict.fromkeys(("quarter", "every quarter"), "quarter"),
}
SUCH_DAYS = "Say for example: weekdays; monday; monday and thursday; every day; every month; every quarter."


@dataclass(frozen=True)
class WhichReport(Parameter):
    """One of the reports."""

    label: ClassVar[str] = "Digest"
    usage: ClassVar[str] = "|".join(REPORTS)
    example: ClassVar[str] = "morning"
    explanation: ClassVar[str] = f"which digest: {listed()}"
    control: ClassVar[Control] = "choose"
    hint: ClassVar[str] = "Which digest?"

    name: str

    @property
    def report(self) -> Report:
        return REPORTS[self.name]

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return raw.strip().lower() in REPORTS

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say which digest: {listed()}.").lower()
        if typed not in REPORTS:
            raise InvalidParameter(
                parameter,
                f"There is no digest {quoted(typed)}. Available: {listed()}.",
                suggestions=[lookup.instead(parameter, name, name) for name in REPORTS],
            )
        return cls(typed)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return [Choice((name,), name) for name in REPORTS if name.startswith(typed.lower())]

    def dump(self) -> str:
        return self.name

    @classmethod
    async def load(cls, dumped: str, session: AsyncSession) -> Self:
        return cls(dumped)


@dataclass(frozen=True)
class Destination(Parameter):
    """The channel in which it is typed, or the direct messages of whoever types it."""

    label: ClassVar[str] = "Where"
    usage: ClassVar[str] = "here|me"
    example: ClassVar[str] = "me"
    explanation: ClassVar[str] = "“here”: this channel; “me”: your direct messages"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "here or me"

    place: Place

    @classmethod
    def recognises(cls, raw: str) -> bool:
        return raw.strip().lower() in ("here", "me")

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        here = Place(lookup.channel, name="" if lookup.channel_name in NAMELESS else lookup.channel_name)
        me = Place(None, lookup.asker)
        if not typed:
            raise MissingParameter(parameter, "Say where: “here” for this channel, or “me” for your direct messages.")
        # A direct message with the bot is nobody's but theirs.
        if typed.lower() == "me" or typed == me.key or (typed.lower() == "here" and lookup.channel.startswith("D")):
            return cls(me)
        if typed.partition(" ")[0].lower() not in ("here", here.key.lower()):
            said = f"{quoted(typed)} is not a place for a digest. Type “here” for this channel, or “me”."
            raise InvalidParameter(
                parameter, said, suggestions=[lookup.instead(parameter, one, one) for one in ("here", "me")]
            )
        if not lookup.channel:
            raise InvalidParameter(
                parameter, "“here” works in a channel only. Type the command in that channel in Slack, or type “me”."
            )
        return cls(here)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        offered = {"here": "here: the channel in which you typed it", "me": "me: your direct messages"}
        return [Choice((said,), one) for one, said in offered.items() if one.startswith(typed.lower())]

    @property
    def shown(self) -> str:
        return self.place.shown

    def dump(self) -> str:
        """With the channel's name, which only whoever types there knows."""
        return f"{self.place.key} {self.place.name}".strip()

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        kind, _, identifier = str(dumped).partition(":")
        if kind == "staff":
            return cls(Place(None, as_uuid(identifier) or uuid.UUID(int=0)))
        identifier, _, name = identifier.partition(" ")
        return cls(Place(identifier, name=name))


@dataclass(frozen=True)
class At(Parameter):
    """A time of day, and in which zone; each report's own unless said."""

    label: ClassVar[str] = "Time"
    usage: ClassVar[str] = "at 08:30 Europe/Madrid"
    keywords: ClassVar[tuple[str, ...]] = ("at",)
    example: ClassVar[str] = "08:30"
    explanation: ClassVar[str] = (
        "when, such as 08:30, 9 or 08:30 Europe/Madrid; without this: at the digest's usual time"
    )
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "08:30 Europe/Madrid"

    time: str
    zone: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        if not typed:
            usual = REPORTS.get(lookup.arguments.get("which", "").lower())
            return cls(usual.at if usual else "08:30", lookup.zone)
        found = TIME.fullmatch(typed)
        time = _time(found) if found else None
        if found is None or time is None:
            raise InvalidParameter(
                parameter, f"{quoted(typed)} is not a time of day. Say for example 08:30, or 08:30 Europe/Madrid."
            )
        try:
            return cls(time, known_zone(found["zone"] or lookup.zone))
        except ValueError as error:
            raise InvalidParameter(parameter, f"{sentence(str(error))}.") from None

    def dump(self) -> str:
        return f"{self.time} {self.zone}"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        time, _, zone = str(dumped).partition(" ")
        return cls(time, zone)


def _time(found: re.Match[str]) -> str | None:
    """As `08:30`; None for one that no clock shows."""
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), (found["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


@dataclass(frozen=True)
class On(Parameter):
    """On which days; each report's own unless said."""

    label: ClassVar[str] = "Days"
    usage: ClassVar[str] = "on weekdays"
    keywords: ClassVar[tuple[str, ...]] = ("on", "every")
    example: ClassVar[str] = "weekdays"
    explanation: ClassVar[str] = (
        "which days: weekdays, monday, monday and thursday, every day, month (its first day) or quarter (its first "
        "day); without this: on the digest's usual days"
    )
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "weekdays, monday, every day, month"

    days: str
    """As a schedule of the policy file has them."""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = " ".join(unescape(raw or "").lower().split())
        if not typed:
            usual = REPORTS.get(lookup.arguments.get("which", "").lower())
            return cls(usual.days if usual else "mon-fri")
        days = _days(typed.removeprefix("every ") if typed not in OTHER_DAYS else typed)
        if days is None:
            raise InvalidParameter(parameter, f"I can't read {quoted(typed)} as days. {SUCH_DAYS}")
        return cls(days)

    @property
    def shown(self) -> str:
        return days_in_words(self.days)

    def dump(self) -> str:
        return self.days

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


def _days(typed: str) -> str | None:
    """As a schedule has them; None where these are no days."""
    if typed in OTHER_DAYS or typed in FIRST_OF:
        return OTHER_DAYS.get(typed, typed)
    named = [one for one in re.split(r"\s*,\s*|\s+and\s+", typed) if one]
    numbers = [
        next((n for n, day in enumerate(WEEKDAYS) if len(one) > 2 and day.startswith(one.removesuffix("s"))), None)
        for one in named
    ]
    known = sorted({number for number in numbers if number is not None})
    if not known or None in numbers:
        return None
    return known_days(",".join(WEEKDAYS[number][:3] for number in known))
