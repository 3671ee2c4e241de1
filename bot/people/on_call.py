"""Who is on call: the one answer that mentions, escalation, the emergency override and everything else go by.

The policy's roster says whose turn it is (`bot/roster.py`), the rows of swaps who stands in. Where a layer names a
schedule of PagerDuty's, and that was read lately, the schedule says it instead.
"""

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import DateTime, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import policy as policies
from bot.platform.models import User
from bot.policy import Policy
from bot.roster import FAR, Layer, Override, Rotation, Shift
from bot.store.database import POLICY
from bot.store.models import OnCallAsked, OnCallEntry, OnCallSwap

FRESH = dt.timedelta(minutes=15)  # for which an answer of PagerDuty's counts
_COUNTS_UNTIL = func.least(OnCallSwap.ends, OnCallSwap.withdrawn)


@dataclass(frozen=True)
class Duty:
    """One layer at one moment."""

    layer: str
    shift: Shift
    """People are their addresses, in small letters; empty: somebody whom the platform does not know."""
    following: Shift | None
    by_pagerduty: bool = False
    away: dt.datetime | None = None
    """When PagerDuty last said who it is, where it should and does not any more: so this is the roster's."""


@dataclass(frozen=True)
class OnCall:
    """Who is on call at one moment, layer by layer."""

    at: dt.datetime
    duties: tuple[Duty, ...]
    named: tuple[str, ...]
    """Whom the policy's file names, in order."""
    fixed: bool
    """It has a list, all of which is on call all the time."""

    @property
    def order(self) -> tuple[str, ...]:
        """Who is told, and who after them: whoever is on call in each layer, then the others of the file."""
        now = (one.shift.who for one in self.duties if one.shift.who)
        return tuple(dict.fromkeys((*now, *self.named)))

    def may_override(self, address: str) -> bool:
        """Whether they are on call and named by the file: nobody comes to the emergency override by a swap alone."""
        meant = address.lower()
        return meant in self.named and (self.fixed or meant in {one.shift.who for one in self.duties})


@dataclass(frozen=True)
class Read:
    """What PagerDuty's schedules say."""

    answered: dt.datetime | None
    fresh: bool
    shifts: Sequence[tuple[str, Shift]]
    """Each with its schedule, in order."""


NEVER = Read(None, fresh=False, shifts=())


async def now(session: AsyncSession, policy: Policy, at: dt.datetime | None = None) -> OnCall:
    """Who is on call, by the database's clock unless a moment is given."""
    swaps = await _swaps(session) if policy.on_call or policy.roster else {}
    moment = at or await _clock(session)
    read = await _read(session) if any(one.pagerduty for one in policy.roster) else NEVER
    duties = [_there(one.layer, read, moment) or _here(one, read, moment) for one in policy.rotations(swaps)]
    return OnCall(moment, tuple(duties), policy.named_on_call, not policy.roster)


def _here(rotation: Rotation, read: Read, moment: dt.datetime) -> Duty:
    """By the roster."""
    shift = rotation.shift(moment)
    following = rotation.shift(shift.ends) if shift.ends else None
    away = read.answered if rotation.layer.pagerduty and not read.fresh else None
    return Duty(rotation.layer.name, shift, following, away=away)


def _there(layer: Layer, read: Read, moment: dt.datetime) -> Duty | None:
    """By a schedule of PagerDuty's; None where it says nothing of that moment."""
    own = [shift for schedule, shift in read.shifts if schedule == layer.pagerduty] if read.fresh else []
    now = next((one for one in own if one.begins and one.ends and one.begins <= moment < one.ends), None)
    if now is None:
        return None
    following = next((one for one in own if one.begins and now.ends and one.begins >= now.ends), None)
    shift = Shift(now.who, _within(now.begins, moment), _within(now.ends, moment))
    return Duty(layer.name, shift, following, by_pagerduty=True)


def _within(at: dt.datetime | None, moment: dt.datetime) -> dt.datetime | None:
    """None of a beginning or end so far off that it stands for none."""
    return at if at and abs(at - moment) < FAR else None


async def _read(session: AsyncSession) -> Read:
    """What PagerDuty said last: whoever is on call without a break has one shift."""
    row = (
        await session.execute(select(OnCallAsked.answered, OnCallAsked.answered > func.clock_timestamp() - FRESH))
    ).first()
    if row is None or row[0] is None:
        return NEVER
    rows = await session.execute(
        select(OnCallEntry.schedule, func.coalesce(func.lower(User.email), ""), OnCallEntry.begins, OnCallEntry.ends)
        .outerjoin(User, User.id == OnCallEntry.staff_id)
        .order_by(OnCallEntry.schedule, OnCallEntry.begins, OnCallEntry.id)
    )
    found: list[tuple[str, Shift]] = []
    for schedule, who, begins, ends in rows:
        last = found[-1] if found else None
        if last and (last[0], last[1].who, last[1].ends) == (schedule, who, begins):
            found[-1] = schedule, Shift(who, last[1].begins, ends)
        else:
            found.append((schedule, Shift(who, begins, ends)))
    return Read(row[0], fresh=bool(row[1]), shifts=tuple(found))


async def _clock(session: AsyncSession) -> dt.datetime:
    return (await session.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True))))).one()


async def _swaps(session: AsyncSession) -> dict[str, list[Override]]:
    """Who stands in, by layer; the last one made is the last."""
    rows = await session.execute(
        select(OnCallSwap.layer, func.lower(User.email), OnCallSwap.begins, _COUNTS_UNTIL)
        .join(User, User.id == OnCallSwap.staff_id)
        .where(OnCallSwap.begins < _COUNTS_UNTIL, OnCallSwap.ends > func.clock_timestamp() - FAR)
        .order_by(OnCallSwap.made, OnCallSwap.id)
    )
    found: dict[str, list[Override]] = defaultdict(list)
    for layer, who, begins, ends in rows:
        found[layer].append(Override(who, begins, ends))
    return found


def policy_of(session: AsyncSession) -> Policy:
    """The policy that the session's process goes by; the bot's own where it has been told of none."""
    found = session.info.get(POLICY)
    return found if isinstance(found, Policy) else _own()


@functools.cache
def _own() -> Policy:
    return policies.load()
