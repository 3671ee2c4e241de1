"""Views: the stack of modals each person has open, and their App Home."""

import secrets
import time
from collections.abc import Sequence
from typing import Literal

from localslack.changes.accepting import accepted_view
from localslack.hub import Hub
from localslack.workspace.inputs import state_values
from localslack.workspace.model import Json, SlackError, View
from localslack.workspace.shapes import spelt_out, with_ids

STACK_LIMIT = 3


def prepared(hub: Hub, view: object) -> Json:
    """A view the app sent, checked, with the ids Slack makes up."""
    content = accepted_view(hub, view)
    words = {name: spelt_out(content[name]) for name in ("title", "submit", "close") if content.get(name)}
    return content | words | {"blocks": with_ids(content["blocks"])}


def push_view(hub: Hub, user: str, content: Json) -> View:
    """Put a modal on top of what the person has open."""
    stack = hub.state.stacks[user]
    check_external_id(hub, content)
    if len(stack) >= STACK_LIMIT:
        raise SlackError("push_limit_reached")
    view = add_view(hub, user, "modal", content, under=stack)
    stack.append(view.id)
    hub.tell_views(user)
    return view


def replace_view(hub: Hub, view: View, content: Json) -> None:
    """New content for an open view; what was typed into blocks that stay is kept."""
    check_external_id(hub, content, view)
    fill(view, content)
    if view.type == "home":
        hub.tell_home(view)
    else:
        hub.tell_views(view.user)


def add_view(hub: Hub, user: str, kind: Literal["modal", "home"], content: Json, under: Sequence[str] = ()) -> View:
    view_id = f"V{secrets.token_hex(5).upper()}"
    view = View(
        id=view_id,
        user=user,
        type=kind,
        content={},
        hash="",
        root_id=under[0] if under else view_id,
        previous_id=under[-1] if under else None,
    )
    fill(view, content)
    hub.state.views[view_id] = view
    return view


def check_external_id(hub: Hub, content: Json, own: View | None = None) -> None:
    """Each view's external_id is its alone."""
    wanted = content.get("external_id")
    if wanted and any(v is not own and v.content.get("external_id") == wanted for v in hub.state.views.values()):
        raise SlackError("duplicate_external_id")


def fill(view: View, content: Json) -> None:
    view.content = content
    view.values = state_values(content["blocks"], view.values)
    view.hash = f"{int(time.time())}.{secrets.token_hex(4)}"
