"""`reviews`: what ran without approval and nobody has looked at yet, and of late somebody has."""

import uuid
from typing import Any

from sqlalchemy import func, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.requests.reads import visible
from bot.actions.reviews.reads import Override, overrides, plans_to_review, to_review
from bot.permissions import Permission
from bot.platform import staff
from bot.policy import Risk
from bot.store.models import Decision, Proposal
from bot.targets.staff import Asker

SHOWN = 20
LATELY = text("interval '30 days'")


@register
class ShowReviews(Action):
    """Show emergency overrides, self-healing and lockdowns. What still needs a review comes first."""

    name, verb = "request.reviews", "reviews"
    also = ("list reviews", "show reviews", "overrides", "emergency overrides", "self-healing")
    offered_as = "show emergency overrides"
    permission, risk = Permission.ACCESS_READ, Risk.READ
    target = "request:reviews"
    asker: Asker

    async def preview(self, session: AsyncSession) -> Impact:
        found = {
            "open": await to_review(session),
            "done": (await overrides(session, Decision.reviewed > func.now() - LATELY))[::-1],
        }
        plans = await plans_to_review(session)
        requests = [one.proposal for several in found.values() for one in several] + plans
        seen = await self._seen(session, [one.id for one in requests])
        shown = {name: [one for one in several if one.proposal.id in seen] for name, several in found.items()}
        return Impact(
            facts=tuple(fact(name.capitalize(), str(len(several))) for name, several in shown.items()),
            context={
                "requests": {name: [str(one.proposal.id) for one in several[:SHOWN]] for name, several in shown.items()}
                | {"plans": [str(one.id) for one in plans if one.id in seen][:SHOWN]},
                "overrides": {
                    name: [await self._line(session, one) for one in several[:SHOWN]] for name, several in shown.items()
                },
                "further": {name: max(0, len(several) - SHOWN) for name, several in shown.items()},
            },
        )

    async def _seen(self, session: AsyncSession, ids: list[uuid.UUID]) -> set[uuid.UUID]:
        """Those whose requests they may see."""
        return {one.id for one in await visible(session, self.asker.id, Proposal.id.in_(ids))} if ids else set()

    async def _line(self, session: AsyncSession, one: Override) -> dict[str, Any]:
        offered = one.word.reviewed is None and one.for_review_by(self.asker.id, self.asker.roles)
        return {
            "by": await staff.name_of(session, one.word.staff_id),
            "at": one.word.at.timestamp(),
            "why": one.word.reason or "",
            "by_itself": one.by_itself,
            "reviewed": one.word.reviewed.timestamp() if one.word.reviewed else None,
            "reviewed_by": await staff.name_of(session, one.word.reviewed_by) if one.word.reviewed_by else None,
            "offered": str(one.proposal.id) if offered else None,
        }
