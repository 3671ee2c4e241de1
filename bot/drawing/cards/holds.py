"""Drawing holds: what a card says of its own, and what a channel and those concerned are told of one."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.holds.parameters import HeldBy
from bot.delivery.deliver import Projection
from bot.drawing import links
from bot.drawing.buttons import button
from bot.drawing.drawing import Drawing
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.holds.kinds import kind_of
from bot.holds.reads import numbered
from bot.people.identity import Operator
from bot.platform import staff
from bot.store.models import JSON, HeldSwitch, Hold, Proposal


async def of_proposal(session: AsyncSession, proposal_id: uuid.UUID) -> list[dict[str, Any]]:
    """The holds that a proposal placed, for its card; of many that end in the same minute and way, one."""
    rows = await session.scalars(select(Hold).where(Hold.proposal_id == proposal_id).order_by(Hold.step, Hold.starts))
    alike = {(one.kind, _minute(one.ends), _minute(one.ended), one.cause, one.verification): one for one in rows}
    return [
        {
            "ends": hold.ends,
            "ended": hold.ended,
            "ended_by": await staff.name_of(session, hold.ended_by),
            "cause": hold.cause,
            "stays": kind_of(hold).stays(hold),
            "alarm": hold.subject.get("alarm", ""),
            "still": "Something else still holds it back." if (hold.after or {}).get("paused") else None,
            "changed_outside": await _changed_outside(session, hold),
            "verification": hold.verification,
            "verified": hold.verified,
        }
        for hold in alike.values()
    ]


def _minute(moment: dt.datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""


async def open_now(on: Drawing, operator: Operator) -> list[dict[str, Any]]:
    """What is on hold now, for somebody's App Home: with a button to end it where they may."""
    end = on.core.registry.by_verb["end"]
    return [
        {
            "what": await kind_of(hold).describe(on.session, hold),
            "by": await staff.name_of(on.session, hold.staff_id),
            "number": number,
            "ends": hold.ends,
            "card": await links.to_card(on.session, on.channels, hold.proposal_id, f"request {number}")
            if hold.proposal_id
            else None,
            "end": _end_button(hold, number)
            if end(hold=HeldBy(hold.id, number, hold)).refuses(operator) is None
            else None,
        }
        for hold, number in await numbered(on.session)
    ]


def _end_button(hold: Hold, number: int | None) -> JSON:
    return button(f"End request {number}" if number else "End it", "hold:end", hold.id)


async def _changed_outside(session: AsyncSession, hold: Hold) -> bool:
    if hold.after is not None:
        return bool(hold.after.get("changed_outside"))
    switches = [await session.get(HeldSwitch, key) for key in kind_of(hold).wants(hold)]
    return any(switch is not None and switch.changed_outside is not None for switch in switches)


async def _context(session: AsyncSession, hold: Hold) -> dict[str, Any]:
    """What every template about a hold may say."""
    kind = kind_of(hold)
    proposal = await session.get(Proposal, hold.proposal_id) if hold.proposal_id else None
    return {
        "kind": kind.template or hold.kind,
        "what": await kind.describe(session, hold),
        "by": await staff.name_of(session, hold.staff_id),
        "number": proposal.number if proposal else None,
        "cause": hold.cause,
        "ends": hold.ends,
        "ended": hold.ended,
        "ended_by": await staff.name_of(session, hold.ended_by),
        "after": hold.after or {},
        "verification": hold.verification,
        "verified": hold.verified,
        "waits": hold.waits,
        **await kind.words(session, hold),
    }


def projections(renderer: Renderer) -> dict[str, Projection]:
    """What delivery draws of holds, by name."""

    async def ended(session: AsyncSession, subject: str) -> JSON:
        hold = await session.get_one(Hold, uuid.UUID(subject))
        return renderer.message("holds/ended.j2", Clearance.CHANNEL, **await _context(session, hold))

    async def changed(session: AsyncSession, subject: str) -> JSON:
        hold = await session.get_one(Hold, uuid.UUID(subject))
        return renderer.message("holds/changed.j2", Clearance.CHANNEL, **await _context(session, hold))

    async def ends_soon(session: AsyncSession, subject: str) -> JSON:
        hold = await session.get_one(Hold, uuid.UUID(subject))
        offers = [
            button("Extend by 1 h", "hold:extend", hold.id),
            button("End now", "hold:end", hold.id),
        ]
        return renderer.message(
            "holds/ends_soon.j2", Clearance.CHANNEL, next_buttons=offers, **await _context(session, hold)
        )

    return {"hold_ended": ended, "hold_changed": changed, "hold_ends_soon": ends_soon}
