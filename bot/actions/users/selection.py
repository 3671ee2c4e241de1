"""Which users, as people say it: `tenant=acme role=member`, or their addresses, one to a line or with commas."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.bulk import MOST, Selection
from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Lookup, did_you_mean, quoted, unescape
from bot.personal import Part, Personal
from bot.platform import user_selection
from bot.targets.tenant import Tenant
from bot.words import counted, listed

CONDITION = re.compile(r'(\w+)\s*=\s*("[^"]*"?|“[^”]*”?|[^\s,]+)')
FIELDS = ("tenant", "role", "status", "domain")
CAN = "Users can be chosen by tenant, role, status and domain: tenant=acme role=member status=active domain=acme.com"
BETWEEN = re.compile(r"[\s,;]+")
HEADER = "email"
FEW = 3  # of many that a sentence names


@dataclass(frozen=True)
class Users(Selection):
    """Users by what they have in common, or by their addresses."""

    label: ClassVar[str] = "Which users"
    usage: ClassVar[str] = "tenant=acme role=member"
    example: ClassVar[str] = "tenant=acme role=member"
    explanation: ClassVar[str] = (
        "which ones: tenant=acme, role=member, status=active, domain=acme.com, all of which have to hold; "
        "or their addresses with commas between, or a CSV with a column email"
    )
    hint: ClassVar[str] = "tenant=acme role=member, or addresses"

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").lstrip("\ufeff").strip()
        if not typed:
            raise MissingParameter(parameter, f"Say which users. {CAN}")
        if CONDITION.search(typed):
            said, conditions = await _conditions(parameter, typed, lookup)
            ids = await user_selection.matching(lookup.session, conditions)
        else:
            addresses = _addresses(parameter, typed)
            ids, unknown = await user_selection.of_addresses(lookup.session, addresses)
            if unknown:
                raise InvalidParameter(parameter, _unknown(unknown, len(addresses)))
            said = (f"{counted(len(addresses), 'user')} by their addresses",)
        if not ids:
            raise InvalidParameter(parameter, f"No user matches {quoted(typed)}. Nothing was done.")
        if len(ids) > MOST:
            raise InvalidParameter(parameter, f"These are {len(ids):,} users; at most {MOST:,} can be changed at once.")
        return cls(said, len(ids), tuple(ids))

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        stored = json.loads(str(dumped))
        said = tuple(part if isinstance(part, str) else Personal.model_validate(part) for part in stored["said"])
        return cls(said, stored["count"])


async def _conditions(parameter: str, typed: str, lookup: Lookup) -> tuple[tuple[Part, ...], list[ColumnElement[bool]]]:
    """What has to hold, in words and in SQL. Raises `InvalidParameter`."""
    rest = re.sub(r"^where\b|\band\b", "", CONDITION.sub("", typed), flags=re.IGNORECASE).strip(" ,;.\t\n")
    if rest:
        raise InvalidParameter(parameter, f"I can't read {quoted(rest)} as a condition. {CAN}")
    in_words, found = [], []
    for field, value in CONDITION.findall(typed):
        name, wanted = field.lower(), value.strip('"“”')
        if name not in FIELDS:
            close = did_you_mean(get_close_matches(name, FIELDS, n=1, cutoff=0.6))
            raise InvalidParameter(
                parameter, " ".join(filter(None, [f"There is no field {quoted(field)}.", close, CAN]))
            )
        words, condition = await _condition(parameter, name, wanted, lookup)
        in_words.append(words)
        found.append(condition)
    return (f"users {', '.join(in_words)}",), found


async def _condition(parameter: str, name: str, wanted: str, lookup: Lookup) -> tuple[str, ColumnElement[bool]]:
    if name == "tenant":
        tenant = await Tenant.resolve(parameter, wanted, lookup)
        return f"of {tenant.name}", user_selection.of_tenant(tenant.tenant)
    if name == "domain":
        return f"at {wanted.lower()}", user_selection.at_domain(wanted)
    known = user_selection.WORDS[name]
    if wanted.lower() not in known:
        close = did_you_mean(get_close_matches(wanted.lower(), known, n=1, cutoff=0.6))
        there = f"There is {listed(known, 'or')}."
        raise InvalidParameter(parameter, f"There is no {name} {quoted(wanted)}. {close or there}")
    if name == "role":
        return f"with the role {wanted.lower()}", user_selection.with_role(wanted.lower())
    return f"who are {wanted.lower()}", user_selection.with_status(wanted.lower())


def _addresses(parameter: str, typed: str) -> list[str]:
    """Those of a list, or of the column `email` of a CSV; each once, as typed. Raises `InvalidParameter`."""
    lines = [line for line in typed.splitlines() if line.strip()]
    header = [one.strip().strip('"').lower() for one in re.split(r"[,;\t]", lines[0])]
    if HEADER in header:
        column = header.index(HEADER)
        rows = [re.split(r"[,;\t]", line) for line in lines[1:]]
        found = [row[column].strip().strip('"') for row in rows if len(row) > column]
    elif "@" not in lines[0]:
        raise InvalidParameter(
            parameter, f"I can't read {quoted(lines[0])}: neither an address, nor a header with a column email. {CAN}"
        )
    else:
        found = [one.strip('"<>') for one in BETWEEN.split(typed) if one.strip('"<>')]
    bad = [one for one in found if "@" not in one[1:-1]]
    if bad or not found:
        raise InvalidParameter(
            parameter, f"{_some(bad)} is no address. Nothing was done: mend the list." if bad else CAN
        )
    return list(dict.fromkeys(one.lower() for one in found))


def _unknown(unknown: Sequence[str], count: int) -> str:
    return (
        f"{len(unknown):,} of {count:,} addresses are no user's: {_some(unknown)}. "
        "Nothing was done: take them out, or correct them."
    )


def _some(values: Sequence[str]) -> str:
    more = f" and {len(values) - FEW:,} more" if len(values) > FEW else ""
    return f"{', '.join(map(quoted, values[:FEW]))}{more}"
