"""What gives way when there is too much to say, and in what order."""

import json

import pytest

from bot.drawing.fitting import FEW, MESSAGE, few, fitted, further
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


def noted(block: JSON) -> JSON:
    """What stands in place of the rows that were left out."""
    return block["elements"][-1]


def test_what_is_left_out_is_said_as_slack_reads_it() -> None:
    """A section of rich text like the rows before it, its number with commas."""
    shown = fitted([rich(*[line(f"row {place}") for place in range(3_000)])], MESSAGE)
    left = 3_000 - (len(shown[0]["elements"]) - 1)
    assert noted(shown[0]) == {
        "type": "rich_text_section",
        "elements": [{"type": "text", "text": f"… and {left:,} more"}],
    }


def test_no_more_is_left_out_than_has_to_be() -> None:
    """What is shown fits, and would not with two rows more; the note has its room."""
    rows = [line(f"row {place:03}") for place in range(400)]
    shown = fitted([rich(*rows)], MESSAGE)
    assert size(shown) <= MESSAGE
    kept = len(shown[0]["elements"]) - 1
    assert size([rich(*rows[: kept + 2], noted(shown[0]))]) > MESSAGE - 100


def size(blocks: list[JSON]) -> int:
    return len(json.dumps(blocks, ensure_ascii=False, separators=(",", ":")))


def test_what_just_fits_is_left_alone() -> None:
    """To the character: one more, and the longest text gives way."""
    blocks = [rich(line("r" * 2_000))]
    room = size(blocks) + 1
    assert fitted(blocks, room) == blocks
    assert len(said(fitted(blocks, room - 1))[0]) == 1_200


def test_of_two_rows_the_first_stays_and_the_second_is_counted() -> None:
    shown = fitted([rich(line("a" * 40), line("b" * 40))], 60)
    assert said(shown) == ["a" * 40, "… and 1 more"]


@pytest.mark.parametrize("kind", ["header", "actions", "image", "divider"])
def test_only_texts_that_may_be_cut_are(kind: str) -> None:
    """A button's value or a picture's address would be worth nothing; a context gives way like rich text."""
    other = {"type": kind, "elements": [{"type": "button", "text": "t" * 500, "value": "v" * 500}]}
    context = {"type": "context", "elements": [{"type": "plain_text", "text": "c" * 500, "block_id": "i" * 400}]}
    shown = fitted([other, context], 300)
    assert shown[0] == other
    assert shown[1] == {
        "type": "context",
        "elements": [{"type": "plain_text", "text": "c" * 39 + "…", "block_id": "i" * 400}],
    }


def test_a_table_says_in_a_row_of_its_own_how_many_are_left_out() -> None:
    """Each row of a table has as many cells as the others."""

    def cell(text: str) -> JSON:
        return {"type": "rich_text", "elements": [line(text)]}

    rows = [[cell(f"name {place}"), cell("v" * 100)] for place in range(99)]
    (table,) = fitted([{"type": "table", "rows": rows}], MESSAGE)
    *shown, note = table["rows"]
    assert shown == rows[: len(shown)]
    assert note == [cell(f"… and {99 - len(shown)} more"), {"type": "raw_text", "text": "…"}]
