"""Drawing a deployment: one card for its life, with what was measured before and after side by side."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.deliver import Projection
from bot.deployments.events import PROJECTION, WORDS, lasted
from bot.drawing.buttons import button
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.store.models import JSON, Deployment, DeploymentState, Effect, Proposal

ICONS = {
    DeploymentState.STARTED: "🚀",
    DeploymentState.SUCCEEDED: "🟢",
    DeploymentState.FAILED: "🔴",
    DeploymentState.ROLLED_BACK: "↩️",
}
NOTHING = "not measured"


class DeploymentCards:
    """What delivery draws of deployments."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer

    def projections(self) -> dict[str, Projection]:
        return {PROJECTION: self.card}

    async def card(self, session: AsyncSession, subject: str) -> JSON:
        row = await session.get_one(Deployment, uuid.UUID(subject))
        took = lasted(row)
        return self._renderer.message(
            "deployments/card.j2",
            Clearance.CHANNEL,
            row=row,
            icon=ICONS[DeploymentState(row.state)],
            state=WORDS[DeploymentState(row.state)],
            took=took.total_seconds() if took else None,
            request=await _request(session, row),
            figures=side_by_side(row.figures),
            card_buttons=_buttons(row),
        )


async def _request(session: AsyncSession, row: Deployment) -> int | None:
    """The number of the request that it came of."""
    if row.request is None:
        return None
    asked = select(Proposal.number).join(Effect, Effect.proposal_id == Proposal.id).where(Effect.key == row.request)
    return await session.scalar(asked)


def side_by_side(figures: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What was measured: its name, before, after; nothing until both are known."""
    if not figures:
        return []
    before, after = figures["before"], figures["after"]
    return [
        ("Error rate", _share(before["errors"]), _share(after["errors"])),
        ("p95", _ms(before["p95"]), _ms(after["p95"])),
        ("Not healthy", _times(before), _times(after)),
    ]


def _share(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2%}"


def _ms(value: float | None) -> str:
    return NOTHING if value is None else f"{value:,.0f} ms"


def _times(measured: Mapping[str, Any]) -> str:
    return f"{measured['failures']} of {measured['measured']} measurements" if measured["measured"] else NOTHING


def _buttons(row: Deployment) -> list[JSON]:
    if row.state in (DeploymentState.SUCCEEDED, DeploymentState.FAILED):
        return [button("Request: roll it back …", "deployment:back", row.id)]
    return []
