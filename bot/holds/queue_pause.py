"""A pause of jobs: a row of its own on the platform, and for all of one queue that queue's switch."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Boolean, Uuid, cast, literal, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds import reads
from bot.holds.kind import Answered, Kind, Value
from bot.integrations.platform.probe import PlatformProbe
from bot.personal import Moment, Part, Personal
from bot.platform import models, queues, staff, tenants
from bot.platform.queues import Scope
from bot.platform.writes import PAUSES, QUEUES
from bot.policy import Risk, Stakes
from bot.store.models import JSON, HeldSwitch, Hold, HoldKind

OFF = {"is_active": False}


@dataclass(frozen=True)
class InForce:
    """What holds a scope back."""

    holds: tuple[Hold, ...]
    """Open ones that cover it, the one that lasts longest first."""
    partly: tuple[Hold, ...]
    """Open ones that hold back some of it, and not all; those that end first come first."""
    pauses_outside: int
    """Pauses on the platform that are not the bot's."""
    switch: bool | None
    """The queue's own; None: all queues are meant, or there is no such queue."""
    switched_off: bool
    """The queue's own switch is off, and no open hold is why."""

    @property
    def paused(self) -> bool:
        return bool(self.holds) or self.pauses_outside > 0 or self.switched_off

    def dump(self) -> JSON:
        """As JSON: who holds it longest, and until when."""
        longest = self.holds[0] if self.holds else None
        ends = longest.ends.astimezone(dt.UTC).isoformat() if longest and longest.ends else None
        return {
            "paused": self.paused,
            "hold": str(longest.id) if longest else None,
            "until": ends,
            "pauses_outside": self.pauses_outside,
            "switched_off": self.switched_off,
        }


def scope_of(hold: Hold) -> Scope:
    tenant = hold.subject["tenant"]
    return Scope(hold.subject["queue"], uuid.UUID(tenant) if tenant else None)


def subject_of(scope: Scope) -> JSON:
    return {"queue": scope.queue, "tenant": str(scope.tenant_id) if scope.tenant_id else None}


def _pause_of(hold: Hold) -> uuid.UUID:
    return uuid.UUID(hold.subject["pause"])


async def _open(session: AsyncSession) -> list[Hold]:
    return await reads.open_holds(session, Hold.kind == HoldKind.QUEUE_PAUSE)


async def open_on(session: AsyncSession, scope: Scope) -> Sequence[Hold]:
    """The open pauses of exactly this scope, oldest first."""
    return await reads.open_holds(session, Hold.kind == HoldKind.QUEUE_PAUSE, Hold.target == scope.key)


async def within(session: AsyncSession, queue: str) -> list[Hold]:
    """The open pauses that hold back jobs of the queue, of all tenants or of one; those that end first come first."""
    concerned = [one for one in await _open(session) if scope_of(one).queue in (None, queue)]
    return reads.longest_first(concerned)[::-1]


async def in_force(session: AsyncSession, scope: Scope) -> InForce:
    """What holds the scope back now."""
    everything = await _open(session)
    covering = [one for one in everything if scope_of(one).covers(scope)]
    mixed = [one for one in everything if scope.meets(scope_of(one)) and not scope_of(one).covers(scope)]
    switch, pauses = await queues.held_by(session, scope)
    ours_off = any(scope_of(one).whole_queue == scope.queue for one in everything)
    return InForce(
        holds=tuple(reads.longest_first(covering)),
        partly=tuple(reads.longest_first(mixed)[::-1]),
        pauses_outside=len(pauses - {_pause_of(one) for one in everything}),
        switch=switch,
        switched_off=switch is False and not ours_off,
    )


async def afterwards(session: AsyncSession, scope: Scope, force: InForce, ending: Sequence[Hold]) -> InForce:
    """What will hold the scope back, of all that does now, once these pauses of it have ended."""
    gone = {one.id for one in ending}
    remaining = tuple(one for one in force.holds if one.id not in gone)
    off = force.switched_off
    switch = await session.get(HeldSwitch, scope.key) if scope.whole_queue else None
    if switch is not None and not any(one.target == scope.key for one in remaining):
        found = {"is_active": force.switch}
        theirs = switch.changed_outside is not None or switch.seen != found
        off = not (found if theirs else switch.base)["is_active"]
    return replace(force, holds=remaining, switched_off=off)


async def confirm(platform: PlatformProbe, scope: Scope, after: JSON) -> Answered:
    """Whether the platform holds these jobs back as it should, and where that is ours alone to know until then."""
    answer = await platform.queue(scope.queue, scope.tenant_id)
    until = answer.until.astimezone(dt.UTC).isoformat() if answer.until else None
    ours = after["hold"] is not None and not after["pauses_outside"]
    held = answer.paused == after["paused"] and answer.in_lists in (None, after["paused"])
    return Answered(held and (not ours or until == after["until"]), answer.at)


