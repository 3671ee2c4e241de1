"""Lists as people paste them: one to a line or with commas between, or a CSV of which one column says who or what."""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.errors import InvalidParameter
from bot.parameters.base import LONGEST, quoted

DELIMITERS = ",;\t"
FEW = 3  # of many that a sentence names


@dataclass(frozen=True)
class Item:
    """One of a list, as it was written, and in which line."""

    text: str
    line: int


@dataclass(frozen=True)
class Listing:
    """What the items of a list are."""

    noun: str
    """What people call one: `address`."""
    nouns: str
    columns: tuple[str, ...]
    """What the column of a CSV may be called, the usual name first."""
    between: re.Pattern[str]
    """What separates two of them that stand in one line."""
    looks_right: Callable[[str], bool] = bool
    """Whether a text may be one at all."""

    def read(self, parameter: str, typed: str, can: str) -> list[Item]:
        """Each of them once, in their order. Raises `InvalidParameter` with the line and what is wrong with it."""
        try:
            return self._checked(parameter, self._items(parameter, typed, can))
        except csv.Error:
            said = "This is not a valid CSV: one of its fields never ends. Perhaps a quotation mark is missing."
            raise InvalidParameter(parameter, f"{said} Nothing was done: correct the list and send it again.") from None

    def _items(self, parameter: str, typed: str, can: str) -> list[Item]:
        lines = typed.splitlines()
        first = next((number for number, line in enumerate(lines) if line.strip()), 0)
        column = self._column(lines[first])
        if column is not None:
            return self._rows(lines[first:], first, *column)
        if self.looks_right(self._split(lines[first])[0]):
            return [Item(one, number) for number, line in enumerate(lines, start=1) for one in self._split(line) if one]
        raise InvalidParameter(
            parameter,
            f"I can't read {quoted(lines[first])}: it is neither {_a(self.noun)} nor a header with a column named "
            f"{self.columns[0]}. {can}",
        )

    def _column(self, header: str) -> tuple[str, int] | None:
        """Of a CSV what separates its columns, and which of them it is; None of anything else."""
        for delimiter in DELIMITERS if len(header) <= LONGEST else "":  # else a list in one line
            names = [one.strip().lower() for one in next(csv.reader([header], delimiter=delimiter))]
            for name in self.columns:
                if name in names:
                    return delimiter, names.index(name)
        return None

    def _rows(self, lines: Sequence[str], before: int, delimiter: str, column: int) -> list[Item]:
        """A quoted field may go on in the next line."""
        reader = csv.reader(lines, delimiter=delimiter)
        next(reader)
        return [
            Item(row[column].strip() if len(row) > column else "", before + reader.line_num)
            for row in reader
            if any(one.strip() for one in row)
        ]

    def _split(self, line: str) -> list[str]:
        return [one.strip().strip('"<>') for one in self.between.split(line)] or [""]

    def _checked(self, parameter: str, items: Sequence[Item]) -> list[Item]:
        if not items:
            raise InvalidParameter(
                parameter, "There is nothing below the header. Nothing was done: send the rows, too."
            )
        bad = [one for one in items if not self.looks_right(one.text)]
        if bad:
            raise InvalidParameter(
                parameter, f"{said(bad)}: not {_a(self.noun)}. Nothing was done: correct the list and send it again."
            )
        return list({one.text.lower(): one for one in reversed(items)}.values())[::-1]


def said(items: Sequence[Item]) -> str:
    """Some of these, with the lines they stand in."""
    some = ", ".join(f"line {one.line}: {quoted(one.text)}" for one in items[:FEW])
    return f"L{some[1:]}" + (f" and {len(items) - FEW:,} more" if len(items) > FEW else "")


def _a(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
