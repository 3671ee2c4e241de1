"""A metric: a figure that rules may look at, measured for all its subjects at once."""

import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

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
"""One statement for all subjects, however many rules ask: by subject, what was found of it."""
Blame = Callable[[AsyncSession, Collection[str]], Awaitable[dict[str, Culprit]]]
"""Of these subjects, whoever stands out in each, where somebody does."""


def _everything(row: Row, subject: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "subject" and value is not None}


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
    blame: Blame | None = None


class DuplicateMetric(BotError):
    """Two files claim the same name."""


METRICS: dict[str, Metric] = {}


def register(name: str, metric: Metric) -> None:
    """Let rules look at it by this name. Raises `DuplicateMetric`."""
    if name in METRICS:
        raise DuplicateMetric(f"{name} is there twice")
    METRICS[name] = metric
