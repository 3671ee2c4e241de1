"""What is drawn fits what Slack takes: long texts give way first, then the last rows of the longest list.

Slack documents how many blocks a message has. How much all of them may say together it does not: posts of some
13,000 characters, with something for each block, are refused as `msg_blocks_too_long` (slackapi/bolt-js #2509, #2867).
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from bot import words
from bot.store.models import JSON

MESSAGE = 12_000  # characters of the blocks' JSON, which is never less than what Slack counts
VIEW = 20_000  # below the 250 KB that views may have, even where JSON takes 12 bytes for an emoji
FEW = 10  # names in one line, before the others are counted
NOTE = 100  # characters that a note of what is left out may take
_AS_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
ROOMY, TIGHT = (1_200, 600, 300), (150, 75, 40)  # characters of one text: before rows are left out, and after


def clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def few(items: Sequence[Any]) -> Sequence[Any]:
    """As many as one line names."""
    return items[:FEW]


def further(items: Sequence[Any]) -> str:
    """What follows `few`: how many it left out."""
    return f" and {len(items) - FEW:,} more" if len(items) > FEW else ""


def fitted(blocks: Sequence[JSON], room: int) -> list[JSON]:
    """The blocks as they are where they fit; else with what is left out marked: `…`, `and 12 more`."""
    if _size(blocks) <= room:
        return list(blocks)
    shown = _shortened(blocks, room, ROOMY)
    shown = _without_last_rows(shown, room)
    return _shortened(shown, room, TIGHT)


def _size(part: object) -> int:
    return len(_AS_JSON.encode(part)) + 1


def _shortened(blocks: Sequence[JSON], room: int, limits: Iterable[int]) -> list[JSON]:
    """With long texts cut, no more than it takes."""
    shown = list(blocks)
    for limit in limits:
        if _size(shown) <= room:
            break
        shown = [_cut(block, limit) if block["type"] in {"rich_text", "context", "table"} else block for block in shown]
    return shown


def _cut(part: Any, limit: int) -> Any:
    if isinstance(part, list):
        return [_cut(one, limit) for one in part]
    if isinstance(part, dict):
        return {
            key: clip(one, limit) if key == "text" and isinstance(one, str) else _cut(one, limit)
            for key, one in part.items()
        }
    return part


def _held(block: JSON) -> str | None:
    """Where a block that is a list has its rows."""
    return {"rich_text": "elements", "table": "rows"}.get(block["type"])


def _rows(block: JSON) -> int:
    held = _held(block)
    return len(block[held]) if held else 1


def _without_last_rows(blocks: Sequence[JSON], room: int) -> list[JSON]:
    """A list is a table, or a block of rich text with several sections. Its first row stays."""
    rows = [_rows(block) for block in blocks]
    too_much = _size(blocks) - room
    while too_much > 0 and max(rows) > 1:
        longest = rows.index(max(rows))
        if rows[longest] == _rows(blocks[longest]):
            too_much += NOTE
        rows[longest] -= 1
        too_much -= _size(blocks[longest][_held(blocks[longest]) or ""][rows[longest]])
    return [_first_rows(block, kept) for block, kept in zip(blocks, rows, strict=True)]


def _first_rows(block: JSON, kept: int) -> JSON:
    missing, held = _rows(block) - kept, _held(block)
    if not missing or held is None:
        return block
    note = _more(missing)
    return {
        **block,
        held: [*block[held][:kept], note if held == "elements" else [_cell(note), {"type": "raw_text", "text": "…"}]],
    }


def _cell(section: JSON) -> JSON:
    return {"type": "rich_text", "elements": [section]}


def _more(number: int) -> JSON:
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": f"… and {number:,} more"}]}


def listed(names: Sequence[str], last: str = "or") -> str:
    if len(names) > FEW:
        return ", ".join(few(names)) + further(names)
    return words.listed(names, last)
