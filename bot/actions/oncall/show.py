"""`oncall`: who is on call, until when, and who is next, in each layer; `oncall tomorrow`: then."""

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Fact, Impact, fact
from bot.actions.oncall.facts import called, people
from bot.actions.oncall.parameters import When
from bot.actions.registry import register
from bot.people import on_call
from bot.people.on_call import Duty, policy_of
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform.staff import StaffRecord
from bot.policy import Risk
from bot.store.models import OnCallSwap

SHOWN = 10


@register
class ShowOnCall(Action):
    """Show for each layer who is on call, until when, and who is next. Or show who is on call at another moment."""

    name, verb = "oncall.show", "oncall"
    also = ("on call", "on-call", "who's on", "roster", "rota")
    offered_as = "show who is on call"
    permission, risk = Permission.ONCALL_READ, Risk.READ
    group = Group("On call", 9)
    moment: When | None

    @property
    def target(self) -> str:
        return "oncall:all"

    async def preview(self, session: AsyncSession) -> Impact:
        found = await on_call.now(session, policy_of(session), self.moment.moment if self.moment else None)
        known = await people(session)
        layers = [one.layer for one in found.duties]
        return Impact(
            facts=tuple(_line(one, known) for one in found.duties),
            context={
                "at": self.moment.moment.timestamp() if self.moment else None,
                "duties": [_duty(one, known) for one in found.duties],
                "after": [called(known, one) for one in found.named] if found.fixed else [],
                "swaps": await _swaps(session, layers, found.at, known),
            },
        )

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("oncall swap", "oncall assign") if impact and impact.facts else ()


def _line(duty: Duty, known: dict[str, StaffRecord]) -> Fact:
    ends = (" until ", Moment.of(duty.shift.ends)) if duty.shift.ends else (", always",)
    return fact(duty.layer.capitalize(), called(known, duty.shift.who), *ends)


def _duty(duty: Duty, known: dict[str, StaffRecord]) -> dict[str, Any]:
    shift, following = duty.shift, duty.following
    return {
        "layer": duty.layer,
        "who": called(known, shift.who),
        "ends": shift.ends.timestamp() if shift.ends else None,
        "by_pagerduty": duty.by_pagerduty,
        "away": duty.away.timestamp() if duty.away else None,
        "instead_of": called(known, shift.instead_of) if shift.instead_of else None,
        "next": called(known, following.who) if following else None,
        "next_ends": following.ends.timestamp() if following and following.ends else None,
    }


async def _swaps(
    session: AsyncSession, layers: list[str], at: dt.datetime, known: dict[str, StaffRecord]
) -> list[dict[str, Any]]:
    """Those that count then, or later."""
    coming = OnCallSwap.withdrawn.is_(None), OnCallSwap.ends > at, OnCallSwap.layer.in_(layers)
    rows = await session.scalars(select(OnCallSwap).where(*coming).order_by(OnCallSwap.begins).limit(SHOWN))
    names = {one.id: one.name for one in known.values()}
    return [
        {
            "layer": row.layer,
            "who": names.get(row.staff_id, "somebody who has left"),
            "begins": row.begins.timestamp(),
            "ends": row.ends.timestamp(),
        }
        for row in rows
    ]
