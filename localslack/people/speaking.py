"""What people say and where they go: commands, messages, mentions, App Home."""

import re

from localslack.changes.answers import show_answer
from localslack.hub import Hub
from localslack.workspace.model import Delivery, Json, Message, Reply, SlackError
from localslack.workspace.rich import rich_text
from localslack.workspace.shapes import seen_json, user_json, view_json
from localslack.workspace.state import State
from localslack.workspace.typed import as_posted, as_sent


class Speaking(Hub):
    async def command(self, user: str, channel: str, text: str, *, team_id: str | None = None) -> Reply:
        """Type a slash command; its answer or its failure is shown to `user` alone.

        What is no command of the app, and an archived channel, it never reaches.
        "@name" becomes "<@U…|name>" when the command asks for escaped text and such a person exists.
        `team_id` is the team the command claims to come from, by default the person's own.
        """
        name, _, rest = text.strip().partition(" ")
        place = self.state.channels[channel]
        if place.archived:
            raise SlackError("is_archived")
        known = next((one for one in self.workspace.commands if one.command == name), None)
        if known is None:
            self.ephemeral(user, channel, f"`{name}` is not a valid command.")
            return Reply(status=0, error="unknown_command")
        payload = self.payloads.command(
            self.state.person(user),
            place,
            name,
            as_sent(self.state, rest.strip(), names=known.should_escape),
            team_id=team_id,
            trigger_id=self.state.new_trigger(user),
            response_url=self.response_url(user, channel),
        )
        delivery = await self.courier.deliver("command", payload)
        self._show_command_answer(user, channel, name, delivery)
        return Reply.of(delivery)

    def _show_command_answer(self, user: str, channel: str, name: str, delivery: Delivery) -> None:
        error = delivery.error
        if not error:
            try:
                show_answer(self, user, channel, delivery.body)
            except SlackError as refused:
                error = refused.code
        if error:
            self.ephemeral(user, channel, f'`{name}` failed with the error "{error}"')

    async def post_as(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> str:
        """Say something in a channel; names of people become mentions. Returns the message's ts.

        An archived channel, and an app that takes no direct messages, raise SlackError.
        """
        return self._say(user, channel, text, thread_ts).ts

    async def mention(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> Reply:
        """Say something to the bot; its mention is put first when the text has none.

        In direct messages that is a message like any other. Where the bot is no member it hears nothing, and the
        person is told so.
        """
        bot = f"<@{self.workspace.bot_user_id}>"
        whole = self._with_bot(text)
        message = self._say(user, channel, whole if bot in whole else f"{bot} {whole}", thread_ts)
        place = self.state.channels[channel]
        if self.workspace.bot_user_id not in self.state.members(place):
            self.ephemeral(user, channel, f"You mentioned {bot}, but they are not in this channel.")
            return Reply(status=0, error="not_in_channel")
        if place.kind == "im":
            return Reply(status=0, error="not_mentioned")
        if not self.wants("app_mention"):
            return Reply(status=0, error="not_subscribed")
        return Reply.of(await self.send_event(self.payloads.mention_event(message)))

    async def say(self, user: str, channel: str, text: str, *, thread_ts: str | None = None) -> str:
        """As the composer does it: a mention when the bot is named, else a message. Returns its ts or ""."""
        if f"<@{self.workspace.bot_user_id}>" in self._with_bot(text):
            await self.mention(user, channel, text, thread_ts=thread_ts)
            return ""
        return await self.post_as(user, channel, text, thread_ts=thread_ts)

    def _with_bot(self, text: str) -> str:
        """The bot's own name, as people type it, as a mention."""
        names = "|".join(re.escape(name) for name in (self.workspace.bot_name, self.workspace.bot_handle))
        return re.sub(rf"@(?:{names})\b", f"<@{self.workspace.bot_user_id}>", text, flags=re.IGNORECASE)

    def _say(self, user: str, channel: str, text: str, thread_ts: str | None) -> Message:
        self.state.person(user)
        place = self.state.channels[channel]
        if place.archived:
            raise SlackError("is_archived")
        if place.kind == "im" and not self.workspace.messages_tab:
            raise SlackError("messages_tab_disabled")
        message = Message(ts=self.state.next_ts(), channel=channel, user=user, thread_ts=thread_ts)
        write(self.state, message, text)
        return self.add_message(message)

    async def open_dm(self, user: str) -> str:
        """Go to one's direct messages with the app (the messages tab of its App Home); their channel's id."""
        channel = self.state.direct([user]).id
        if self.wants("app_home_opened"):
            await self.send_event(self._home_opened(user, "messages"))
        return channel

    async def open_home(self, user: str) -> Reply:
        """Look at the app's App Home; one without a home tab raises SlackError."""
        if not self.workspace.home_tab:
            raise SlackError("not_enabled")
        home = self.home(user)
        if not self.wants("app_home_opened"):
            return Reply(status=0, error="not_subscribed")
        event = self._home_opened(user, "home")
        return Reply.of(await self.send_event(event | ({"view": home} if home else {})))

    def _home_opened(self, user: str, tab: str) -> Json:
        channel = self.state.direct([user]).id
        event = {"type": "app_home_opened", "user": user, "channel": channel, "tab": tab}
        return event | {"event_ts": self.state.next_ts()}

    async def delete_message(self, channel: str, ts: str, user: str | None = None) -> None:
        """Remove a message, as `user` (an admin) may; the app gets message_deleted."""
        del user  # Slack's event does not say who it was
        self.remove_message(self.state.message(channel, ts))

    async def deactivate(self, user: str, *, deleted: bool = True) -> Reply:
        """Deactivate an account in the workspace (or bring it back); the app gets user_change."""
        person = self.state.people[user]
        person.deleted = deleted
        self.feed.tell({"type": "people"})
        ts = self.state.next_ts()
        event = {"type": "user_change", "user": user_json(self.state, person), "event_ts": ts}
        return Reply.of(await self.send_event(event | {"cache_ts": int(float(ts))}))

    def messages(self, channel: str, viewer: str | None = None) -> list[Json]:
        """All messages of a channel in order, replies too; of the ephemerals only the viewer's own."""
        return [
            seen_json(self.state, message)
            for message in self.state.messages[channel].values()
            if message.ephemeral_to in (None, viewer)
        ]

    def views(self, user: str) -> list[Json]:
        """The modals this person has open, the topmost last."""
        return self.stack_json(user)

    def home(self, user: str) -> Json | None:
        """The App Home published for this person."""
        view_id = self.state.homes.get(user)
        return view_json(self.state, self.state.views[view_id]) if view_id else None


def write(state: State, message: Message, text: str) -> None:
    """Put what a person typed into a message, as text and, as Slack's composer does, as a rich_text block."""
    message.text = as_posted(state, text)
    message.blocks = [rich_text(message.text)] if message.text.strip() else []
