"""Read-only mode: while a hold of this kind is open, the bot changes nothing (bot/pipeline/read_only.py)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds import reads
from bot.holds.kind import Own
from bot.personal import Moment, Part, Personal
from bot.platform import staff
from bot.policy import Risk, Stakes
from bot.store.models import JSON, Hold, HoldKind

TARGET = "bot:read_only"


@dataclass(frozen=True)
class ReadOnly:
    """The mode as it is on."""

    by: str
    reason: str
    since: dt.datetime
    ends: dt.datetime | None
    """None: until somebody switches it off."""

    @property
    def parts(self) -> tuple[Part, ...]:
        """As facts say it: `since 14:03 by Amara Okonkwo (key leaked), until 16:03`."""
        until: tuple[Part, ...] = (", until ", Moment.of(self.ends)) if self.ends else (", until it is switched off",)
        who = Personal(personal="person", value=self.by)
        return ("since ", Moment.of(self.since), " by ", who, f" ({self.reason})", *until)


async def switched_on(session: AsyncSession) -> list[Hold]:
    """All that keeps the mode on, what lasts longest first."""
    return reads.longest_first(await reads.open_holds(session, Hold.kind == HoldKind.READ_ONLY))


async def now(session: AsyncSession) -> ReadOnly | None:
    """The mode, by what lasts longest; None while it is off."""
    return await of(session, await switched_on(session))


async def of(session: AsyncSession, held: Sequence[Hold]) -> ReadOnly | None:
    """The same, of all that is held."""
    found = reads.longest_first(one for one in held if one.kind == HoldKind.READ_ONLY)
    if not found:
        return None
    one = found[0]
    return ReadOnly(await staff.name_of(session, one.staff_id), one.reason, one.starts, one.ends)


class ReadOnlyMode(Own):
    """The platform knows nothing of it."""

    name, noun = HoldKind.READ_ONLY, "read-only mode"

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """Ending it is switching it off; that it lasts longer is decided by whoever switched it on."""
        if ending:
            return Stakes("bot.readonly_off", Risk.HIGH)
        return Stakes("hold.extend", Risk.LOW, containment=True)

    async def then(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        left = [one for one in await switched_on(session) if one.id != hold.id]
        if not left:
            return ("changes are possible again",)
        number = await reads.number_of(session, left[0])
        return (f"still read-only, because of request {number}, ", *_until(left[0]))

    async def after(self, session: AsyncSession, hold: Hold) -> JSON:
        return {"on": any(one.id != hold.id for one in await switched_on(session))}

    async def describe(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        return ("Read-only mode",)


def _until(hold: Hold) -> tuple[Part, ...]:
    return ("until ", Moment.of(hold.ends)) if hold.ends else ("until somebody ends it",)
