"""Web API: usergroups.*"""

from collections.abc import Callable

from localslack import moment
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


def update(hub: Hub, args: Args) -> Json:
    group = _find(hub, args)
    others = [one for one in hub.state.usergroups.values() if one is not group]
    name, handle = args.text("name", group.name), args.text("handle", group.handle)
    if any(one.name == name for one in others):
        raise SlackError("name_already_exists")
    if any(one.handle == handle for one in others):
        raise SlackError("handle_already_exists")
    group.name, group.handle = name, handle
    group.description = args.text("description", group.description)
    return _told(hub, group, "subteam_updated")


def enable(hub: Hub, args: Args) -> Json:
    group = _find(hub, args)
    group.enabled = True
    return _told(hub, group, "subteam_updated")


def disable(hub: Hub, args: Args) -> Json:
    group = _find(hub, args)
    group.enabled = False
    return _told(hub, group, "subteam_updated")


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
    before, group.users = group.users, users
    answer = _told(hub, group, "subteam_updated")
    added, removed = [one for one in users if one not in before], [one for one in before if one not in users]
    change = {"added_users": added, "added_users_count": len(added)}
    change |= {"removed_users": removed, "removed_users_count": len(removed)}
    about = {"subteam_id": group.id, "team_id": hub.workspace.team_id, "date_update": int(moment.time())}
    hub.happens({"type": "subteam_members_changed"} | about | change)
    return answer


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
    "usergroups.disable": disable,
    "usergroups.enable": enable,
    "usergroups.list": listing,
    "usergroups.update": update,
    "usergroups.users.list": members,
    "usergroups.users.update": set_members,
}
