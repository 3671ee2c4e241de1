"""“Ask the bot about this”, on any message: choose a command; its form opens with a link to the message as reason."""

import contextlib
import uuid
from collections.abc import Mapping
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.actions.base import Action
from bot.actions.registry import Registry
from bot.delivery import webapi
from bot.drawing.buttons import offers
from bot.drawing.elements import plain_text
from bot.handlers import forms, views
from bot.handlers.desk import Desk
from bot.people.identity import Operator
from bot.store.models import JSON

NOT_CHOSEN = ""  # the verb of a draft that has none yet
LINK = "link"  # what a parameter is called that is a link to a message
LABEL_LIMIT = 75


async def about(desk: Desk, payload: Mapping[str, Any]) -> None:
    """The shortcut: ask which command. Raises `NotIdentified`."""
    operator = await desk.operator()
    link = await _link(desk, payload["message_ts"])
    draft = await desk.draft_now(NOT_CHOSEN, {"reason": f"see {link}", LINK: link} if link else {})
    await ask(desk, operator, draft)


async def _link(desk: Desk, ts: str) -> str | None:
    """To the message; None while Slack does not say where its messages are."""
    with contextlib.suppress(SlackApiError, *webapi.UNANSWERED):
        if not desk.channels.addressed:
            await desk.channels.learn_address()
    return desk.channels.permalink(desk.place.channel, ts)


async def ask(desk: Desk, operator: Operator, draft: uuid.UUID) -> None:
    """Open the choice; a button that opens it if the 3 s are over."""
    await forms.open_or_offer(desk, _view(desk.core.registry, operator, draft), draft)


def _view(registry: Registry, operator: Operator, draft: uuid.UUID) -> JSON:
    able = [
        (group.title, [one for one in members if one.open_to(operator)][: forms.OPTIONS])
        for group, members in registry.groups()
    ]
    groups = [
        {"label": plain_text(title, LABEL_LIMIT), "options": [_option(one) for one in members]}
        for title, members in able
        if members
    ]
    asked = {
        "type": "input",
        "block_id": "verb",
        "label": plain_text("What should be done", LABEL_LIMIT),
        "hint": plain_text("The next form asks for the rest. The reason in that form links to the message.", 150),
        "element": {"type": "static_select", "action_id": "verb", "option_groups": groups},
    }
    return views.modal(views.CHOICE, str(draft), "Ask about a message", submit="Continue", blocks=[asked])


def _option(action: type[Action]) -> JSON:
    return {"text": plain_text(offers(action), forms.OPTION_LIMIT), "value": action.verb}
