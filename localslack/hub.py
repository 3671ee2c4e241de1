"""The middle of the local Slack: its state, what it sends to the app, and what it tells open pages."""

import logging
from collections import defaultdict, deque
from collections.abc import Sequence

from localslack.control.faults import Fault, FaultKind
from localslack.control.feed import Feed
from localslack.control.journal import Journal, NotedFaults
from localslack.control.reading import ReadMarks
from localslack.outgoing.courier import Courier
from localslack.outgoing.payloads import Payloads, channel_type
from localslack.outgoing.sockets import Sockets
from localslack.workspace.limits import Limits
from localslack.workspace.model import SLACKBOT, Channel, Delivery, Json, Message, View, WebCall, Workspace
from localslack.workspace.scopes import may_hear, never_sent
from localslack.workspace.shapes import message_json, seen_json, view_json
from localslack.workspace.state import State
from localslack.workspace.typed import links_in

log = logging.getLogger(__name__)
RETRY_DELAYS = (0.0, 60.0, 300.0)
# Calls and deliveries that are remembered, the latest.
LOG_LENGTH = 10_000
# What stays of a deleted message that has replies: github.com/slack-edge/slack-edge/pull/10, 42wim/matterbridge #600.
TOMBSTONE = "tombstone"
DATA_BLOCKS = frozenset({"data_table", "data_visualization"})
SUBSCRIPTIONS = {
    "channel": "message.channels",
    "group": "message.groups",
    "im": "message.im",
    "mpim": "message.mpim",
}


