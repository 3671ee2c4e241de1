"""The plain text of a message, for notifications and screen readers: derived from its finished blocks."""

import re
from collections.abc import Iterable

from bot.delivery import charts
from bot.store.models import JSON

LONGEST = 3_900  # characters: of a message's text chat.update takes 4,000
PARSED = re.compile(r"([*_~`]|:(?=[\w+'-]+:))")


def fallback(blocks: Iterable[JSON]) -> str:
    """All that the blocks say, one line each, with Slack's control characters escaped and formatting defused."""
    text = "\n".join(line for block in blocks for line in _spoken(block))
    if len(text) <= LONGEST:
        return text
    # Half an entity or half a token at the cut would be markup again.
    return re.sub(r"(?:<[^<>]*|&[a-z]*)$", "", text[: LONGEST - 1]) + "…"


def _spoken(block: JSON) -> list[str]:
    if block["type"] == "header":
        return [_defused(block["text"]["text"])]
    if block["type"] == "rich_text":
        return ["".join(map(_spoken_element, section["elements"])) for section in block["elements"]]
    if block["type"] == "table":
        return ["   ".join("".join(_spoken(cell)) for cell in row) for row in block["rows"]]
    if block["type"] == charts.KIND:
        return [_defused(charts.words(block))]
    if block["type"] == "context":
        return [_defused(item["text"]) for item in block["elements"]]
    return []


def _spoken_element(element: JSON) -> str:
    if element["type"] == "user":
        return f"<@{element['user_id']}>"
    if element["type"] == "usergroup":
        return f"<!subteam^{element['usergroup_id']}>"
    if element["type"] == "date":
        return f"<!date^{element['timestamp']}^{element['format']}|{element['fallback']}>"
    if element["type"] == "link":
        return f"<{element['url']}|{_defused(element['text']).replace('|', '¦')}>"
    return _defused(element["text"])


def _defused(text: str) -> str:
    """Text for a field that Slack parses: no link, mention, bold or emoji. U+2060 is invisible and unites words."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return PARSED.sub("\u2060\\1\u2060", escaped)
