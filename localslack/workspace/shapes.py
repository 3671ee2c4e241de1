"""Slack's own JSON for people, channels, messages and views, and the ids it adds to blocks."""

import secrets
import uuid
import zoneinfo
from typing import Any

from localslack import moment
from localslack.workspace.filing import file_json
from localslack.workspace.model import Channel, Json, Message, Person, View
from localslack.workspace.pictures import OF_BOTS, OF_PEOPLE, avatar_hash, images
from localslack.workspace.scopes import EMAIL_SCOPE
from localslack.workspace.state import State

INTERACTIVE_FIELDS = ("accessory", "element")
TEXT_DEFAULTS: dict[str, Json] = {"plain_text": {"emoji": True}, "mrkdwn": {"verbatim": False}}


def user_json(state: State, person: Person) -> Json:
    team = state.team_of(person)
    bot = person.id == state.workspace.bot_user_id
    local = moment.now().astimezone(zoneinfo.ZoneInfo(person.tz))
    offset = local.utcoffset()
    user = {
        "id": person.id,
        "team_id": team,
        "name": person.name,
        "deleted": person.deleted,
        "real_name": person.real_name or person.name,
        "color": "9f69e7",
        "tz": person.tz,
        "tz_label": local.tzname(),
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": bot,
        "is_app_user": False,  # nobody installed an app as themselves here
        "updated": 0,
        "is_email_confirmed": bool(person.email),
        "who_can_share_contact_card": "EVERYONE",
        "profile": profile_json(state, person),
    }
    if state.is_guest(person):
        user["is_stranger"] = True
    return user


def profile_json(state: State, person: Person) -> Json:
    real_name = person.real_name or person.name
    first, _, last = real_name.rpartition(" ")
    profile = {
        "title": person.title,
        "phone": "",
        "skype": "",
        "real_name": real_name,
        "real_name_normalized": real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "first_name": first or last,
        "last_name": last if first else "",
        "team": state.team_of(person),
        "status_text": "",
        "status_text_canonical": "",
        "status_emoji": "",
        "status_emoji_display_info": [],
        "status_expiration": 0,
        "avatar_hash": avatar_hash(person.name),
    } | images(state.base_url, person.id, OF_PEOPLE)
    if person.email and EMAIL_SCOPE in state.workspace.scopes:
        profile["email"] = person.email
    if person.id == state.workspace.bot_user_id:
        profile |= {"api_app_id": state.workspace.app_id, "bot_id": state.workspace.bot_id, "always_active": True}
    return profile


def channel_json(state: State, channel: Channel) -> Json:
    members = state.members(channel)
    head = {
        "id": channel.id,
        "created": channel.created,
        "is_archived": channel.archived,
        "is_im": channel.kind == "im",
        "is_org_shared": False,
        "priority": 0,
        "context_team_id": state.workspace.team_id,
        "updated": channel.created * 1000,
    }
    if channel.kind == "im":
        other = next((m for m in members if m != state.workspace.bot_user_id), "")
        return head | {"user": other, "is_user_deleted": state.person(other).deleted, "is_open": channel.open}
    teams = {state.team_of(p) for m in members if (p := state.people.get(m)) is not None}
    shared = bool(teams - {state.workspace.team_id})
    return head | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.private,
        "is_group": channel.private and channel.kind == "channel",
        "is_mpim": channel.kind == "mpim",
        "is_private": channel.private,
        "is_general": channel.general,
        "is_shared": shared,
        "is_ext_shared": shared,
        "is_pending_ext_shared": False,
        "pending_shared": [],
        "pending_connected_team_ids": [],
        "shared_team_ids": sorted(teams | {state.workspace.team_id}),
        "parent_conversation": None,
        "is_frozen": False,
        "unlinked": 0,
        "is_member": state.workspace.bot_user_id in members,
        "creator": channel.creator,
        "topic": _set_by(channel, channel.topic),
        "purpose": _set_by(channel, channel.purpose),
        "previous_names": channel.previous_names,
    }


def _set_by(channel: Channel, value: str) -> Json:
    return {"value": value, "creator": channel.creator if value else "", "last_set": channel.created if value else 0}


