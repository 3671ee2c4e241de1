"""Payloads as Slack's real ones are shaped: commands, interactions, type-ahead and events."""

import secrets

from localslack import moment
from localslack.workspace.app import Shortcut
from localslack.workspace.model import Channel, Json, Message, Person, View
from localslack.workspace.shapes import message_json, view_json
from localslack.workspace.state import State


class Payloads:
    def __init__(self, state: State) -> None:
        self._state = state
        self._workspace = state.workspace

    def command(
        self,
        person: Person,
        channel: Channel,
        command: str,
        text: str,
        *,
        team_id: str | None,
        trigger_id: str,
        response_url: str,
    ) -> Json:
        return {
            "token": self._workspace.verification_token,
            "team_id": team_id or self._state.team_of(person),
            "team_domain": self._workspace.domain,
            "channel_id": channel.id,
            "channel_name": place_name(channel),
            "user_id": person.id,
            "user_name": person.name,
            "command": command,
            "text": text,
            "api_app_id": self._workspace.app_id,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": trigger_id,
        }

    def interaction(self, kind: str, person: Person, trigger_id: str | None = None) -> Json:
        """What every interactive payload has."""
        payload: Json = {
            "type": kind,
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": self._state.team_of(person),
            },
            "api_app_id": self._workspace.app_id,
            "token": self._workspace.verification_token,
            "team": {"id": self._workspace.team_id, "domain": self._workspace.domain},
            "enterprise": None,
            "is_enterprise_install": False,
        }
        return payload | ({"trigger_id": trigger_id} if trigger_id else {})

    def on_message(self, message: Message, channel: Channel, block: Json) -> Json:
        """Where in a message it happened. As in Slack, an ephemeral message itself is not sent along."""
        ephemeral = message.ephemeral_to is not None
        attachment = message.attachment_of(block)
        container: Json = {
            "type": "message",
            "message_ts": message.ts,
            "channel_id": channel.id,
            "is_ephemeral": ephemeral,
        }
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
        if attachment:
            unfurled = attachment.get("is_app_unfurl", False)
            about = {"attachment_id": attachment["id"], "is_app_unfurl": unfurled}
            container |= {"type": "message_attachment"} | about
        payload: Json = {"container": container, "channel": {"id": channel.id, "name": place_name(channel)}}
        if attachment and attachment.get("is_app_unfurl"):
            payload["app_unfurl"] = attachment
        return payload if ephemeral else payload | {"message": message_json(self._state, message)}

    def original_message(self, message: Message) -> Json:
        """The same of what happened in an attachment of the old kind."""
        channel = self._state.channels[message.channel]
        place: Json = {"message_ts": message.ts, "channel": {"id": channel.id, "name": place_name(channel)}}
        if message.ephemeral_to is not None:
            return place
        return place | {"original_message": message_json(self._state, message)}

    def shortcut(self, shortcut: Shortcut, person: Person, trigger_id: str, action_ts: str) -> Json:
        payload = self.interaction("shortcut", person, trigger_id)
        del payload["api_app_id"]  # as Slack sends shortcuts
        return payload | {"callback_id": shortcut.callback_id, "action_ts": action_ts}

    def message_shortcut(self, shortcut: Shortcut, person: Person, trigger_id: str, message: Message) -> Json:
        channel = self._state.channels[message.channel]
        return self.shortcut(shortcut, person, trigger_id, self._state.next_ts()) | {
            "type": "message_action",
            "message_ts": message.ts,
            "message": message_json(self._state, message),
            "channel": {"id": channel.id, "name": place_name(channel)},
        }

    def on_view(self, view: View) -> Json:
        return {"container": {"type": "view", "view_id": view.id}, "view": view_json(self._state, view)}

    def submission(self, person: Person, view: View, trigger_id: str, urls: list[Json]) -> Json:
        return self.interaction("view_submission", person, trigger_id) | {
            "view": view_json(self._state, view),
            "response_urls": urls,
        }

    def closed(self, person: Person, view: View, *, cleared: bool) -> Json:
        return self.interaction("view_closed", person) | {
            "view": view_json(self._state, view),
            "is_cleared": cleared,
        }

    def url_verification(self, challenge: str) -> Json:
        return {"token": self._workspace.verification_token, "challenge": challenge, "type": "url_verification"}

    def event(self, event: Json) -> Json:
        """The envelope of an event; its `channel` decides whether it counts as externally shared."""
        place = event.get("channel") or event.get("channel_id") or ""
        channel = self._state.channels.get(place["id"] if isinstance(place, dict) else place)
        members = self._state.members(channel) if channel else []
        shared = any((p := self._state.people.get(m)) and self._state.is_guest(p) for m in members)
        return {
            "token": self._workspace.verification_token,
            "team_id": self._workspace.team_id,
            "context_team_id": self._workspace.team_id,
            "context_enterprise_id": None,
            "api_app_id": self._workspace.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": f"Ev{secrets.token_hex(5).upper()}",
            "event_time": int(moment.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": self._workspace.team_id,
                    "user_id": self._workspace.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                },
            ],
            "is_ext_shared_channel": shared,
            "event_context": secrets.token_urlsafe(16),
        }

    def message_event(self, message: Message, channel: Channel) -> Json:
        event = message_json(self._state, message) | {
            "channel": channel.id,
            "channel_type": channel_type(channel),
            "event_ts": message.ts,
        }
        return event | self.teams(message.user)

    def mention_event(self, message: Message) -> Json:
        event = message_json(self._state, message)
        event |= {"type": "app_mention", "channel": message.channel, "event_ts": message.ts}
        return event | self.teams(message.user)

    def teams(self, user: str) -> Json:
        """Whose team spoke, as Slack says for guests of a shared channel."""
        person = self._state.find_person(user)
        if person is None or not self._state.is_guest(person):
            return {}
        team = self._state.team_of(person)
        return {"user_team": team, "source_team": team, "user_profile": {"team": team, "name": person.name}}


def place_name(channel: Channel) -> str:
    """What payloads call a conversation: of those that not everybody may see only the kind."""
    if channel.kind == "im":
        return "directmessage"
    if channel.kind == "channel" and channel.private:
        return "privategroup"
    return channel.name


def channel_type(channel: Channel) -> str:
    if channel.kind != "channel":
        return channel.kind
    return "group" if channel.private else "channel"


def action(block: Json, element: Json, chosen: Json | None, action_ts: str) -> Json:
    """One entry of block_actions' `actions`."""
    body: Json = {
        "action_id": element["action_id"],
        "block_id": block["block_id"],
        "type": element["type"],
        "action_ts": action_ts,
    }
    for name in ("text", "value", "style", "confirm", "placeholder"):
        if name in element:
            body[name] = element[name]
    return body | (chosen or {})
