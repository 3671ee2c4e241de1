"""Runbooks: what is read of a file, and what of its Markdown becomes rich text."""

from pathlib import Path

import pytest

from bot import actions
from bot.actions.registry import discover
from bot.alerts import rules
from bot.alerts.metrics.base import METRICS
from bot.drawing import markdown
from bot.drawing.elements import plain
from bot.errors import Misconfigured
from bot.runbooks import shelf

VERBS = {verb: frozenset(action.parameters()) for verb, action in discover(actions).by_verb.items()}


def drawn(text: str) -> list[tuple[str, str]]:
    block = markdown.blocks(text)
    sections = block["elements"] if block else []
    return [(one["type"].removeprefix("rich_text_"), plain(one["elements"])) for one in sections]


def test_every_rule_of_the_package_names_a_runbook_that_there_is() -> None:
    """But for those that are told in one sentence."""
    named = {one.page for one in rules.load(None, frozenset(METRICS), VERBS).values()}
    assert named - {None} == set(shelf.read(None)) - {"smtp"}


def test_the_first_heading_is_the_title(tmp_path: Path) -> None:
    """Without one the name is; a file of one's own replaces the package's, and what is no Markdown is left alone."""
    (tmp_path / "smtp").with_suffix(".md").write_text("# Our mail\n\nLook at it.", "utf-8")
    (tmp_path / "on-call").with_suffix(".md").write_text("Just call.", "utf-8")
    (tmp_path / "notes.txt").write_text("x", "utf-8")
    found = shelf.read(tmp_path)
    assert found["smtp"] == shelf.Written("Our mail", "Look at it.")
    assert found["on-call"] == shelf.Written("On call", "Just call.")
    assert "notes" not in found
    assert "queues" in found
    with pytest.raises(Misconfigured, match="PM_RUNBOOKS names"):
        shelf.read(tmp_path / "nowhere")


def test_markdown_becomes_rich_text() -> None:
    """A paragraph is one line; code stays as it is; a link shows its address and is none."""
    text = "## First\n\nTwo\nlines.\n\n1. **one** `two`\n   - [three](https://x.example)\n\n```\na  b\n```"
    assert drawn(text) == [
        ("section", "First"),
        ("section", "Two lines."),
        ("section", "1. one two"),
        ("section", " · three (https://x.example)"),
        ("preformatted", "a  b"),
    ]
    assert markdown.blocks("") is None


def test_what_is_not_closed_is_shown_all_the_same() -> None:
    assert drawn("```\nSELECT 1;") == [("preformatted", "SELECT 1;")]
    assert drawn("a **b") == [("section", "a **b")]
