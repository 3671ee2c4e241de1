"""`digest morning`: a report, now and for oneself."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.digests.parameters import WhichReport
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.permissions import Permission
from bot.policy import Risk


@register
class ShowDigest(Action):
    """Send yourself a digest as it would be posted now."""

    name, verb = "digest.show", "digest"
    also = ("report", "summary")
    offered_as = "get a digest"
    permission, risk = Permission.DIGEST_READ, Risk.READ
    group = Group("Digests", 6)
    which: WhichReport

    @property
    def target(self) -> str:
        return f"digest:{self.which.name}"

    @property
    def report(self) -> str:
        return self.which.name

    async def preview(self, session: AsyncSession) -> Impact:
        return Impact(facts=(fact("Digest", self.which.name),), context={"report": self.which.name})