def message_json(state: State, message: Message, *, metadata: bool = True) -> Json:
    """A message as history returns it; `metadata` as include_all_metadata asks."""
    workspace = state.workspace
    person = state.find_person(message.user)
    body: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": state.team_of(person) if person else workspace.team_id,
    }
    if message.by_app and not message.subtype:
        body |= {"bot_id": workspace.bot_id, "app_id": workspace.app_id, "bot_profile": bot_profile(state)}
    optional: Json = {
        "blocks": message.blocks,
        "attachments": message.attachments,
        "edited": message.edited,
        "thread_ts": message.thread_ts,
        "metadata": message.metadata if metadata else None,
        "subtype": "thread_broadcast" if message.broadcast else message.subtype,
        "reactions": [
            {"name": name, "users": list(users), "count": len(users)} for name, users in message.reactions.items()
        ],
        "pinned_to": [message.channel] if message.pinned else None,
        "pinned_info": message.pinned,
        "files": [file_json(state, file_id) for file_id in message.files],
    }
    if message.files:
        body |= {"upload": True, "display_as_bot": False}
    if not message.by_app and not message.subtype:
        body["client_msg_id"] = str(uuid.uuid5(uuid.NAMESPACE_OID, message.channel + message.ts))
    body |= {key: value for key, value in optional.items() if value}
    return body | message.details | thread_json(state, message)


def bot_profile(state: State) -> Json:
    workspace = state.workspace
    return {
        "id": workspace.bot_id,
        "app_id": workspace.app_id,
        "user_id": workspace.bot_user_id,
        "name": workspace.bot_name,
        "team_id": workspace.team_id,
        "deleted": False,
        "updated": 0,
        "icons": bot_icons(state),
    }


def bot_icons(state: State) -> Json:
    return images(state.base_url, state.workspace.bot_user_id, OF_BOTS)


def thread_json(state: State, message: Message) -> Json:
    if message.thread_ts not in (None, message.ts):
        parent = state.messages[message.channel].get(str(message.thread_ts))
        return {"parent_user_id": parent.user} if parent else {}
    replies = state.replies(message.channel, message.ts)
    if not replies:
        return {}
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(reply.user for reply in replies)),
        "reply_users_count": len({reply.user for reply in replies}),
        "latest_reply": replies[-1].ts,
        "is_locked": False,
        "subscribed": False,
    }


def seen_json(state: State, message: Message) -> Json:
    """A message as a person's own window sees it: with its channel, and whether only they see it."""
    body = message_json(state, message) | {"channel": message.channel, "parse": message.parse}
    if message.ephemeral_to is not None:
        body |= {"is_ephemeral": True, "ephemeral_to": message.ephemeral_to}
    return body


def view_json(state: State, view: View) -> Json:
    workspace = state.workspace
    defaults: Json = {
        "title": {"type": "plain_text", "text": "View Title", "emoji": True},  # of an App Home that has none
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "close": None,
        "submit": None,
        "clear_on_close": False,
        "notify_on_close": False,
    }
    return (
        defaults
        | view.content
        | {
            "id": view.id,
            "team_id": workspace.team_id,
            "type": view.type,
            "state": {"values": view.values},
            "hash": view.hash,
            "previous_view_id": view.previous_id,
            "root_view_id": view.root_id,
            "app_id": workspace.app_id,
            "app_installed_team_id": workspace.team_id,
            "bot_id": workspace.bot_id,
        }
    )


def with_ids(blocks: list[Json]) -> list[Json]:
    """The blocks with the block_id and action_id Slack makes up where none was given, and their texts spelt out."""
    return [_block_with_ids(spelt_out(block)) for block in blocks]


def spelt_out(part: Any) -> Any:
    """The same with what text objects leave open said: whether there are emoji in them, whether they are verbatim."""
    if isinstance(part, list):
        return [spelt_out(one) for one in part]
    if not isinstance(part, dict):
        return part
    return TEXT_DEFAULTS.get(part.get("type", ""), {}) | {name: spelt_out(one) for name, one in part.items()}


def _block_with_ids(block: Json) -> Json:
    if not block.get("block_id"):
        block["block_id"] = secrets.token_urlsafe(4)[:5]
    for name in INTERACTIVE_FIELDS:
        if isinstance(block.get(name), dict):
            block[name] = _element_with_id(block[name])
    if block["type"] == "actions":
        block["elements"] = [_element_with_id(element) for element in block["elements"]]
    return block


def _element_with_id(element: Json) -> Json:
    if element.get("type") == "image" or element.get("action_id"):
        return element
    return element | {"action_id": secrets.token_urlsafe(4)[:5]}


def elements_of(blocks: list[Json]) -> list[tuple[Json, Json]]:
    """Every (block, element) a person can use, in the order they stand."""
    found: list[tuple[Json, Json]] = []
    for block in blocks:
        candidates: list[Any] = [block.get(name) for name in INTERACTIVE_FIELDS]
        if block.get("type") == "actions":
            candidates += block["elements"]
        found += [(block, e) for e in candidates if isinstance(e, dict) and "action_id" in e]
    return found
