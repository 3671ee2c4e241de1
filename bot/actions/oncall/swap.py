"""`oncall swap @other for 8h because …`: somebody stands in for a shift; `oncall assign`: for whoever's it is."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.oncall.facts import AT_ONCE, OnShifts, called, people, tell
from bot.actions.oncall.parameters import ForShift, LayerName, Starting, Swap
from bot.actions.registry import register
from bot.errors import InvalidParameter, NothingToDo
from bot.holds import engine
from bot.holds.reads import clock
from bot.parameters.base import Reason
from bot.people import on_call
from bot.people.on_call import Duty, policy_of
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.policy import Risk
from bot.store.models import OnCallSwap, StaffLink
from bot.targets.staff import Asker, Staffer

NO_ROSTER = (
    "Nobody is on call: the policy has no roster and no list of people. Nothing was done. Ask whoever runs the bot "
    "to add a roster or a list."
)
CANNOT_OVERRIDE = "they cannot use the emergency override: the policy does not name them as a person on call"


class _StandIn(OnShifts):
    """Somebody is on call in a layer, from one moment to another, in place of whoever's turn it is."""

    other: Staffer
    starting: Starting | None
    duration: ForShift | None
    layer: LayerName | None
    reason: Reason

    @property
    def target(self) -> str:
        return f"staff:{self.other.id}"

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)

    async def _begins(self, session: AsyncSession) -> dt.datetime:
        now = await clock(session)
        return max(now, self.starting.moment) if self.starting else now

    async def _duties(self, session: AsyncSession, at: dt.datetime) -> list[Duty]:
        """The layers then, or the one that was named. Raises `NothingToDo` where nobody is on call."""
        found = (await on_call.now(session, policy_of(session), at)).duties
        if not found:
            raise NothingToDo(NO_ROSTER)
        return [one for one in found if self.layer is None or one.layer == self.layer.name]

    def _ours(self, duty: Duty) -> None:
        """Raise `NothingToDo` where it is not ours to swap."""
        if duty.by_pagerduty:
            raise NothingToDo(
                f"PagerDuty decides who is on call in {duty.layer}. Nothing was done. Make an override of the "
                "schedule in PagerDuty: I use it within a minute."
            )

    async def _duty(self, session: AsyncSession, at: dt.datetime, known: dict[str, StaffRecord]) -> Duty:
        raise NotImplementedError

    def _end(self, duty: Duty, begins: dt.datetime) -> dt.datetime:
        """When it is over: as asked, else with the shift."""
        ends = self.duration.ends(begins) if self.duration else duty.shift.ends
        if ends is None:
            raise NothingToDo(
                "This shift has no end. Nothing was done: say for how long, such as for 8h or until 18:00."
            )
        if ends <= begins:
            raise NothingToDo("That ends before it begins. Nothing was done: say a later end.")
        return ends

    async def _plan(self, session: AsyncSession) -> tuple[Duty, dt.datetime, dt.datetime, dict[str, StaffRecord]]:
        known = await people(session)
        begins = await self._begins(session)
        duty = await self._duty(session, begins, known)
        self._ours(duty)
        ends = self._end(duty, begins)
        incoming = next((address for address, one in known.items() if one.id == self.other.id), "")
        if duty.shift.who == incoming and (duty.shift.ends is None or duty.shift.ends >= ends):
            raise NothingToDo(f"{self.other.shown} is already on call at that time. Nothing was done.")
        return duty, begins, ends, known

    async def preview(self, session: AsyncSession) -> Impact:
        await _able(session, self.other)
        duty, begins, ends, known = await self._plan(session)
        return Impact(
            facts=(
                fact("Layer", duty.layer, bound=True),
                fact("Now", called(known, duty.shift.who), bound=True),
                fact("After", self.other.shown),
                fact("From", Moment.of(begins)) if self.starting else fact("From", "now"),
                self._ending(duty, begins, ends),
                *await self._notes(session, known),
            ),
            context={"who": self.other.shown, "layer": duty.layer},
        )

    def _ending(self, duty: Duty, begins: dt.datetime, ends: dt.datetime) -> Fact:
        if duty.shift.ends == ends:
            return fact("Until", Moment.of(ends), ", when the shift ends")
        as_long = self.duration and self.duration.lasts == ends - begins and not self.starting
        return fact("For", self.duration.shown) if self.duration and as_long else fact("Until", Moment.of(ends))

    async def _notes(self, session: AsyncSession, known: dict[str, StaffRecord]) -> list[Fact]:
        linked = await session.scalar(select(StaffLink.staff_id).where(StaffLink.staff_id == self.other.id).limit(1))
        address = next((one for one, record in known.items() if record.id == self.other.id), "")
        named = policy_of(session).ever_on_call(address)
        return [
            *([] if linked else [fact("Note", "their Slack account is not linked, so alerts cannot mention them")]),
            *([] if named else [fact("Override", CANNOT_OVERRIDE)]),
        ]

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        await _able(session, self.other)
        duty, begins, ends, known = await self._plan(session)
        row = OnCallSwap(layer=duty.layer, staff_id=self.other.id, begins=begins, ends=ends, made_by=by)
        session.add(row)
        await session.flush()
        before = known.get(duty.shift.who)
        at_once = begins <= await clock(session) + AT_ONCE  # whoever comes on call at once is told by the hand-over
        concerned = {*([before.id] if before else []), *([] if at_once else [self.other.id])} - {by}
        await tell(session, row, concerned)
        was, now = (before.id if before else None), self.other.id
        data = {"swap": str(row.id), "layer": duty.layer, "until": ends.timestamp()}
        return Outcome(data, {"on_call": str(was) if was else None}, {"on_call": str(now)})

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        row = await session.get(OnCallSwap, uuid.UUID(outcome["swap"]))
        return row is not None and row.withdrawn is None

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(action=EndSwap.name, parameters={"swap": outcome["swap"]})


