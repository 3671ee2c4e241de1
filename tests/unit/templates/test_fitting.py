"""What gives way when there is too much to say, and in what order."""

import pytest

from bot.fitting import FEW, MESSAGE, few, fitted, further
from bot.store.models import JSON


def line(*said: str) -> JSON:
    return {"type": "rich_text_section", "elements": [{"type": "text", "text": text} for text in said]}


def rich(*sections: JSON) -> JSON:
    return {"type": "rich_text", "elements": list(sections)}


def said(blocks: list[JSON]) -> list[str]:
    return [section["elements"][0]["text"] for block in blocks for section in block["elements"]]


def test_what_fits_stays_as_it_is() -> None:
    """Not a character is taken."""
    blocks = [rich(line("r" * 2900)), rich(*[line(f"row {place}") for place in range(20)])]
    assert fitted(blocks, MESSAGE) == blocks


def test_a_long_text_gives_way_before_a_row_does() -> None:
    """Somebody's name of 2,400 characters takes no fact from the card."""
    blocks = [rich(line("n" * 2400)) for _ in range(6)] + [rich(*[line(f"row {place}") for place in range(20)])]
    shown = fitted(blocks, MESSAGE)
    assert [len(text) for text in said(shown)[:6]] == [1200] * 6
    assert said(shown)[6:] == [f"row {place}" for place in range(20)]


def test_rows_that_have_no_room_are_counted_in_their_place() -> None:
    """The longest list gives way, from its end; what follows it stays."""
    rows = [line(f"row {place}") for place in range(500)]
    blocks = [rich(line("first"), line("second")), rich(*rows), rich(line("z"))]
    first, second, *shown, note, last = said(fitted(blocks, MESSAGE))
    assert (first, second, last) == ("first", "second", "z")
    assert shown == [f"row {place}" for place in range(len(shown))]
    assert len(shown) > 50
    assert note == f"… and {500 - len(shown)} more"


def test_at_the_worst_every_text_is_short_and_every_list_has_its_first_row() -> None:
    """Nothing is left out without a word."""
    blocks = [rich(*[line(f"{place}" + "x" * 2000) for place in range(200)]) for _ in range(20)]
    shown = fitted(blocks, 9_000)
    assert all(block["elements"][0]["elements"][0]["text"].startswith("0x") for block in shown)
    assert all(block["elements"][-1]["elements"][0]["text"].endswith(" more") for block in shown)


@pytest.mark.parametrize(
    ("number", "words"), [(0, ""), (FEW, ""), (FEW + 1, " and 1 more"), (1_210, " and 1,200 more")]
)
def test_names_in_one_line_are_counted_beyond_the_first_few(number: int, words: str) -> None:
    """Two hundred approvers are ten names and a number."""
    assert len(few(range(number))) == min(number, FEW)
    assert further(range(number)) == words
