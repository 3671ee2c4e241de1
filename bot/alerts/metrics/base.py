"""A metric: a figure that rules may look at, measured for all its subjects at once."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact
from bot.errors import BotError
from bot.permissions import Permission


@dataclass(frozen=True)
class Culprit:
    """A tenant with an unusual share of a queue."""

    tenant_id: uuid.UUID
    name: str
    share: float
    usual: float


Row = Mapping[str, Any]
Source = Callable[[AsyncSession], Awaitable[dict[str, Row]]]
"""One statement for all subjects, however many rules ask: by subject, what was found of it.

A row may say more than figures: `name`, what people call the subject where its key says nothing to them; `last`, when
there was last anything to measure of a subject that is known and of which nothing comes any more.
"""
Blame = Callable[[AsyncSession, Collection[str]], Awaitable[dict[str, Culprit]]]
"""Of these subjects, whoever stands out in each, where somebody does."""


def rows(statement: str, **values: Any) -> Source:
    """A source that is one statement with a column `subject`; it may ask for the zone of the policy as `:zone`."""
    asked = text(statement)

    async def source(session: AsyncSession) -> dict[str, Row]:
        zone = {"zone": session.info.get("zone", "UTC")} if ":zone" in statement else {}
        found = await session.execute(asked, {**values, **zone})
        return {row["subject"]: dict(row) for row in found.mappings()}

    return source


def each(table: str, column: str) -> str:
    """SQL of a table `names (name)`: every value that an index begins with, one step through it for each."""
    return f"""
    WITH RECURSIVE names AS (
        SELECT min({column}) AS name FROM {table}
        UNION ALL
        SELECT (SELECT min({column}) FROM {table} AS next WHERE next.{column} > names.name)
        FROM names WHERE names.name IS NOT NULL
    )
    """  # noqa: S608 - constants


def last(row: Row) -> dt.datetime | None:
    """Since when there is no data of a known subject; None: there is some, or nobody ever had any."""
    found: dt.datetime | None = row.get("last")
    return found


def figures(row: Row) -> dict[str, Any]:
    """What a row says that can be kept as JSON."""
    return {name: value for name, value in row.items() if name not in ("subject", "last") and value is not None}


def _everything(row: Row, subject: str) -> dict[str, Any]:
    return figures(row)


def above(fires: str, clears: str) -> str:
    """How a threshold is said of what is bad when it is high."""
    return f"fires above {fires}, clears below {clears}"


def below(fires: str, clears: str) -> str:
    """The same of what is bad when it is low: its value is the negative of what is shown, so that rules only rise."""
    return f"fires below {fires}, clears above {clears}"


def _nothing(facts: Mapping[str, Any]) -> list[str]:
    return []


@dataclass(frozen=True)
class Metric:
    """One figure of a source. `value` is None where there is nothing to measure."""

    source: Source
    value: Callable[[Row, str], float | None]
    label: str
    words: str
    """What it counts, for "Why did this fire?"."""
    shown: Callable[[float], str]
    permission: Permission
    """Needed to look at what is behind it."""
    unit: str = ""
    grows: bool = False
    """Whether a change per minute says something."""
    whole: Callable[[Row, str], float | None] | None = None
    """The value with what pauses hold back counted in; None: they hold nothing of it back."""
    facts: Callable[[Row, str], dict[str, Any]] = _everything
    """What is kept of a measurement beside the value: JSON."""
    beside: Callable[[Mapping[str, Any]], list[str]] = _nothing
    """What the message says of it beside the value."""
    thresholds: Callable[[str, str], str] = above
    """When a level fires and when it clears, in words, from both as `shown`."""
    blame: Blame | None = None
    elsewhere: Callable[[Mapping[str, Any]], list[Fact]] | None = None
    """Of what others evaluate: what is said of it in place of a value and our thresholds; those nobody changes here."""


class DuplicateMetric(BotError):
    """Two files claim the same name."""


METRICS: dict[str, Metric] = {}


def falls(name: str) -> bool:
    """Whether low is bad of this metric."""
    return name in METRICS and METRICS[name].thresholds is below


def register(name: str, metric: Metric) -> None:
    """Let rules look at it by this name. Raises `DuplicateMetric`."""
    if name in METRICS:
        raise DuplicateMetric(f"{name} is defined twice")
    METRICS[name] = metric
