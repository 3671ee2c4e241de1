"""`activity @staffer`: what is unusual first, then what they did, on the platform and by way of the bot."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.staff.facts import current
from bot.holds.reads import clock
from bot.parameters.base import Control, Lookup, Parameter
from bot.permissions import Permission
from bot.personal import Personal
from bot.platform import users
from bot.platform.models import AdminAuditLog
from bot.platform.oddities import of_staff
from bot.policy import Risk
from bot.store.models import AuditEntry, AuditKind
from bot.targets.staff import Staffer
from bot.words import counted, plain

LOOKED_AT = 1_000  # attempts; those of before the last days say what is usual
RECENT = dt.timedelta(days=7)
SHOWN = 8
DID = {
    AuditKind.LOOKED: "looked",
    AuditKind.ASKED: "asked",
    AuditKind.DECIDED: "decided",
    AuditKind.BROKE_GLASS: "ran without approval",
    AuditKind.REVIEWED: "reviewed",
    AuditKind.RESUMED: "resumed",
    AuditKind.SENT_AGAIN: "sent again",
    AuditKind.ARRIVED: "said whether a call or mail arrived",
}


@dataclass(frozen=True)
class Zone(Parameter):
    """The policy's time zone; nobody types it."""

    label: ClassVar[str] = "Time zone"
    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = "the time zone of the policy"
    control: ClassVar[Control] = "line"

    key: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        return cls(lookup.zone)

    def dump(self) -> str:
        return self.key

    @classmethod
    async def load(cls, dumped: object, session: AsyncSession) -> Self:
        return cls(str(dumped))


@register
class Activity(Action):
    """Show what a staff member did lately: unusual sign-ins first, then their actions."""

    name, verb = "staff.activity", "activity"
    also = ("look into", "investigate", "history of")
    offered_as = "look into somebody's activity"
    permission, risk = Permission.STAFF_INVESTIGATE, Risk.READ
    shows_people = True
    staffer: Staffer
    zone: Zone

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("verify", "lockdown")

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        now = await clock(session)
        attempts = await users.sign_ins(session, record.id, limit=LOOKED_AT)
        odd = [one for one in of_staff(attempts, ZoneInfo(self.zone.key)) if one.attempt.at >= now - RECENT]
        lately = [one for one in attempts if one.at >= now - RECENT]
        failed = sum(not one.succeeded for one in lately)
        return Impact(
            facts=(
                fact("Name", Personal(personal="person", value=record.name)),
                fact("Address", Personal(personal="email", value=record.email)),
                fact("Status", record.status if record.is_active else f"{record.status}, not active as staff"),
                fact("Roles", record.roles_in_words),
                fact("Last 7 days", f"{counted(len(lately) - failed, 'sign-in')}, {failed} failed"),
            ),
            context={
                "staffer": {"id": str(record.id), "name": record.name},
                "odd": [
                    {"at": one.attempt.at.timestamp(), "what": one.why, "ip": one.attempt.ip} for one in odd[:SHOWN]
                ],
                "more": max(0, len(odd) - SHOWN),
                "zone": self.zone.key,
                "platform": await self._on_the_platform(session),
                "bot": await self._by_the_bot(session),
            },
        )

    async def _on_the_platform(self, session: AsyncSession) -> list[dict[str, object]]:
        """The newest lines of the compliance log."""
        rows = await session.scalars(
            select(AdminAuditLog)
            .where(AdminAuditLog.admin_user_id == self.staffer.id)
            .order_by(AdminAuditLog.creation_time.desc())
            .limit(SHOWN)
        )
        return [
            {
                "at": one.creation_time.timestamp(),
                "what": f"{plain(one.action)} ({plain(one.resource_type)})",
                "ip": str(one.ip_address) if one.ip_address else None,
            }
            for one in rows
        ]

    async def _by_the_bot(self, session: AsyncSession) -> list[dict[str, object]]:
        """The newest of their own words to the bot; what followed from these is in the compliance log."""
        rows = await session.scalars(
            select(AuditEntry)
            .where(AuditEntry.actor_id == self.staffer.id, AuditEntry.kind.in_(DID))
            .order_by(AuditEntry.at.desc())
            .limit(SHOWN)
        )
        return [{"at": one.at.timestamp(), "what": f"{DID[AuditKind(one.kind)]}: {one.action}"} for one in rows]
