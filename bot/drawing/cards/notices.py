"""What is said of a request besides its card: to whoever asked, and to those who are asked to decide."""

import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.channels import Channels
from bot.delivery.deliver import Projection
from bot.drawing import links, mentions
from bot.drawing.cards import plan
from bot.drawing.cards.saying import Names, called, status, words_of
from bot.drawing.elements import Element
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.people.identity import slack_ids
from bot.pipeline.core import Core, about, eligible
from bot.pipeline.send_again import unsent
from bot.pipeline.telling import News
from bot.pipeline.undo import undone_by
from bot.policy import Requirement
from bot.store import rooms
from bot.store.models import JSON, Decision, Effect, EffectState, Follower, Proposal, Revision, State, Verdict


class Notices:
    """Projections of messages about proposals."""

    def __init__(self, core: Core, renderer: Renderer, channels: Channels, team_id: str) -> None:
        self._core, self._renderer, self._channels, self._team_id = core, renderer, channels, team_id

    def projections(self) -> dict[str, Projection]:
        """Each drawing by its name; what follows the id in a subject is its own."""
        return {
            "asked": self.asked,
            "asked_already": self.asked_already,
            "told": self.told,
            "expired": self.expired,
            "reminder": self.reminder,
            "asked_again": self.asked_again,
        }

    async def asked(self, session: AsyncSession, subject: str) -> JSON:
        """To whoever asked, where they typed it: which request it is, and the way to its card. Raises `Later`."""
        proposal = await session.get_one(Proposal, uuid.UUID(subject))
        return self._renderer.message(
            "asked.j2",
            number=proposal.number,
            channel=await rooms.called(session, proposal.channel) or self._channels.shown(proposal.channel),
            card=await links.once_there(session, self._channels, proposal, "open card"),
        )

    async def asked_already(self, session: AsyncSession, subject: str) -> JSON:
        """To whoever asked for what is open, where they did: whose it is, and the way to its card. Raises `Later`."""
        proposal_id, _, by = subject.partition(":")
        proposal, asker = await session.get_one(Proposal, uuid.UUID(proposal_id)), uuid.UUID(by)
        return self._renderer.message(
            "asked_already.j2",
            number=proposal.number,
            proposal=proposal.id,
            requester=await Names(session).of(proposal.requester_id),
            own=asker == proposal.requester_id,
            following=await session.get(Follower, (proposal.id, asker)) is not None,
            card=await links.once_there(session, self._channels, proposal, "open card"),
        )

    async def told(self, session: AsyncSession, subject: str) -> JSON:
        """To whoever asked: what became of it."""
        proposal_id, _, news = subject.partition(":")
        proposal = await session.get_one(Proposal, uuid.UUID(proposal_id))
        said = await self._said(session, proposal)
        found = select(Effect).where(Effect.proposal_id == proposal.id).order_by(Effect.key)
        calls = (await session.scalars(found)).all()
        said["returned"] = called([one for one in calls if one.state == EffectState.BOUNCED])
        said["unsent"] = called([one for one in calls if one.state == EffectState.FAILED])
        said["sendable"] = bool(unsent(self._core, proposal, calls))
        return await self._draw(session, "told.j2", proposal, news=News(news), **said)

    async def expired(self, session: AsyncSession, subject: str) -> JSON:
        """As `told`; rows of an older version name it so."""
        return await self.told(session, f"{subject}:{News.EXPIRED}")

    async def reminder(self, session: AsyncSession, subject: str) -> JSON:
        """To somebody who could decide: who asks them to; once it is decided, that it is."""
        proposal_id, _, by = subject.partition(":")
        proposal = await session.get_one(Proposal, uuid.UUID(proposal_id))
        return await self._draw(session, "reminder.j2", proposal, by=await Names(session).of(uuid.UUID(by)))

    async def asked_again(self, session: AsyncSession, subject: str) -> JSON:
        """In the card's thread: it needs a new decision, and whose; once it is decided, that it is."""
        proposal = await session.get_one(Proposal, uuid.UUID(subject))
        needs = Requirement.model_validate(proposal.requirement)
        revision = await session.get_one(Revision, proposal.revision_id)
        able = await eligible(
            session, needs, proposal.requester_id, about(await self._core.actions_there(session, revision))
        )
        known = await slack_ids(session, self._team_id)
        asked = mentions.deciders(self._core.policy, known, needs.approvers, able)
        return await self._draw(session, "asked_again.j2", proposal, self_approval=needs.self_approval, deciders=asked)

    async def _draw(self, session: AsyncSession, template: str, proposal: Proposal, **more: Any) -> JSON:
        revision = await session.get_one(Revision, proposal.revision_id)
        return self._renderer.message(
            template,
            Clearance.CHANNEL,
            number=proposal.number,
            proposal=proposal.id,
            pending=proposal.state == State.PENDING,
            status=status(proposal),
            requester=await Names(session).of(proposal.requester_id),
            reason=proposal.reason,
            cause=proposal.cause,
            created=proposal.created,
            expires=proposal.expires,
            card=await self._card(session, proposal),
            **more,
            **plan.words(revision),
        )

    async def _card(self, session: AsyncSession, proposal: Proposal) -> Element:
        return await links.to_card(session, self._channels, proposal.id, f"request {proposal.number}")

    async def _said(self, session: AsyncSession, proposal: Proposal) -> dict[str, Any]:
        """Whose words carried it, or who turned it down and why; who has taken it back."""
        reasons = await session.scalars(
            select(Decision.reason)
            .where(Decision.revision_id == proposal.revision_id, Decision.voided.is_(None))
            .where(Decision.verdict == Verdict.REJECT, Decision.reason != "")
            .order_by(Decision.at)
        )
        undone = await undone_by(session, proposal.id) if proposal.state == State.UNDONE else None
        return {
            "words": await words_of(session, proposal),
            "why": reasons.first(),
            "undone": {
                "by": await Names(session).of(undone.requester_id),
                "card": await self._card(session, undone),
                "words": await words_of(session, undone),
            }
            if undone
            else None,
        }
