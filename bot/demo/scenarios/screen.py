"""What is on the screen, in plain words: as a person reads a message, whatever blocks it is made of."""

import re
from collections.abc import Iterator
from typing import Any

from localslack import LocalSlack
from localslack.workspace.model import Json
from localslack.workspace.shapes import elements_of

SHORT = 240  # characters of a message in a report
TOKEN = re.compile(r"<(?:!date\^[^|>]*\|(?P<date>[^>]*)|@(?P<user>\w+)(?:\|[^>]*)?|#\w+\|(?P<channel>[^>]*))>")
BOLD = re.compile(r"(?<!\w)\*([^*\n]+)\*(?!\w)")
HOLDING = ("title", "text", "label", "elements", "element", "fields", "rows", "accessory", "blocks")


def fits(pattern: str, text: str) -> bool:
    """Whether the text contains the pattern, in which "…" stands for anything; spaces and line ends are alike."""
    return re.search(_regular(pattern), " ".join(text.split())) is not None


def is_called(pattern: str, label: str) -> bool:
    """Whether the whole label is as the pattern says."""
    return re.fullmatch(_regular(pattern), label) is not None


def _regular(pattern: str) -> str:
    return ".*".join(re.escape(part) for part in re.split(r" ?… ?", pattern))


def words(slack: LocalSlack, message: Json) -> str:
    """The message as it reads, a line for each block; its text where it has no blocks."""
    lines = list(_lines(slack, message.get("blocks") or [])) or [_plain(slack, message.get("text", ""))]
    return "\n".join(line for line in lines if line.strip())


def labels(message: Json) -> dict[str, tuple[Json, Json]]:
    """What the buttons say → block and element."""
    found = elements_of(message.get("blocks") or [])
    return {element["text"]["text"]: (block, element) for block, element in found if element["type"] == "button"}


def in_short(slack: LocalSlack, message: Json) -> str:
    """One line for a report: words and buttons."""
    said = " ".join(words(slack, message).split())
    said = said if len(said) <= SHORT else said[:SHORT] + " …"
    return " ".join([said, *(f"[{label}]" for label in labels(message))])


def _lines(slack: LocalSlack, node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _lines(slack, one)
    elif isinstance(node, dict):
        kind = node.get("type")
        if kind == "rich_text_section":
            yield "".join(text for one in node["elements"] for text in _lines(slack, one))
        elif kind == "user":
            yield f"@{_name(slack, node['user_id'])}"
        elif kind == "date":
            yield node.get("fallback", "")
        elif isinstance(node.get("text"), str):
            yield _plain(slack, node["text"])
        elif kind != "button":
            for part in HOLDING:
                yield from _lines(slack, node.get(part))


def _plain(slack: LocalSlack, text: str) -> str:
    def written(token: re.Match[str]) -> str:
        if token["user"]:
            return f"@{_name(slack, token['user'])}"
        return token["date"] or f"#{token['channel']}"

    shown = BOLD.sub(r"\1", TOKEN.sub(written, text))
    return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _name(slack: LocalSlack, user: str) -> str:
    person = slack.state.people.get(user)
    return (person.real_name or person.name) if person else user
