"""`flag rollout ai-composer 25% because …`: for a share of the tenants, always the same ones first."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.flags.change import FlagChange
from bot.actions.flags.parameters import Percent
from bot.actions.impact import Impact
from bot.actions.registry import register
from bot.actions.watching import Watching
from bot.errors import NothingToDo
from bot.holds.flag import Switch, default_of
from bot.holds.kind import Value
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.personal import Part
from bot.platform.flags import Flag
from bot.policy import Risk, Stakes
from bot.targets.flag import FlagKey

MANY = 50  # percent of the tenants, above which it takes a second person


@register
class Rollout(FlagChange):
    """Roll a flag out to a share of the tenants."""

    name, verb, says = "flag.rollout", "flag rollout", "roll out"
    also = ("rollout", "roll out")
    flag: FlagKey
    share: Percent
    duration: Term | None
    watching: Watching | None
    reason: Reason

    @property
    def stakes(self) -> Stakes:
        state = self.flag.state
        more = self.share.share > (100 if state.enabled else state.rollout)
        return Stakes(self.name, Risk.HIGH if more and self.share.share > MANY else Risk.MEDIUM)

    def wanted(self, state: Flag) -> dict[str, Value]:
        """A default of on would make every share everybody."""
        return {Switch(state.key).key: default_of(enabled=False, rollout=self.share.share)}

    async def for_whom(self, session: AsyncSession) -> tuple[Part, ...]:
        return (f"{self.share.shown} of the tenants",)

    def nothing(self, state: Flag) -> NothingToDo:
        return NothingToDo(f"{state.key} is rolled out to {self.share.shown} already. Nothing was done.")

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("flag",)
