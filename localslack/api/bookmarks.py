"""Web API: bookmarks.*, the links in a channel's header."""

import re
from collections.abc import Callable

from localslack import moment
from localslack.api.args import Args, invalid
from localslack.hub import Hub
from localslack.workspace.model import Channel, Json, SlackError

PER_CHANNEL = 100
TITLE_LIMIT, LINK_LIMIT = 256, 2048
EMOJI = re.compile(r":[a-z0-9_+'\-]+:(?::skin-tone-[2-6]:)?")


def add(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel_id"))
    title, kind = args.required("title"), args.required("type")
    if kind != "link":
        raise SlackError("invalid_bookmark_type")
    if not args.text("link"):
        raise SlackError("invalid_link")
    if len(channel.bookmarks) >= PER_CHANNEL:
        raise SlackError("too_many_bookmarks")
    bookmark = {
        "id": hub.state.new_id("Bk"),
        "channel_id": channel.id,
        "type": kind,
        "title": title,
        "icon_url": None,
        "entity_id": None,
        "date_created": int(moment.time()),
        "date_updated": 0,
        "rank": f"{len(channel.bookmarks):04d}",
        "last_updated_by_team_id": hub.workspace.team_id,
        "shortcut_id": None,
        "app_id": hub.workspace.app_id,
    }
    changed = _change(hub, bookmark | {"link": "", "emoji": ""}, args)
    channel.bookmarks.append(changed)
    return {"bookmark": changed}


def edit(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel_id"))
    bookmark = _find(channel, args)
    changed = _change(hub, bookmark, args)
    bookmark["date_updated"] = int(moment.time())
    return {"bookmark": changed}


def remove(hub: Hub, args: Args) -> Json:
    channel = hub.state.joined_channel(args.required("channel_id"))
    channel.bookmarks.remove(_find(channel, args))
    hub.feed.tell({"type": "channels"})
    return {}


def listing(hub: Hub, args: Args) -> Json:
    return {"bookmarks": hub.state.joined_channel(args.required("channel_id")).bookmarks}


def _find(channel: Channel, args: Args) -> Json:
    wanted = args.required("bookmark_id")
    for bookmark in channel.bookmarks:
        if bookmark["id"] == wanted:
            return bookmark
    raise SlackError("not_found")


def _checked(args: Args) -> Json:
    """What a bookmark may be changed to."""
    given = {name: args.text(name) for name in ("title", "link", "emoji") if name in args}
    for name, most in (("title", TITLE_LIMIT), ("link", LINK_LIMIT)):
        if len(given.get(name, "")) > most:
            raise invalid(f"must be less than {most + 1} characters [json-pointer:/{name}]")
    if "link" in given and not given["link"].startswith(("http://", "https://")):
        raise SlackError("invalid_link")
    if given.get("emoji") and not EMOJI.fullmatch(given["emoji"]):
        raise SlackError("invalid_emoji")
    return given


def _change(hub: Hub, bookmark: Json, args: Args) -> Json:
    bookmark |= _checked(args) | {"last_updated_by_user_id": hub.workspace.bot_user_id}
    hub.feed.tell({"type": "channels"})
    return bookmark


METHODS: dict[str, Callable[[Hub, Args], Json]] = {
    "bookmarks.add": add,
    "bookmarks.edit": edit,
    "bookmarks.remove": remove,
    "bookmarks.list": listing,
}
