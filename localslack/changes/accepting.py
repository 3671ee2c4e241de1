"""What the app wants to show, taken as Slack takes it: bounded, and with what the Block Kit validator complains of."""

from collections.abc import Iterable
from typing import Any

from localslack.blockkit import VIEW_TOO_LARGE, Problem, check_blocks, check_message, check_view
from localslack.hub import Hub
from localslack.workspace.model import Json, SlackError
from localslack.workspace.shapes import with_ids

TEXT_LIMIT = 40_000
MOST_ATTACHMENTS = 100
# Documented nowhere: what slackapi/bolt-js #2509 and #2867 measured, as all texts and something for each block.
MOST_CHARACTERS, FOR_EACH_BLOCK = 13_297, 125
DATA = ("table", "data_table", "data_visualization")  # have limits of their own


def bounded(text: str, most: int) -> str:
    """The text, or SlackError msg_too_long."""
    if len(text) > most:
        raise SlackError("msg_too_long")
    return text


def accepted_blocks(hub: Hub, blocks: Any) -> list[Json]:
    """The blocks of a message, or SlackError: msg_blocks_too_long, invalid_blocks with what is wrong and where."""
    if problems := check_blocks(blocks, "message", hub.workspace.refused_blocks):
        raise SlackError("invalid_blocks", errors=[str(problem) for problem in problems], **_metadata(problems))
    checked: list[Json] = blocks
    if sum(FOR_EACH_BLOCK + _characters(block) for block in checked if block["type"] not in DATA) > MOST_CHARACTERS:
        raise SlackError("msg_blocks_too_long")
    return checked


def _characters(part: Any) -> int:
    """All the texts in a block together."""
    if isinstance(part, list):
        return sum(map(_characters, part))
    if isinstance(part, dict):
        return sum(
            len(one) if key == "text" and isinstance(one, str) else _characters(one) for key, one in part.items()
        )
    return 0


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
    if not all(_are_actions(one.get("actions") or []) for one in attachments):
        raise SlackError("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise SlackError("too_many_attachments")
    payload = {"text": "-", "attachments": attachments}
    if problems := check_message(payload, hub.workspace.refused_blocks):
        raise SlackError("invalid_attachments", **_metadata(problems))
    return [_attachment(place, one) for place, one in enumerate(attachments, start=1)]


def _are_actions(actions: Any) -> bool:
    return isinstance(actions, list) and all(isinstance(one, dict) for one in actions)


def _attachment(place: int, given: Json) -> Json:
    """Numbered, with the ids that Slack makes up for its blocks and actions."""
    whole = {"id": place, "fallback": "[no preview available]"} | given
    if given.get("blocks"):
        whole["blocks"] = with_ids(given["blocks"])
    if given.get("actions"):
        whole["actions"] = [{"id": str(number)} | one for number, one in enumerate(given["actions"], start=1)]
    return whole


def _metadata(problems: Iterable[Problem]) -> Json:
    return {"response_metadata": {"messages": [f"[ERROR] {problem}" for problem in problems]}}
