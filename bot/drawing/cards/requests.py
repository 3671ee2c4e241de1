"""Requests as lists show them: number, title, who asked, how far it is, and the way to the card."""

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from bot.actions.impact import Impact
from bot.actions.reviews.glance import Glance
from bot.drawing import elements, links
from bot.drawing.cards import plan
from bot.drawing.cards.saying import status
from bot.drawing.drawing import Drawing
from bot.platform import staff
from bot.store.models import Proposal, Revision


async def entry(on: Drawing, proposal: Proposal) -> dict[str, Any]:
    """One line of a list."""
    revision = await on.session.get_one(Revision, proposal.revision_id)
    return {
        "number": proposal.number,
        "title": plan.title(on.renderer, revision),
        "requester": await staff.name_of(on.session, proposal.requester_id),
        "expires": proposal.expires,
        "ended": proposal.ended,
        "status": status(proposal),
        "card": await links.to_card(on.session, on.channels, proposal.id, f"Request {proposal.number}"),
    }


def listed_entry(on: Drawing, one: Glance, names: Mapping[uuid.UUID, str]) -> dict[str, Any]:
    """The same of what was read at a glance, which asks nothing more."""
    proposal = one.proposal
    return {
        "number": proposal.number,
        "title": plan.title(on.renderer, one.revision),
        "requester": names.get(proposal.requester_id, staff.GONE),
        "expires": proposal.expires,
        "ended": proposal.ended,
        "status": status(proposal),
        "card": elements.link(on.channels.permalink(one.channel, one.ts), f"Request {proposal.number}"),
    }


async def entries(on: Drawing, proposals: Iterable[Proposal]) -> list[dict[str, Any]]:
    return [await entry(on, one) for one in proposals]


async def drawn(on: Drawing, impact: Impact) -> dict[str, list[dict[str, Any]]]:
    """The requests that an answer is about, by what it calls them: `open`, `ended`; and the `problems` it names."""
    named: dict[str, list[str]] = impact.context.get("requests", {})
    found = {
        name: [await entry(on, await on.session.get_one(Proposal, uuid.UUID(one))) for one in ids]
        for name, ids in named.items()
    }
    return found | {"problems": [_linked(on, one) for one in impact.context.get("problems", ())]}


def _linked(on: Drawing, one: Mapping[str, Any]) -> dict[str, Any]:
    """An alert or incident, whose words lead to its message."""
    where = on.channels.permalink(one["channel"], one["ts"])
    return {"title": elements.link(where, one["title"]), "says": one["says"]}
