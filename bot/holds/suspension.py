"""An account that nobody signs in with: a staff member's, or a customer's."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds.columns import ColumnHold, Columns
from bot.holds.kind import Answered, Value
from bot.integrations.platform.probe import PlatformProbe
from bot.personal import Part, Personal
from bot.platform import staff, users
from bot.platform.models import User
from bot.platform.writes import ACCOUNTS, MEMBERS, SESSIONS
from bot.policy import Risk, Stakes
from bot.store.models import JSON, Hold, HoldKind

STRICTEST_FIRST = ("deleted", "suspended", "active")
SUSPENDED: Mapping[str, Any] = {"status": "suspended"}


def switch(user_id: uuid.UUID) -> str:
    return f"user:{user_id}/status"


class Suspension(ColumnHold):
    """The status of one account. The sessions that end with it do not come back."""

    name, noun = HoldKind.SUSPENSION, "suspension"
    writes = (ACCOUNTS, MEMBERS, SESSIONS)
    table, thing, asked_as = User, "user", "users"
    reason_column = "status_reason"
    between = " "

    async def write(self, session: AsyncSession, key: str, value: Value, *, by: uuid.UUID | None) -> None:
        await super().write(session, key, value, by=by)
        if value.get("value") != "active":
            await staff.revoke_sessions(session, uuid.UUID(self.taken_apart(key)[0]), by)

    def stricter(self, column: str, values: Sequence[Any]) -> Any:
        return min(values, key=STRICTEST_FIRST.index)

    def takes(self, value: Value) -> bool:
        return value.get("value") != "active"

    def stakes(self, hold: Hold, *, ending: bool) -> Stakes:
        """Whoever is let in again before the time is reinstated."""
        whose = "staff" if self.about(hold) else "user"
        if ending:
            return Stakes(f"{whose}.reinstate", Risk.HIGH)
        return Stakes(f"{whose}.suspend", Risk.LOW, containment=True)

    def about(self, hold: Hold) -> uuid.UUID | None:
        return uuid.UUID(hold.subject["id"]) if hold.subject.get("staff") else None

    async def lock(self, session: AsyncSession, hold: Hold) -> None:
        """Also a customer's account comes before the holds."""
        await super().lock(session, hold)
        await staff.lock_account(session, uuid.UUID(hold.subject["id"]))

    def tenant(self, hold: Hold) -> uuid.UUID | None:
        tenant = hold.subject.get("tenant")
        return uuid.UUID(tenant) if tenant else None

    def concerned(self, hold: Hold) -> Collection[uuid.UUID]:
        return dict.fromkeys([one for one in (self.about(hold), hold.staff_id) if one])

    async def confirm(self, platform: PlatformProbe, hold: Hold, after: JSON) -> Answered:
        """Of a staff member, whether the platform lets them in; of a customer, by what status it goes."""
        about = self.about(hold)
        if about is None:
            return await super().confirm(platform, hold, after)
        answer = await platform.access(about)
        return Answered(answer.may_sign_in is (after["columns"]["status"] == "active"), answer.at)

    async def named(self, session: AsyncSession, identifier: str) -> tuple[Part, ...]:
        if member := await staff.load(session, uuid.UUID(identifier)):
            return (Personal(personal="person", value=member.name),)
        user = await users.load(session, uuid.UUID(identifier))
        return (Personal(personal="customer", value=user.email) if user else "a user who has left",)

    def says(self, columns: Columns) -> str:
        return {"active": "active", "suspended": "suspended"}.get(columns["status"], "no longer there")

    def called(self, name: tuple[Part, ...], columns: Columns) -> tuple[Part, ...]:
        return ("The suspension of ", *name)
