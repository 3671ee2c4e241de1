"""A sandbox: a tenant to try things on, which is one as long as it is held; its end leaves it churned."""

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds.columns import ColumnHold, Columns
from bot.personal import Part
from bot.platform import tenants
from bot.platform.models import Tenant
from bot.platform.writes import SANDBOXES
from bot.policy import Risk, Stakes
from bot.store.models import Hold, HoldKind


class Sandbox(ColumnHold):
    """The status of a tenant that was made to try things on."""

    name, noun = HoldKind.SANDBOX, "sandbox"
    writes = (SANDBOXES,)
    table, thing, asked_as = Tenant, "tenant", "tenants"

    def stricter(self, column: str, values: Sequence[Any]) -> Any:
        return values[-1]

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        return Stakes("sandbox.create", Risk.LOW)

    def tenant(self, hold: Hold) -> uuid.UUID | None:
        return uuid.UUID(hold.subject["id"])

    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        record = await tenants.load(session, uuid.UUID(identifier))
        return (record.name if record else "a sandbox that is gone",)

    def says(self, columns: Columns) -> str:
        over = "over; its data stays until somebody deletes it on the platform"
        return "a sandbox" if columns.get("status") == "sandbox" else over

    def called(self, name: tuple[Part, ...], columns: Columns) -> tuple[Part, ...]:
        return ("The sandbox ", *name)
