"""What the Web API answers when the Block Kit validator has complaints."""

from collections.abc import Iterable
from typing import Any

from bot.demo.slack.blockkit import VIEW_TOO_LARGE, Problem, check_blocks, check_message, check_view
from bot.demo.slack.hub import Hub
from bot.demo.slack.workspace.model import Json, SlackError

MOST_ATTACHMENTS = 100


def accepted_blocks(hub: Hub, blocks: Any) -> list[Json]:
    """The blocks of a message, or SlackError invalid_blocks with what is wrong and where."""
    if problems := check_blocks(blocks, "message", hub.workspace.refused_blocks):
        raise SlackError("invalid_blocks", errors=[str(problem) for problem in problems], **_metadata(problems))
    checked: list[Json] = blocks
    return checked


def accepted_view(hub: Hub, view: Any) -> Json:
    """A view as views.open and its like take it, or SlackError invalid_arguments, view_too_large."""
    if problems := check_view(view, hub.workspace.refused_blocks):
        too_large = any(problem.text == VIEW_TOO_LARGE for problem in problems)
        raise SlackError(VIEW_TOO_LARGE if too_large else "invalid_arguments", **_metadata(problems))
    checked: Json = view
    return checked


def accepted_attachments(hub: Hub, attachments: Any) -> list[Json]:
    """The attachments of a message; blocks in them are checked as its own are."""
    if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    payload = {"text": "-", "attachments": attachments}
    if problems := check_message(payload, hub.workspace.refused_blocks):
        raise SlackError("invalid_attachments", **_metadata(problems))
    return [{"id": place, "fallback": "[no preview available]"} | one for place, one in enumerate(attachments, start=1)]


def _metadata(problems: Iterable[Problem]) -> Json:
    return {"response_metadata": {"messages": [f"[ERROR] {problem}" for problem in problems]}}
