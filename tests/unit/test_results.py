"""What became of each of many, as a file: nothing in it can be reckoned with by a spreadsheet, and nobody is named."""

import csv
import uuid

from bot.drawing.results import _of_part, written
from bot.personal import Personal

ONE, TWO, THREE = (uuid.UUID(int=number) for number in (1, 2, 3))


def test_each_has_a_line_with_what_became_of_it_and_why():
    """Done, left out since, or never come to."""
    outcome = {"done": [str(ONE)], "left_out": 1}
    assert [*_of_part([ONE, TWO], outcome), *_of_part([THREE], None)] == [
        (ONE, "done", ""),
        (TWO, "left out", "changed in the meantime"),
        (THREE, "not done", "the request ended before this was done"),
    ]
    assert [*_of_part([ONE], {"already": "It was so already."})] == [(ONE, "left out", "It was so already.")]


def test_names_are_masked_harmless_and_whole():
    """A tenant may call itself what a spreadsheet would run, or have a comma or a line break in its name."""
    names = {ONE: Personal(personal="customer", value="kofi@acme.example"), TWO: '=HYPERLINK("x"), Ltd\nof Two'}
    _, *rows = csv.reader(written([(one, "done", "") for one in (ONE, TWO, THREE)], names).splitlines(keepends=True))
    assert [row[0] for row in rows] == ["k•••@acme.example", '\'=HYPERLINK("x"), Ltd\nof Two', "gone"]
    assert [row[1] for row in rows] == [str(ONE), str(TWO), str(THREE)]
