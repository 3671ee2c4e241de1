"""What a page loads of a channel: the newest first, older ones on demand."""

from localslack.slack import Slack
from localslack.workspace.model import Json
from localslack.workspace.shapes import seen_json

PAGE = 100


def newest(slack: Slack, channel: str, viewer: str) -> Json:
    """The latest messages the viewer sees in a channel, and whether there are older ones."""
    messages = page_of(slack, channel, viewer, limit=PAGE + 1)
    return {"messages": messages[-PAGE:], "older": len(messages) > PAGE}


def page_of(slack: Slack, channel: str, viewer: str | None, *, before: str = "", limit: int) -> list[Json]:
    """At most `limit` messages in order, replies too: the latest, or the latest before a ts."""
    there = slack.state.messages[channel].values()
    seen = [m for m in there if m.ephemeral_to in (None, viewer) and (not before or m.ts < before)]
    return [seen_json(slack.state, message) for message in seen[-limit:]]


def thread_of(slack: Slack, channel: str, viewer: str | None, thread: str) -> list[Json]:
    """A message and its replies."""
    there = slack.state.messages[channel].values()
    seen = [m for m in there if m.ephemeral_to in (None, viewer) and thread in (m.ts, m.thread_ts)]
    return [seen_json(slack.state, message) for message in seen]
