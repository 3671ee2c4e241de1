"""What whoever comes on call takes over, and what happened while somebody else was."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.cards import title_of
from bot.alerts.rules import Rule
from bot.holds.kinds import kind_of
from bot.holds.reads import numbered
from bot.store.models import Alert, AlertState, Decision, Incident, IncidentState, Proposal, State, Verdict

SOON = dt.timedelta(hours=12)
NEWS = ("alerts", "incidents", "overrides")  # without them a shift was quiet
MOST = 5  # of one kind; the others are counted
OPEN = AlertState.FIRING, AlertState.ACKNOWLEDGED, AlertState.CONTAINED


async def taken_over(
    session: AsyncSession, rules: Mapping[str, Rule], since: dt.datetime, at: dt.datetime
) -> dict[str, Any]:
    """For the template: what is open, what ends soon, what waits, and what happened since then. Nothing is personal."""
    kinds: dict[str, Sequence[Any]] = {
        "alerts": await _alerts(session, rules),
        "incidents": await _incidents(session),
        "ending": await _ending(session, at),
        "waiting": await _waiting(session),
    }
    shift = await _shift(session, since, at)
    return {
        **{name: found[:MOST] for name, found in kinds.items()},
        "more": {name: max(0, len(found) - MOST) for name, found in kinds.items()},
        "shift": shift,
        "was_quiet": not any(kinds.values()) and not any(shift[name] for name in NEWS),
    }


async def _alerts(session: AsyncSession, rules: Mapping[str, Rule]) -> list[dict[str, Any]]:
    found = await session.scalars(
        select(Alert).where(Alert.state.in_(OPEN), Alert.part_of.is_(None)).order_by(Alert.fired)
    )
    return [
        {"title": title_of(one, rules.get(one.rule)), "severity": one.severity, "state": one.state, "since": one.fired}
        for one in found
    ]


async def _incidents(session: AsyncSession) -> list[dict[str, Any]]:
    rows = select(Incident).where(Incident.state == IncidentState.OPEN, ~Incident.restricted).order_by(Incident.number)
    return [{"number": one.number, "severity": one.severity, "title": one.title} for one in await session.scalars(rows)]


async def _ending(session: AsyncSession, at: dt.datetime) -> list[dict[str, Any]]:
    """Temporary changes that end within the first half day."""
    return [
        {"noun": kind_of(hold).noun, "number": number, "ends": hold.ends}
        for hold, number in await numbered(session)
        if hold.ends is not None and hold.ends <= at + SOON
    ]


async def _waiting(session: AsyncSession) -> list[int]:
    """Numbers of the requests that somebody has to decide."""
    rows = select(Proposal.number).where(Proposal.state == State.PENDING).order_by(Proposal.number)
    return list(await session.scalars(rows))


async def _shift(session: AsyncSession, since: dt.datetime, at: dt.datetime) -> dict[str, int]:
    """How much happened."""
    counted = {
        "alerts": select(func.count()).where(Alert.fired > since, Alert.fired <= at),
        "incidents": select(func.count()).where(
            Incident.declared > since, Incident.declared <= at, ~Incident.restricted
        ),
        "requests": select(func.count()).where(Proposal.created > since, Proposal.created <= at),
        "overrides": select(func.count()).where(
            Decision.verdict == Verdict.BREAK_GLASS, Decision.at > since, Decision.at <= at
        ),
    }
    row = (await session.execute(select(*(one.scalar_subquery() for one in counted.values())))).one()
    return dict(zip(counted, row, strict=True))
