"""Conditions as people type them: `status=trial users>50 created<2026-01-01 not paused`. All of them have to hold.

There is one grammar. Which fields there are, what they may be compared with and what they mean in SQL is declared by
what is chosen by them: users, tenants, jobs …
"""

import datetime as dt
import operator
import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any, Literal

from sqlalchemy import ColumnElement, not_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, Suggestion
from bot.parameters.base import Lookup, Parameter, did_you_mean, quoted
from bot.words import listed

Sign = Literal["=", "!=", "<", "<=", ">", ">="]
COMPARED: Mapping[Sign, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SIGNS: Mapping[str, Sign] = {":": "=", **{sign: sign for sign in COMPARED}}
CONDITION = re.compile(r'(\w+)\s*(<=|>=|!=|=|<|>|:)\s*("[^"]*"?|“[^”]*”?|[^\s,]+)|(?:(not)\s+)?(\w+)', re.IGNORECASE)
BEGINNING = re.compile(r"^\s*(?:where\s+)?(?:not\s+)?(\w+)\s*(<=|>=|!=|=|<|>|:)?", re.IGNORECASE)
FILLING = ("and", "where")


class Wrong(Exception):
    """What a condition compares with makes no sense; says so in a sentence."""


@dataclass(frozen=True)
class Condition:
    """One field compared with one value."""

    field: str
    sign: Sign
    value: str
    """As the platform spells it, once it was looked at."""
    shown: str = ""
    """As people call it, where that is another: a tenant's name."""


class Field(ABC):
    """What something can be chosen by."""

    phrase: str = ""
    """What a card says of it: `with the role {}`; empty: as it was typed."""
    ordered = False
    """It has a before and an after: < and > mean something."""

    @abstractmethod
    async def read(self, one: Condition, lookup: Lookup) -> Condition:
        """With its value as the platform spells it. Raises `Wrong`, or what finding the value raises."""

    @abstractmethod
    def sql(self, sign: Sign, value: str) -> ColumnElement[bool]:
        """The same of a row."""

    def dump(self, one: Condition) -> str:
        """As it may be typed."""
        return f'{one.field}{one.sign}"{one.value}"' if " " in one.value else f"{one.field}{one.sign}{one.value}"

    def says(self, one: Condition) -> str:
        """For a card."""
        if not self.phrase:
            return f"with {self.dump(one)}"
        return ("not " if one.sign == "!=" else "") + self.phrase.format(one.shown or one.value)


Spellings = Callable[[AsyncSession], Awaitable[Mapping[str, str]]]
Means = Callable[[str], ColumnElement[bool]]
"""What a value means of a row."""


@dataclass(frozen=True)
class OneOf(Field):
    """One of a few words."""

    means: Means
    words: Sequence[str] | Spellings
    """Which, or what each spelling of them (in lower case) stands for."""
    phrase: str = ""

    async def read(self, one: Condition, lookup: Lookup) -> Condition:
        known = await self.words(lookup.session) if callable(self.words) else {word: word for word in self.words}
        wanted = one.value.lower()
        if wanted in known:
            return replace(one, value=known[wanted])
        close = get_close_matches(wanted, known, n=1, cutoff=0.6)
        there = f"Choose {listed(dict.fromkeys(known.values()), 'or')}."
        raise Wrong(f"There is no {one.field} {quoted(one.value)}. {did_you_mean(close) or there}")

    def sql(self, sign: Sign, value: str) -> ColumnElement[bool]:
        return self.means(value) if sign == "=" else not_(self.means(value))


@dataclass(frozen=True)
class Named(Field):
    """A thing that is found by its name, as wherever else it is typed: a tenant."""

    means: Means
    kind: type[Parameter]
    phrase: str = ""

    async def read(self, one: Condition, lookup: Lookup) -> Condition:
        found = await self.kind.resolve(one.field, one.value, lookup)
        return replace(one, value=found.dump(), shown=found.shown)

    def sql(self, sign: Sign, value: str) -> ColumnElement[bool]:
        return self.means(value) if sign == "=" else not_(self.means(value))


@dataclass(frozen=True)
class Text(Field):
    """Whatever it is, in small letters: a domain."""

    means: Means
    phrase: str = ""

    async def read(self, one: Condition, lookup: Lookup) -> Condition:
        return replace(one, value=one.value.lower())

    def sql(self, sign: Sign, value: str) -> ColumnElement[bool]:
        return self.means(value) if sign == "=" else not_(self.means(value))


@dataclass(frozen=True)
class Number(Field):
    """How many of something."""

    column: Callable[[], Any]
    ordered = True

    async def read(self, one: Condition, lookup: Lookup) -> Condition:
        digits = one.value.replace(",", "").replace("_", "")
        if not re.fullmatch(r"[0-9]{1,9}", digits):
            raise Wrong(
                f"{quoted(one.value)} is not a whole number. Compare {one.field} with a whole number, "
                f"such as {one.field}>50."
            )
        return replace(one, value=str(int(digits)))

    def sql(self, sign: Sign, value: str) -> ColumnElement[bool]:
        return COMPARED[sign](self.column(), int(value))  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Day(Field):
    """The day of a moment, a whole one of UTC: `created>2026-01-01` begins with the second."""

    column: Callable[[], Any]
    ordered = True

    async def read(self, one: Condition, lookup: Lookup) -> Condition:
        try:
            day = dt.date.fromisoformat(one.value)
        except ValueError:
            such = f"such as {one.field}<2026-01-01"
            raise Wrong(f"{quoted(one.value)} is not a date. Compare {one.field} with a date, {such}.") from None
        if not 2000 <= day.year <= 2999:
            raise Wrong(f"{quoted(one.value)} is too early or too late: {one.field} takes dates from 2000 to 2999.")
        return replace(one, value=day.isoformat())

    def sql(self, sign: Sign, value: str) -> ColumnElement[bool]:
        starts = dt.datetime.combine(dt.date.fromisoformat(value), dt.time(), dt.UTC)
        ends, column = starts + dt.timedelta(days=1), self.column()
        if sign == "=":
            return (column >= starts) & (column < ends)  # type: ignore[no-any-return]
        if sign == "!=":
            return (column < starts) | (column >= ends)  # type: ignore[no-any-return]
        return COMPARED[">=" if ">" in sign else "<"](column, ends if sign in (">", "<=") else starts)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class YesOrNo(Field):
    """It is so, or not: said by its name alone."""

    condition: Callable[[], ColumnElement[bool]]

    async def read(self, one: Condition, lookup: Lookup) -> Condition:
        said = {"yes": True, "true": True, "no": False, "false": False}.get(one.value.lower())
        if said is None:
            known = f"Type {one.field}, or not {one.field}"
            raise Wrong(f"{quoted(one.value)} does not fit here. {known}.")
        return Condition(one.field, "=", "yes" if said is (one.sign == "=") else "no")

    def sql(self, sign: Sign, value: str) -> ColumnElement[bool]:
        return self.condition() if value == "yes" else not_(self.condition())

    def dump(self, one: Condition) -> str:
        return one.field if one.value == "yes" else f"not {one.field}"

    def says(self, one: Condition) -> str:
        return self.dump(one)


@dataclass(frozen=True)
class Fields:
    """All that one kind of thing can be chosen by."""

    noun: str
    such_as: str
    """Some conditions as somebody might type them."""
    by_name: Mapping[str, Field]
    many: str = ""
    """Several of them, where that is not the noun with an s."""

    @property
    def nouns(self) -> str:
        return self.many or f"{self.noun}s"

    @property
    def can(self) -> str:
        """What every refusal ends with."""
        if not self.by_name:
            return f"Give them as a list: {self.such_as}"
        return f"{self.nouns.capitalize()} can be chosen by {listed(self.by_name)}: {self.such_as}"

    def begins(self, typed: str) -> bool:
        """Whether a text is conditions, and not a list."""
        found = BEGINNING.match(typed)
        if found is None:
            return False
        word, sign = found.groups()
        return bool(sign) or isinstance(self.by_name.get(word.lower()), YesOrNo)

    async def read(self, parameter: str, typed: str, lookup: Lookup) -> tuple[Condition, ...]:
        """The conditions of a text, each once. Raises `InvalidParameter`."""
        return tuple(
            dict.fromkeys([await self._checked(parameter, one, lookup) for one in self.parse(parameter, typed)])
        )

    def parse(self, parameter: str, typed: str) -> list[Condition]:
        """Its conditions, their values not yet looked at. Raises `InvalidParameter` for what is none."""
        rest = CONDITION.sub("", typed).strip(" ,;.\t\n")
        if rest:
            raise self._unread(parameter, rest)
        found = []
        for piece in CONDITION.finditer(typed):
            field, sign, value, negated, word = piece.groups()
            if field:
                found.append(Condition(field.lower(), SIGNS[sign], value.strip('"“”')))
            elif isinstance(self.by_name.get(word.lower()), YesOrNo):
                found.append(Condition(word.lower(), "=", "no" if negated else "yes"))
            elif found and isinstance(self.by_name.get(found[-1].field), Named) and word.lower() != "where":
                found[-1] = replace(found[-1], value=f"{found[-1].value} {piece.group()}")
            elif word.lower() not in FILLING:
                raise self._unread(parameter, piece.group())
        return [replace(one, value=one.value.removesuffix(" and")) for one in found]

    def _unread(self, parameter: str, rest: str) -> InvalidParameter:
        return InvalidParameter(parameter, f"I can't read {quoted(rest)} as a condition. {self.can}")

    async def _checked(self, parameter: str, one: Condition, lookup: Lookup) -> Condition:
        field = self.by_name.get(one.field)
        if field is None:
            close = did_you_mean(get_close_matches(one.field, self.by_name, n=1, cutoff=0.6))
            said = filter(None, [f"There is no field {quoted(one.field)}.", close, self.can])
            raise InvalidParameter(parameter, " ".join(said))
        if not field.ordered and one.sign not in ("=", "!="):
            raise InvalidParameter(
                parameter, f"{one.field} cannot be compared with < or >. Use =, as in {one.field}={one.value}."
            )
        try:
            return await field.read(one, lookup)
        except Wrong as error:
            raise InvalidParameter(parameter, str(error)) from None
        except InvalidParameter as error:
            instead = [_within(parameter, one, other, lookup) for other in error.suggestions]
            raise InvalidParameter(parameter, str(error), suggestions=instead) from None

    def sql(self, conditions: Sequence[Condition]) -> list[ColumnElement[bool]]:
        return [self.by_name[one.field].sql(one.sign, one.value) for one in conditions]

    def dump(self, conditions: Sequence[Condition]) -> str:
        return " ".join(self.by_name[one.field].dump(one) for one in conditions)

    def says(self, conditions: Sequence[Condition]) -> str:
        """For a card: `users of Acme Corp, with the role member`."""
        return f"{self.nouns} {', '.join(self.by_name[one.field].says(one) for one in conditions)}"


def _within(parameter: str, one: Condition, other: Suggestion, lookup: Lookup) -> Suggestion:
    """The whole command again, with another value in this one of its conditions."""
    given = lookup.arguments.get(parameter, "").replace(one.value, other.arguments[one.field], 1)
    return replace(other, arguments={**lookup.arguments, parameter: given})
