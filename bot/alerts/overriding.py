"""Thresholds that somebody has changed in Slack stand over those of the file, as long as they go together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.metrics.base import METRICS, below
from bot.alerts.rules import Level, Rule, Severity
from bot.store import thresholds
from bot.store.base import table
from bot.store.database import Database
from bot.store.models import AlertLevel, AlertThreshold

_ROWS = table(AlertLevel)


@dataclass(frozen=True)
class Published:
    """Says once, as a process begins, what its file says: actions on thresholds read it there."""

    database: Database
    rules: Mapping[str, Rule]
    _done: list[bool] = field(default_factory=list)

    async def sweep(self) -> None:
        """Write it down; afterwards there is nothing more to do."""
        if self._done:
            return
        async with self.database.transaction() as session:
            await publish(session, self.rules)
        self._done.append(True)


async def publish(session: AsyncSession, rules: Mapping[str, Rule]) -> None:
    """Make the rows say what these rules do, and nothing else."""
    rows = [one for rule in rules.values() if not METRICS[rule.metric].elsewhere for one in described(rule)]
    known = [(one["rule"], one["severity"]) for one in rows]
    await session.execute(delete(AlertLevel).where(tuple_(AlertLevel.rule, AlertLevel.severity).not_in(known)))
    if rows:
        new = insert(_ROWS)
        changed = {name: new.excluded[name] for name in rows[0]}
        keys = ["rule", "severity"]
        rows.sort(key=lambda one: (str(one["rule"]), str(one["severity"])))
        await session.execute(new.on_conflict_do_update(index_elements=keys, set_=changed), rows)


def described(rule: Rule) -> list[dict[str, object]]:
    """Its levels in the figures that people read."""
    metric = METRICS[rule.metric]
    low = metric.thresholds is below
    sign = -1.0 if low else 1.0
    return [
        {
            "rule": rule.name,
            "severity": str(severity),
            "fires": sign * level.fires,
            "clears": sign * level.clears,
            "low": low,
            "percent": metric.shown(level.fires).endswith("%"),
            "unit": metric.unit,
            "label": metric.label,
        }
        for severity, level in rule.ordered
    ]


async def effective(session: AsyncSession, rules: Mapping[str, Rule]) -> Mapping[str, Rule]:
    """The rules as they are in force: one statement, and the same mapping where nobody has changed anything."""
    changed: dict[str, list[AlertThreshold]] = defaultdict(list)
    for one in await thresholds.in_force(session):
        if one.rule in rules:
            changed[one.rule].append(one)
    return {**rules, **{name: applied(rules[name], found) for name, found in changed.items()}} if changed else rules


async def effective_one(session: AsyncSession, rule: Rule | None) -> Rule | None:
    """One rule, as it is in force."""
    if rule is None:
        return None
    return applied(rule, await thresholds.in_force(session, AlertThreshold.rule == rule.name))


def applied(rule: Rule, changed: Sequence[AlertThreshold]) -> Rule:
    """With these thresholds; as the file says where they contradict it, since that has changed."""
    base = [AlertLevel(**one) for one in described(rule)]
    limits = thresholds.over(base, changed)
    if not changed or thresholds.mistake(limits, low=base[0].low):
        return rule
    sign = -1.0 if base[0].low else 1.0
    levels: dict[Severity, Level] = {
        severity: level.model_copy(
            update={"fires": sign * limits[severity].fires, "clears": sign * limits[severity].clears}
        )
        for severity, level in rule.ordered
    }
    anew = rule.model_copy(update={"levels": levels})
    for name in ("ordered", "least"):  # worked out from the levels before
        anew.__dict__.pop(name, None)
    return anew
