"""`flag clear ai-composer for acme because …`: no rule of their own any more; the flag's rules hold."""

import uuid
from typing import Annotated

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.declared import introduced_by
from bot.actions.flags.change import FlagChange
from bot.actions.flags.parameters import Whom
from bot.actions.impact import Impact
from bot.actions.registry import register
from bot.errors import InvalidParameter, NothingToDo
from bot.holds.flag import Switch, listing, own
from bot.holds.kind import Value
from bot.parameters.base import Reason
from bot.personal import Part
from bot.platform.flags import Flag
from bot.policy import Risk
from bot.targets.flag import FlagKey


@register
class Clear(FlagChange):
    """Remove a tenant's or user's override of a flag, so that the flag's rules apply to them."""

    name, verb, says = "flag.clear", "flag clear", "clear"
    risk = Risk.MEDIUM
    flag: FlagKey
    concerned: Annotated[Whom, introduced_by("for")]
    reason: Reason

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.concerned.id if self.concerned.of == "tenant" else None

    def wanted(self, state: Flag) -> dict[str, Value]:
        if self.concerned.id is None:
            raise InvalidParameter("concerned", "Say whose override: type a tenant's name or a user's address.")
        values = {self.concerned.switch(state.key).key: own(None)}
        if self.concerned.of == "tenant" and self.concerned.id in state.listed:
            values[Switch(state.key, "listed", self.concerned.id).key] = listing(listed=False)
        return values

    async def for_whom(self, session: AsyncSession) -> tuple[Part, ...]:
        return (self.concerned.part,)

    def nothing(self, state: Flag) -> NothingToDo:
        return NothingToDo(f"{self.concerned.shown} has no override of {state.key}. Nothing was done.")

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("flag check",)
