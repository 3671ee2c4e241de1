"""App Home: what waits for this person, what they asked for, what is on hold, what they can do."""

import uuid
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy import select

from bot import webapi
from bot.errors import NotIdentified
from bot.handlers import held
from bot.handlers.cards import status
from bot.handlers.desk import Desk, begins, button
from bot.handlers.help import groups, offered
from bot.identity import Operator
from bot.permissions import Permission
from bot.pipeline.core import about, eligible, impacts_of
from bot.platform import staff
from bot.policy import Requirement
from bot.rendering import Clearance
from bot.store.models import Proposal, Revision, State

SHOWN = 10
log = structlog.get_logger()


async def publish(desk: Desk) -> None:
    """Draw the opener's App Home. A stranger is told how to be linked."""
    try:
        operator = await desk.operator()
    except NotIdentified as error:
        blocks = desk.renderer.blocks("stranger.j2", text=str(error))
    else:
        blocks = await _blocks(desk, operator)
    try:
        async with webapi.waiting():
            await desk.client.views_publish(user_id=desk.place.user_id, view={"type": "home", "blocks": blocks})
    except SlackApiError as error:
        # Whatever is wrong, a second attempt is not better, and whoever looks again is shown it anew.
        log.error("App Home cannot be shown", error=webapi.code(error))  # noqa: TRY400 - the trace would say nothing


async def _blocks(desk: Desk, operator: Operator) -> list[dict[str, Any]]:
    pending = await desk.session.scalars(
        select(Proposal).where(Proposal.state == State.PENDING).order_by(Proposal.expires).limit(50)
    )
    waiting = [await _entry(desk, proposal) for proposal in pending if await _may_decide(desk, operator.id, proposal)][
        :SHOWN
    ]
    own = await desk.session.scalars(
        select(Proposal)
        .where(
            Proposal.requester_id == operator.id, Proposal.state.in_([State.PENDING, State.APPROVED, State.EXECUTING])
        )
        .order_by(Proposal.created.desc())
        .limit(SHOWN)
    )
    holds = await held.open_now(desk, operator) if operator.may(Permission.HOLD_READ) else None
    return desk.renderer.blocks(
        "home/home.j2",
        Clearance.CHANNEL,
        name=operator.name,
        waiting=waiting,
        asked=[await _entry(desk, proposal) for proposal in own],
        holds=holds[:SHOWN] if holds is not None else None,
        further=max(0, len(holds or ()) - SHOWN),
        groups=groups(desk.core.registry, operator),
        next_buttons=[
            button(begins(action), f"draft:{action.verb}", await desk.draft(action.verb, {}))
            for action in offered(desk.core.registry, operator)[:SHOWN]
        ],
    )


async def _may_decide(desk: Desk, operator_id: uuid.UUID, proposal: Proposal) -> bool:
    needs = Requirement.model_validate(proposal.requirement)
    if needs.own_word and proposal.requester_id == operator_id:
        return True
    revision = await desk.session.get_one(Revision, proposal.revision_id)
    actions = await desk.core.actions_there(desk.session, revision)
    able = await eligible(desk.session, needs, proposal.requester_id, about(actions))
    return operator_id in {one.id for one in able}


async def _entry(desk: Desk, proposal: Proposal) -> dict[str, Any]:
    revision = await desk.session.get_one(Revision, proposal.revision_id)
    action = revision.plan[0]["action"]
    return {
        "number": proposal.number,
        "title": desk.renderer.title(f"actions/{action}.j2", impacts_of(revision)[0].context),
        "requester": await staff.name_of(desk.session, proposal.requester_id),
        "expires": proposal.expires,
        "status": status(proposal),
    }