async def pausing(session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
    """Whose pause it is, of what, and its end: `request 2 by Óscar holds back email-sending until 16:40`."""
    [known] = await reads.placed(session, [hold])
    who = Personal(personal="person", value=known.by)
    what = f" holds back {await named(session, scope_of(hold))} until "
    request = f"request {known.number} by " if known.number else "a pause by "
    return (request, who, what, Moment(moment=hold.ends) if hold.ends else "somebody ends it")


async def named(session: AsyncSession, scope: Scope) -> str:
    """As people say it: `email-sending`, `Acme Corp in email-sending`."""
    if scope.tenant_id is None:
        return scope.queue or "all queues"
    tenant = await tenants.load(session, scope.tenant_id)
    return f"{tenant.name if tenant else 'a tenant that has left'} in {scope.queue or 'all queues'}"


class QueuePause(Kind):
    """Jobs of a queue, of a tenant, or of a tenant in a queue wait."""

    name, noun = HoldKind.QUEUE_PAUSE, "pause"
    writes = (PAUSES, QUEUES)
    yields = True  # the pause itself holds the jobs back, whatever the switch says

    async def apply(self, session: AsyncSession, hold: Hold) -> None:
        pause = await queues.pause(
            session, scope_of(hold), by=hold.staff_id, reason=hold.reason, start=hold.starts, ends=hold.ends
        )
        hold.subject = {**hold.subject, "pause": str(pause)}

    async def lift(self, session: AsyncSession, hold: Hold) -> None:
        await queues.lift(session, _pause_of(hold))

    async def moved(self, session: AsyncSession, hold: Hold) -> None:
        await queues.move_end(session, _pause_of(hold), hold.ends)

    async def taken_away(self, session: AsyncSession, holds: Sequence[Hold]) -> Collection[uuid.UUID]:
        lifted = await queues.lifted(session, [_pause_of(one) for one in holds])
        return {one.id for one in holds if _pause_of(one) in lifted}

    async def unlike(self, session: AsyncSession) -> Collection[uuid.UUID]:
        """Those whose own row is over or gone, and those whose queue has been switched."""
        of_ours = Hold.ended.is_(None), Hold.kind == self.name
        pause = models.QueuePause.id == cast(Hold.subject["pause"].astext, Uuid)
        lifted = (
            select(Hold.id)
            .outerjoin(models.QueuePause, pause & models.QueuePause.lifted.is_(None))
            .where(*of_ours, models.QueuePause.id.is_(None))
        )
        seen = cast(HeldSwitch.seen["is_active"].astext, Boolean)
        switched = (
            select(Hold.id)
            .join(HeldSwitch, HeldSwitch.target == Hold.target)
            .outerjoin(models.JobQueue, literal("queue:") + models.JobQueue.name == Hold.target)
            .where(*of_ours, models.JobQueue.is_active.is_distinct_from(seen))
        )
        return (await session.scalars(union(lifted, switched))).all()

    def wants(self, hold: Hold) -> Mapping[str, Value]:
        scope = scope_of(hold)
        return {scope.key: OFF} if scope.whole_queue else {}

    async def observe(self, session: AsyncSession, key: str, *, hold: bool = False) -> Value:
        return {"is_active": await queues.is_active(session, _queue(key), hold=hold)}

    async def write(self, session: AsyncSession, key: str, value: Value, *, by: uuid.UUID | None) -> None:
        await queues.switch(session, _queue(key), on=value["is_active"])

    def strictest(self, key: str, wanted: Sequence[Value], base: Value) -> Value:
        return OFF

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """Ending it is resuming; that jobs wait longer is decided by whoever set it."""
        return Stakes("queue.resume", Risk.HIGH) if ending else Stakes("hold.extend", Risk.LOW, containment=True)

    def tenant(self, hold: Hold) -> uuid.UUID | None:
        return scope_of(hold).tenant_id

    async def then(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        scope = scope_of(hold)
        remaining = await afterwards(session, scope, await in_force(session, scope), [hold])
        if remaining.holds:
            return ("still paused: ", *await pausing(session, remaining.holds[0]))
        return ("still held back on the platform itself" if remaining.paused else "jobs run again, the oldest first",)

    async def after(self, session: AsyncSession, hold: Hold) -> JSON:
        force = await in_force(session, scope_of(hold))
        return {**force.dump(), "partly": [str(one.id) for one in force.partly]}

    async def confirm(self, platform: PlatformProbe, hold: Hold, after: JSON) -> Answered:
        return await confirm(platform, scope_of(hold), after)

    async def describe(self, session: AsyncSession, hold: Hold) -> tuple[Part, ...]:
        return (f"{await named(session, scope_of(hold))} paused",)

    async def words(self, session: AsyncSession, hold: Hold) -> dict[str, Any]:
        scope, switch = scope_of(hold), await session.get(HeldSwitch, hold.target)
        return {
            "scope": await named(session, scope),
            "on": bool(switch and switch.seen["is_active"]),
            "held": None if hold.ended else (await queues.load(session, scope)).due,
            "longest": await longest(session, hold),
            "partly": [await _held(session, uuid.UUID(one)) for one in (hold.after or {}).get("partly", ())],
        }


async def longest(session: AsyncSession, ended: Hold) -> dict[str, Any] | None:
    """The pause that still keeps the jobs back, as it stood when this one ended."""
    known = (ended.after or {}).get("hold")
    return await _held(session, uuid.UUID(known)) if known else None


async def _held(session: AsyncSession, hold_id: uuid.UUID) -> dict[str, Any]:
    hold = await session.get_one(Hold, hold_id)
    return {
        "ends": hold.ends,
        "by": await staff.name_of(session, hold.staff_id),
        "number": await reads.number_of(session, hold),
        "scope": await named(session, scope_of(hold)),
    }


def _queue(key: str) -> str:
    return key.removeprefix("queue:")
