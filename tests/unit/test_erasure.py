"""Every column that could hold something of a person says what becomes of it when they are erased."""

import re
import uuid
from collections import Counter

import pytest

from bot.erasure import Person, Rows
from bot.platform import erasure as platform
from bot.platform.models import PlatformBase
from bot.store import erasure as store
from bot.store.models import Base
from tests.unit.erasing import undeclared

BOTH = {
    "the platform's": (PlatformBase.metadata, platform.ERASURE),
    "the bot's own": (Base.metadata, store.ERASURE),
}
both = pytest.mark.parametrize("whose", BOTH)


@both
def test_every_column_says_what_becomes_of_it(whose: str) -> None:
    """If this fails: say it in the module that is named, as its neighbours do. Nothing personal: `kept`, and why."""
    metadata, rows = BOTH[whose]
    assert undeclared(metadata, rows) == [], f"say what becomes of these, beside {whose} others"


@both
def test_what_is_said_is_of_a_column_that_there_is(whose: str) -> None:
    metadata, rows = BOTH[whose]
    tables = {table.name: table for table in metadata.tables.values()}
    assert [one.table for one in rows if one.table not in tables] == []
    for one in rows:
        assert [name for name in one.declared if name not in tables[one.table].columns] == []
        kept = [name for columns in one.kept.values() for name in columns]
        changed = {*one.becomes, *one.named}
        assert not changed & {*kept}, f"{one.table}: kept, and changed all the same"
        assert [name for name, times in Counter(kept).items() if times > 1] == []
    assert [name for name, times in Counter(one.table for one in rows).items() if times > 1] == []


@both
@pytest.mark.parametrize("dropped", ["reason", "email", "payload", "impacts"])
def test_a_column_without_a_word_is_found(whose: str, dropped: str) -> None:
    """The check itself: drop a declaration, and it says which."""
    metadata, rows = BOTH[whose]
    left = [_without(one, dropped) for one in rows]
    lacking = {one for one in undeclared(metadata, left) if one.endswith(f".{dropped}")}
    said = {f"{one.table}.{dropped}" for one in rows if dropped in one.declared}
    assert lacking == said


def _without(one: Rows, column: str) -> Rows:
    kept = {why: tuple(name for name in names if name != column) for why, names in one.kept.items()}
    becomes = {name: value for name, value in one.becomes.items() if name != column}
    named = tuple(name for name in one.named if name != column)
    return Rows(one.table, one.called, one.theirs, one.gone, becomes, named, one.within, kept, one.remains)


def matches(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


class TestWhatNamesSomebody:
    """The pattern is PostgreSQL's; as far as it goes here, Python's reads it alike."""

    PERSON = Person(id=uuid.UUID(int=7), address="kofi.o@acme.example", names=('Kofi "K" O',))

    def pattern(self) -> str:
        return self.PERSON.pattern.replace(r"(?:(?<![\w.+%-])|(?<=\\[bfnrt]))", r"(?<![\w.+%-])")

    @pytest.mark.parametrize("text", ["write to KOFI.O@acme.example.", "<mailto:kofi.o@acme.example|x>", 'Kofi  "K" O'])
    def test_is_found(self, text: str) -> None:
        assert matches(self.pattern(), text)

    @pytest.mark.parametrize(
        "text",
        ["mykofi.o@acme.example", "kofi.o@acme.example.org", "kofi-o@acme.example", "Kofi", "kofi.o@acme-x.example"],
    )
    def test_another_is_not(self, text: str) -> None:
        assert not matches(self.pattern(), text)
