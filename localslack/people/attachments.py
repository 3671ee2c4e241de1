"""Actions of the old kind, in attachments: docs.slack.dev/legacy/legacy-messaging/legacy-making-messages-interactive"""

from typing import Any

from localslack.changes.answers import replace, said, says_something
from localslack.people.choices import PICKS
from localslack.people.failures import Failing, place_of
from localslack.workspace.inputs import options_of
from localslack.workspace.model import Json, Message, Reply, SlackError

# Where the options of a menu come from → the element of today that offers the same.
SOURCES = {"users": "users_select", "channels": "channels_select", "conversations": "conversations_select"}


def legacy_action(message: Message, name: str, attachment_id: str | None = None) -> tuple[Json, Json] | None:
    """The attachment, and the action in it that reads so or is called so; None when there is none."""
    there = [
        (attachment, action)
        for attachment in message.attachments
        for action in attachment.get("actions") or []
        if attachment_id in (None, str(attachment["id"]))
    ]
    for field in ("text", "name"):
        for attachment, action in there:
            if action.get(field) == name:
                return attachment, action
    return None


class Attachments(Failing):
    async def press(self, user: str, message: Message, attachment: Json, action: Json, option: Any) -> Reply:
        """Use an action of an attachment; what the app answers takes the message's place unless it says otherwise."""
        person, trigger_id = self.state.person(user), self.state.new_trigger(user)
        payload = (
            self.payloads.interaction("interactive_message", person, trigger_id)
            | {
                "actions": [self._used(action, option)],
                "callback_id": attachment.get("callback_id", ""),
                "attachment_id": str(attachment["id"]),
                "action_ts": self.state.next_ts(),
                "response_url": self.response_url(user, message.channel, message),
                "is_app_unfurl": attachment.get("is_app_unfurl", False),
            }
            | self.payloads.original_message(message)
        )
        reply = Reply.of(await self.courier.deliver("interactive", payload))
        if not reply.error:
            self._answered(user, message, reply)
        self.settle(user, place_of(message) | {"action_id": action.get("name", "")}, "action", reply.error)
        return reply

    def _used(self, action: Json, option: Any) -> Json:
        used = {name: action[name] for name in ("name", "type") if name in action}
        if action.get("type") != "select":
            return used | {"value": action.get("value", "")}
        return used | {"selected_options": [{"value": self._value(action, option)}]}

    def _value(self, action: Json, option: Any) -> str:
        if source := SOURCES.get(action.get("data_source", "static")):
            return str(PICKS[source](self.state, {"type": source, "action_id": action.get("name")}, option))
        for one in options_of(action):
            if option in (one["value"], one["text"]):
                return str(one["value"])
        raise LookupError(f"{action.get('name')} has no option {option!r}")

    def _answered(self, user: str, message: Message, reply: Reply) -> None:
        answer = reply.body if isinstance(reply.body, dict) else {"text": reply.body or ""}
        try:
            if answer.get("delete_original"):
                self.remove_message(message)
            elif says_something(answer) and answer.get("replace_original", True):
                replace(self, message, answer)
            elif says_something(answer):
                self.add_message(said(self, user, message.channel, answer))
        except SlackError as refused:
            reply.error = refused.code
