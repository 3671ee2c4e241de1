"""What each person has read, and what a page loads of a channel: the newest first, older ones on demand."""

from collections import defaultdict
from typing import TYPE_CHECKING

from bot.demo.slack.control.feed import Feed
from bot.demo.slack.workspace.model import Json
from bot.demo.slack.workspace.shapes import seen_json

if TYPE_CHECKING:
    from bot.demo.slack.local import LocalSlack

PAGE = 100


class ReadMarks:
    """Up to which ts each person has read each place: a channel, or a thread as "channel/thread_ts"."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._marks: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def of(self, user: str) -> dict[str, str]:
        return self._marks[user]

    def mark_read(self, user: str, place: str, ts: str) -> None:
        """Remember it, and tell this person's other windows; what was read stays read."""
        if ts > self._marks[user].get(place, ""):
            self._marks[user][place] = ts
            self._feed.tell({"type": "read", "place": place, "ts": ts}, [user])


def newest(slack: "LocalSlack", channel: str, viewer: str) -> Json:
    """The latest messages the viewer sees in a channel, and whether there are older ones."""
    messages = page_of(slack, channel, viewer, limit=PAGE + 1)
    return {"messages": messages[-PAGE:], "older": len(messages) > PAGE}


def page_of(slack: "LocalSlack", channel: str, viewer: str | None, *, before: str = "", limit: int) -> list[Json]:
    """At most `limit` messages in order, replies too: the latest, or the latest before a ts."""
    there = slack.state.messages[channel].values()
    seen = [m for m in there if m.ephemeral_to in (None, viewer) and (not before or m.ts < before)]
    return [seen_json(slack.state, message) for message in seen[-limit:]]


def thread_of(slack: "LocalSlack", channel: str, viewer: str | None, thread: str) -> list[Json]:
    """A message and its replies."""
    there = slack.state.messages[channel].values()
    seen = [m for m in there if m.ephemeral_to in (None, viewer) and thread in (m.ts, m.thread_ts)]
    return [seen_json(slack.state, message) for message in seen]
