"""The announcement of what somebody will have run alone, for its whole life: stopped, run, reviewed."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.channels import Channels
from bot.delivery.deliver import Projection
from bot.drawing import links, mentions
from bot.drawing.cards import plan
from bot.drawing.cards.saying import Names, became_of_alone
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.people.identity import slack_ids
from bot.pipeline.core import Core, about, eligible
from bot.policy import Requirement
from bot.store.models import JSON, Decision, Proposal, Revision


def projections(core: Core, renderer: Renderer, channels: Channels, team_id: str) -> Mapping[str, Projection]:
    async def solo(session: AsyncSession, subject: str) -> JSON:
        """Who goes alone and when, whom it asks to look, and what became of it."""
        word = await session.get_one(Decision, uuid.UUID(subject))
        revision = await session.get_one(Revision, word.revision_id)
        proposal = await session.get_one(Proposal, revision.proposal_id)
        names = Names(session)
        return renderer.message(
            "solo.j2",
            Clearance.CHANNEL,
            by=await names.of(word.staff_id),
            runs=word.runs,
            reason=proposal.reason,
            card=await links.to_card(session, channels, proposal.id, f"request {proposal.number}"),
            deciders=await deciders(session, proposal, revision),
            proposal=proposal.id,
            revision=revision.id,
            became="others"
            if word.voided and proposal.state not in ("pending", "cancelled")
            else became_of_alone(proposal, word),
            cause=proposal.cause,
            reviewed=word.reviewed,
            reviewed_by=await names.of(word.reviewed_by) if word.reviewed_by else None,
            **plan.words(revision),
        )

    async def deciders(session: AsyncSession, proposal: Proposal, revision: Revision) -> list[Any]:
        """Everybody else whose role decides it."""
        needs = Requirement.model_validate(proposal.requirement)
        concerned = about(await core.actions_there(session, revision))
        able = await eligible(session, needs, proposal.requester_id, concerned)
        return mentions.deciders(core.policy, await slack_ids(session, team_id), needs.approvers, able)

    return {"solo": solo}
