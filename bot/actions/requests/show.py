"""`requests`: what is open and what ended lately, as far as whoever asks may see it."""

from sqlalchemy import func, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.requests.reads import visible
from bot.permissions import Permission
from bot.policy import Risk
from bot.store.models import OPEN, Proposal
from bot.targets.staff import Asker

SHOWN = 20
LATELY = text("interval '24 hours'")


@register
class ShowRequests(Action):
    """Show the requests that are open, and those that ended in the last day."""

    name, verb = "request.list", "requests"
    offered_as = "show requests"
    permission, risk = Permission.ACCESS_READ, Risk.READ
    group = Group("Requests", 5)
    target = "request:all"
    asker: Asker

    async def preview(self, session: AsyncSession) -> Impact:
        found = {
            "open": await visible(session, self.asker.id, Proposal.state.in_(OPEN)),
            "ended": await visible(
                session, self.asker.id, Proposal.state.not_in(OPEN), Proposal.ended > func.now() - LATELY
            ),
        }
        return Impact(
            facts=tuple(fact(name.capitalize(), str(len(all_of))) for name, all_of in found.items()),
            context={
                "requests": {name: [str(one.id) for one in all_of[:SHOWN]] for name, all_of in found.items()},
                "further": {name: max(0, len(all_of) - SHOWN) for name, all_of in found.items()},
            },
        )
