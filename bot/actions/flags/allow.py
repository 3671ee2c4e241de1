"""`flag allow ai-composer for acme, globex because …`: on the allowlist, whatever the rollout is."""

import uuid
from typing import Annotated

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.declared import introduced_by
from bot.actions.flags.change import FlagChange
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.holds.flag import NAMED, Switch, listing
from bot.holds.kind import Value
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.personal import Part
from bot.platform.flags import Flag
from bot.policy import Risk
from bot.targets.flag import FlagKey
from bot.targets.tenant import Tenants


@register
class Allow(FlagChange):
    """Put tenants on the allowlist of a flag."""

    name, verb, says = "flag.allow", "flag allow", "allow"
    risk = Risk.MEDIUM
    flag: FlagKey
    tenants: Annotated[Tenants, introduced_by("for")]
    duration: Term | None
    reason: Reason

    @property
    def tenant_id(self) -> uuid.UUID | None:
        return self.tenants.found[0].tenant if len(self.tenants.found) == 1 else None

    def wanted(self, state: Flag) -> dict[str, Value]:
        return {Switch(state.key, "listed", one.tenant).key: listing(listed=True) for one in self.tenants.found}

    async def for_whom(self, session: AsyncSession) -> tuple[Part, ...]:
        names = [one.name for one in self.tenants.found]
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return (", ".join(names[:NAMED]) + more,)

    def nothing(self, state: Flag) -> NothingToDo:
        return NothingToDo(f"{self.tenants.shown} is already on the allowlist of {state.key}. Nothing was done.")

    async def notes(self, session: AsyncSession, state: Flag) -> list[Fact]:
        off = [one.name for one in self.tenants.found if (own := state.tenants.get(one.tenant)) and not own.enabled]
        if not off:
            return []
        return [
            fact(
                "Note",
                f"the flag stays off for {', '.join(off)}: their own override has priority. To remove the override, "
                "type /pm flag clear",
            )
        ]

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("flag",)
