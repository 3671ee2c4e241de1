"""`suspend @staffer for 24h because …`: sessions and account, for a time or until somebody reinstates it."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.actions.staff.facts import current, sessions_detail, sessions_fact, who_fact
from bot.errors import NothingToDo
from bot.holds import engine
from bot.holds.columns import subject_of
from bot.holds.reads import open_holds
from bot.holds.suspension import SUSPENDED, switch
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Reason
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.platform.writes import ACCOUNTS, MEMBERS, SESSIONS
from bot.policy import Risk
from bot.store.models import Hold, HoldKind, Verification
from bot.targets.staff import Staffer


async def may_open_again(session: AsyncSession, record: StaffRecord) -> bool:
    """Whether the account is suspended for a time only, so that somebody gets in with it again by and by."""
    theirs = Hold.kind == HoldKind.SUSPENSION, Hold.subject["id"].astext == str(record.id)
    return record.status == "suspended" and bool(await open_holds(session, *theirs))


@register
class Suspend(Action):
    """Sign a staff member out everywhere and suspend the account, for a fixed time or until it is reinstated."""

    name, verb = "staff.suspend", "suspend"
    also = ("lock", "lock out", "block", "ban", "disable", "freeze")
    offered_as = "suspend somebody"
    permission, risk = Permission.STAFF_SUSPEND, Risk.HIGH
    writes = (ACCOUNTS, MEMBERS, SESSIONS)
    containment = True
    changes = "status"
    staffer: Staffer
    duration: Term | None
    reason: Reason

    voids_decisions_of = Action.about
    removes_access_of = Action.about

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        await self._check(session, record)
        sessions = await staff.active_sessions(session, record.id)
        return Impact(
            facts=(
                who_fact(record),
                sessions_fact(sessions),
                fact("After", f"0 sessions; signing in is refused {self._lasts}"),
                fact("Roles", record.roles_in_words, ", kept in case the account is reinstated"),
            ),
            details=sessions_detail(sessions),
            context={
                "staffer": {"id": str(record.id), "name": record.name},
                "sessions": len(sessions),
                "lasts": self._phrase,
            },
        )

    async def _check(self, session: AsyncSession, record: StaffRecord) -> None:
        """What is closed for a time may still be closed for good."""
        if record.status == "active" or (self.duration is None and await may_open_again(session, record)):
            return
        raise NothingToDo(f"The account of {record.name} is already {record.status}. Nothing was done.")

    @property
    def _phrase(self) -> str | None:
        return self.duration.phrase if self.duration else None

    @property
    def _lasts(self) -> str:
        return (
            f"{self._phrase}, then the account is active again"
            if self._phrase
            else "until somebody reinstates the account"
        )

    async def lock(self, session: AsyncSession) -> None:
        await super().lock(session)
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        record = await current(session, self.staffer.id)
        await self._check(session, record)
        ended = await staff.revoke_sessions(session, record.id, by)
        hold = await self._hold(session, by)
        return Outcome(
            data={"sessions": [str(one) for one in ended], "staffer": str(record.id), "hold": hold},
            old={"status": record.status, "active_sessions": len(ended)},
            new={"status": "suspended", "active_sessions": 0},
            holds=(uuid.UUID(hold),) if hold else (),
        )

    async def _hold(self, session: AsyncSession, by: uuid.UUID) -> str | None:
        """Suspend the account; the id of the hold, where it is for a time."""
        if self.duration is None:
            key = switch(self.staffer.id)
            value = {"value": "suspended", "reason": self.reason.text}
            await engine.change(session, HoldKind.SUSPENSION, key, value, by=by)
            return None
        hold = await engine.place(
            session,
            HoldKind.SUSPENSION,
            target=self.target,
            subject=subject_of(self.staffer.id, SUSPENDED, staff=True),
            by=by,
            reason=self.reason.text,
            ends=self.duration.ends,
        )
        return str(hold.id)

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "may_sign_in": (await current(session, self.staffer.id)).may_act}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        sessions = await platform.sessions(uuid.UUID(one) for one in outcome["sessions"])
        access = await platform.access(self.staffer.id)
        holds = not sessions.in_force and access.may_sign_in is outcome["may_sign_in"]
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, access.at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        """What is for a time says itself when it is over."""
        return bool(outcome.get("hold")) or (await current(session, self.staffer.id)).status != "active"

    def undo(self, outcome: dict[str, Any]) -> Step:
        """The account comes back; the sessions do not: the person signs in again."""
        if outcome.get("hold"):
            given = {"hold": outcome["hold"], "reason": f"undoing: {self.reason.text}"}
            return Step(action="hold.end", parameters=given)
        return Step(
            action="staff.reinstate",
            parameters={"staffer": self.staffer.dump(), "reason": f"undoing: {self.reason.text}"},
        )
