"""What is said of emergency overrides after they were announced: questions, reminders, and what waits for whom."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.reviews.reads import Override, overrides
from bot.delivery.channels import Channels
from bot.delivery.deliver import Projection
from bot.drawing import elements, links, mentions
from bot.drawing.cards import plan
from bot.drawing.elements import Element
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.people.identity import slack_ids
from bot.pipeline.core import Core, glass_key
from bot.platform import staff
from bot.store import outbox
from bot.store.models import JSON, Decision, GlassQuestion, Revision


class Reviews:
    """Projections of what follows an announcement."""

    def __init__(self, core: Core, renderer: Renderer, channels: Channels, team_id: str) -> None:
        self._core, self._renderer, self._channels, self._team_id = core, renderer, channels, team_id

    def projections(self) -> dict[str, Projection]:
        """Each drawing by its name."""
        return {"glass_question": self.question, "glass_reminder": self.reminder}

    async def question(self, session: AsyncSession, subject: str) -> JSON:
        """In the thread, where whoever is asked is mentioned; to them directly, with the way there."""
        question_id, _, channel = subject.partition(":")
        asked = await session.get_one(GlassQuestion, uuid.UUID(question_id))
        one = await _override(session, asked.decision_id)
        revision = await session.get_one(Revision, one.word.revision_id)
        direct = channel != one.channel
        return self._renderer.message(
            "glass_question.j2",
            Clearance.CHANNEL,
            by=await staff.name_of(session, asked.staff_id),
            to="you" if direct else await self._mention(session, one.word.staff_id),
            question=asked.question,
            card=await self._card(session, one),
            thread=await self._thread(session, one) if direct else None,
            **plan.words(revision),
        )

    async def reminder(self, session: AsyncSession, subject: str) -> JSON:
        """Who could review it, mentioned; once somebody has, that they have."""
        one = await _override(session, uuid.UUID(subject))
        reviewed_by = one.word.reviewed_by
        return self._renderer.message(
            "glass_reminder.j2",
            Clearance.CHANNEL,
            by=await staff.name_of(session, one.word.staff_id),
            at=one.word.at,
            card=await self._card(session, one),
            reviewers=await mentions.reviewers(self._core, session, one, self._team_id),
            reviewed=one.word.reviewed,
            reviewed_by=await staff.name_of(session, reviewed_by) if reviewed_by else None,
        )

    async def _mention(self, session: AsyncSession, staff_id: uuid.UUID) -> Element | str:
        linked = (await slack_ids(session, self._team_id)).get(staff_id)
        return elements.user_mention(linked) if linked else await staff.name_of(session, staff_id)

    async def _card(self, session: AsyncSession, one: Override) -> Element:
        return await links.to_card(session, self._channels, one.proposal.id, f"request {one.proposal.number}")

    async def _thread(self, session: AsyncSession, one: Override) -> Element:
        place = await outbox.place_of(session, glass_key(one.word.id))
        return elements.link(self._channels.permalink(*place), f"the thread in {self._channels.shown(one.channel)}")


async def _override(session: AsyncSession, decision_id: uuid.UUID) -> Override:
    [one] = await overrides(session, Decision.id == decision_id)
    return one
