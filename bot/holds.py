"""Whatever is temporary ends by itself (promise 6).

A hold is a row. What is in force on the platform is the strictest open hold over a base that was stored before the
first of them; the last one's end brings the base back. What somebody changes on the platform meanwhile is shown and
left as it is. Placing and ending happen one after the other, under one lock, each in one transaction with its audit
entry and its message, so that any number of clocks may sweep and any of them may die.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import DateTime, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import audit
from bot.platform import queues
from bot.platform.queues import Scope
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import JSON, AuditKind, HeldSwitch, Hold, HoldCause, HoldKind, Proposal

CHANNEL = "operations"  # of a hold that no proposal placed
AT_A_TIME = 500  # ends in one sweep
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.holds'))")

log = structlog.get_logger()


@dataclass(frozen=True)
class InForce:
    """What holds a scope back."""

    holds: tuple[Hold, ...]
    """Open ones that cover it, the one that lasts longest first."""
    pauses_outside: int
    """Pauses on the platform that are not the bot's."""
    switched_off: bool
    """The queue's own switch is off, and no open hold is why."""

    @property
    def paused(self) -> bool:
        return bool(self.holds) or self.pauses_outside > 0 or self.switched_off

    def dump(self) -> JSON:
        """As JSON: who holds it longest, and until when."""
        longest = self.holds[0] if self.holds else None
        return {
            "paused": self.paused,
            "hold": str(longest.id) if longest else None,
            "pauses_outside": self.pauses_outside,
            "switched_off": self.switched_off,
        }


def scope_of(hold: Hold) -> Scope:
    tenant = hold.subject["tenant"]
    return Scope(hold.subject["queue"], uuid.UUID(tenant) if tenant else None)


def _pause_of(hold: Hold) -> uuid.UUID:
    return uuid.UUID(hold.subject["pause"])


async def _now(session: AsyncSession) -> dt.datetime:
    """The database's clock: the only one that all processes share."""
    return (await session.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True))))).one()


async def lock(session: AsyncSession) -> None:
    """Let nobody else place or end a hold until the transaction ends."""
    await session.execute(LOCK)


async def open_on(session: AsyncSession, scope: Scope) -> Sequence[Hold]:
    """The open holds on exactly this scope, oldest first."""
    return await _open(session, Hold.target == scope.key)


async def covering(session: AsyncSession, scope: Scope) -> Sequence[Hold]:
    """The open holds that hold all of the scope back, the one that lasts longest first."""
    found = [one for one in await _open(session) if scope_of(one).covers(scope)]
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda one: one.ends or latest, reverse=True)


async def _open(session: AsyncSession, *conditions: object) -> list[Hold]:
    found = await session.scalars(
        select(Hold)
        .where(Hold.ended.is_(None), Hold.kind == HoldKind.QUEUE_PAUSE, *conditions)  # type: ignore[arg-type]
        .order_by(Hold.starts)
        .execution_options(populate_existing=True)
    )
    return list(found)


async def in_force(session: AsyncSession, scope: Scope) -> InForce:
    """What holds the scope back now."""
    everything = await _open(session)
    ours = {_pause_of(one) for one in everything}
    holds = tuple(await covering(session, scope))
    off = False
    if scope.queue is not None and not any(scope_of(one).whole_queue == scope.queue for one in everything):
        off = await queues.is_active(session, scope.queue) is False
    return InForce(holds, len(await queues.covering(session, scope) - ours), off)


async def afterwards(session: AsyncSession, scope: Scope, ending: Sequence[Hold]) -> InForce:
    """What will hold the scope back once these holds on it have ended."""
    force = await in_force(session, scope)
    gone = {one.id for one in ending}
    remaining = tuple(one for one in force.holds if one.id not in gone)
    off = force.switched_off
    switch = await session.get(HeldSwitch, scope.key) if scope.whole_queue else None
    if switch is not None and scope.whole_queue and not any(one.target == scope.key for one in remaining):
        found = {"is_active": await queues.is_active(session, scope.whole_queue)}
        theirs = switch.changed_outside is not None or switch.seen != found
        off = not (found if theirs else switch.base)["is_active"]
    return replace(force, holds=remaining, switched_off=off)


async def place(session: AsyncSession, scope: Scope, *, by: uuid.UUID, reason: str, lasts: dt.timedelta | None) -> Hold:
    """Hold the scope's jobs back from now on, for a time or until somebody ends it. The caller holds the lock."""
    if scope.whole_queue is not None:
        await _switch_off(session, scope)
    pause_id, starts, ends = await queues.pause(session, scope, by=by, reason=reason, lasts=lasts)
    hold = Hold(
        id=uuid.uuid4(),
        kind=HoldKind.QUEUE_PAUSE,
        target=scope.key,
        subject={
            "queue": scope.queue,
            "tenant": str(scope.tenant_id) if scope.tenant_id else None,
            "pause": str(pause_id),
        },
        staff_id=by,
        reason=reason,
        starts=starts,
        ends=ends,
    )
    session.add(hold)
    await session.flush()
    return hold


async def _switch_off(session: AsyncSession, scope: Scope) -> None:
    """Store how the queue's switch stands before the first hold; whoever comes later finds it stored."""
    queue = scope.whole_queue or ""
    before = {"is_active": await queues.is_active(session, queue, hold=True)}
    switch = await session.get(HeldSwitch, scope.key, populate_existing=True)
    if switch is None:
        switch = HeldSwitch(target=scope.key, base=before, seen={"is_active": False})
        session.add(switch)
    elif not await open_on(session, scope):
        switch.base, switch.seen, switch.changed_outside = before, {"is_active": False}, None
    elif switch.seen != before:
        await _changed_outside(session, scope, switch, before)
        return  # it is theirs; the pause itself holds the jobs back
    elif switch.changed_outside is not None:
        return
    await queues.switch(session, queue, on=False)


