"""Drawing holds: what a card says of its own, and the line that tells a channel how one ended."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import holds
from bot.handlers.desk import Projection
from bot.platform import staff, tenants
from bot.rendering import Clearance, Renderer
from bot.store.models import JSON, HeldSwitch, Hold, Proposal


async def of_proposal(session: AsyncSession, proposal_id: uuid.UUID) -> list[dict[str, Any]]:
    """The holds that a proposal placed, for its card."""
    found = await session.scalars(select(Hold).where(Hold.proposal_id == proposal_id).order_by(Hold.step, Hold.starts))
    return [
        {
            "ends": hold.ends,
            "ended": hold.ended,
            "ended_by": await staff.name_of(session, hold.ended_by),
            "cause": hold.cause,
            "still": "Something else still holds it back." if (hold.after or {}).get("paused") else None,
            "changed_outside": await _changed_outside(session, hold),
        }
        for hold in found
    ]


async def _changed_outside(session: AsyncSession, hold: Hold) -> bool:
    if hold.after is not None:
        return bool(hold.after.get("changed_outside"))
    switch = await session.get(HeldSwitch, hold.target)
    return switch is not None and switch.changed_outside is not None


async def _scope(session: AsyncSession, hold: Hold) -> str:
    scope = holds.scope_of(hold)
    if scope.tenant_id is None:
        return scope.queue or "all queues"
    tenant = await tenants.load(session, scope.tenant_id)
    return f"{tenant.name if tenant else 'a tenant that has left'} in {scope.queue or 'all queues'}"


def projections(renderer: Renderer) -> dict[str, Projection]:
    """What delivery draws of holds, by name."""

    async def ended(session: AsyncSession, subject: str) -> JSON:
        hold = await session.get_one(Hold, uuid.UUID(subject))
        after = hold.after or {}
        proposal = await session.get(Proposal, hold.proposal_id) if hold.proposal_id else None
        return renderer.message(
            "hold_ended.j2",
            Clearance.CHANNEL,
            scope=await _scope(session, hold),
            by=await staff.name_of(session, hold.staff_id),
            number=proposal.number if proposal else None,
            cause=hold.cause,
            ended=hold.ended,
            ended_by=await staff.name_of(session, hold.ended_by),
            paused=after["paused"],
            switched_off=after["switched_off"],
            changed_outside=after["changed_outside"],
            longest=await _longest(session, after["hold"]),
        )

    async def changed(session: AsyncSession, subject: str) -> JSON:
        hold = await session.get_one(Hold, uuid.UUID(subject))
        switch = await session.get_one(HeldSwitch, hold.target)
        return renderer.message(
            "hold_changed.j2",
            Clearance.CHANNEL,
            scope=await _scope(session, hold),
            by=await staff.name_of(session, hold.staff_id),
            on=switch.seen["is_active"],
        )

    return {"hold_ended": ended, "hold_changed": changed}


async def _longest(session: AsyncSession, hold_id: str | None) -> dict[str, Any] | None:
    """The hold that still keeps the jobs back, as it stood when another ended."""
    if hold_id is None:
        return None
    hold = await session.get_one(Hold, uuid.UUID(hold_id))
    return {
        "ends": hold.ends,
        "by": await staff.name_of(session, hold.staff_id),
        "scope": await _scope(session, hold),
    }
