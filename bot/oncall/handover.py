"""A note at each hand-over, once: who comes on call, what they take over, and what the shift was like."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rules import Rule
from bot.drawing.elements import Element, user_mention
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.oncall.taken_over import taken_over
from bot.people import on_call
from bot.people.identity import slack_ids
from bot.people.on_call import Duty, OnCall
from bot.platform import staff
from bot.platform.models import User
from bot.policy import Policy
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import OnCallShift, OnCallSwap, PolicyInForce

CHANNEL = "operations"
UNKNOWN = "somebody who is not staff"
LATE = dt.timedelta(minutes=5)
_IN_FORCE = select(PolicyInForce.digest).order_by(PolicyInForce.id.desc()).limit(1)
_LAST = select(OnCallShift).where(
    OnCallShift.number.in_(select(func.max(OnCallShift.number)).group_by(OnCallShift.layer))
)


@dataclass(frozen=True)
class Person:
    """Somebody on call, as people know them."""

    id: uuid.UUID
    name: str


@dataclass(frozen=True)
class Change:
    """Somebody else is on call in a layer; `before`: the shift that ends, None of the first that is known."""

    duty: Duty
    person: Person | None
    before: OnCallShift | None
    began: dt.datetime


@dataclass(frozen=True)
class Handovers:
    """Any number of clocks look; a hand-over is one's."""

    database: Database
    renderer: Renderer
    rules: Mapping[str, Rule]
    policy: Policy
    team_id: str

    async def sweep(self) -> int:
        """Post the note of what has changed since the last look; in how many layers it has."""
        async with self.database.transaction() as session:
            if await session.scalar(_IN_FORCE) != self.policy.digest:
                return 0  # another process goes by a newer file, and hands over by that
            found = await on_call.now(session, self.policy)
            last = {one.layer: one for one in await session.scalars(_LAST)} if found.duties else {}
            earlier = await self._earlier(session, found, last)
            duties = [earlier.get(one.layer, one) for one in found.duties]
            people = await _people(session, [one.shift.who for one in duties])
            known = {one.layer: (last.get(one.layer), found.at - LATE * (one.layer in earlier)) for one in duties}
            seen = (_changed(one, people.get(one.shift.who), *known[one.layer]) for one in duties)
            changes = [one for one in seen if one is not None and await _claim(session, one)]
            told = [one for one in changes if one.before is not None]
            if told:
                await self._post(session, told, found.at)
            return len(changes)

    async def _earlier(self, session: AsyncSession, found: OnCall, last: Mapping[str, OnCallShift]) -> dict[str, Duty]:
        """Of layers that nobody has looked at yet: who was on call just before. The next look sees who follows them.

        Else whoever stands in before the first look would take over from nobody.
        """
        if all(one.layer in last for one in found.duties):
            return {}
        before = await on_call.now(session, self.policy, found.at - LATE)
        return {one.layer: one for one in before.duties if one.layer not in last}

    async def _post(self, session: AsyncSession, changes: Sequence[Change], at: dt.datetime) -> None:
        """One note of all that is handed over at the same time."""
        links = await slack_ids(session, self.team_id)
        since = min(one.before.began for one in changes if one.before)
        began = min(one.began for one in changes)
        content = self.renderer.message(
            "oncall/handover.j2",
            Clearance.CHANNEL,
            layers=[await _line(session, one, links) for one in changes],
            late=(at - began).total_seconds() if at - began > LATE else None,
            since=max(since, at - dt.timedelta(days=7)),
            **await taken_over(session, self.rules, max(since, at - dt.timedelta(days=7)), at),
        )
        await outbox.post(session, f"hand_over:{uuid.uuid4()}", content, channel=CHANNEL)


async def _people(session: AsyncSession, addresses: Sequence[str]) -> dict[str, Person]:
    """Those of these addresses, in small letters."""
    if not addresses:
        return {}
    found = await session.scalars(select(User).where(func.lower(User.email).in_(addresses)))
    return {one.email.lower(): Person(one.id, staff.display_name(one)) for one in found}


def _changed(duty: Duty, person: Person | None, last: OnCallShift | None, now: dt.datetime) -> Change | None:
    if last is not None and last.staff_id == (person.id if person else None):
        return None
    began = duty.shift.begins or now
    if last is not None and began <= last.began:  # the roster itself is another one
        began = now
    return Change(duty, person, last, began)


async def _claim(session: AsyncSession, change: Change) -> bool:
    """Add the row that follows the last one; False where another clock has."""
    row = insert(OnCallShift).values(
        layer=change.duty.layer,
        follows=change.before.number if change.before else 0,
        staff_id=change.person.id if change.person else None,
        began=change.began,
    )
    added = row.on_conflict_do_nothing(index_elements=["layer", "follows"]).returning(OnCallShift.number)
    return await session.scalar(added) is not None


async def _line(session: AsyncSession, change: Change, links: Mapping[uuid.UUID, str]) -> dict[str, object]:
    before = change.before.staff_id if change.before else None
    called = change.person.name if change.person else UNKNOWN
    who: Element | str = called
    if change.person and change.person.id in links and not await _own_act(session, change, change.person):
        who = user_mention(links[change.person.id])
    return {
        "name": change.duty.layer,
        "who": who,
        "called": called,
        "before": await staff.name_of(session, before) if before else None,
        "ends": change.duty.shift.ends,
    }


async def _own_act(session: AsyncSession, change: Change, person: Person) -> bool:
    """Whether they have put themselves on call just now: then they know."""
    own = OnCallSwap.staff_id == person.id, OnCallSwap.made_by == person.id, OnCallSwap.withdrawn.is_(None)
    made = OnCallSwap.begins == change.began, OnCallSwap.made > change.began - LATE
    return await session.scalar(select(OnCallSwap.id).where(*own, *made).limit(1)) is not None
