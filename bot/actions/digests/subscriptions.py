"""`digest subscriptions`: which digests are sent where by the clock, beside those of the policy file."""

import uuid
from collections.abc import Sequence

from sqlalchemy import or_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Lead
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.people.handover import hands_over
from bot.permissions import Permission
from bot.personal import Part
from bot.policy import Risk
from bot.store import subscriptions
from bot.store.models import DigestSubscription
from bot.targets.staff import Asker


@hands_over("Subscriptions of channels")
async def _asked_by(session: AsyncSession, staff_id: uuid.UUID) -> list[Sequence[Part]]:
    """They go on without whoever asked for them; somebody's own ends by itself."""
    mine = await subscriptions.going(
        session, DigestSubscription.asked_by == staff_id, DigestSubscription.channel.is_not(None)
    )
    return [(f"{one.report} in {subscriptions.place_of(one).shown}",) for one in mine]


@register
class Subscriptions(Action):
    """Show the subscriptions to digests: those of channels, and your own."""

    name, verb = "digest.subscriptions", "digest subscriptions"
    offered_as = "show the subscriptions to digests"
    permission, risk = Permission.DIGEST_READ, Risk.READ
    target = "subscription:all"
    asker: Asker

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("digest subscribe",)

    def leads_on(self, impact: Impact) -> tuple[Lead, ...]:
        own: list[str] = impact.context["own"]
        return tuple(
            Lead("digest unsubscribe", {"which": report, "where": "me"}, (f"{report} to me",)) for report in own
        )

    async def preview(self, session: AsyncSession) -> Impact:
        place = or_(DigestSubscription.channel.is_not(None), DigestSubscription.staff_id == self.asker.id)
        found = await subscriptions.going(session, place)
        facts = [fact(one.report, f"{_where(one)}, {subscriptions.rule_of(one).in_words}") for one in found]
        nothing = fact("Subscriptions", "none; to begin one, type /pm digest subscribe morning here")
        own = [one.report for one in found if one.staff_id is not None]
        return Impact(facts=tuple(facts) or (nothing,), context={"own": own})


def _where(one: DigestSubscription) -> str:
    return "to you" if one.staff_id else f"in {subscriptions.place_of(one).shown}"
