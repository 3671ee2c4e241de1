"""Taking part in channels: coming and going, reacting, changing and taking back what one said."""

from localslack.changes import marks, rooms
from localslack.hub import Hub
from localslack.people.speaking import write
from localslack.workspace.model import Message, SlackError
from localslack.workspace.shapes import message_json


class TakingPart(Hub):
    """What Slack would refuse raises SlackError; the app hears of the rest as far as it subscribed."""

    async def react(self, user: str, channel: str, ts: str, name: str, *, remove: bool = False) -> None:
        """Add an emoji's name to a message, or take it back."""
        message = self._seen(user, channel, ts)
        (marks.unreact if remove else marks.react)(self, user, message, name.strip(":"))

    async def pin(self, user: str, channel: str, ts: str, *, remove: bool = False) -> None:
        (marks.unpin if remove else marks.pin)(self, user, self._seen(user, channel, ts))

    async def edit(self, user: str, channel: str, ts: str, text: str) -> None:
        """Change a message of one's own."""
        message = self._own(user, channel, ts, "cant_update_message")
        before = message_json(self.state, message)
        write(self.state, message, text)
        message.edited = {"user": user, "ts": self.state.next_ts()}
        self.change_message(message, before)

    async def delete_own(self, user: str, channel: str, ts: str) -> None:
        """Remove a message of one's own."""
        self.remove_message(self._own(user, channel, ts, "cant_delete_message"))

    async def join(self, user: str, channel: str) -> None:
        found = self.state.channels[channel]
        if found.private or found.kind != "channel":
            raise SlackError("method_not_supported_for_channel_type")
        if user not in self.state.members(found):
            rooms.join(self, found, user)

    async def invite(self, user: str, channel: str, guest: str) -> None:
        """Bring somebody into a channel one is in: a person, or the app by the id of its bot."""
        found = self.state.channels[channel]
        if user not in self.state.members(found):
            raise SlackError("not_in_channel")
        if guest in self.state.members(found):
            raise SlackError("already_in_channel")
        rooms.join(self, found, guest, inviter=user)

    async def leave(self, user: str, channel: str) -> None:
        found = self.state.channels[channel]
        if user not in self.state.members(found):
            raise SlackError("not_in_channel")
        rooms.leave(self, found, user)

    async def delete_channel(self, user: str, channel: str) -> None:
        """Remove a channel with everything in it, as an admin may."""
        rooms.delete(self, self.state.channels[channel], user)

    async def add_emoji(self, name: str, url: str) -> None:
        """Give the workspace an emoji of its own."""
        marks.add_emoji(self, name.strip(":"), url)

    async def remove_emoji(self, name: str) -> None:
        marks.remove_emoji(self, name.strip(":"))

    def _seen(self, user: str, channel: str, ts: str) -> Message:
        message = self.state.message(channel, ts)
        if user not in self.state.audience(message):
            raise SlackError("message_not_found")
        return message

    def _own(self, user: str, channel: str, ts: str, otherwise: str) -> Message:
        message = self._seen(user, channel, ts)
        if message.user != user or message.by_app:
            raise SlackError(otherwise)
        return message
