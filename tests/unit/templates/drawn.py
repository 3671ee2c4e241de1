"""What a template made of some data, and what holds of everything that is sent."""

import importlib
import json
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from bot.drawing.elements import OWN_LINK
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.store.models import JSON
from localslack.blockkit import check_message, check_view
from tests.promises.test_promise_10_no_markup import FORBIDDEN, parts
from tests.unit import templates

RENDERER = Renderer()
MENTIONED = "U0ONCALL"
BLOCKS = 50
TOGETHER, EACH = 13_000, 125  # characters of a message, and what a block counts for (slackapi/bolt-js #2509)
TEXT = 4_000
NOTE = re.compile(r"… and ([\d,]+) more")
ENDLESS = 10**9
SAYING_NOTHING = {"ok", "okay", "yes", "no", "cancel", "submit", "continue", "close"}
MARKUP = {"mrkdwn", "emoji", "broadcast", "channel", "usergroup"}


@dataclass(frozen=True)
class Drawn:
    """A message, or the blocks of a view."""

    content: JSON = field(repr=False)
    says: tuple[str, ...] = ()
    """What the words for notifications and screen readers may not lack."""
    lines: int = 0
    """It would have with room for all of them."""


Draw = Callable[[st.DrawFn], Drawn]
DRAWN: dict[str, st.SearchStrategy[Drawn]] = {}


def draws(template: str) -> Callable[[Draw], Draw]:
    """Registers the data that a template is drawn with."""

    def register(draw: Draw) -> Draw:
        DRAWN[template] = st.composite(draw)()
        return draw

    return register


def message(template: str, says: tuple[str, ...], clearance: Clearance = Clearance.NONE, **context: Any) -> Drawn:
    """As the bot draws it, and how many lines it would have had."""
    whole = RENDERER.blocks(template, clearance, room=ENDLESS, **context)
    return Drawn(RENDERER.message(template, clearance, **context), says, len(lines(whole)))


def view(template: str, clearance: Clearance = Clearance.NONE, **context: Any) -> Drawn:
    whole = RENDERER.blocks(template, clearance, room=ENDLESS, **context)
    return Drawn({"blocks": RENDERER.blocks(template, clearance, **context)}, (), len(lines(whole)))


def may_be_sent(drawn: Drawn) -> None:
    """What holds of every message: Slack takes it, and it says what it has to say."""
    content = drawn.content
    assert check_message(content) == []
    assert len(content["blocks"]) <= BLOCKS
    spoken = sum(len(text) for text in texts(content["blocks"]))
    assert spoken + EACH * len(content["blocks"]) <= TOGETHER
    assert 0 < len(content["text"].strip()) <= len(content["text"]) <= TEXT
    for words in drawn.says:
        assert words in content["text"]
    holds_of_both(drawn, content["blocks"])


def may_be_published(drawn: Drawn) -> None:
    """The same of a view."""
    assert check_view({"type": "home", "blocks": drawn.content["blocks"]}) == []
    holds_of_both(drawn, drawn.content["blocks"])


def holds_of_both(drawn: Drawn, blocks: list[JSON]) -> None:
    every_line_is_shown_or_counted(blocks, drawn.lines)
    nothing_is_markup(blocks)
    one_next_step_at_most_is_coloured(blocks)


def one_next_step_at_most_is_coloured(blocks: list[JSON]) -> None:
    """Green is what is expected, red what can't be taken back or gives more; and what a button does stands on it."""
    buttons = [part for part in parts(blocks) if part.get("type") == "button"]
    assert sum("style" in one for one in buttons) <= 1
    assert not {one["text"]["text"].rstrip(" …").lower() for one in buttons} & SAYING_NOTHING


def texts(blocks: list[JSON]) -> list[str]:
    return [part["text"] for part in parts(blocks) if isinstance(part.get("text"), str)]


def lines(blocks: list[JSON]) -> list[list[str]]:
    rich = [block for block in blocks if block["type"] == "rich_text"]
    rows = [texts(row) for block in blocks if block["type"] == "table" for row in block["rows"]]
    return rows + [texts(section["elements"]) for block in rich for section in block["elements"]]


def every_line_is_shown_or_counted(blocks: list[JSON], number: int) -> None:
    """What there was no room for is counted by a note in its place."""
    shown = lines(blocks)
    notes = [found for line in shown if line[1:] in ([], ["…"]) and (found := NOTE.fullmatch(line[0]))]
    left_out = sum(int(note.group(1).replace(",", "")) for note in notes)
    assert len(shown) - len(notes) + left_out == number


def nothing_is_markup(blocks: list[JSON]) -> None:
    """What was typed stands where Slack parses nothing, and nothing in it is invisible (promise 10)."""
    for part in parts(blocks):
        kind = part.get("type")
        assert kind not in MARKUP
        assert kind != "plain_text" or part["emoji"] is False
        assert kind != "user" or part["user_id"] == MENTIONED
        assert kind != "link" or OWN_LINK.fullmatch(part["url"])
    for text in texts(blocks):
        assert not FORBIDDEN.search(text)
    json.dumps(blocks, ensure_ascii=False).encode()


def load() -> None:
    """Import every module beside this one that registers what it draws, whichever tests are run."""
    for module in pkgutil.iter_modules(templates.__path__, f"{templates.__name__}."):
        if not module.name.rpartition(".")[2].startswith("test_"):
            importlib.import_module(module.name)
