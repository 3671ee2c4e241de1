"""`withdraw 12`: taking back what one asked for, before anybody decided."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.requests.parameters import OwnRequest
from bot.permissions import Permission
from bot.policy import Risk


@register
class CancelRequest(Action):
    """Withdraw a request of your own that waits for a decision.

    Changes nothing on the platform: it is the requester's own word on what they asked for.
    """

    name, verb = "request.cancel", "withdraw"
    also = ("cancel", "take back")
    offered_as = "withdraw a request"
    permission, risk = Permission.ACCESS_READ, Risk.READ
    request: OwnRequest

    @property
    def target(self) -> str:
        return f"request:{self.request.number}"

    @property
    def withdraws(self) -> uuid.UUID:
        return self.request.id

    async def preview(self, session: AsyncSession) -> Impact:
        return Impact(
            facts=(fact("Request", str(self.request.number)),),
            context={"number": self.request.number, "requests": {"withdrawn": [str(self.request.id)]}},
        )