@register
class SwapShift(_StandIn):
    """Let somebody replace you in your shift, for some time or until the shift ends."""

    name, verb, says, phrased = "oncall.swap", "oncall swap", "swap", "swap a shift with"
    also = ("swap shift", "swap")
    offered_as = "swap a shift"
    risk = Risk.LOW
    other: Staffer
    duration: ForShift | None
    starting: Starting | None
    layer: LayerName | None
    reason: Reason
    asker: Asker

    async def _duty(self, session: AsyncSession, at: dt.datetime, known: dict[str, StaffRecord]) -> Duty:
        """The asker's own. Raises `NothingToDo` where they have none then."""
        duties = await self._duties(session, at)
        mine = next((address for address, one in known.items() if one.id == self.asker.id), "")
        own = next((one for one in duties if one.shift.who == mine), None)
        if own is None:
            who = called(known, duties[0].shift.who)
            raise NothingToDo(
                f"You are not on call at that time: {who} is. Nothing was done. For a later shift of yours, say when "
                "it begins, such as “from monday 9:00”. For somebody else's shift, type /pm oncall assign."
            )
        return own

    def _end(self, duty: Duty, begins: dt.datetime) -> dt.datetime:
        """Never longer than one's own shift: what comes after is somebody else's."""
        ends = super()._end(duty, begins)
        return min(ends, duty.shift.ends) if duty.shift.ends else ends


@register
class AssignShift(_StandIn):
    """Put somebody, or yourself, on call instead of the person who is on call."""

    name, verb, says, phrased = "oncall.assign", "oncall assign", "assign", "assign a shift to"
    also = ("take shift", "assign shift", "cover")
    offered_as = "take over or assign a shift"
    risk = Risk.MEDIUM
    other: Staffer
    duration: ForShift | None
    starting: Starting | None
    layer: LayerName | None
    reason: Reason

    async def _duty(self, session: AsyncSession, at: dt.datetime, known: dict[str, StaffRecord]) -> Duty:
        return (await self._duties(session, at))[0]


@register
class EndSwap(OnShifts):
    """Take a swap back: the person whose turn it is in the roster is on call again."""

    name, verb, says = "oncall.end", "", "end a swap"
    risk = Risk.LOW
    renewable = True
    swap: Swap

    @property
    def target(self) -> str:
        return f"oncall:{self.swap.id}"

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)

    async def _row(self, session: AsyncSession) -> OnCallSwap:
        row = await session.get_one(OnCallSwap, self.swap.id, populate_existing=True)
        if row.withdrawn is not None:
            raise NothingToDo("That swap was taken back already. Nothing was done.")
        if row.ends <= await clock(session):
            raise NothingToDo("That swap is over already. Nothing was done.")
        return row

    async def preview(self, session: AsyncSession) -> Impact:
        row = await self._row(session)
        who = await staff.name_of(session, row.staff_id)
        return Impact(
            facts=(
                fact("Layer", row.layer, bound=True),
                fact("Now", f"{who} stands in", bound=True),
                fact("After", "the person whose turn it is in the roster"),
            ),
            context={"who": who, "layer": row.layer},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self._row(session)
        row.withdrawn = await clock(session)
        await session.flush()
        await tell(session, row, {row.staff_id, row.made_by} - {by})
        return Outcome({"swap": str(row.id)}, {"withdrawn": False}, {"withdrawn": True})


async def _able(session: AsyncSession, other: Staffer) -> None:
    """Raise `InvalidParameter` where they could not even acknowledge an alert."""
    record, granted = await staff.able(session, other.id) or (None, frozenset())
    if record is None or not record.may_act:
        raise InvalidParameter("other", f"{other.shown} is not active as staff. Nothing was done: name somebody else.")
    if Permission.ALERT_ACKNOWLEDGE not in granted:
        raise InvalidParameter(
            "other",
            f"{other.shown} is not allowed to acknowledge alerts (their roles: {other.in_roles}), so they cannot be on "
            "call. Nothing was done: name somebody else.",
        )
