"""What was agreed with one tenant, for a time or for good: limits, another plan's limits, its price, its trial's end.

The platform asks these before its plan and before what Stripe says of the trial; Stripe itself is told nothing.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds.columns import ColumnHold, Columns
from bot.personal import Part
from bot.platform import tenants
from bot.platform.models import TenantOverride
from bot.platform.tenant_reads import LIMITS
from bot.platform.writes import AGREEMENTS
from bot.policy import Risk, Stakes
from bot.store.models import Hold, HoldKind

PRICES = ("price_monthly", "price_yearly")


class Agreement(ColumnHold):
    """Columns of a tenant's row of agreements."""

    name, noun = HoldKind.AGREEMENT, "agreement"
    writes = (AGREEMENTS,)
    table, key_column, thing, asked_as = TenantOverride, "tenant_id", "tenant", "agreements"
    creates = True

    def stricter(self, column: str, values: Sequence[Any]) -> Any:
        """The newest agreement counts: whoever makes one knows of those before it."""
        return values[-1]

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """What goes on longer is agreed anew; its end takes from nobody what they were promised for good."""
        return Stakes(hold.subject["action"], Risk.MEDIUM if ending else Risk.HIGH)

    def tenant(self, hold: Hold) -> uuid.UUID | None:
        return uuid.UUID(hold.subject["id"])

    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        record = await tenants.load(session, uuid.UUID(identifier))
        return (record.name if record else "a tenant that has left",)

    def says(self, columns: Columns) -> str:
        """`at most 50 users`; prices, which few may see, only as far as they are nothing."""
        said = [_says(column, value) for column, value in columns.items() if column != "price_yearly"]
        return ", ".join(said) or "as in its plan"

    def called(self, name: tuple[Part, ...], columns: Columns) -> tuple[Part, ...]:
        return ("The agreement with ", *name, f" ({self.says(columns)})")


def _says(column: str, value: Any) -> str:
    if column in LIMITS:
        return f"{LIMITS[column]} as in its plan" if value is None else f"at most {value:,} {LIMITS[column]}"
    if column == "plan_slug":
        return f"the limits of {value}" if value else "the limits of its own plan"
    if column == "trial_ends":
        return f"trial until {dt.datetime.fromisoformat(value):%-d %b %Y}" if value else "trial as in Stripe"
    if value is None:
        return "the price of its plan"
    return "free of charge" if float(value) == 0 else "a price of its own"
