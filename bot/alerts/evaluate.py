"""One tick: all rules against all metrics, in one transaction, by whichever clock claims it.

A rule that never held for a subject leaves no row; what is read and judged in memory is written only where something
is above a threshold or an alert is open. So a thousand rules cost little more than their few statements.
"""

import datetime as dt
import math
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import DateTime, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import escalation, maintenance, overriding, pauses, silencing
from bot.alerts.grouping import STORM, Key, together
from bot.alerts.metrics.base import METRICS, Blame, Culprit, Metric, Row, Source, last
from bot.alerts.returning import keep
from bot.alerts.rules import Rule, Severity, fill
from bot.alerts.settling import Others, Turn
from bot.alerts.states import QUIET, Standing, judge, missed
from bot.policy import Policy
from bot.store.database import Database
from bot.store.models import Alert, AlertSilence, AlertState

# Others do not wait: whoever holds the row is evaluating right now.
CLAIM = text(
    "UPDATE pmbot.alert_ticks SET at = clock_timestamp() WHERE id IN (SELECT id FROM pmbot.alert_ticks"
    " WHERE at <= clock_timestamp() - make_interval(secs => :every) FOR UPDATE SKIP LOCKED) RETURNING at"
)

Measured = tuple[float | None, Row]
"""The value, None where all of it is held back, and the row that it is of."""
Figures = Mapping[str, Measured]
"""By subject."""


@dataclass(frozen=True)
class Evaluator:
    """Rules, and how often they are looked at."""

    database: Database
    rules: Mapping[str, Rule]
    policy: Policy
    team_id: str

    async def sweep(self) -> int:
        """Evaluate everything if it is time and no other clock does; how many alerts changed."""
        async with self.database.transaction() as session:
            now = await session.scalar(CLAIM.columns(at=DateTime(timezone=True)), {"every": self.policy.alerts.every})
            return 0 if now is None else await self.evaluate(session, now)

    async def evaluate(self, session: AsyncSession, now: dt.datetime) -> int:
        """Judge all rules at one moment, as they are in force then; the caller has claimed it."""
        return await replace(self, rules=await overriding.effective(session, self.rules)).settle_all(session, now)

    async def settle_all(self, session: AsyncSession, now: dt.datetime) -> int:
        """The same by these rules as they are."""
        session.info["zone"] = self.policy.zone
        await pauses.note(session)
        found = await _measured(session, {rule.metric for rule in self.rules.values()})
        open_ones = await _open(session)
        standings = self._judge(found, open_ones, now)
        self._judge_together(found, standings, open_ones, now)
        silences = await _silences(session, now) if standings else {}
        windows = await maintenance.Windows.read(session, now) if standings else maintenance.NONE
        blame = await self._blamed(session, standings)
        for key in self._in_order(standings):
            measured, rule = self._of(found, key), self.rules.get(key[0])
            value = measured[0] if measured else None
            facts = _facts(rule, key[1], measured, blame.get(key)) if rule else {}
            alert = open_ones.get(key) or _new(session, key, value, now)
            silence = windows.silence(rule, *key, facts) or silences.get(key)
            turn = Turn(alert, rule, standings[key], value, facts, now, silence, Others(open_ones, self.rules))
            open_ones[key] = await windows.settled(session, turn)
        await session.flush()
        await silencing.announce_ends(session, now)
        await escalation.escalate(session, self.rules, self.policy, self.team_id, now)
        return len(standings)

    def _in_order(self, standings: Mapping[Key, Standing]) -> list[Key]:
        """Many problems at once first, then what explains others before these: rules stand in that order."""
        places = {name: place for place, name in enumerate(self.rules)}
        return sorted(standings, key=lambda key: (key != STORM, places.get(key[0], -1)))

    def _judge_together(
        self,
        found: dict[str, Figures],
        standings: dict[Key, Standing],
        open_ones: Mapping[Key, Alert],
        now: dt.datetime,
    ) -> None:
        """How many problems there are at once is known only when all others are judged."""
        rule, alert = self.rules.get(STORM[0]), open_ones.get(STORM)
        if rule is None:
            return
        row = together(standings, open_ones, now)
        value = METRICS[rule.metric].value(row, STORM[1]) or 0.0
        found[rule.metric] = {STORM[1]: (value, row)}
        standing = judge(rule, _standing(alert) if alert else QUIET, value, now)
        if alert or not standing.quiet:
            standings[STORM] = standing

    async def _blamed(self, session: AsyncSession, standings: Mapping[Key, Standing]) -> dict[Key, Culprit]:
        """Whoever stands out in what is above a threshold, where the metric can tell; each is asked once."""
        asked: dict[Blame, list[Key]] = defaultdict(list)
        for key, standing in standings.items():
            blame = METRICS[self.rules[key[0]].metric].blame if key[0] in self.rules else None
            if standing.severity and blame is not None:
                asked[blame].append(key)
        found: dict[Key, Culprit] = {}
        for blame, keys in asked.items():
            culprits = await blame(session, {subject for _, subject in keys})
            found |= {key: culprits[key[1]] for key in keys if key[1] in culprits}
        return found

    def _judge(
        self, found: Mapping[str, Figures], open_ones: Mapping[Key, Alert], now: dt.datetime
    ) -> dict[Key, Standing]:
        """All standings that matter: something is above a threshold, or an alert is open."""
        standings: dict[Key, Standing] = {}
        for key in {*self._above(found), *self._absent(found, now), *open_ones}:
            rule, alert, measured = self.rules.get(key[0]), open_ones.get(key), self._of(found, key)
            before = _standing(alert) if alert else QUIET
            value, since = (measured[0], last(measured[1])) if measured else (None, None)
            standings[key] = judge(rule, before, value, now, since, keep(rule, alert)) if rule else QUIET
        return standings

    def _absent(self, found: Mapping[str, Figures], now: dt.datetime) -> Iterator[Key]:
        """Of what there has been no data for longer than its rule lets pass."""
        known = {metric: list(_gone(figures)) for metric, figures in found.items()}
        for rule in self.rules.values():
            for subject, since in known[rule.metric]:
                if rule.concerns(subject) and missed(rule, since, now):
                    yield rule.name, subject

    def _above(self, found: Mapping[str, Figures]) -> Iterator[Key]:
        """What is above a threshold of its rule; most rules are done with after one look at the highest value."""
        highest = {metric: max(_values(figures), default=float("-inf")) for metric, figures in found.items()}
        for rule in self.rules.values():
            if highest[rule.metric] > rule.least:
                for subject, (value, _) in found[rule.metric].items():
                    if value is not None and value > rule.least and rule.concerns(subject):
                        yield rule.name, subject

    def _of(self, found: Mapping[str, Figures], key: Key) -> Measured | None:
        """What was measured for a rule and a subject, if there is anything."""
        rule = self.rules.get(key[0])
        return found[rule.metric].get(key[1]) if rule is not None and rule.concerns(key[1]) else None


