"""Who subscribed to which report: the schedules beside those of the policy file."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.schedules import DigestRule
from bot.store.models import DigestSubscription, Schedule

PREFIX = "subscription:"  # no schedule of the policy file is called so


@dataclass(frozen=True)
class Place:
    """Where a report goes: a channel of Slack's, or somebody's direct messages."""

    channel: str | None
    staff_id: uuid.UUID | None = None
    name: str = ""
    """As people call the channel, where that is known."""

    @property
    def key(self) -> str:
        """`channel:C0123`, or `staff:` and an id."""
        return f"channel:{self.channel}" if self.channel else f"staff:{self.staff_id}"

    @property
    def shown(self) -> str:
        """As people read it, whoever reads it."""
        if self.channel is None:
            return "direct messages"
        return f"#{self.name}" if self.name else "a channel"


def place_of(one: DigestSubscription) -> Place:
    return Place(one.channel, one.staff_id, one.channel_name or "")


def rule_of(one: DigestSubscription) -> DigestRule:
    """When it is due, as a schedule of the policy file has it."""
    return DigestRule(at=one.at, days=one.days, zone=one.zone, channel=one.channel or "", report=one.report)


def schedule_of(subscription: uuid.UUID) -> str:
    """What its slots are called."""
    return f"{PREFIX}{subscription}"


async def going(session: AsyncSession, *conditions: ColumnElement[bool]) -> Sequence[DigestSubscription]:
    """Those that have not ended, by report."""
    query = select(DigestSubscription).where(DigestSubscription.ended.is_(None), *conditions)
    return (await session.scalars(query.order_by(DigestSubscription.report, DigestSubscription.since))).all()


async def at_place(session: AsyncSession, report: str, place: Place) -> DigestSubscription | None:
    """The one by which this report goes there now."""
    here = DigestSubscription.channel == place.channel
    if place.channel is None:
        here = DigestSubscription.staff_id == place.staff_id
    found = await going(session, DigestSubscription.report == report, here)
    return found[0] if found else None


async def by_schedule(session: AsyncSession, schedule: str) -> DigestSubscription | None:
    """The one whose slots are called so, unless it has ended."""
    if not schedule.startswith(PREFIX):
        return None
    found = await going(session, DigestSubscription.id == uuid.UUID(schedule.removeprefix(PREFIX)))
    return found[0] if found else None


async def begin(
    session: AsyncSession, report: str, place: Place, rule: DigestRule, asked_by: uuid.UUID
) -> DigestSubscription:
    """Send it there by these times from now on, and by none that were before."""
    before = await at_place(session, report, place)
    if before is not None:
        end(before)
        await session.flush()
    one = DigestSubscription(
        id=uuid.uuid4(),
        report=report,
        channel=place.channel,
        channel_name=place.name or None,
        staff_id=place.staff_id,
        at=rule.at,
        days=rule.days,
        zone=rule.zone,
        asked_by=asked_by,
    )
    # Known from this moment on: a slot that is due before a clock looks is not missed.
    session.add_all([one, Schedule(name=schedule_of(one.id), rule=rule.identity, since=func.clock_timestamp())])
    await session.flush()
    return one


def end(one: DigestSubscription) -> None:
    """Send it there no more."""
    one.ended = func.clock_timestamp()
