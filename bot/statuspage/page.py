"""What the public status page says. Only what was written or named for it is ever read here.

Of the platform that is a state of each service that the policy lists, under the name that customers know; of incidents
what somebody published; of maintenance what it is on and when. No title, reason, person or figure of ours is asked for.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.drawing.masking import visible
from bot.platform.models import ServiceHealth
from bot.store.models import Incident, MaintenanceWindow, PublicPhase, PublicUpdate, WindowScope, WindowState

HISTORY = dt.timedelta(days=90)
FRESH = dt.timedelta(minutes=10)
"""A measurement that is older says nothing of now."""
AS_OF = 300  # seconds: how exactly the page says of when it is, so that it changes no more often than that
STATES = {"healthy": "works", "degraded": "slow", "down": "down"}
MAINTENANCE, NOT_KNOWN = "maintenance", "not known"
EVERYTHING = "All services"
_OPEN = (WindowState.PLANNED, WindowState.RUNNING)


@dataclass(frozen=True)
class Service:
    """A service, as customers know it."""

    name: str
    state: str
    """`works`, `slow`, `down`, `maintenance` or `not known`."""


@dataclass(frozen=True)
class Update:
    """What was said at some moment."""

    at: dt.datetime
    phase: str
    said: str


@dataclass(frozen=True)
class PublicIncident:
    """An incident, as it was published."""

    headline: str
    updates: Sequence[Update]
    """The newest first; at least one."""

    @property
    def is_open(self) -> bool:
        return self.updates[0].phase != PublicPhase.RESOLVED


@dataclass(frozen=True)
class Work:
    """Maintenance that is announced or under way."""

    on: str
    starts: dt.datetime
    ends: dt.datetime
    under_way: bool


@dataclass(frozen=True)
class Page:
    """All of it, at one moment."""

    as_of: dt.datetime
    services: Sequence[Service]
    open: Sequence[PublicIncident]
    work: Sequence[Work]
    history: Sequence[PublicIncident]
    """Incidents of the last 90 days that are over, the newest first."""

    @property
    def summary(self) -> str:
        """In one line, the worst first."""
        if any(one.state == "down" for one in self.services):
            return "Something is down"
        if self.open or any(one.state == "slow" for one in self.services):
            return "Something does not work as it should"
        if any(one.under_way for one in self.work):
            return "Maintenance is under way"
        if all(one.state == "works" for one in self.services) and self.services:
            return "Everything works"
        return "No incident is known"

    def as_data(self) -> dict[str, Any]:
        """As JSON; times are ISO 8601 in UTC."""
        return {
            "as_of": _iso(self.as_of),
            "summary": self.summary,
            "services": [{"name": one.name, "state": one.state} for one in self.services],
            "incidents": [_as_data(one) for one in self.open],
            "maintenance": [
                {"on": one.on, "starts": _iso(one.starts), "ends": _iso(one.ends), "under_way": one.under_way}
                for one in self.work
            ],
            "history": [_as_data(one) for one in self.history],
        }


def _as_data(one: PublicIncident) -> dict[str, Any]:
    said = [{"at": _iso(update.at), "phase": update.phase, "text": update.said} for update in one.updates]
    return {"headline": one.headline, "updates": said}


def _iso(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds")


async def read(session: AsyncSession, called: Mapping[str, str], now: dt.datetime) -> Page:
    """`called`: the public services, each with its public name."""
    work, under_way = await _work(session, called)
    incidents = await _incidents(session, now)
    return Page(
        as_of=dt.datetime.fromtimestamp(now.timestamp() // AS_OF * AS_OF, dt.UTC),
        services=await _services(session, called, under_way, now),
        open=[one for one in incidents if one.is_open],
        work=work,
        history=[one for one in incidents if not one.is_open and one.updates[0].at > now - HISTORY],
    )


async def _services(
    session: AsyncSession, called: Mapping[str, str], under_way: Sequence[str | None], now: dt.datetime
) -> list[Service]:
    lately = (
        select(ServiceHealth.service, ServiceHealth.status)
        .where(ServiceHealth.service.in_(called), ServiceHealth.at > now - FRESH)
        .order_by(ServiceHealth.at)
    )
    measured = {service: STATES.get(status, NOT_KNOWN) for service, status in await session.execute(lately)}
    states = {one: measured.get(one, NOT_KNOWN) for one in called}
    worked_on = {one for one in called if one in under_way or None in under_way}
    return [
        Service(name, MAINTENANCE if one in worked_on and states[one] != "works" else states[one])
        for one, name in called.items()
    ]


async def _work(session: AsyncSession, called: Mapping[str, str]) -> tuple[list[Work], list[str | None]]:
    """What is announced of the public services, and which of them is worked on now (None: all)."""
    rows = (
        await session.execute(
            select(MaintenanceWindow.subject, MaintenanceWindow.starts, MaintenanceWindow.ends, MaintenanceWindow.state)
            .where(MaintenanceWindow.state.in_(_OPEN), MaintenanceWindow.announced.is_not(None))
            .where(
                (MaintenanceWindow.scope == WindowScope.EVERYTHING)
                | ((MaintenanceWindow.scope == WindowScope.SERVICE) & MaintenanceWindow.subject.in_(called))
            )
            .order_by(MaintenanceWindow.starts, MaintenanceWindow.number)
        )
    ).all()
    shown = [
        Work(called[on] if on else EVERYTHING, starts, ends, state == WindowState.RUNNING)
        for on, starts, ends, state in rows
    ]
    return shown, [on for on, _, _, state in rows if state == WindowState.RUNNING]


async def _incidents(session: AsyncSession, now: dt.datetime) -> list[PublicIncident]:
    """Those with an update that stands: open ones however old, the newest first."""
    recent = select(PublicUpdate.incident_id).where(PublicUpdate.retracted.is_(None), PublicUpdate.at > now - HISTORY)
    still = select(Incident.id).where(Incident.is_open)
    rows = await session.execute(
        select(PublicUpdate.incident_id, PublicUpdate.headline, PublicUpdate.at, PublicUpdate.phase, PublicUpdate.said)
        .where(PublicUpdate.retracted.is_(None))
        .where(PublicUpdate.incident_id.in_(recent) | PublicUpdate.incident_id.in_(still))
        .order_by(PublicUpdate.incident_id, PublicUpdate.at.desc())
    )
    found = []
    for _, of_one in groupby(rows.all(), key=lambda row: row.incident_id):
        updates = [*of_one]
        said = [Update(one.at, one.phase, visible(one.said)) for one in updates]
        found.append(PublicIncident(visible(updates[0].headline), said))
    return sorted(found, key=lambda one: one.updates[0].at, reverse=True)
