"""A tenant's own rules of signing in: for a time or for good; the strictest that is held is in force."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds.columns import ColumnHold, Columns
from bot.holds.kind import Value
from bot.personal import Part
from bot.platform import tenants
from bot.platform.models import TenantPolicy
from bot.platform.writes import TENANT_POLICIES
from bot.policy import Risk, Stakes
from bot.store.models import Hold, HoldKind


@dataclass(frozen=True)
class Rule:
    """One rule of signing in."""

    word: str
    """What people call it in a command."""
    least: int
    most: int
    unit: str
    """Empty: it is on or off."""
    strict: Callable[[Sequence[Any]], Any]
    """The strictest of some values."""

    @property
    def switch(self) -> bool:
        return not self.unit

    def weakens(self, before: Any, after: Any) -> bool:
        return before is not None and self.strict([before, after]) != after

    def says(self, value: Any) -> str:
        if value is None:
            return f"{self.word} not set"
        return f"{self.word} {'on' if value else 'off'}" if self.switch else f"{self.word} {value} {self.unit}"


RULES: Mapping[str, Rule] = {
    "two_factor_required": Rule("two-factor", 0, 1, "", any),
    "session_timeout_hours": Rule("session", 1, 168, "h", min),
    "max_login_attempts": Rule("attempts", 3, 20, "tries", min),
    "password_min_length": Rule("password", 8, 128, "characters", max),
}
"""By column of the platform's `tenant_policies`."""


class PolicyHeld(ColumnHold):
    """Columns of a tenant's row of rules."""

    name, noun = HoldKind.TENANT_POLICY, "rule of signing in"
    writes = (TENANT_POLICIES,)
    table, key_column, thing, asked_as = TenantPolicy, "tenant_id", "tenant", "policies"

    def stricter(self, column: str, values: Sequence[Any]) -> Any:
        return RULES[column].strict(values)

    def takes(self, value: Value) -> bool:
        """What is stricter for good is in force at once through `strictest`; nothing else gives way to it."""
        return False

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """What was stricter for a time is weaker again when that ends early, and the other way round."""
        if bool(hold.subject.get("weaker")) is ending:
            return Stakes("tenant.policy", Risk.MEDIUM, containment=True)
        return Stakes("tenant.policy", Risk.HIGH)

    def tenant(self, hold: Hold) -> uuid.UUID | None:
        return uuid.UUID(hold.subject["id"])

    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        record = await tenants.load(session, uuid.UUID(identifier))
        return (f"{record.name}:" if record else "a tenant that has left:",)

    def says(self, columns: Columns) -> str:
        return ", ".join(RULES[column].says(value) for column, value in columns.items())
