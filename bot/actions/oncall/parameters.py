"""What is typed about being on call: at which moment, in which layer, from when and for how long."""

import datetime as dt
import re
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.holds.reads import clock
from bot.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, quoted, required
from bot.parameters.named import Named
from bot.parameters.time import Lasting, exactly, moment_in, seconds_in
from bot.parameters.untyped import Untyped
from bot.people.on_call import policy_of
from bot.store.models import OnCallSwap
from bot.words import listed

SAID = re.compile(r"^(?:(?:call|on|at|from|for)\b\s*)+", re.IGNORECASE)  # `who is on call on friday`
NOW = ("now", "right now", "today")
TONIGHT = "tonight"
IN_THE_NIGHT = "22:00"
FURTHEST = dt.timedelta(days=366)
EXAMPLES = "Say for example tomorrow, friday 22:00 or 2026-12-24."


@dataclass(frozen=True)
class Instant(Parameter):
    """A moment that people ask about or plan for, in the policy's zone."""

    control: ClassVar[Control] = "line"

    moment: dt.datetime
    """UTC."""

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = SAID.sub("", required(parameter, raw, f"Say when. {EXAMPLES}")).strip(" ?")
        now = (await clock(lookup.session)).astimezone(ZoneInfo(lookup.zone))
        try:
            found = cls._read(typed, now)
        except ValueError as error:
            raise InvalidParameter(parameter, str(error)) from None
        if found is None:
            raise InvalidParameter(parameter, f"I can't read {quoted(typed)} as a time. {EXAMPLES}")
        cls.check(parameter, found.astimezone(dt.UTC), now.astimezone(dt.UTC))
        return cls(found.astimezone(dt.UTC))

    @classmethod
    def _read(cls, typed: str, now: dt.datetime) -> dt.datetime | None:
        if not typed or typed.lower() in NOW:
            return now
        if seconds := seconds_in(typed.lower().removeprefix("in ")):
            return now + min(dt.timedelta(seconds=seconds), 2 * FURTHEST)
        said = typed.lower().replace(TONIGHT, IN_THE_NIGHT) if typed.lower().startswith(TONIGHT) else typed
        return exactly(typed) or moment_in(said, now)

    @classmethod
    def check(cls, parameter: str, moment: dt.datetime, now: dt.datetime) -> None:
        """Raise `InvalidParameter` where it is out of the question."""
        if abs(moment - now) > FURTHEST:
            raise InvalidParameter(
                parameter, f"I only know who is on call up to a year before or after today. {EXAMPLES}"
            )

    @property
    def shown(self) -> str:
        return f"{self.moment:%-d %b %H:%M} UTC"

    def dump(self) -> str:
        return self.moment.isoformat()

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(dt.datetime.fromisoformat(str(dumped)))


@dataclass(frozen=True)
class When(Instant):
    """The moment of which somebody wants to know who is on call."""

    label: ClassVar[str] = "When"
    usage: ClassVar[str] = "tomorrow"
    example: ClassVar[str] = "tomorrow"
    explanation: ClassVar[str] = "at which moment: tomorrow, friday 22:00, 2026-12-24; without this: now"
    hint: ClassVar[str] = "tomorrow, friday 22:00; empty: now"


@dataclass(frozen=True)
class Starting(Instant):
    """When somebody begins to stand in."""

    label: ClassVar[str] = "From"
    usage: ClassVar[str] = "from friday 18:00"
    keywords: ClassVar[tuple[str, ...]] = ("from",)
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = "from when: tomorrow, friday 18:00, 2026-12-24; without this: from now on"
    hint: ClassVar[str] = "friday 18:00; empty: now"

    @classmethod
    def check(cls, parameter: str, moment: dt.datetime, now: dt.datetime) -> None:
        if moment < now - dt.timedelta(minutes=1):
            raise InvalidParameter(
                parameter, "That is in the past. Nothing was done: say a later time, or leave it out."
            )
        super().check(parameter, moment, now)


@dataclass(frozen=True)
class ForShift(Lasting):
    """For how long somebody stands in."""

    example: ClassVar[str] = "8h"
    explanation: ClassVar[str] = (
        "how long, from 1 minute (1m) to 14 days (14d), or an end: until 18:00, until friday 9:00. "
        "Without this: until the shift ends"
    )
    hint: ClassVar[str] = "8h or until 18:00; empty: until the shift ends"
    longest: ClassVar[dt.timedelta] = dt.timedelta(days=14)
    endless: ClassVar[str] = " For a longer time, change the roster in the policy."


@dataclass(frozen=True)
class LayerName(Named):
    """A layer of the roster."""

    label: ClassVar[str] = "Layer"
    usage: ClassVar[str] = "in secondary"
    keywords: ClassVar[tuple[str, ...]] = ("in",)
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = (
        "a layer of the on-call roster; without this: the layer of your own shift; if you have no shift, the first one"
    )
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type the name of a layer"

    name: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which layer of the roster.")
        known = [one.layer.name for one in policy_of(lookup.session).rotations()]
        name = " ".join(typed.lower().split()).removesuffix(" layer")
        if name not in known:
            there = f"There is {listed(known)}." if known else "The policy has no roster and no list of people."
            raise InvalidParameter(parameter, f"There is no layer {quoted(typed)}. {there} Nothing was done.")
        return cls(name)

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        known = [one.layer.name for one in policy_of(session).rotations()]
        return [Choice((one,), one) for one in known if typed.lower() in one] or [Choice((one,), one) for one in known]

    @property
    def shown(self) -> str:
        return self.name


@dataclass(frozen=True)
class Swap(Untyped):
    """A swap that is taken back."""

    label: ClassVar[str] = "Swap"
    explanation: ClassVar[str] = "which swap is taken back"

    id: uuid.UUID

    def dump(self) -> str:
        return str(self.id)

    @property
    def shown(self) -> str:
        return "a swap"

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        known = as_uuid(str(dumped))
        if known is None or await session.get(OnCallSwap, known) is None:
            raise InvalidParameter("swap", "There is no such swap any more. Nothing was done.")
        return cls(known)
