"""Alerts of the night, or of the day: those that are still firing, and those that came and went."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rules import Severity, rank
from bot.digests.sections.base import Item, Level, Section, Window, section
from bot.platform import staff
from bot.store import models
from bot.store.models import AlertState
from bot.words import duration


@dataclass(frozen=True)
class Alert:
    """One alert's life so far."""

    title: str
    level: Level
    fired: dt.datetime
    resolved: dt.datetime | None
    acknowledged_by: str | None
    contained: bool
    """A pause holds its jobs back: not over, and nobody has to look now."""


@section
@dataclass(frozen=True)
class Alerts(Section):
    """Those that fired meanwhile or still do."""

    name: ClassVar[str] = "alerts"

    all: tuple[Alert, ...]
    now: dt.datetime

    @property
    def eventful(self) -> bool:
        return bool(self.all)

    @property
    def firing(self) -> tuple[Alert, ...]:
        return tuple(one for one in self.all if one.resolved is None)

    @property
    def over(self) -> tuple[Alert, ...]:
        return tuple(one for one in self.all if one.resolved is not None)

    def items(self) -> list[Item]:
        at = self.name
        return [
            Item(
                one.level,
                (f"{one.title}, {_standing(one)} for {duration(self.now - one.fired, 2)}, {_whose(one)}",),
                at,
            )
            for one in self.firing
        ]

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        since, _ = window.lately
        rows = await session.scalars(
            select(models.Alert)
            .where(
                models.Alert.fired <= window.now,
                or_(models.Alert.fired >= since, models.Alert.state != AlertState.RESOLVED),
            )
            .order_by(models.Alert.fired)
        )
        return cls(tuple([await _drawn(session, row) for row in rows]), window.now)


def _standing(one: Alert) -> str:
    return "held back by a pause, open" if one.contained else "firing"


def _whose(one: Alert) -> str:
    return f"acknowledged by {one.acknowledged_by}" if one.acknowledged_by else "not acknowledged"


async def _drawn(session: AsyncSession, row: models.Alert) -> Alert:
    who = await staff.load(session, row.acknowledged_by) if row.acknowledged_by else None
    contained = row.state == AlertState.CONTAINED
    urgent = rank(row.worst) >= Severity.HIGH.rank
    return Alert(
        title=str(row.facts.get("title", f"{row.rule}: {row.subject}")),
        level=Level.RED if urgent and not contained else Level.YELLOW,
        fired=row.fired or row.since,
        resolved=row.resolved,
        acknowledged_by=who.name if who else None,
        contained=contained,
    )
