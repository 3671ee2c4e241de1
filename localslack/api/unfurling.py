"""Web API: chat.unfurl, what an app shows below the addresses of its own that somebody posted."""

from collections.abc import Callable
from typing import Any

from localslack.api.args import Args
from localslack.changes.accepting import accepted_attachments
from localslack.hub import Hub
from localslack.workspace.model import Json, Message, SlackError
from localslack.workspace.shapes import message_json
from localslack.workspace.typed import links_in


def unfurl(hub: Hub, args: Args) -> Json:
    """Attach what is given for each address of the message, instead of what was there for it."""
    message, unfurls = _message(hub, args), args.json("unfurls", "invalid_unfurls_format")
    if not unfurls:
        raise SlackError("missing_unfurls")
    if not isinstance(unfurls, dict) or not all(isinstance(one, dict) for one in unfurls.values()):
        raise SlackError("invalid_unfurls_format")
    if set(unfurls) - set(links_in(message.text, hub.workspace.unfurl_domains)):
        raise SlackError("cannot_unfurl_url")
    before = message_json(hub.state, message)
    kept = [one for one in message.attachments if one.get("from_url") not in unfurls]
    fresh = [_attachment(hub, url, given) for url, given in unfurls.items()]
    numbered = [{**one, "id": place} for place, one in enumerate([*kept, *fresh], start=1)]
    try:
        message.attachments = accepted_attachments(hub, numbered)
    except SlackError as refused:
        raise SlackError("cannot_parse_attachment", **refused.details) from None
    hub.change_message(message, before)
    return {}


def _message(hub: Hub, args: Args) -> Message:
    """By channel and ts, or by what link_shared called it."""
    if "unfurl_id" in args:
        found = hub.state.unfurls.get(args.text("unfurl_id"))
        if found is None:
            raise SlackError("invalid_unfurl_id")
        if args.text("source") not in ("composer", "conversations_history"):
            raise SlackError("invalid_source" if "source" in args else "missing_source")
        return hub.state.message(*found)
    for name in ("channel", "ts"):
        if name not in args:
            raise SlackError(f"missing_{name}")
    channel = hub.state.channels.get(args.text("channel"))
    if channel is None:
        raise SlackError("cannot_find_channel")
    message = hub.state.messages[channel.id].get(args.text("ts"))
    if message is None or message.ephemeral_to is not None:
        raise SlackError("cannot_find_message")
    return message


def _attachment(hub: Hub, url: str, given: Any) -> Json:
    about = {"from_url": url, "original_url": url, "app_unfurl_url": url, "is_app_unfurl": True}
    return {**given, **about, "app_id": hub.workspace.app_id, "bot_id": hub.workspace.bot_id}


METHODS: dict[str, Callable[[Hub, Args], Json]] = {"chat.unfurl": unfurl}
