"""A message's blocks as text for a terminal."""

import textwrap
from collections.abc import Iterable, Iterator

from bot.delivery import charts
from bot.drawing.elements import plain
from bot.store.models import JSON

WIDTH = 100


def as_text(blocks: Iterable[JSON], *, buttons: bool = True) -> str:
    """What the blocks say, a line each; buttons and entries of menus in brackets, where they are wanted."""
    wanted = (block for block in blocks if buttons or block["type"] != "actions")
    return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for block in wanted for line in _lines(block))


def _offered(element: JSON) -> list[JSON]:
    """What a button says, or each entry of a menu."""
    return [option["text"] for option in element["options"]] if "options" in element else [element["text"]]


def _lines(block: JSON) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield block["text"]["text"]
        case "rich_text":
            yield from (plain(section["elements"]) for section in block["elements"])
        case "table":
            yield from ("   ".join("".join(_lines(cell)) for cell in row) for row in block["rows"])
        case "context":
            yield from (item["text"] for item in block["elements"])
        case "actions":
            yield "  ".join(f"[ {text['text']} ]" for item in block["elements"] for text in _offered(item))
        case charts.KIND:
            yield charts.words(block)
