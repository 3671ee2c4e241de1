"""Drawing holds: what a card says of its own, and what a channel and those concerned are told of one."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from sqlalchemy import Text, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.holds.parameters import HeldBy
from bot.delivery.deliver import Projection
from bot.drawing import elements
from bot.drawing.buttons import button
from bot.drawing.cards import plan
from bot.drawing.drawing import Drawing
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.holds.kinds import kind_of
from bot.holds.many import counted
from bot.people.identity import Operator
from bot.platform import staff
from bot.store import outbox
from bot.store.models import JSON, HeldSwitch, Hold, Message, Proposal, Revision
from bot.words import sentence

_KEY = literal(outbox.card_key("")) + cast(Proposal.id, Text)
# Built once: building a statement takes as long as running it.
_OPEN = (
    select(Hold, Proposal.number, Revision, Message.sent_channel, Message.ts)
    .outerjoin(Proposal, Proposal.id == Hold.proposal_id)
    .outerjoin(Revision, Revision.id == Proposal.revision_id)
    .outerjoin(Message, Message.key == _KEY)
    .where(Hold.ended.is_(None))
    .order_by(Hold.ends.nulls_last(), Hold.starts)
)


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


@dataclass(frozen=True)
class Held:
    """An open hold, the request that placed it, and where its card stands in Slack."""

    hold: Hold
    number: int | None
    revision: Revision | None
    channel: str | None
    ts: str | None


async def glanced(session: AsyncSession) -> list[Held]:
    """All that is temporary now, what ends first first: one statement, however many they are."""
    return [Held(*row) for row in await session.execute(_OPEN)]


def entries(
    on: Drawing, operator: Operator, held: Sequence[Held], names: Mapping[uuid.UUID, str]
) -> list[dict[str, Any]]:
    """For somebody's App Home: a line for each request, which may hold many things; with a button to end what is one
    thing, where they may.
    """
    end, placed = on.core.registry.by_verb["end"], Counter(one.hold.proposal_id for one in held)
    alike: dict[uuid.UUID, Held] = {}
    for one in held:
        alike.setdefault(one.hold.proposal_id or one.hold.id, one)
    return [
        {
            "what": (plan.title(on.renderer, one.revision) if one.revision else sentence(kind_of(one.hold).noun),),
            "by": names.get(one.hold.staff_id, staff.GONE),
            "number": one.number,
            "ends": one.hold.ends,
            "card": elements.link(on.channels.permalink(one.channel, one.ts), f"request {one.number}")
            if one.number
            else None,
            "end": _end_button(one.hold, one.number)
            if placed[one.hold.proposal_id] == 1
            and end(hold=HeldBy(one.hold.id, one.number, one.hold)).refuses(operator) is None
            else None,
        }
        for one in alike.values()
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

    async def many(session: AsyncSession, proposal_id: str, template: str) -> JSON:
        proposal = await session.get_one(Proposal, uuid.UUID(proposal_id))
        revision = await session.get_one(Revision, proposal.revision_id)
        how_far = await counted(session, proposal.id)
        said = {**asdict(how_far), "what": plan.title(renderer, revision), "number": proposal.number}
        return renderer.message(template, Clearance.CHANNEL, **said)

    return {
        "hold_ended": ended,
        "hold_changed": changed,
        "hold_ends_soon": ends_soon,
        "holds_ended": partial(many, template="holds/many_ended.j2"),
        "holds_end_soon": partial(many, template="holds/many_end_soon.j2"),
    }
