"""Findings: what does not fit together in the platform's tables, each with what mends it. A finding is a declaration.

Those of `integrity` are leftovers: rows of what is gone, or past its end. Those of `conflicts` contradict each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import Formatter
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.personal import Part, Personal, PersonalKind

Kind = Literal["integrity", "conflicts"]
SHOWN = 4  # of each finding
# The columns of a finding's rows that not everybody may read.
MASKED: dict[str, PersonalKind] = {"address": "customer", "colleague": "person"}


@dataclass(frozen=True)
class Finding:
    """One thing that may be wrong. `says` and `mends` are filled in from the columns of its rows."""

    name: str
    kind: Kind
    title: str
    """Of all of them: `Closed accounts that are still signed in`."""
    says: str
    """Of one: `{address}: {number} sessions`."""
    sql: str
    """One row each, in a fixed order; `id` names the user whom it is about, where it is about one."""
    mends: str = ""
    """The command, without /pm."""
    by_hand: str = ""
    """What to do where there is no such command."""


@dataclass(frozen=True)
class Found:
    """Something that is wrong."""

    what: tuple[Part, ...]
    command: str
    by_hand: str
    user: str | None
    """The id of the user whose address it shows."""


@dataclass(frozen=True)
class Result:
    """How often a finding was found, and the first of them."""

    finding: Finding
    number: int
    first: tuple[Found, ...]


FINDINGS: list[Finding] = []


def finding(name: str, kind: Kind, title: str, *, says: str, sql: str, mends: str = "", by_hand: str = "") -> None:
    """Register one; names are unique."""
    if any(one.name == name for one in FINDINGS):
        raise ValueError(f"{name} is declared twice")
    FINDINGS.append(Finding(name, kind, title, says, sql, mends, by_hand))


async def look(session: AsyncSession, kind: Kind) -> list[Result]:
    """All findings of the kind that there are, in the order in which they are declared."""
    return [result for one in FINDINGS if one.kind == kind if (result := await _look(session, one)) is not None]


async def _look(session: AsyncSession, one: Finding) -> Result | None:
    query = f"SELECT count(*) OVER () AS of_all, it.* FROM ({one.sql}) AS it LIMIT {SHOWN}"  # noqa: S608 - declared
    rows = (await session.execute(text(query))).mappings().all()
    if not rows:
        return None
    return Result(one, rows[0]["of_all"], tuple(of_row(one, dict(row)) for row in rows))


def of_row(one: Finding, row: dict[str, Any]) -> Found:
    """What a row says, and what mends it."""
    return Found(
        what=_parts(one.says, row),
        command=f"/pm {one.mends.format_map(row)}" if one.mends else "",
        by_hand=one.by_hand.format_map(row),
        user=str(row["id"]) if "address" in row else None,
    )


def _parts(says: str, row: dict[str, Any]) -> tuple[Part, ...]:
    parts: list[Part] = []
    for before, name, _, _ in Formatter().parse(says):
        parts += [before] if before else []
        if name is not None:
            value = str(row[name])
            parts.append(Personal(personal=MASKED[name], value=value) if name in MASKED else value)
    return tuple(parts)


def summary(results: Sequence[Result]) -> int:
    """How many there are in all."""
    return sum(one.number for one in results)
