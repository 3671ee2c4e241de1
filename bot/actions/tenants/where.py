"""Which tenants, as people type it: `where status=trial plan=scale users>50 created<2026-01-01 paused`."""

import datetime as dt
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Literal, Self, get_args

from sqlalchemy import ColumnElement, not_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.parameters.base import Control, Lookup, Parameter, did_you_mean, quoted, unescape
from bot.platform import tenant_reads
from bot.platform.models import Tenant
from bot.platform.tables.tenants import Approval, TenantStatus
from bot.words import listed

CONDITION = re.compile(r'(\w+)\s*(<=|>=|!=|=|<|>|:)\s*("[^"]*"|“[^”]*”|[^\s,]+)|(?:(not)\s+)?(\w+)', re.IGNORECASE)
FIELDS = ("status", "approval", "plan", "users", "created", "paused")
CAN = (
    "Tenants can be chosen by status, approval, plan, users, created and paused: "
    "status=trial users>50 created<2026-01-01 paused"
)
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
WORDS: Mapping[str, tuple[str, ...]] = {"status": get_args(TenantStatus), "approval": get_args(Approval)}


@dataclass(frozen=True)
class Condition:
    """One field compared with one value."""

    field: str
    sign: Sign
    value: str

    def __str__(self) -> str:
        if self.field == "paused":
            return "paused" if self.value == "yes" else "not paused"
        return f'{self.field}{self.sign}"{self.value}"' if " " in self.value else f"{self.field}{self.sign}{self.value}"

    @property
    def sql(self) -> ColumnElement[bool]:
        compare = COMPARED[self.sign]
        match self.field:
            case "status" | "approval":
                return compare(getattr(Tenant, self.field), self.value)  # type: ignore[no-any-return]
            case "plan":
                found = tenant_reads.plan_of_tenant()
                return found.is_(None) if self.value == "none" else compare(found, self.value)
            case "users":
                return compare(tenant_reads.users_of_tenant(), int(self.value))  # type: ignore[no-any-return]
            case "created":
                return _on_days(self.sign, dt.date.fromisoformat(self.value))
        paused = tenant_reads.sending_paused()
        return paused if self.value == "yes" else not_(paused)


def _on_days(sign: Sign, day: dt.date) -> ColumnElement[bool]:
    """A day is a whole one, of UTC: `created>2026-01-01` begins with the second."""
    starts = dt.datetime.combine(day, dt.time(), dt.UTC)
    ends = starts + dt.timedelta(days=1)
    if sign == "=":
        return (Tenant.created >= starts) & (Tenant.created < ends)
    if sign == "!=":
        return (Tenant.created < starts) | (Tenant.created >= ends)
    return COMPARED[">=" if ">" in sign else "<"](Tenant.created, ends if sign in (">", "<=") else starts)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Where(Parameter):
    """Conditions that all have to hold; none: all tenants."""

    label: ClassVar[str] = "Which tenants"
    usage: ClassVar[str] = "where status=trial users>50"
    example: ClassVar[str] = "where status=trial"
    explanation: ClassVar[str] = (
        "which ones: status=trial, plan=scale, users>50, created<2026-01-01, paused (its sending is). "
        "Several have to hold together; not paused is the others; left out: all tenants"
    )
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "status=trial users>50; empty: all"

    conditions: tuple[Condition, ...]

    @property
    def sql(self) -> list[ColumnElement[bool]]:
        return [one.sql for one in self.conditions]

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").strip()
        plans = await tenant_reads.plan_names(lookup.session)
        found = []
        for one in _pieces(parameter, typed):
            try:
                found.append(_checked(one, plans))
            except ValueError as error:
                raise InvalidParameter(parameter, str(error)) from None
        return cls(tuple(dict.fromkeys(found)))

    def dump(self) -> str:
        return " ".join(map(str, self.conditions))

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(tuple(_pieces("where", str(dumped))))


