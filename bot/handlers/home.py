"""App Home: what waits for this person, what they asked for, what is under way and on hold, what they can do."""

import uuid
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy import func, text

from bot.actions.requests.reads import visible
from bot.delivery import webapi
from bot.drawing.buttons import button, offers
from bot.drawing.cards import holds, requests, reviews
from bot.drawing.masking import Clearance
from bot.errors import NotIdentified
from bot.handlers.desk import Desk
from bot.handlers.help import groups, offered
from bot.holds import read_only
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.pipeline.core import deciders
from bot.store.models import OPEN, Proposal, Revision, State

SHOWN = 10
FEW = 5  # of what is only good to know
LATELY = text("interval '24 hours'")

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
    under_way = await visible(desk.session, operator.id, Proposal.state.in_(OPEN))
    waiting = [one for one in under_way if one.state == State.PENDING and await _may_decide(desk, operator.id, one)]
    own = [one for one in under_way if one.requester_id == operator.id]
    others = [one for one in under_way if one not in waiting and one not in own]
    ended = await visible(desk.session, operator.id, Proposal.state.not_in(OPEN), Proposal.ended > func.now() - LATELY)
    on = await read_only.now(desk.session)
    held = await holds.open_now(desk, operator) if operator.may(Permission.HOLD_READ) else None
    return desk.renderer.blocks(
        "home/home.j2",
        Clearance.CHANNEL,
        name=operator.name,
        read_only=on,
        read_only_off=button("Switch off read-only mode …", "draft:readonly", await desk.draft("readonly off", {}))
        if on and operator.may(Permission.READONLY_SWITCH)
        else None,
        waiting=await requests.entries(desk, sorted(waiting, key=lambda one: one.expires)[:SHOWN]),
        reviews=(await reviews.waiting_for(desk, operator))[:FEW],
        asked=await requests.entries(desk, own[:SHOWN]),
        others=await requests.entries(desk, others[:FEW]),
        ended=await requests.entries(desk, ended[:FEW]),
        holds=held[:SHOWN] if held is not None else None,
        further=max(0, len(held or ()) - SHOWN),
        groups=groups(desk.core.registry, operator),
        next_buttons=[
            button(offers(action), f"draft:{action.verb}", await desk.draft(action.verb, {}))
            for action in offered(desk.core.registry, operator)[:SHOWN]
        ]
        + [
            await desk.on_oneself(operator, one)
            for one in desk.core.registry.by_verb.values()
            if one.on_oneself and not operator.may(one.permission)
        ],
    )


async def _may_decide(desk: Desk, operator_id: uuid.UUID, proposal: Proposal) -> bool:
    revision = await desk.session.get_one(Revision, proposal.revision_id)
    actions = await desk.core.actions_there(desk.session, revision)
    return operator_id in {one.id for one in await deciders(desk.session, proposal, actions)}