class Hub:
    """`request_url` None means what the workspace says, else Socket Mode; it may be set at any time."""

    def __init__(
        self,
        workspace: Workspace,
        request_url: str | None = None,
        *,
        ack_seconds: float = 3.0,
        trigger_seconds: float = 3.0,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        limits: bool = True,
    ) -> None:
        self.workspace = workspace
        if unsent := never_sent(workspace.events):
            log.warning("The app subscribed to events that this Slack never sends: %s", ", ".join(unsent))
        self.state = State(workspace, trigger_seconds)
        self.feed = Feed()
        self.read_marks = ReadMarks(self.feed)
        self.faults = NotedFaults()
        self.journal = Journal(lambda: self.deliveries)
        self.sockets = Sockets(workspace)
        self.payloads = Payloads(self.state)
        self.limit_rates(limits)
        self.calls: deque[WebCall] = deque(maxlen=LOG_LENGTH)
        # What has failed in front of each person, by where it did (people/failures.py).
        self.failed: defaultdict[str, dict[tuple[str, ...], Json]] = defaultdict(dict)
        url = request_url or workspace.request_url
        self.courier = Courier(workspace, url, self.sockets, self.faults, ack_seconds, retry_delays)
        self.faults.follow("deaf_socket", self.sockets.deafen)
        self.faults.follow("no_data_blocks", self._refuse_data_blocks)

    @property
    def base_url(self) -> str:
        return self.state.base_url

    @base_url.setter
    def base_url(self, url: str) -> None:
        self.state.base_url = url

    @property
    def deliveries(self) -> list[Delivery]:
        """Every payload sent to the app, oldest first, with its answer."""
        return self.courier.log

    @property
    def request_url(self) -> str | None:
        return self.courier.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.courier.request_url = url

    def limit_rates(self, on: bool) -> None:  # noqa: FBT001 - it is the switch
        """Hold the app to Slack's rate limits, from now on anew; or let it call as often as it likes."""
        self.limits = Limits() if on else None

    def fault(
        self,
        method: str,
        kind: FaultKind,
        times: int = 1,
        *,
        retry_after: int = 1,
        seconds: float = 1.0,
        error: str = "fatal_error",
    ) -> None:
        """The next `times` calls of the method go wrong; several faults come in the order given.

        The method "response_url" means the response urls.
        """
        self.faults.add(method, Fault(kind, retry_after, seconds, error), times)

    def _refuse_data_blocks(self, on: bool) -> None:  # noqa: FBT001 - a switch calls it
        refused = self.workspace.refused_blocks
        self.workspace.refused_blocks = refused | DATA_BLOCKS if on else refused - DATA_BLOCKS

    # Messages

    def add_message(self, message: Message, *, event: bool = True) -> Message:
        self.state.keep(message)
        self.state.channels[message.channel].open = True
        self.tell_message(message)
        if event and message.ephemeral_to is None:
            channel = self.state.channels[message.channel]
            event_json = self.payloads.message_event(message, channel)
            self._message_event(channel, event_json | ({"subtype": "file_share"} if message.files else {}))
            self._metadata_event("posted", message)
            self._link_event(channel, message)
        return message

    def change_message(self, message: Message, before: Json) -> None:
        """Tell of a message that was edited; `before` is its JSON before that."""
        self.tell_message(message)
        if message.ephemeral_to is None:
            after = message_json(self.state, message)
            self._subtype_event(message, "message_changed", {"message": after, "previous_message": before})
            if message.metadata != before.get("metadata"):
                self._metadata_event("updated", message, before.get("metadata"))

    def remove_message(self, message: Message) -> None:
        """Remove it; one with replies leaves a stone in its place, and is told of as changed, as Slack does."""
        if message.subtype != TOMBSTONE and self.state.replies(message.channel, message.ts):
            self._bury(message)
            return
        audience = self.state.audience(message)
        self.state.forget(message)
        change = {"type": "deleted", "channel": message.channel, "ts": message.ts}
        self.feed.tell(change, audience)
        self._tell_parent(message)
        if message.ephemeral_to is None:
            previous = message_json(self.state, message)
            details = {"deleted_ts": message.ts, "previous_message": previous}
            self._subtype_event(message, "message_deleted", details)
            self._metadata_event("deleted", message, message.metadata)
        parent = self._parent(message)
        if parent is not None and parent.subtype == TOMBSTONE and not self.state.replies(parent.channel, parent.ts):
            self.remove_message(parent)

    def _bury(self, message: Message) -> None:
        stone = Message(
            message.ts,
            message.channel,
            SLACKBOT,
            "This message was deleted.",
            thread_ts=message.ts,
            subtype=TOMBSTONE,
            details={"hidden": True},
        )
        before = message_json(self.state, message)
        self.state.keep(stone)
        self.change_message(stone, before)

    def tell_message(self, message: Message) -> None:
        change = {"type": "message", "message": seen_json(self.state, message)}
        self.feed.tell(change, self.state.audience(message))
        self._tell_parent(message)

    def _tell_parent(self, message: Message) -> None:
        parent = self._parent(message)
        if parent is not None:
            change = {"type": "message", "message": seen_json(self.state, parent)}
            self.feed.tell(change, self.state.audience(parent))

    def _parent(self, message: Message) -> Message | None:
        """What it replies to, while that is there."""
        if message.thread_ts in (None, message.ts):
            return None
        return self.state.messages[message.channel].get(str(message.thread_ts))

    def ephemeral(self, user: str, channel: str, text: str, blocks: list[Json] | None = None) -> Message:
        """Something only this person sees; from Slackbot when the app said nothing itself."""
        message = Message(
            ts=self.state.next_ts(),
            channel=channel,
            user=SLACKBOT,
            text=text,
            blocks=blocks or [],
            ephemeral_to=user,
        )
        return self.add_message(message)

    # Events

    def wants(self, subscription: str) -> bool:
        """Whether the app subscribed to it and has a scope that lets it hear of it."""
        return subscription in self.workspace.events and may_hear(subscription, self.workspace.scopes)

    def happens(self, event: Json, channel: Channel | None = None) -> None:
        """Send the app an event it wants, if the bot is in the channel where it happened."""
        reaches_app = channel is None or self.workspace.bot_user_id in self.state.members(channel)
        if reaches_app and self.wants(event["type"]):
            self.send_event_later(event | {"event_ts": self.state.next_ts()})

    async def send_event(self, event: Json) -> Delivery:
        return await self.courier.deliver_event(self.payloads.event(event))

    def send_event_later(self, event: Json) -> None:
        async def work() -> None:
            await self.send_event(event)

        self.courier.background(work())

    def _message_event(self, channel: Channel, event: Json) -> None:
        reaches_app = self.workspace.bot_user_id in self.state.members(channel)
        if reaches_app and self.wants(SUBSCRIPTIONS[channel_type(channel)]):
            self.send_event_later(event)

    def _subtype_event(self, message: Message, subtype: str, details: Json) -> None:
        channel = self.state.channels[message.channel]
        event = {
            "type": "message",
            "subtype": subtype,
            "hidden": True,
            "channel": channel.id,
            "channel_type": channel_type(channel),
            "ts": (ts := self.state.next_ts()),
            "event_ts": ts,
        }
        self._message_event(channel, event | details)

    def _metadata_event(self, change: str, message: Message, previous: Json | None = None) -> None:
        """Of what an app put with a message that people do not see."""
        if not message.metadata and not previous:
            return
        about = {
            "app_id": self.workspace.app_id,
            "bot_id": self.workspace.bot_id,
            "user_id": message.user,
            "team_id": self.workspace.team_id,
            "channel_id": message.channel,
            "message_ts": message.ts,
        }
        now = {} if change == "deleted" else {"metadata": message.metadata}
        before = {} if change == "posted" else {"previous_metadata": previous}
        self.happens(
            {"type": f"message_metadata_{change}"} | about | now | before, self.state.channels[message.channel]
        )

    def _link_event(self, channel: Channel, message: Message) -> None:
        """Somebody posted an address of the app's domains: it may show more of it (chat.unfurl)."""
        links = links_in(message.text, self.workspace.unfurl_domains)
        if not links or message.by_app or message.subtype or not self.wants("link_shared"):
            return
        unfurl_id = self.state.new_id("U")
        self.state.unfurls[unfurl_id] = (channel.id, message.ts)
        event = {
            "type": "link_shared",
            "channel": channel.id,
            "is_bot_user_member": self.workspace.bot_user_id in self.state.members(channel),
            "user": message.user,
            "message_ts": message.ts,
            "unfurl_id": unfurl_id,
            "source": "conversations_history",
            "links": [{"url": url, "domain": domain} for url, domain in links.items()],
            "event_ts": self.state.next_ts(),
        }
        self.send_event_later(event | ({"thread_ts": message.thread_ts} if message.thread_ts else {}))

    # Views

    def tell_views(self, user: str) -> None:
        self.feed.tell({"type": "views", "views": self.stack_json(user)}, [user])

    def tell_home(self, view: View) -> None:
        self.feed.tell({"type": "home", "view": view_json(self.state, view)}, [view.user])

    def stack_json(self, user: str) -> list[Json]:
        return [view_json(self.state, self.state.views[view_id]) for view_id in self.state.stacks[user]]

    def response_url(self, user: str, channel: str, message: Message | None = None) -> str:
        response_id = self.state.new_response(user, channel, message)
        return f"{self.base_url}/response/{self.workspace.team_id}/{response_id}"

    async def close(self) -> None:
        self.feed.close()
        await self.sockets.close()
        await self.courier.close()
