"""Web API: usergroups.*"""

from collections.abc import Callable

from localslack.api.args import Args
from localslack.hub import Hub
from localslack.workspace.model import Json, SlackError, Usergroup


def create(hub: Hub, args: Args) -> Json:
    name = args.required("name")
    handle = args.text("handle") or name.lower().replace(" ", "-")
    groups = hub.state.usergroups.values()
    if any(group.name == name for group in groups):
        raise SlackError("name_already_exists")
    if any(group.handle == handle for group in groups):
        raise SlackError("handle_already_exists")
    group = Usergroup(hub.state.new_id("S"), handle, name, description=args.text("description"))
    hub.state.usergroups[group.id] = group
    return _told(hub, group, "subteam_created")


def listing(hub: Hub, args: Args) -> Json:
    everybody, disabled = args.flag("include_users"), args.flag("include_disabled")
    groups = [group for group in hub.state.usergroups.values() if group.enabled or disabled]
    return {"usergroups": [_json(hub, group, users=everybody) for group in groups]}


def members(hub: Hub, args: Args) -> Json:
    return {"users": _find(hub, args).users}


def set_members(hub: Hub, args: Args) -> Json:
    group, users = _find(hub, args), args.names("users")
    if not users:
        raise SlackError("no_users_provided")
    if any(user not in hub.state.people for user in users):
        raise SlackError("invalid_users")
    group.users = users
    return _told(hub, group, "subteam_updated")


def _told(hub: Hub, group: Usergroup, event: str) -> Json:
    shown = _json(hub, group, users=True)
    hub.happens({"type": event, "subteam": shown})
    return {"usergroup": shown}


def _find(hub: Hub, args: Args) -> Usergroup:
    group = hub.state.usergroups.get(args.required("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return group


def _json(hub: Hub, group: Usergroup, *, users: bool) -> Json:
    body = {
        "id": group.id,
        "team_id": hub.workspace.team_id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name or group.handle,
        "description": group.description,
        "handle": group.handle,
        "is_external": False,
        "date_create": 0,
        "date_update": 0,
        "date_delete": 0 if group.enabled else 1,
        "auto_type": None,
        "created_by": hub.workspace.bot_user_id,
        "updated_by": hub.workspace.bot_user_id,
        "deleted_by": None,
        "prefs": {"channels": [], "groups": []},
        "enterprise_subteam_id": "",
        "auto_provision": False,
        "user_count": len(group.users),
        "channel_count": 0,
    }
    return body | ({"users": group.users} if users else {})


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "usergroups.create": create,
    "usergroups.list": listing,
    "usergroups.users.list": members,
    "usergroups.users.update": set_members,
}
