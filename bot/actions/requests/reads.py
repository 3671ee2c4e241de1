"""Which requests somebody may see: their own, those they may decide, and those that they could ask for themselves."""

import uuid
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.registry import Registry, registry
from bot.people.handover import hands_over
from bot.people.secrecy import requests_shown_to
from bot.personal import Part
from bot.platform import staff
from bot.policy import Requirement
from bot.store.models import OPEN, Proposal, Revision

LOOKED_AT = 200  # of the newest, before those are left out that are not for everybody


@hands_over("Open requests")
async def _asked_by(session: AsyncSession, staff_id: uuid.UUID) -> list[Sequence[Part]]:
    """They end with the access of whoever asked: somebody else has to ask for what is still needed."""
    open_ones = select(Proposal.number).where(Proposal.requester_id == staff_id, Proposal.state.in_(OPEN))
    return [(f"request {number}",) for number in await session.scalars(open_ones.order_by(Proposal.number))]


async def visible(
    session: AsyncSession, viewer: uuid.UUID, *conditions: ColumnElement[bool], among: Registry = registry
) -> list[Proposal]:
    """Those of the newest that this staff member may see, newest first."""
    able = await staff.able(session, viewer)
    if able is None:
        return []
    record, allowed = able
    rows = await session.execute(
        select(Proposal, Revision.plan)
        .join(Revision, Revision.id == Proposal.revision_id)
        .where(*conditions, requests_shown_to(viewer, allowed))
        .order_by(Proposal.created.desc())
        .limit(LOOKED_AT)
    )
    return [one for one, plan in rows if sees(viewer, record.roles, allowed, one, plan, among)]


def sees(
    viewer: uuid.UUID,
    roles: frozenset[str],
    allowed: frozenset[str],
    one: Proposal,
    plan: Sequence[dict[str, str]],
    among: Registry = registry,
) -> bool:
    """Whether somebody with these roles, and what they allow, may see this request."""
    if one.requester_id == viewer or roles & set(Requirement.model_validate(one.requirement).approvers):
        return True
    asked_for = plan[:1] if plan[0].get("leads") else plan
    actions = [among.by_name.get(step["action"]) for step in asked_for]
    return all(action is not None and action.permission in allowed for action in actions)