def _pieces(parameter: str, typed: str) -> list[Condition]:
    """The conditions as typed, not yet looked at. Raises `InvalidParameter` for what is none."""
    rest = re.sub(r"^where\b", "", typed, flags=re.IGNORECASE)
    found = []
    for piece in CONDITION.finditer(rest):
        field, sign, value, negated, word = piece.groups()
        if word and word.lower() in ("and", "where"):
            continue
        if word:
            found.append(Condition(word.lower(), "=", "no" if negated else "yes"))
        else:
            found.append(Condition(field.lower(), SIGNS[sign], value.strip('"“”')))
    if left := CONDITION.sub("", rest).strip(" ,;.\t\n"):
        raise InvalidParameter(parameter, f"I can't read {quoted(left)} as a condition. {CAN}")
    return found


def _checked(one: Condition, plans: Mapping[str, str]) -> Condition:
    """The condition with its value as the platform spells it. Raises `ValueError` with a sentence."""
    if one.field not in FIELDS:
        close = get_close_matches(one.field, FIELDS, n=1, cutoff=0.6)
        raise ValueError(f"There is no field {quoted(one.field)}. {did_you_mean(close)} {CAN}".replace("  ", " "))
    if one.field in ("status", "approval", "plan", "paused") and one.sign not in ("=", "!="):
        raise ValueError(f"{one.field} is the same or not: say {one.field}={one.value}.")
    match one.field:
        case "status" | "approval":
            value = _one_of(one.field, one.value.lower(), {word: word for word in WORDS[one.field]})
        case "plan":
            value = _one_of(one.field, one.value.lower(), _spellings(plans))
        case "users":
            value = str(_number(one.value))
        case "created":
            value = _day(one.value).isoformat()
        case _:
            return Condition("paused", "=", _yes_or_no(one))
    return Condition(one.field, one.sign, value)


def _spellings(plans: Mapping[str, str]) -> dict[str, str]:
    """A plan by its slug and by its name."""
    slugs = {slug.lower(): name for slug, name in plans.items()}
    return {**slugs, **{name.lower(): name for name in plans.values()}, "none": "none"}


def _one_of(field: str, value: str, known: Mapping[str, str]) -> str:
    if value in known:
        return known[value]
    close = get_close_matches(value, known, n=1, cutoff=0.6)
    there = listed(dict.fromkeys(known.values()), "or")
    raise ValueError(f"There is no {field} {quoted(value)}. {did_you_mean(close) or f'There is {there}.'}")


def _number(value: str) -> int:
    digits = value.replace(",", "").replace("_", "")
    if not re.fullmatch(r"[0-9]{1,9}", digits):
        raise ValueError(f"users is compared with a whole number, such as users>50, not {quoted(value)}.")
    return int(digits)


def _day(value: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"created is compared with a day, such as created<2026-01-01, not {quoted(value)}.") from None
    if not 2000 <= day.year <= 2999:
        raise ValueError(f"created is compared with a day from 2000 on, not {quoted(value)}.")
    return day


def _yes_or_no(one: Condition) -> str:
    said = {"yes": True, "true": True, "no": False, "false": False}.get(one.value.lower())
    if said is None:
        raise ValueError(f"paused is yes or no, not {quoted(one.value)}: say paused, or not paused.")
    return "yes" if said is (one.sign == "=") else "no"


@dataclass(frozen=True)
class Page(Parameter):
    """Which page of a long list."""

    label: ClassVar[str] = "Page"
    usage: ClassVar[str] = "page 2"
    example: ClassVar[str] = "1"
    keywords: ClassVar[tuple[str, ...]] = ("page",)
    explanation: ClassVar[str] = "which page of a long list; left out: the first"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "1"

    number: int

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        if not re.fullmatch(r"[1-9][0-9]{0,5}", typed):
            raise InvalidParameter(parameter, f"{quoted(typed)} is not the number of a page. Say for example page 2.")
        return cls(int(typed))

    def dump(self) -> str:
        return str(self.number)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(int(str(dumped)))
