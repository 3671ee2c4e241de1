"""What is typed about silences: until when, and which one."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, WhichOne
from bot.parameters.alert import called
from bot.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, quoted, required
from bot.parameters.time import INTRODUCED, UNTIL, Lasting, exactly, seconds_in
from bot.store import silences
from bot.store.models import AlertSilence

OFFERED = 5


@dataclass(frozen=True)
class Quiet(Lasting):
    """For how long nothing is said: up to 30 days."""

    label: ClassVar[str] = "Silent until"
    usage: ClassVar[str] = "until 18:00"
    example: ClassVar[str] = "4h"
    explanation: ClassVar[str] = (
        "when the silence ends, at most 30 days from now: 18:00, friday 9:00, 2027-01-31 18:00; or how long it "
        "lasts: 4h"
    )
    hint: ClassVar[str] = "18:00, tomorrow 9:00, 2027-01-31 18:00 or 4h"
    longest: ClassVar[dt.timedelta] = dt.timedelta(days=30)
    endless: ClassVar[str] = " If you never want to hear about it, change the rule."

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say until when, such as 18:00 or tomorrow 9:00, or for how long, such as 4h.")
        bare = not UNTIL.fullmatch(typed) and not INTRODUCED.fullmatch(typed)
        if bare and seconds_in(typed) is None and not typed.isdigit():
            typed = f"until {typed}"  # its field says so already
        return await super().resolve(parameter, typed, lookup)

    @classmethod
    async def _moment(cls, parameter: str, typed: str, lookup: Lookup) -> dt.datetime:
        """Of a time that a night has twice nobody knows which one was meant."""
        ends = await super()._moment(parameter, typed, lookup)
        here = ends.astimezone(ZoneInfo(lookup.zone))
        first, second = here.replace(fold=0), here.replace(fold=1)
        if exactly(typed) is None and first.utcoffset() != second.utcoffset():
            raise InvalidParameter(
                parameter,
                f"In that night, the time {here:%H:%M} comes twice, because the clocks go back. Type a length of time, "
                "such as 4h, or a time one hour earlier or one hour later.",
                suggestions=[
                    lookup.instead(parameter, f"until {one.isoformat()}", f"until {one:%H:%M %Z}")
                    for one in (first, second)
                ],
            )
        return ends


@dataclass(frozen=True)
class WhichSilence(Parameter):
    """A silence that is active, by what it silences."""

    label: ClassVar[str] = "Silence"
    usage: ClassVar[str] = "email-sending"
    example: ClassVar[str] = "email-sending"
    explanation: ClassVar[str] = "what is silenced, such as a queue; /pm silences shows all"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "What is silent, such as email-sending"

    id: uuid.UUID
    name: str

    @property
    def shown(self) -> str:
        return self.name

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say what is silenced, such as email-sending.")
        lasting = await silences.going(lookup.session)
        known = as_uuid(typed)
        found = [one for one in lasting if one.id == known or one.subject == typed]
        if not found:
            what = "That silence has ended already." if known else f"No silence for {quoted(typed)} is active."
            raise InvalidParameter(parameter, f"{what} Nothing was done: /pm silences shows the active ones.")
        if len(found) > 1:
            names = [(one, await _name(lookup.session, one)) for one in found[:OFFERED]]
            raise WhichOne(
                parameter,
                f"There are {len(found)} silences for {quoted(typed)}. Which one?",
                suggestions=[lookup.instead(parameter, str(one.id), name) for one, name in names],
            )
        return cls(found[0].id, await _name(lookup.session, found[0]))

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        every = [(one, await _name(session, one)) for one in await silences.going(session)]
        return [Choice((name,), str(one.id)) for one, name in every if typed.strip().lower() in name.lower()]

    def dump(self) -> str:
        return str(self.id)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        one = await session.get(AlertSilence, uuid.UUID(str(dumped)))
        if one is None:
            raise InvalidParameter("silence", "There is no such silence any more. Nothing was done.")
        return cls(one.id, await _name(session, one))


async def _name(session: AsyncSession, one: AlertSilence) -> str:
    """What its last alert says of it."""
    alert = await silences.newest(session, one.rule, one.subject)
    return called(alert) if alert else f"{one.rule} on {one.subject}"
