"""Which users, as people say it: `tenant=acme role=member`, or their addresses, one to a line or with commas."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.bulk import MOST, Selection
from bot.errors import InvalidParameter, MissingParameter
from bot.parameters.base import Lookup, quoted, unescape
from bot.parameters.conditions import Fields, Named, OneOf, Text
from bot.personal import Part, Personal
from bot.platform import user_selection
from bot.targets.tenant import Tenant
from bot.words import counted

FIELDS = Fields(
    "user",
    "tenant=acme role=member status=active domain=acme.com",
    {
        "tenant": Named(user_selection.of_tenant, Tenant, "of {}"),
        "role": OneOf(user_selection.with_role, user_selection.ROLES, "with the role {}"),
        "status": OneOf(user_selection.with_status, user_selection.STATUSES, "who are {}"),
        "domain": Text(user_selection.at_domain, "at {}"),
    },
)
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
            raise MissingParameter(parameter, f"Say which users. {FIELDS.can}")
        said: tuple[Part, ...]
        if FIELDS.begins(typed):
            conditions = await FIELDS.read(parameter, typed, lookup)
            said = (FIELDS.says(conditions),)
            ids = await user_selection.matching(lookup.session, FIELDS.sql(conditions))
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
            parameter,
            f"I can't read {quoted(lines[0])}: neither an address, nor a header with a column email. {FIELDS.can}",
        )
    else:
        found = [one.strip('"<>') for one in BETWEEN.split(typed) if one.strip('"<>')]
    bad = [one for one in found if "@" not in one[1:-1]]
    if bad or not found:
        raise InvalidParameter(
            parameter, f"{_some(bad)} is no address. Nothing was done: mend the list." if bad else FIELDS.can
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
