"""Web API: views.*, and the stack of modals each person has open."""

import secrets
import time
from collections.abc import Callable, Sequence
from typing import Literal

from bot.demo.slack.api.args import Args, invalid
from bot.demo.slack.api.blocks import accepted_view
from bot.demo.slack.hub import Hub
from bot.demo.slack.people.inputs import state_values
from bot.demo.slack.workspace.model import Json, SlackError, View
from bot.demo.slack.workspace.shapes import view_json, with_ids

STACK_LIMIT = 3


def opened(hub: Hub, args: Args) -> Json:
    content = _content(hub, args, "modal")
    trigger = hub.state.use_trigger(args.required("trigger_id"))
    hub.state.close_views(trigger.user)
    return {"view": view_json(hub.state, push_view(hub, trigger.user, content))}


def pushed(hub: Hub, args: Args) -> Json:
    content = _content(hub, args, "modal")
    trigger = hub.state.use_trigger(args.required("trigger_id"))
    if not hub.state.stacks[trigger.user]:
        raise SlackError("not_found")
    return {"view": view_json(hub.state, push_view(hub, trigger.user, content))}


def updated(hub: Hub, args: Args) -> Json:
    view = _find(hub, args)
    check_hash(args, view)
    replace_view(hub, view, _content(hub, args, view.type))
    return {"view": view_json(hub.state, view)}


def published(hub: Hub, args: Args) -> Json:
    user = args.required("user_id")
    if user not in hub.state.people:
        raise invalid("invalid `user_id`")
    if not hub.workspace.home_tab:
        raise SlackError("not_enabled")
    content = _content(hub, args, "home")
    view = hub.state.views.get(hub.state.homes.get(user, ""))
    _check_external_id(hub, content, view)
    if view is None:
        if args.text("hash"):
            raise SlackError("hash_conflict")
        view = add_view(hub, user, "home", content)
        hub.state.homes[user] = view.id
    else:
        check_hash(args, view)
        _fill(view, content)
    hub.tell_home(view)
    return {"view": view_json(hub.state, view)}


def check_hash(args: Args, view: View) -> None:
    if args.text("hash") not in ("", view.hash):
        raise SlackError("hash_conflict")


def push_view(hub: Hub, user: str, content: Json) -> View:
    """Put a modal on top of what the person has open."""
    stack = hub.state.stacks[user]
    _check_external_id(hub, content)
    if len(stack) >= STACK_LIMIT:
        raise SlackError("push_limit_reached")
    view = add_view(hub, user, "modal", content, under=stack)
    stack.append(view.id)
    hub.tell_views(user)
    return view


def replace_view(hub: Hub, view: View, content: Json) -> None:
    """New content for an open view; what was typed into blocks that stay is kept."""
    _check_external_id(hub, content, view)
    _fill(view, content)
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
    _fill(view, content)
    hub.state.views[view_id] = view
    return view


def _check_external_id(hub: Hub, content: Json, own: View | None = None) -> None:
    """Each view's external_id is its alone."""
    wanted = content.get("external_id")
    if wanted and any(v is not own and v.content.get("external_id") == wanted for v in hub.state.views.values()):
        raise SlackError("duplicate_external_id")


def prepared(hub: Hub, view: object) -> Json:
    """A view the app sent, checked, with the ids Slack makes up."""
    content = accepted_view(hub, view)
    return content | {"blocks": with_ids(content["blocks"])}


def _fill(view: View, content: Json) -> None:
    view.content = content
    view.values = state_values(content["blocks"], view.values)
    view.hash = f"{int(time.time())}.{secrets.token_hex(4)}"


def _content(hub: Hub, args: Args, kind: str) -> Json:
    content = prepared(hub, args.json("view", "invalid_arguments"))
    if content["type"] != kind:
        raise invalid(f"must be {kind} [json-pointer:/view/type]")
    return content


def _find(hub: Hub, args: Args) -> View:
    if "external_id" in args:
        wanted = args.text("external_id")
        found = [v for v in hub.state.views.values() if v.content.get("external_id") == wanted]
    else:
        found = [v for v in [hub.state.views.get(args.required("view_id"))] if v]
    if not found:
        raise SlackError("not_found")
    return found[-1]


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "views.open": opened,
    "views.push": pushed,
    "views.update": updated,
    "views.publish": published,
}
