"""What the security channel is asked to look at, after a plan that wants it."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.channels import Channels
from bot.delivery.deliver import Projection
from bot.drawing import links, mentions
from bot.drawing.cards import plan
from bot.drawing.cards.saying import Names, status
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.people.identity import slack_ids
from bot.pipeline import plan_review
from bot.pipeline.core import Core
from bot.policy import Requirement
from bot.store.models import JSON, Proposal, Revision, State


class PlanReviews:
    """Projections of what is to be reviewed."""

    def __init__(self, core: Core, renderer: Renderer, channels: Channels, team_id: str) -> None:
        self._core, self._renderer, self._channels, self._team_id = core, renderer, channels, team_id

    def projections(self) -> dict[str, Projection]:
        """Each drawing by its name."""
        return {"to_review": self.to_review, "plan_reminder": self.reminder}

    async def to_review(self, session: AsyncSession, subject: str) -> JSON:
        """What was done to whom and how far it is; who may look at it, and once somebody has, who."""
        return await self._draw(session, "to_review.j2", subject)

    async def reminder(self, session: AsyncSession, subject: str) -> JSON:
        """The same a morning after, in its thread, for those who may look at it."""
        return await self._draw(session, "plan_reminder.j2", subject)

    async def _draw(self, session: AsyncSession, template: str, subject: str) -> JSON:
        proposal = await session.get_one(Proposal, uuid.UUID(subject))
        revision = await session.get_one(Revision, proposal.revision_id)
        actions = await self._core.actions_there(session, revision)
        needs, names = Requirement.model_validate(proposal.requirement), Names(session)
        able = await plan_review.reviewers(session, proposal, actions)
        reviewed = await plan_review.entry(session, proposal.id)
        return self._renderer.message(
            template,
            Clearance.CHANNEL,
            card=await links.to_card(session, self._channels, proposal.id, f"request {proposal.number}"),
            over=proposal.state in (State.SUCCEEDED, State.UNDONE),
            status=status(proposal),
            requester=await names.of(proposal.requester_id),
            reason=proposal.reason,
            proposal=proposal.id,
            reviewers=mentions.deciders(
                self._core.policy, await slack_ids(session, self._team_id), needs.approvers, able
            ),
            reviewed=reviewed.at if reviewed else None,
            reviewed_by=await names.of(reviewed.actor_id) if reviewed and reviewed.actor_id else None,
            **plan.words(revision),
        )
