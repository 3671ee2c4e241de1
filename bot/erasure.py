"""What becomes of a person's data when they are erased: the words in which each table says it.

The platform's tables say it in `bot/platform/erasure.py`, the bot's own in `bot/store/erasure.py`; a unit test fails
for a column that could hold something personal and is in neither.
"""

import html
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

BLOT = "(erased)"  # stands where something of theirs stood
# In JSON a letter before an address may be the end of an escaped character, such as that of a new line.
_BEFORE = r"(?:(?<![\w.+%-])|(?<=\\[bfnrt]))"
_AFTER = r"(?![\w-]|\.\w)"


@dataclass(frozen=True)
class Person:
    """Whoever is erased, by all that names them."""

    id: uuid.UUID
    address: str
    names: tuple[str, ...] = ()
    """Whole names that nobody else has: `Kofi Castano`. A first name alone is anybody's."""
    tenants: tuple[uuid.UUID, ...] = ()

    @property
    def key(self) -> str:
        """As the audit trail and requests call them."""
        return f"user:{self.id}"

    @property
    def pattern(self) -> str:
        """A regular expression of PostgreSQL's, to be used without regard to case: wherever text or JSON names them."""
        spellings = (each for one in (self.address, *self.names) if one for each in _spellings(one))
        return f"{_BEFORE}(?:{'|'.join(dict.fromkeys(spellings))}){_AFTER}"

    @property
    def binds(self) -> dict[str, Any]:
        """What the conditions and expressions of `Rows` may ask for by name."""
        return {
            "user": self.id,
            "key": self.key,
            "of": f"%{self.id}%",
            "address": self.address.lower(),
            "tenants": list(self.tenants),
            "pattern": self.pattern,
            "blot": BLOT,
        }


def _spellings(one: str) -> Iterable[str]:
    """As it is typed, as Slack escapes it, and both as they stand in JSON."""
    for text in (one, html.escape(one, quote=False)):
        for spelt in (text, json.dumps(text, ensure_ascii=False)[1:-1]):
            yield r"\s+".join(re.escape(word) for word in spelt.split())


def blotted(column: str) -> str:
    """For `Rows.becomes`: what somebody typed is gone, and that they did is not."""
    return f"CASE WHEN {column} IS NOT NULL THEN CAST(:blot AS text) END"


@dataclass(frozen=True)
class Rows:
    """What becomes of the rows of a table. Conditions and expressions are SQL, with the names of `Person.binds`."""

    table: str
    called: str
    """Its rows, as people say it: `sign-ins`."""
    theirs: str = "false"
    """Which rows are about the person."""
    gone: bool = False
    """Those are deleted, with all that stands in them."""
    becomes: Mapping[str, str] = field(default_factory=dict)
    """Column by column what it is in those from now on."""
    named: tuple[str, ...] = ()
    """Columns of text or JSON in which whatever names the person is blotted out, whosever row it is."""
    within: str = "true"
    """In which rows names are looked for."""
    kept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Why columns are left as they are: reason → columns."""
    remains: str = ""
    """Why rows about the person stay, said to whoever is asked to approve."""

    @property
    def declared(self) -> list[str]:
        """The columns that are accounted for; of rows that are deleted, all are."""
        return [*self.becomes, *self.named, *(one for columns in self.kept.values() for one in columns)]