def _values(figures: Figures) -> Iterator[float]:
    return (value for value, _ in figures.values() if value is not None)


def _gone(figures: Figures) -> Iterator[tuple[str, dt.datetime]]:
    """Known subjects of which nothing comes any more, and since when."""
    for subject, (value, row) in figures.items():
        if value is None and (since := last(row)):
            yield subject, since


def _facts(rule: Rule, subject: str, measured: Measured | None, culprit: Culprit | None) -> dict[str, Any]:
    """What is kept of a measurement."""
    value, row = measured or (None, {})
    facts = METRICS[rule.metric].facts(row, subject) if measured else {}
    facts |= {"name": row["name"]} if "name" in row else {}
    facts["metric"] = rule.metric
    facts["title"] = fill(rule.title, {"subject": subject, "name": row.get("name", subject)})
    facts["whole"] = _whole(rule, row, subject) if measured else None
    if value is None and (since := last(row)):
        facts["absent"] = since.isoformat()
    if culprit is not None:
        shares = {"share": culprit.share, "usual": culprit.usual}
        facts["culprit"] = {"id": str(culprit.tenant_id), "name": culprit.name, **shares}
    return facts


def _standing(alert: Alert) -> Standing:
    """What was found of it last; of a contained one nothing is in force."""
    in_force = alert.severity if alert.state != AlertState.CONTAINED else None
    return Standing(Severity(in_force) if in_force else None, alert.breached)


def _whole(rule: Rule, row: Row, subject: str) -> float | None:
    """The value with what pauses hold back counted in; None where they change nothing."""
    whole = METRICS[rule.metric].whole
    return whole(row, subject) if whole else None


async def _measured(session: AsyncSession, metrics: Collection[str]) -> dict[str, Figures]:
    """What there is of each metric; each source is asked once."""
    by_source: dict[Source, list[str]] = defaultdict(list)
    for metric in sorted(metrics):
        by_source[METRICS[metric].source].append(metric)
    found: dict[str, Figures] = {}
    for source, asked in by_source.items():
        rows = await source(session)
        found |= {metric: _figures(METRICS[metric], rows) for metric in asked}
    return found


def _figures(metric: Metric, rows: Mapping[str, Row]) -> Figures:
    """By subject, where there is anything to measure, if only what is held back."""
    found = {subject: (metric.value(row, subject), row) for subject, row in rows.items()}
    return {
        subject: (value, row)
        for subject, (value, row) in found.items()
        if value is not None or last(row) or (metric.whole and metric.whole(row, subject) is not None)
    }


async def _open(session: AsyncSession) -> dict[Key, Alert]:
    """The open alerts, held against clicks until the end of the tick."""
    rows = await session.scalars(
        select(Alert).where(Alert.state != AlertState.RESOLVED).order_by(Alert.id).with_for_update()
    )
    return {(one.rule, one.subject): one for one in rows}


async def _silences(session: AsyncSession, now: dt.datetime) -> dict[Key, AlertSilence]:
    rows = await session.scalars(select(AlertSilence).where(AlertSilence.until > now).order_by(AlertSilence.until))
    return {(one.rule, one.subject): one for one in rows}


def _new(session: AsyncSession, key: Key, value: float | None, now: dt.datetime) -> Alert:
    """`value` is None where the alert is that there is no data."""
    alert = Alert(
        id=uuid.uuid4(),
        rule=key[0],
        subject=key[1],
        state=AlertState.PENDING,
        breached={},
        value=value or 0.0,
        peak=-math.inf if value is None else value,
        measured=now,
        facts={},
        since=now,
        escalated=0,
        returned=0,
    )
    session.add(alert)
    return alert
