"""A tenant's own rules of signing in, and its settings: for a time or for good; the strictest that is held counts."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds.columns import ColumnHold, Columns
from bot.holds.kind import Value
from bot.personal import Part
from bot.platform import tenants
from bot.platform.models import TenantConfig, TenantPolicy
from bot.platform.writes import TENANT_POLICIES, TENANT_SETTINGS
from bot.policy import Risk, Stakes
from bot.store.models import Hold, HoldKind


@dataclass(frozen=True)
class Rule:
    """One rule of signing in, or one setting."""

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
SETTINGS: Mapping[str, Rule] = {
    "notify_on_security_alerts": Rule("security-alerts", 0, 1, "", any),
}
"""By column of `tenant_config`: its other columns are Stripe's, or somebody's address."""


class Ruled(ColumnHold):
    """Columns of a tenant's row, of which one value is stricter than another."""

    rules: ClassVar[Mapping[str, Rule]]
    set_by: ClassVar[str]
    """The action that sets them, and is what its end is judged as."""
    one_of_them: ClassVar[str]
    """What a sentence calls one: `sign-in rule`."""
    key_column, thing = "tenant_id", "tenant"

    def stricter(self, column: str, values: Sequence[Any]) -> Any:
        return self.rules[column].strict(values)

    def takes(self, value: Value) -> bool:
        """What is stricter for good is in force at once through `strictest`; nothing else gives way to it."""
        return False

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """What was stricter for a time is weaker again when that ends early, and the other way round."""
        if bool(hold.subject.get("weaker")) is ending:
            return Stakes(self.set_by, Risk.MEDIUM, containment=True)
        return Stakes(self.set_by, Risk.HIGH)

    def tenant(self, hold: Hold) -> uuid.UUID | None:
        return uuid.UUID(hold.subject["id"])

    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        record = await tenants.load(session, uuid.UUID(identifier))
        return (record.name if record else "a tenant that has left",)

    def says(self, columns: Columns) -> str:
        return ", ".join(self.rules[column].says(value) for column, value in columns.items())

    def called(self, name: tuple[Part, ...], columns: Columns) -> tuple[Part, ...]:
        return (f"The {self.one_of_them} of ", *name, f" ({self.says(columns)})")


class PolicyHeld(Ruled):
    """Columns of a tenant's row of rules."""

    name, noun, set_by, rules = HoldKind.TENANT_POLICY, "rule of signing in", "tenant.policy", RULES
    one_of_them = "sign-in rule"
    writes = (TENANT_POLICIES,)
    table, asked_as = TenantPolicy, "policies"


class TenantSettingHeld(Ruled):
    """Columns of a tenant's own settings."""

    name, noun, set_by, rules = HoldKind.TENANT_SETTING, "setting of a tenant", "tenant.set_setting", SETTINGS
    one_of_them = "setting"
    writes = (TENANT_SETTINGS,)
    table, asked_as = TenantConfig, "configurations"
