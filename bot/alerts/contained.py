"""What the card of a contained alert says: what holds its jobs back, until when, and what comes then."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.queues.facts import work
from bot.drawing.buttons import button
from bot.holds import queue_pause
from bot.holds.reads import number_of
from bot.platform import queues, staff
from bot.platform.queues import Scope
from bot.store.models import JSON, Alert, AlertState


async def contained(session: AsyncSession, alert: Alert) -> dict[str, Any] | None:
    """What the template says of it; None for an alert in any other state."""
    if alert.state != AlertState.CONTAINED or alert.contained is None:
        return None
    holds = await queue_pause.within(session, alert.subject)
    held = alert.facts.get("held") or 0
    return {
        "held": held,
        "pauses": [
            {
                "scope": await queue_pause.named(session, queue_pause.scope_of(one)),
                "by": await staff.name_of(session, one.staff_id),
                "number": await number_of(session, one),
                "ends": one.ends,
            }
            for one in holds
        ],
        "takes": work(held, await queues.pace(session, Scope(alert.subject, None), alert.contained)),
        "buttons": _buttons(holds[0].id, ends=holds[0].ends is not None) if holds else [],
    }


def _buttons(hold_id: object, *, ends: bool) -> list[JSON]:
    """For the pause that ends first."""
    later = [button("Extend the pause by 1 h", "hold:extend", hold_id)] if ends else []
    return [*later, button("End the pause", "hold:end", hold_id)]
