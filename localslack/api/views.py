"""Web API: views.*"""

from collections.abc import Callable

from localslack.api.args import Args, invalid
from localslack.changes.views import add_view, check_external_id, fill, prepared, push_view, replace_view
from localslack.hub import Hub
from localslack.workspace.model import Json, SlackError, View
from localslack.workspace.shapes import view_json


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
    check_external_id(hub, content, view)
    if view is None:
        if args.text("hash"):
            raise SlackError("hash_conflict")
        view = add_view(hub, user, "home", content)
        hub.state.homes[user] = view.id
    else:
        check_hash(args, view)
        fill(view, content)
    hub.tell_home(view)
    return {"view": view_json(hub.state, view)}


def check_hash(args: Args, view: View) -> None:
    if args.text("hash") not in ("", view.hash):
        raise SlackError("hash_conflict")


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
