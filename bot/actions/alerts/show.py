"""`alerts` and `silences`: what is open, the worst first, and what nobody is to hear of, until when and why."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Lead
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.parameters.alert import called
from bot.people.handover import hands_over
from bot.permissions import Permission
from bot.personal import Part
from bot.platform import staff
from bot.policy import Risk
from bot.store import silences
from bot.store.models import Alert, AlertSilence, AlertState
from bot.targets.staff import Asker
from bot.words import counted

SHOWN = 20
ENDS = 5  # buttons
WORST = ("critical", "high", "medium", "low")
PLACE = case({name: place for place, name in enumerate(WORST)}, value=Alert.severity, else_=len(WORST))


@register
class ListAlerts(Action):
    """Show the open alerts, the worst first, with links to their messages."""

    name, verb = "alert.list", "alerts"
    also = ("show alerts", "open alerts", "list alerts")
    offered_as = "show the alerts"
    permission, risk = Permission.QUEUE_READ, Risk.READ
    target = "alert:all"
    asker: Asker

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("silences",)

    async def preview(self, session: AsyncSession) -> Impact:
        is_open = Alert.state.not_in((AlertState.RESOLVED, AlertState.PENDING))
        found = (await session.scalars(select(Alert).where(is_open).order_by(PLACE, Alert.fired))).all()
        names = await staff.names(session, {one.acknowledged_by for one in found if one.acknowledged_by})
        shown = found[:SHOWN]
        return Impact(
            facts=(fact("Open", counted(len(found), "alert")),),
            context={
                "alerts": [_entry(one, names) for one in shown],
                "further": len(found) - len(shown),
                "links": {_key(one): called(one) for one in shown},
            },
        )


def _key(alert: Alert) -> str:
    """Its message; of what another one explains, that one's."""
    return f"alert:{alert.part_of or alert.id}"


def _entry(alert: Alert, names: Mapping[uuid.UUID | None, str]) -> dict[str, Any]:
    who = names[alert.acknowledged_by] if alert.acknowledged_by else None
    return {
        "title": called(alert),
        "message": None if alert.part_of else _key(alert),
        "severity": alert.severity,
        "contained": alert.state == AlertState.CONTAINED,
        "who": who,
        "fired": (alert.fired or alert.since).timestamp(),
        "silent": alert.silenced_until.timestamp() if alert.silenced_until else None,
    }


@register
class ListSilences(Action):
    """Show what is silenced: by whom, why, and until when."""

    name, verb = "alert.silences", "silences"
    also = ("show silences", "list silences")
    offered_as = "show the silences"
    permission, risk = Permission.QUEUE_READ, Risk.READ
    target = "silence:all"
    asker: Asker

    def leads_on(self, impact: Impact) -> tuple[Lead, ...]:
        ends: list[dict[str, str]] = impact.context["silences"][:ENDS]
        return tuple(Lead("alert silence end", {"silence": one["id"]}, ("of " + one["title"],)) for one in ends)

    async def preview(self, session: AsyncSession) -> Impact:
        found = await silences.going(session)
        names = await staff.names(session, {one.staff_id for one in found})
        entries = [await _silence(session, one, names[one.staff_id]) for one in found[:SHOWN]]
        return Impact(
            facts=(fact("Silent", counted(len(found), "alert") if found else "nothing"),),
            context={"silences": entries, "further": max(0, len(found) - SHOWN)},
        )


async def _silence(session: AsyncSession, one: AlertSilence, who: str) -> dict[str, Any]:
    alert = await silences.newest(session, one.rule, one.subject)
    return {
        "id": str(one.id),
        "title": called(alert) if alert else f"{one.rule} on {one.subject}",
        "severity": one.severity,
        "who": who,
        "reason": one.reason or "",
        "until": one.until.timestamp(),
        "open": alert is not None and alert.state != AlertState.RESOLVED,
    }


@hands_over("Silences")
async def _theirs(session: AsyncSession, staff_id: uuid.UUID) -> list[Sequence[Part]]:
    """They last without whoever asked for them."""
    return [
        (f"{one.rule} on {one.subject}",) for one in await silences.going(session, AlertSilence.staff_id == staff_id)
    ]
