"""Web API: users.*"""

from collections.abc import Callable

from localslack.api.args import Args
from localslack.api.conversations import listed
from localslack.api.paging import paged
from localslack.hub import Hub
from localslack.workspace.model import SLACKBOT, Json, SlackError
from localslack.workspace.shapes import channel_json, profile_json, user_json


def info(hub: Hub, args: Args) -> Json:
    return {"user": user_json(hub.state, hub.state.person(args.required("user")))}


def listing(hub: Hub, args: Args) -> Json:
    everybody = [*hub.state.people, SLACKBOT, hub.workspace.bot_user_id]
    page, more = paged(everybody, args, "user", str, usual=len(everybody))
    return {"members": [user_json(hub.state, hub.state.person(user)) for user in page]} | more


def by_email(hub: Hub, args: Args) -> Json:
    email = args.required("email").lower()
    for person in hub.state.people.values():
        if person.email.lower() == email and not person.deleted:
            return {"user": user_json(hub.state, person)}
    raise SlackError("users_not_found")


def profile(hub: Hub, args: Args) -> Json:
    person = hub.state.person(args.text("user") or hub.workspace.bot_user_id)
    return {"profile": profile_json(hub.state, person)}


def conversations(hub: Hub, args: Args) -> Json:
    """Where somebody (without `user`: the bot) is a member, as far as the bot may know."""
    user = args.text("user") or hub.workspace.bot_user_id
    hub.state.person(user)
    seen = listed(hub, args, hub.workspace.bot_user_id)
    theirs = [channel for channel in seen if user in hub.state.members(channel)]
    page, more = paged(theirs, args, "team", lambda channel: channel.id)
    shown = [channel_json(hub.state, channel) for channel in page]
    return {"channels": [{k: v for k, v in one.items() if k != "is_member"} for one in shown]} | more


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "users.conversations": conversations,
    "users.info": info,
    "users.list": listing,
    "users.lookupByEmail": by_email,
    "users.profile.get": profile,
}
