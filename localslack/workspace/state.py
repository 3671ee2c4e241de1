"""Everything the workspace holds in memory, and the questions the rest asks of it."""

import secrets
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from localslack import moment
from localslack.workspace.model import SLACKBOT, Channel, File, Message, Person, SlackError, View, Workspace

RESPONSE_USES = 5
RESPONSE_SECONDS = 30 * 60
# Triggers and response urls that are remembered, the latest: older ones are as good as expired.
REMEMBERED = 10_000


@dataclass(slots=True)
class Trigger:
    user: str
    made_at: float
    view_id: str | None = None
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    user: str
    channel: str
    made_at: float
    message_ts: str | None = None
    thread_ts: str | None = None
    uses: int = RESPONSE_USES


@dataclass(slots=True)
class Scheduled:
    """A message that waits for its time; its ts is decided then."""

    id: str
    message: Message
    post_at: int
    made_at: int


class State:
    def __init__(self, workspace: Workspace, trigger_seconds: float) -> None:
        self.workspace = workspace
        self.base_url = "http://127.0.0.1"
        self.trigger_seconds = trigger_seconds
        self.people = {person.id: person for person in workspace.people}
        self.channels = {channel.id: channel for channel in workspace.channels}
        self.messages: defaultdict[str, dict[str, Message]] = defaultdict(dict)
        # Channel and thread → its replies: every message shown asks for them.
        self._threads: defaultdict[tuple[str, str], dict[str, Message]] = defaultdict(dict)
        self.views: dict[str, View] = {}
        self.stacks: defaultdict[str, list[str]] = defaultdict(list)
        self.homes: dict[str, str] = {}
        self.files: dict[str, File] = {}
        self.deleted_files: set[str] = set()
        self.responses: dict[str, ResponseUrl] = {}
        self.usergroups = {group.id: group for group in workspace.usergroups}
        self.scheduled: dict[str, Scheduled] = {}
        # Token → what its calls are answered with once it stopped working, such as token_revoked or account_inactive.
        self.token_errors: dict[str, str] = {}
        # Messages that still grow (chat.startStream): channel and ts.
        self.streams: set[tuple[str, str]] = set()
        # unfurl_id of a link_shared → channel and ts of the message.
        self.unfurls: dict[str, tuple[str, str]] = {}
        self.bot_away = False
        self._triggers: dict[str, Trigger] = {}
        self._last_micros = 0

    def next_ts(self) -> str:
        """A timestamp as Slack's messages have: the time now, unique and increasing."""
        self._last_micros = max(int(moment.time() * 1_000_000), self._last_micros + 1)
        seconds, micros = divmod(self._last_micros, 1_000_000)
        return f"{seconds}.{micros:06d}"

    @staticmethod
    def new_id(kind: str) -> str:
        """An id as Slack's are: C… for a channel, F… for a file, and so on."""
        return f"{kind}0{secrets.token_hex(5).upper()}"

    def new_file(self, user: str, name: str, length: int, **more: Any) -> File:
        file = File(self.new_id("F"), name, length, user, int(moment.time()), **more)
        self.files[file.id] = file
        return file

    # People and channels

    def person(self, user_id: str) -> Person:
        found = self.find_person(user_id)
        if found is None:
            raise SlackError("user_not_found")
        return found

    def find_person(self, user_id: str) -> Person | None:
        workspace = self.workspace
        if user_id == workspace.bot_user_id:
            return Person(id=user_id, name=workspace.bot_handle, real_name=workspace.bot_name)
        if user_id == SLACKBOT:
            return Person(id=SLACKBOT, name="slackbot", real_name="Slackbot")
        return self.people.get(user_id)

    def team_of(self, person: Person) -> str:
        return person.team_id or self.workspace.team_id

    def is_guest(self, person: Person) -> bool:
        return self.team_of(person) != self.workspace.team_id

    def members(self, channel: Channel) -> list[str]:
        if channel.members is not None:
            return channel.members
        own = [p.id for p in self.people.values() if not p.deleted and not self.is_guest(p)]
        return [*own, self.workspace.bot_user_id]

    def channel(self, channel_id: str) -> Channel:
        """The channel as the app may see it: private ones only as a member."""
        found = self.channels.get(channel_id)
        if found is None:
            raise SlackError("channel_not_found")
        if found.private and self.workspace.bot_user_id not in self.members(found):
            raise SlackError("channel_not_found")
        return found

    def joined_channel(self, channel_id: str) -> Channel:
        found = self.channel(channel_id)
        if self.workspace.bot_user_id not in self.members(found):
            raise SlackError("not_in_channel")
        return found

    def direct(self, users: list[str]) -> Channel:
        """The direct conversation of the bot with these people, made when there was none."""
        for user in users:
            self.person(user)
        channel_id = self.direct_id(users)
        if channel_id not in self.channels:
            self.channels[channel_id] = Channel(
                id=channel_id,
                name="" if len(users) == 1 else f"mpdm-{'--'.join(self.people[user].name for user in users)}-1",
                private=True,
                members=[*users, self.workspace.bot_user_id],
                kind="im" if len(users) == 1 else "mpim",
                creator=self.workspace.bot_user_id,
                created=int(moment.time()),
            )
        return self.channels[channel_id]

    @staticmethod
    def direct_id(users: list[str]) -> str:
        """The same for the same people, in whatever order."""
        return ("D" if len(users) == 1 else "G") + "".join(user.removeprefix("U") for user in sorted(users))

    def visible_channels(self, user: str) -> list[Channel]:
        return [c for c in self.channels.values() if user in self.members(c)]

    # Messages

    def message(self, channel_id: str, ts: str) -> Message:
        found = self.messages[channel_id].get(ts)
        if found is None:
            raise SlackError("message_not_found")
        return found

    def keep(self, message: Message) -> None:
        self.messages[message.channel][message.ts] = message
        if message.thread_ts not in (None, message.ts):
            self._threads[message.channel, str(message.thread_ts)][message.ts] = message

    def forget(self, message: Message) -> None:
        del self.messages[message.channel][message.ts]
        self._threads.get((message.channel, str(message.thread_ts)), {}).pop(message.ts, None)

    def replies(self, channel_id: str, thread_ts: str) -> list[Message]:
        """What everybody sees of a thread, without its parent."""
        return [m for m in self._threads.get((channel_id, thread_ts), {}).values() if m.ephemeral_to is None]

    def audience(self, message: Message) -> list[str]:
        if message.ephemeral_to is not None:
            return [message.ephemeral_to]
        return self.members(self.channels[message.channel])

    # Views

    def view(self, user: str, view_id: str) -> View:
        """A modal this person has open, or their App Home."""
        if view_id not in self.stacks[user] and view_id != self.homes.get(user):
            raise LookupError(f"{user} has no view {view_id} open")
        return self.views[view_id]

    def close_views(self, user: str, above: str | None = None) -> None:
        """Close every modal of this person, or those from `above` on."""
        stack = self.stacks[user]
        start = 0 if above is None else stack.index(above)
        for view_id in stack[start:]:
            del self.views[view_id]
        del stack[start:]

    # Triggers and response urls

    def new_trigger(self, user: str, view_id: str | None = None) -> str:
        trigger_id = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(user, moment.monotonic(), view_id)
        _forget_oldest(self._triggers)
        return trigger_id

    def use_trigger(self, trigger_id: str) -> Trigger:
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if moment.monotonic() - trigger.made_at > self.trigger_seconds:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def new_response(self, user: str, channel: str, message: Message | None = None) -> str:
        response_id = secrets.token_urlsafe(16)
        self.responses[response_id] = ResponseUrl(
            user,
            channel,
            moment.monotonic(),
            message.ts if message else None,
            message.thread_ts if message else None,
        )
        _forget_oldest(self.responses)
        return response_id

    def use_response(self, response_id: str) -> ResponseUrl:
        response = self.responses.get(response_id)
        if response is None:
            raise SlackError("no_such_url")
        if moment.monotonic() - response.made_at > RESPONSE_SECONDS:
            raise SlackError("expired_url")
        if response.uses <= 0:
            raise SlackError("used_url")
        response.uses -= 1
        return response


def _forget_oldest(remembered: dict[str, Any]) -> None:
    while len(remembered) > REMEMBERED:
        del remembered[next(iter(remembered))]
