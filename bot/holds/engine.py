"""Placing, extending, ending and sweeping holds.

These happen one after the other, under one lock, each in one transaction with its audit entry and its message, so
that any number of clocks may sweep and any of them may die.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import trail
from bot.holds import telling
from bot.holds.kind import Kind, Value
from bot.holds.kinds import KINDS, kind_of
from bot.holds.reads import clock, open_holds
from bot.store.database import Database
from bot.store.models import JSON, AuditKind, HeldSwitch, Hold, HoldCause, HoldKind, Verification
from bot.store.queue import Task, defer

RECHECK, VERIFY_HOLD = Task("recheck", 25), Task("verify_hold", 20)
# Open holds that watch alert rules of which one has fired since they began, and before their time was over.
ALARMED = text(
    """
    SELECT holds.id FROM pmbot.holds JOIN pmbot.alerts
      ON alerts.fired >= holds.starts AND (holds.ends IS NULL OR alerts.fired <= holds.ends)
     AND jsonb_exists(holds.subject -> 'watch', alerts.rule)
    WHERE holds.ended IS NULL AND holds.subject ? 'watch'
    """
)
ALARM = text(
    """
    SELECT alerts.rule || ' · ' || alerts.subject FROM pmbot.holds JOIN pmbot.alerts
      ON alerts.fired >= holds.starts AND (holds.ends IS NULL OR alerts.fired <= holds.ends)
     AND jsonb_exists(holds.subject -> 'watch', alerts.rule)
    WHERE holds.id = :id ORDER BY alerts.fired LIMIT 1
    """
)
AT_A_TIME = 500  # ends in one sweep
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.holds'))")
NOTICE = dt.timedelta(minutes=15)  # before its end, whoever set it is told,
WORTH_NOTICE = dt.timedelta(hours=1)  # if it lasted longer than this

log = structlog.get_logger()


async def lock(session: AsyncSession) -> None:
    """Let nobody else place, move or end a hold until the transaction ends."""
    await session.execute(LOCK)


async def holding(session: AsyncSession, kind: Kind, key: str) -> list[Hold]:
    """The open holds that set the switch, oldest first."""
    return [one for one in await open_holds(session, Hold.kind == kind.name) if key in kind.wants(one)]


# Placing


async def place(
    session: AsyncSession,
    kind: HoldKind,
    *,
    target: str,
    subject: JSON,
    by: uuid.UUID,
    reason: str,
    ends: Callable[[dt.datetime], dt.datetime] | None,
) -> Hold:
    """Hold from now on, until the moment that `ends` makes of it, or until somebody ends it. Takes the lock."""
    await lock(session)
    starts = await clock(session)
    hold = Hold(
        id=uuid.uuid4(),
        kind=kind,
        target=target,
        subject=subject,
        staff_id=by,
        reason=reason,
        starts=starts,
        ends=ends(starts) if ends else None,
    )
    how = KINDS[kind]
    await how.apply(session, hold)
    for key in how.wants(hold):
        await _take(session, how, key, hold)
    session.add(hold)
    await session.flush()
    return hold


async def _take(session: AsyncSession, kind: Kind, key: str, hold: Hold) -> None:
    """Store how the switch stands before the first hold; whoever comes later finds it stored."""
    found = await kind.observe(session, key, hold=True)
    others = await holding(session, kind, key)
    switch = await session.get(HeldSwitch, key, populate_existing=True)
    if switch is None:
        switch = HeldSwitch(target=key, base=found, seen=found)
        session.add(switch)
    elif not others:
        switch.base, switch.changed_outside = found, None
    elif kind.differs(switch.seen, found):
        await _changed_outside(session, kind, key, switch, found)
    if switch.changed_outside is not None:
        if kind.yields:
            return
        switch.base, switch.changed_outside = found, None  # theirs comes back once what is asked for now has ended
    await _set(session, kind, key, switch, [*others, hold], by=hold.staff_id)


async def _set(
    session: AsyncSession,
    kind: Kind,
    key: str,
    switch: HeldSwitch,
    holds: Sequence[Hold],
    *,
    by: uuid.UUID | None,
) -> None:
    """Make the platform as these holds want it, or without any as it was."""
    wanted = [kind.wants(one)[key] for one in holds]
    value = kind.strictest(key, wanted, switch.base) if wanted else switch.base
    if kind.differs(switch.seen, value) or kind.differs(await kind.observe(session, key), value):
        await kind.write(session, key, value, by=by)
    switch.seen = await kind.observe(session, key)


async def change(session: AsyncSession, kind: HoldKind, key: str, value: Value, *, by: uuid.UUID) -> bool:
    """Change a switch for good: at once, or where holds are open for when they have ended; whether it was at once.

    What is taken for good waits for nobody: holds that give it let go of it.
    """
    await lock(session)
    how = KINDS[kind]
    holds = await holding(session, how, key)
    if not holds:
        await how.observe(session, key, hold=True)
        await how.write(session, key, value, by=by)
        return True
    switch = await _looked_at(session, how, key)
    switch.base, switch.changed_outside = value, None
    await session.flush()
    if how.takes(value):
        for hold in holds:
            if not how.takes(how.wants(hold)[key]):
                await _let_go(session, how, hold, key, by=by)
    await _set(session, how, key, switch, await holding(session, how, key), by=by)
    return not how.differs(switch.seen, value)


async def _let_go(session: AsyncSession, kind: Kind, hold: Hold, key: str, *, by: uuid.UUID) -> None:
    """A hold gives no longer what was taken for good: it goes on with the rest, or is over."""
    rest = kind.without(hold, key)
    if rest is None:
        await end(session, hold, HoldCause.RESUMED, by)
        return
    hold.subject = rest
    await session.flush()
    await telling.refresh(session, hold)


async def base_of(session: AsyncSession, kind: HoldKind, key: str) -> Value:
    """How a switch stands where no hold is open, or will stand when the last has ended."""
    how = KINDS[kind]
    if not await holding(session, how, key):
        return await how.observe(session, key)
    return await stored_base(session, key)


async def stored_base(session: AsyncSession, key: str) -> Value:
    """The same of a switch that is held."""
    return (await session.get_one(HeldSwitch, key, populate_existing=True)).base


async def extend(session: AsyncSession, hold: Hold, ends: dt.datetime) -> None:
    """Let an open hold end at another time. The caller holds the lock."""
    kind = kind_of(hold)
    hold.ends, hold.noticed = ends, None
    await session.flush()
    await kind.moved(session, hold)
    for key in kind.wants(hold):
        switch = await _looked_at(session, kind, key)
        if switch.changed_outside is None:
            await _set(session, kind, key, switch, await holding(session, kind, key), by=hold.staff_id)
    await telling.refresh(session, hold)
    await defer(session, RECHECK, target=hold.target)


# Ending


async def end(session: AsyncSession, hold: Hold, cause: HoldCause, by: uuid.UUID | None = None) -> None:
    """End an open hold, and bring back the base where it was the last. The caller holds the lock."""
    await end_together(session, [hold], cause, by)


async def end_together(
    session: AsyncSession, holds: Sequence[Hold], cause: HoldCause, by: uuid.UUID | None = None
) -> None:
    """End open holds at once: none of them is told to be what another leaves in force. The caller holds the lock."""
    for hold in holds:
        await kind_of(hold).lift(session, hold)
        hold.ended = await clock(session)
        hold.cause, hold.ended_by = cause, by
        hold.verification = Verification.OWN if kind_of(hold).own else Verification.PENDING
    await session.flush()
    for hold in holds:
        await _settle(session, hold, cause, by)


async def _settle(session: AsyncSession, hold: Hold, cause: HoldCause, by: uuid.UUID | None) -> None:
    """What the end of a hold leaves in force, on the platform, on record and on the screen."""
    kind = kind_of(hold)
    left = [await _release(session, kind, key, by=by) for key in kind.wants(hold)]
    hold.after = {**await kind.after(session, hold), "changed_outside": any(left) if left else None}
    await trail.append(
        session,
        AuditKind.HOLD_ENDED,
        actor_id=by,
        action="holds.end",
        target=hold.target,
        proposal_id=hold.proposal_id,
        step=hold.step,
        facts={"hold": str(hold.id), "cause": cause, "after": hold.after},
    )
    await telling.ended(session, hold, kind.concerned(hold))
    if not kind.own:
        await defer(session, VERIFY_HOLD, hold_id=str(hold.id), attempt=0)
    await defer(session, RECHECK, target=hold.target)  # what rested on it, and what other cards say of it


async def _release(session: AsyncSession, kind: Kind, key: str, *, by: uuid.UUID | None) -> bool:
    """Set the switch as what is left wants it, or as it was before the first hold; whether it was left to others."""
    switch = await _looked_at(session, kind, key)
    if switch.changed_outside is not None:
        return True
    await _set(session, kind, key, switch, await holding(session, kind, key), by=by)
    return False


async def _looked_at(session: AsyncSession, kind: Kind, key: str) -> HeldSwitch:
    """A switch that is held; nobody else sets it until the transaction ends, and what they have set is noted."""
    found = await kind.observe(session, key, hold=True)
    switch = await session.get_one(HeldSwitch, key, populate_existing=True)
    if kind.differs(switch.seen, found):
        await _changed_outside(session, kind, key, switch, found)
    return switch


async def _changed_outside(session: AsyncSession, kind: Kind, key: str, switch: HeldSwitch, found: Value) -> None:
    """Somebody set the switch on the platform: note it, tell it, and leave it."""
    switch.seen, switch.changed_outside = found, await clock(session)
    await trail.append(
        session,
        AuditKind.HOLD_CHANGED,
        actor_id=None,
        action="holds.notice",
        target=key,
        facts={"found": kind.essence(found)},
    )
    await telling.changed(session, await holding(session, kind, key))
    await defer(session, RECHECK, target=key)


# Sweeping


async def sweep(database: Database) -> int:
    """End what is overdue, notice what others changed, announce ends that are near; how many holds ended.

    Any number of clocks may call it.
    """
    async with database.transaction() as session:
        due = await _ids(session, Hold.ends <= func.clock_timestamp())
        near = await _ids(
            session,
            Hold.noticed.is_(None),
            Hold.ends > func.clock_timestamp(),
            Hold.ends <= func.clock_timestamp() + NOTICE,
            Hold.ends - Hold.starts > WORTH_NOTICE,
        )
        watched = [*await session.scalars(ALARMED), *await _unlike(session)]
    ended = [await _alone(database, hold_id) for hold_id in dict.fromkeys([*due, *watched, *near])]
    return sum(ended)


async def _ids(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[uuid.UUID]:
    found = await session.scalars(
        select(Hold.id).where(Hold.ended.is_(None), *conditions).order_by(Hold.ends).limit(AT_A_TIME)
    )
    return list(found)


async def _unlike(session: AsyncSession) -> list[uuid.UUID]:
    """Open holds whose own row or whose switches are not as the bot left them."""
    there = await session.scalars(select(Hold.kind).where(Hold.ended.is_(None)).distinct())
    return [one for name in there.all() for one in await KINDS[HoldKind(name)].unlike(session)]


async def _alone(database: Database, hold_id: uuid.UUID) -> bool:
    """Look after one hold in a transaction of its own, so that none waits for another; whether it ended."""
    try:
        async with database.transaction() as session:
            hold = await session.get_one(Hold, hold_id)
            await kind_of(hold).lock(session, hold)
            await lock(session)
            await session.refresh(hold)
            if hold.ended is not None:
                return False  # another clock has been here
            await _look_after(session, hold)
            return hold.ended is not None
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one hold, the others end in time
        log.warning("a hold waits for the next sweep", hold=str(hold_id), error=type(error).__name__)
        return False


async def _keep(session: AsyncSession, kind: Kind, hold: Hold) -> None:
    """What the hold set is from now on what its end brings back, unless somebody else has set it."""
    for key, value in kind.wants(hold).items():
        switch = await _looked_at(session, kind, key)
        if switch.changed_outside is None:
            switch.base = value
    await session.flush()


async def _look_after(session: AsyncSession, hold: Hold) -> None:
    kind, now = kind_of(hold), await clock(session)
    if "watch" in hold.subject and (alarm := await session.scalar(ALARM, {"id": hold.id})):
        hold.subject = {**hold.subject, "alarm": alarm}
        await end(session, hold, HoldCause.ALARMED)
        return
    if hold.ends is not None and hold.ends <= now:
        if kind.stays(hold):
            await _keep(session, kind, hold)
        await end(session, hold, HoldCause.PLANNED)
        return
    if await kind.taken_away(session, [hold]):
        await end(session, hold, HoldCause.OUTSIDE)
        return
    for key in kind.wants(hold):
        await _looked_at(session, kind, key)
    if hold.noticed is None and hold.ends is not None and hold.ends <= now + NOTICE:
        hold.noticed = now
        await telling.ends_soon(session, hold)