async def end(session: AsyncSession, hold: Hold, cause: HoldCause, by: uuid.UUID | None = None) -> None:
    """End an open hold, and bring back the base if it was the last. The caller holds the lock."""
    scope = scope_of(hold)
    await queues.lift(session, _pause_of(hold))
    hold.ended = await _now(session)
    hold.cause, hold.ended_by = cause, by
    await session.flush()
    outside = await _bring_back(session, scope) if scope.whole_queue is not None else None
    hold.after = {**(await in_force(session, scope)).dump(), "changed_outside": outside}
    await audit.append(
        session,
        AuditKind.HOLD_ENDED,
        actor_id=by,
        action="holds.end",
        target=hold.target,
        proposal_id=hold.proposal_id,
        step=hold.step,
        facts={"hold": str(hold.id), "cause": cause, "after": hold.after},
    )
    await _tell(session, hold, "ended", "hold_ended")


async def _bring_back(session: AsyncSession, scope: Scope) -> bool:
    """Set the queue's switch as it was before the first hold, unless others are open; whether it was left to others."""
    queue = scope.whole_queue or ""
    found = {"is_active": await queues.is_active(session, queue, hold=True)}
    switch = await session.get_one(HeldSwitch, scope.key, populate_existing=True)
    if switch.seen != found:
        await _changed_outside(session, scope, switch, found)
    if switch.changed_outside is not None:
        return True
    if not await open_on(session, scope):
        await queues.switch(session, queue, on=switch.base["is_active"])
        switch.seen = switch.base
    return False


async def _changed_outside(session: AsyncSession, scope: Scope, switch: HeldSwitch, found: JSON) -> None:
    """Somebody set the switch on the platform: note it, tell it, and leave it."""
    switch.seen, switch.changed_outside = found, await _now(session)
    await audit.append(
        session, AuditKind.HOLD_CHANGED, actor_id=None, action="holds.notice", target=scope.key, facts={"found": found}
    )
    for number, hold in enumerate(await open_on(session, scope)):
        if number == 0:
            await _tell(session, hold, "changed", "hold_changed")
        elif hold.proposal_id is not None:
            await outbox.refresh(session, outbox.card_key(hold.proposal_id))


async def _tell(session: AsyncSession, hold: Hold, what: str, projection: str) -> None:
    """A line in the channel of the card, and the card itself brought up to date."""
    proposal = await session.get(Proposal, hold.proposal_id) if hold.proposal_id else None
    await session.flush()
    await outbox.show(
        session,
        f"hold:{hold.id}:{what}",
        channel=proposal.channel if proposal else CHANNEL,
        projection=projection,
        subject=str(hold.id),
    )
    if proposal is not None:
        await outbox.refresh(session, outbox.card_key(proposal.id))


async def sweep(database: Database) -> int:
    """End what is overdue, notice what others changed; how many holds ended. Any number of clocks may call it."""
    async with database.transaction() as session:
        due = list(
            await session.scalars(
                select(Hold.id)
                .where(Hold.ended.is_(None), Hold.ends <= func.clock_timestamp())
                .order_by(Hold.ends)
                .limit(AT_A_TIME)
            )
        )
        watched = await _unlike(session)
    ended = [await _alone(database, hold_id) for hold_id in [*due, *watched]]
    return sum(ended)


async def _unlike(session: AsyncSession) -> list[uuid.UUID]:
    """Open holds whose pause or switch is not as the bot left it."""
    everything = await _open(session)
    if not everything:
        return []
    lifted = await queues.lifted(session, [_pause_of(one) for one in everything])
    unlike = [one.id for one in everything if _pause_of(one) in lifted]
    for hold in everything:
        queue = scope_of(hold).whole_queue
        switch = await session.get(HeldSwitch, hold.target) if queue else None
        if switch and queue and switch.seen != {"is_active": await queues.is_active(session, queue)}:
            unlike.append(hold.id)
    return unlike


async def _alone(database: Database, hold_id: uuid.UUID) -> bool:
    """Look after one hold in a transaction of its own, so that none waits for another; whether it ended."""
    try:
        async with database.transaction() as session:
            await lock(session)
            return await _look_after(session, hold_id)
    except DBAPIError as error:
        log.warning("a hold waits for the next sweep", hold=str(hold_id), error=type(error).__name__)
        return False


async def _look_after(session: AsyncSession, hold_id: uuid.UUID) -> bool:
    hold = await session.get_one(Hold, hold_id, populate_existing=True)
    if hold.ended is not None:
        return False  # another clock has been here
    if hold.ends is not None and hold.ends <= await _now(session):
        await end(session, hold, HoldCause.PLANNED)
    elif await queues.lifted(session, [_pause_of(hold)]):
        await end(session, hold, HoldCause.OUTSIDE)
    elif scope_of(hold).whole_queue is not None:
        await _notice(session, scope_of(hold))
    return hold.ended is not None


async def _notice(session: AsyncSession, scope: Scope) -> None:
    found = {"is_active": await queues.is_active(session, scope.whole_queue or "", hold=True)}
    switch = await session.get_one(HeldSwitch, scope.key, populate_existing=True)
    if switch.seen != found:
        await _changed_outside(session, scope, switch, found)
