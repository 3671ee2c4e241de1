"""What may happen to channels, whoever does it, a person or the app: each tells the pages, the channel and the app.

Every function takes who does it as `user` and raises SlackError when Slack would refuse.
"""

import re
from typing import Literal

from localslack import moment
from localslack.hub import Hub
from localslack.workspace.model import Channel, Message, SlackError
from localslack.workspace.shapes import channel_json

NAME_LIMIT = 80
TEXT_LIMIT = 250


def create(hub: Hub, user: str, name: str, *, private: bool = False) -> Channel:
    _check_name(hub, name)
    channel = Channel(
        hub.state.new_id("C"), name, private=private, members=[user], creator=user, created=int(moment.time())
    )
    hub.state.channels[channel.id] = channel
    if not private:
        hub.happens({"type": "channel_created", "channel": channel_json(hub.state, channel)})
    _tell(hub)
    _say(hub, channel, user, "channel_join", f"<@{user}> has joined the channel")
    return channel


def join(hub: Hub, channel: Channel, user: str, inviter: str = "") -> None:
    """Become a member, by oneself or because `inviter` asked one in."""
    _open_members(hub, channel).append(user)
    _tell(hub)
    details = {"inviter": inviter} if inviter else {}
    _say(hub, channel, user, "channel_join", f"<@{user}> has joined the channel", **details)
    team = hub.state.team_of(hub.state.person(user))
    hub.happens(
        {"type": "member_joined_channel", "user": user, "channel": channel.id, "channel_type": _letter(channel)}
        | {"team": team, **details},
        channel,
    )


def leave(hub: Hub, channel: Channel, user: str, actor: str = "") -> None:
    """Stop being a member, by oneself or because `actor` said so; the app hears channel_left of itself."""
    if channel.general:
        raise SlackError("cant_kick_from_general" if actor else "cant_leave_general")
    members = _open_members(hub, channel)
    if members == [user]:
        raise SlackError("last_member")
    event = {"type": "member_left_channel", "user": user, "channel": channel.id, "channel_type": _letter(channel)}
    hub.happens(event | {"team": hub.state.team_of(hub.state.person(user))}, channel)
    said = f"<@{actor}> removed <@{user}> from the channel" if actor else f"<@{user}> has left the channel"
    _say(hub, channel, user, "channel_leave", said)
    members.remove(user)
    if user == hub.workspace.bot_user_id:
        hub.happens({"type": f"{_family(channel)}_left", "channel": channel.id, "actor_id": actor or user})
    _tell(hub)


def archive(hub: Hub, channel: Channel, user: str) -> None:
    if channel.archived:
        raise SlackError("already_archived")
    if channel.general:
        raise SlackError("cant_archive_general")
    _say(hub, channel, user, "channel_archive", f"<@{user}> archived the channel")
    channel.archived = True
    _state_event(hub, channel, user, "archive")


def unarchive(hub: Hub, channel: Channel, user: str) -> None:
    if not channel.archived:
        raise SlackError("not_archived")
    channel.archived = False
    _say(hub, channel, user, "channel_unarchive", f"<@{user}> un-archived the channel")
    _state_event(hub, channel, user, "unarchive")


def delete(hub: Hub, channel: Channel, user: str) -> None:
    """Remove it with everything said in it, which nobody but people can."""
    if channel.general or channel.kind != "channel":
        raise SlackError("cant_delete_channel")
    hub.happens({"type": f"{_family(channel)}_deleted", "channel": channel.id, "actor_id": user}, channel)
    del hub.state.channels[channel.id]
    hub.state.messages.pop(channel.id, None)
    waiting = hub.state.scheduled.items()
    hub.state.scheduled = {key: one for key, one in waiting if one.message.channel != channel.id}
    for file in hub.state.files.values():
        file.shares.pop(channel.id, None)
    _tell(hub)


def rename(hub: Hub, channel: Channel, user: str, name: str) -> None:
    _check_open(channel)
    _check_name(hub, name)
    before, channel.name = channel.name, name
    channel.previous_names.append(before)
    said = f'<@{user}> has renamed the channel from "{before}" to "{name}"'
    _say(hub, channel, user, "channel_name", said, old_name=before, name=name)
    shown = {"id": channel.id, "name": name, "name_normalized": name, "created": channel.created}
    hub.happens({"type": f"{_family(channel)}_rename", "channel": shown}, channel)
    _tell(hub)


def describe(hub: Hub, channel: Channel, user: str, what: Literal["topic", "purpose"], text: str) -> None:
    """Set the topic or the purpose (what people call the description)."""
    _check_open(channel)
    if len(text) > TEXT_LIMIT:
        raise SlackError("too_long")
    setattr(channel, what, text)
    called = "description" if what == "purpose" else what
    said = f"set the channel {called}: {text}" if text else f"cleared the channel {called}"
    _say(hub, channel, user, f"channel_{what}", said, **{what: text})
    _tell(hub)


def _check_open(channel: Channel) -> None:
    if channel.archived:
        raise SlackError("is_archived")


def _check_name(hub: Hub, name: str) -> None:
    if not name:
        raise SlackError("invalid_name_required")
    if len(name) > NAME_LIMIT:
        raise SlackError("invalid_name_maxlength")
    if not any(letter.isalnum() for letter in name):
        raise SlackError("invalid_name_punctuation")
    if name != name.lower() or not re.fullmatch(r"[\w-]+", name):
        raise SlackError("invalid_name_specials")
    if any(channel.name == name for channel in hub.state.channels.values()):
        raise SlackError("name_taken")


def _open_members(hub: Hub, channel: Channel) -> list[str]:
    """The members as a list that can change: who was "everyone" until now is everyone by name."""
    if channel.members is None:
        channel.members = hub.state.members(channel)
    return channel.members


def _state_event(hub: Hub, channel: Channel, user: str, change: str) -> None:
    hub.happens({"type": f"{_family(channel)}_{change}", "channel": channel.id, "user": user}, channel)
    _tell(hub)


def _say(hub: Hub, channel: Channel, user: str, subtype: str, text: str, **details: str) -> None:
    """What Slack itself writes in a channel when something happens to it."""
    said = Message(hub.state.next_ts(), channel.id, user, text, subtype=subtype, details=dict(details))
    hub.add_message(said)


def _tell(hub: Hub) -> None:
    """Who may see what has changed: pages ask anew."""
    hub.feed.tell({"type": "channels"})


def _family(channel: Channel) -> str:
    return "group" if channel.private else "channel"


def _letter(channel: Channel) -> str:
    return "G" if channel.private else "C"
