"""What is tried: in force at once and watched for a while; rolled back when an alert fires, otherwise it stays."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, Suggestion
from bot.parameters.base import Lookup
from bot.parameters.time import Lasting
from bot.store.models import Alert, AlertState
from bot.words import listed

ONE_OF_TWO = (
    "Choose a limited time or watching, but not both. Nothing was done. With a limited time (for 2h), the flag gets "
    "its old value back after that time. With watching, the flag gets its old value back only if an alert fires."
)
FIRING = (AlertState.FIRING, AlertState.ACKNOWLEDGED, AlertState.CONTAINED)


@dataclass(frozen=True)
class Watching(Lasting):
    """How long it is watched."""

    label: ClassVar[str] = "Watched for how long"
    usage: ClassVar[str] = "watching 30m"
    keywords: ClassVar[tuple[str, ...]] = ("watching", "watch")
    example: ClassVar[str] = "30m"
    explanation: ClassVar[str] = "how long its alerts are watched, from 1 minute to 7 days; without this: 30 minutes"
    hint: ClassVar[str] = "30m, 2h; empty: 30 minutes"

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        """Raises `InvalidParameter` also beside a time of the change itself: a form says it at its field."""
        found = await super().resolve(parameter, raw, lookup)
        if lookup.arguments.get("duration", "").strip():
            watch = Suggestion(f"Watch it {found.phrase}", lookup.verb, {**lookup.arguments, "duration": ""})
            end = Suggestion("Change it for that time only", lookup.verb, {**lookup.arguments, parameter: ""})
            raise InvalidParameter(parameter, ONE_OF_TWO, suggestions=[watch, end])
        return found


USUALLY = Watching(dt.timedelta(minutes=30))


def otherwise(lasting: Lasting) -> str:
    """What becomes of it, as its card ends the sentence."""
    during = f"before {lasting.shown}" if lasting.until else f"within {lasting.shown}"
    return f"if an alert fires {during}, the old value comes back; if not, the new value stays"


async def firing(session: AsyncSession, rules: Collection[str]) -> str:
    """Why these rules could warn of nothing now, in a sentence; empty: none of them is firing."""
    query = select(Alert.rule).where(Alert.rule.in_(rules), Alert.state.in_(FIRING)).distinct().order_by(Alert.rule)
    found = (await session.scalars(query)).all()
    if not found:
        return ""
    return f"{listed(found)} is already firing, so I could not see whether this change causes a problem."
