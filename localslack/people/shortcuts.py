"""The app's shortcuts: from anywhere, or from a message's menu."""

from localslack.people.failures import Failing
from localslack.workspace.app import Shortcut
from localslack.workspace.model import Json, Message, Reply


class Shortcuts(Failing):
    async def shortcut(
        self, user: str, callback_id: str, *, channel: str | None = None, message_ts: str | None = None
    ) -> Reply:
        """Use a shortcut of the app; one for messages needs `channel` and `message_ts`.

        A shortcut that the app has not, or not of that kind, and a message that shows no menu raise LookupError.
        """
        person = self.state.person(user)
        trigger_id = self.state.new_trigger(user)
        place: Json = {"callback_id": callback_id}
        if message_ts is None:
            shortcut = self._shortcut(callback_id, "global")
            payload = self.payloads.shortcut(shortcut, person, trigger_id, self.state.next_ts())
        else:
            shortcut = self._shortcut(callback_id, "message")
            message = self._with_menu(user, channel or "", message_ts)
            payload = self.payloads.message_shortcut(shortcut, person, trigger_id, message)
            payload["response_url"] = self.response_url(user, message.channel, message)
            place |= {"channel": message.channel, "message_ts": message.ts}
        reply = Reply.of(await self.courier.deliver("interactive", payload))
        self.settle(user, place, "shortcut", reply.error)
        return reply

    def _shortcut(self, callback_id: str, kind: str) -> Shortcut:
        for shortcut in self.workspace.shortcuts:
            if (shortcut.callback_id, shortcut.type) == (callback_id, kind):
                return shortcut
        raise LookupError(f"the app has no {kind} shortcut {callback_id!r}")

    def _with_menu(self, user: str, channel: str, message_ts: str) -> Message:
        message = self.state.message(channel, message_ts)
        if message.ephemeral_to is not None or user not in self.state.audience(message):
            raise LookupError(f"{user} sees no menu at {message_ts}")
        return message
