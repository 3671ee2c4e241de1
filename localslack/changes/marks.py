"""What may happen to messages and files, whoever does it, a person or the app: each tells the pages and the app.

Every function takes who does it as `user` and raises SlackError when Slack would refuse.
"""

import re
from collections.abc import Sequence

from localslack import moment
from localslack.hub import Hub
from localslack.workspace.emoji import is_known
from localslack.workspace.model import Channel, File, Json, Message, SlackError
from localslack.workspace.shapes import message_json

EMOJI = re.compile(r"[a-z0-9_+'\-]{1,100}(?:::skin-tone-[2-6])?")
EMOJI_PER_MESSAGE = 50
EMOJI_PER_PERSON = 23
PINS_PER_CHANNEL = 100


def react(hub: Hub, user: str, message: Message, name: str) -> None:
    _check_emoji(hub, message, name)
    if user in message.reactions.get(name, ()):
        raise SlackError("already_reacted")
    if name not in message.reactions and len(message.reactions) >= EMOJI_PER_MESSAGE:
        raise SlackError("too_many_emoji")
    if sum(user in users for users in message.reactions.values()) >= EMOJI_PER_PERSON:
        raise SlackError("too_many_reactions")
    message.reactions.setdefault(name, []).append(user)
    _reaction(hub, "reaction_added", user, message, name)


def unreact(hub: Hub, user: str, message: Message, name: str) -> None:
    _check_emoji(hub, message, name)
    if user not in message.reactions.get(name, ()):
        raise SlackError("no_reaction")
    message.reactions[name].remove(user)
    if not message.reactions[name]:
        del message.reactions[name]
    _reaction(hub, "reaction_removed", user, message, name)


def _check_emoji(hub: Hub, message: Message, name: str) -> None:
    if not EMOJI.fullmatch(name) or not is_known(hub.workspace, name):
        raise SlackError("invalid_name")
    if message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    if hub.state.channels[message.channel].archived:
        raise SlackError("is_archived")


def _reaction(hub: Hub, kind: str, user: str, message: Message, name: str) -> None:
    hub.tell_message(message)
    item = {"type": "message", "channel": message.channel, "ts": message.ts}
    event = {"type": kind, "user": user, "reaction": name, "item": item, "item_user": message.user}
    hub.happens(event, hub.state.channels[message.channel])


def pinned(hub: Hub, channel: Channel) -> list[Message]:
    """The pinned messages of a channel, the latest pinned first."""
    found = [message for message in hub.state.messages[channel.id].values() if message.pinned]
    return sorted(found, key=lambda message: message.pinned["pinned_ts"] if message.pinned else 0, reverse=True)


def pin(hub: Hub, user: str, message: Message) -> None:
    channel = hub.state.channels[message.channel]
    if message.ephemeral_to is not None:
        raise SlackError("message_not_found")
    if message.pinned:
        raise SlackError("already_pinned")
    if message.subtype:
        raise SlackError("not_pinnable")
    if len(pinned(hub, channel)) >= PINS_PER_CHANNEL:
        raise SlackError("too_many_pins")
    message.pinned = {"channel": channel.id, "pinned_by": user, "pinned_ts": int(moment.time())}
    _pin_event(hub, "pin_added", user, message, message.pinned)


def unpin(hub: Hub, user: str, message: Message) -> None:
    before = message.pinned
    if not before:
        raise SlackError("no_pin")
    message.pinned = None
    _pin_event(hub, "pin_removed", user, message, before)


def _pin_event(hub: Hub, kind: str, user: str, message: Message, info: Json) -> None:
    hub.tell_message(message)
    channel = hub.state.channels[message.channel]
    count = len(pinned(hub, channel))
    event = {
        "type": kind,
        "user": user,
        "channel_id": channel.id,
        "item": pin_json(hub, message, info),
        "item_user": message.user,
        "pin_count": count,
        "pinned_info": info,
    }
    hub.happens(event | ({"has_pins": count > 0} if kind == "pin_removed" else {}), channel)


def pin_json(hub: Hub, message: Message, info: Json) -> Json:
    shown = message_json(hub.state, message) | {"permalink": permalink(hub, message)}
    where = {"type": "message", "channel": message.channel}
    return where | {"message": shown, "created": info["pinned_ts"], "created_by": info["pinned_by"]}


def permalink(hub: Hub, message: Message) -> str:
    url = f"{hub.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}"
    return f"{url}?thread_ts={message.thread_ts}&cid={message.channel}" if message.thread_ts else url


def share(hub: Hub, message: Message, files: Sequence[File]) -> Message:
    """Post a message that shows uploaded files; the app hears of the message and of each file."""
    message.files = [file.id for file in files]
    for file in files:
        finish(hub, file)
        file.shares.setdefault(message.channel, []).append(message.ts)
    hub.add_message(message)
    for file in files:
        event = {"type": "file_shared", "channel_id": message.channel, "file_id": file.id, "user_id": message.user}
        hub.happens(event | {"file": {"id": file.id}}, hub.state.channels[message.channel])
    return message


def finish(hub: Hub, file: File) -> None:
    """The upload is over: the file is there."""
    if not file.complete:
        file.complete = True
        hub.happens({"type": "file_created", "file_id": file.id, "user_id": file.user, "file": {"id": file.id}})


def add_emoji(hub: Hub, name: str, url: str) -> None:
    """One of the workspace's own; `url` may be "alias:other_name"."""
    if not EMOJI.fullmatch(name) or is_known(hub.workspace, name):
        raise SlackError("bad_name_i18n" if not EMOJI.fullmatch(name) else "error_name_taken")
    hub.workspace.emoji[name] = url
    hub.happens({"type": "emoji_changed", "subtype": "add", "name": name, "value": url})


def remove_emoji(hub: Hub, name: str) -> None:
    if hub.workspace.emoji.pop(name, None) is None:
        raise SlackError("emoji_not_found")
    hub.happens({"type": "emoji_changed", "subtype": "remove", "names": [name]})


def delete_file(hub: Hub, file: File) -> None:
    """What it was shared with stays, and says that a file was there."""
    del hub.state.files[file.id]
    hub.state.deleted_files.add(file.id)
    for channel_id, stamps in file.shares.items():
        for ts in stamps:
            if (message := hub.state.messages[channel_id].get(ts)) is not None:
                hub.tell_message(message)
    hub.happens({"type": "file_deleted", "file_id": file.id, "channel_ids": list(file.shares)})
