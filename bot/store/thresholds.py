"""Thresholds of alerts: what the file says and what is in force over it, in the figures that people read."""

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import AlertLevel, AlertThreshold

SEVERITIES = ("low", "medium", "high", "critical")


@dataclass(frozen=True)
class Limits:
    """When one severity begins and ends."""

    fires: float
    clears: float


async def levels(session: AsyncSession, *conditions: Any) -> Sequence[AlertLevel]:
    """What the file says, by rule and from the least severe."""
    found = (await session.scalars(select(AlertLevel).where(*conditions))).all()
    return sorted(found, key=lambda one: (one.rule, SEVERITIES.index(one.severity)))


async def in_force(session: AsyncSession, *conditions: Any) -> Sequence[AlertThreshold]:
    """What somebody has said instead."""
    lasting = select(AlertThreshold).where(AlertThreshold.ended.is_(None), *conditions)
    return (await session.scalars(lasting.order_by(AlertThreshold.rule, AlertThreshold.since))).all()


async def end(session: AsyncSession, rule: str, severity: str) -> None:
    """What is in force becomes history."""
    mine = AlertThreshold.rule == rule, AlertThreshold.severity == severity, AlertThreshold.ended.is_(None)
    await session.execute(update(AlertThreshold).where(*mine).values(ended=func.clock_timestamp()))


def over(base: Iterable[AlertLevel], changed: Iterable[AlertThreshold]) -> dict[str, Limits]:
    """The limits of one rule by severity, with what was changed in place of the file's."""
    said = {one.severity: Limits(one.fires, one.clears) for one in base}
    return said | {one.severity: Limits(one.fires, one.clears) for one in changed if one.severity in said}


def mistake(limits: Mapping[str, Limits], *, low: bool) -> str | None:
    """What is wrong with the limits of a rule, as the rules file would be refused; None: nothing.

    `low`: low is bad, so that each level fires below the one before it.
    """
    sign = -1.0 if low else 1.0
    ordered = [(name, limits[name]) for name in SEVERITIES if name in limits]
    for name, one in ordered:
        if sign * one.clears > sign * one.fires:
            than = "no lower" if low else "no higher"
            return f"the value at which {name} clears has to be {than} than the value at which it fires"
    for (milder, lower), (worse, higher) in itertools.pairwise(ordered):
        if sign * lower.fires >= sign * higher.fires:
            return f"{worse} has to fire {'below' if low else 'above'} {milder}"
        if sign * lower.clears > sign * higher.clears:
            than = "no higher" if low else "no lower"
            return f"the value at which {worse} clears has to be {than} than the value at which {milder} clears"
    return None


def contradicted(base: Sequence[AlertLevel], changed: Sequence[AlertThreshold]) -> dict[str, str]:
    """Rules of which the file was changed so that it no longer goes with what somebody has said, and why not.

    There, the file alone is in force (`bot/alerts/overriding.py`).
    """
    found = {}
    for rule in {one.rule for one in changed}:
        levels_of = [one for one in base if one.rule == rule]
        limits = over(levels_of, [one for one in changed if one.rule == rule])
        if levels_of and (why := mistake(limits, low=levels_of[0].low)):
            found[rule] = why
    return found


def on_old_base(one: AlertThreshold, level: AlertLevel) -> bool:
    """Whether the file says something else now than when somebody changed it."""
    return (one.base_fires, one.base_clears) != (level.fires, level.clears)


def figure(value: float, level: AlertLevel) -> str:
    """As people read it: `1,000 jobs`, `5%`."""
    return f"{value * 100:.6g}%" if level.percent else f"{value:,.10g}{level.unit}"


def said(limits: Limits, level: AlertLevel) -> str:
    """`fires above 1,000 jobs, clears below 500 jobs`."""
    begins, ends = ("below", "above") if level.low else ("above", "below")
    return f"fires {begins} {figure(limits.fires, level)}, clears {ends} {figure(limits.clears, level)}"


async def history(session: AsyncSession, since: dt.timedelta, most: int) -> Sequence[AlertThreshold]:
    """What is over, the newest first."""
    ended = AlertThreshold.ended > func.clock_timestamp() - since
    found = select(AlertThreshold).where(ended).order_by(AlertThreshold.ended.desc()).limit(most)
    return (await session.scalars(found)).all()
