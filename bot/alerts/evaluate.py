"""One tick: all rules against all metrics, in one transaction, by whichever clock claims it.

A rule that never held for a subject leaves no row; what is read and judged in memory is written only where something
is above a threshold or an alert is open. So a thousand rules cost little more than their few statements.
"""

import datetime as dt
import math
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import DateTime, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import escalation, pauses, timeline
from bot.alerts.metrics.base import METRICS, Blame, Culprit, Metric, Row, Source, last
from bot.alerts.rules import Rule, Severity, fill, rank
from bot.alerts.states import QUIET, Standing, held_back, judge, missed
from bot.policy import Policy
from bot.store.database import Database
from bot.store.models import Alert, AlertHappened, AlertSilence, AlertState

MEANINGFUL = 0.05  # the share by which a value has to move before the message is drawn anew
AT_MOST_EVERY = dt.timedelta(seconds=3)

# Others do not wait: whoever holds the row is evaluating right now.
CLAIM = text(
    "UPDATE pmbot.alert_ticks SET at = clock_timestamp() WHERE id IN (SELECT id FROM pmbot.alert_ticks"
    " WHERE at <= clock_timestamp() - make_interval(secs => :every) FOR UPDATE SKIP LOCKED) RETURNING at"
)

Key = tuple[str, str]
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
        """Judge all rules at one moment; the caller has claimed it."""
        session.info["zone"] = self.policy.zone
        await pauses.note(session)
        found = await _measured(session, {rule.metric for rule in self.rules.values()})
        open_ones = await _open(session)
        standings = self._judge(found, open_ones, now)
        silences = await _silences(session, now) if standings else {}
        blame = await self._blamed(session, standings)
        for key, standing in standings.items():
            measured = self._of(found, key)
            facts = _facts(self.rules[key[0]], key[1], measured) if key[0] in self.rules else {}
            if one := blame.get(key):
                facts["culprit"] = {"id": str(one.tenant_id), "name": one.name, "share": one.share, "usual": one.usual}
            alert = open_ones.get(key) or _new(session, key, measured[0] if measured else None, now)
            await _settle(
                session,
                _Moment(
                    alert, self.rules.get(key[0]), standing, measured and measured[0], facts, now, silences.get(key)
                ),
            )
        await session.flush()
        await escalation.escalate(session, self.rules, self.policy, self.team_id, now)
        return len(standings)

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
            standings[key] = judge(rule, before, value, now, since) if rule else QUIET
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


def _facts(rule: Rule, subject: str, measured: Measured | None) -> dict[str, Any]:
    """What is kept of a measurement."""
    value, row = measured or (None, {})
    facts = METRICS[rule.metric].facts(row, subject) if measured else {}
    facts |= {"name": row["name"]} if "name" in row else {}
    facts["title"] = fill(rule.title, {"subject": subject, "name": row.get("name", subject)})
    facts["whole"] = _whole(rule, row, subject) if measured else None
    if value is None and (since := last(row)):
        facts["absent"] = since.isoformat()
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
    )
    session.add(alert)
    return alert


@dataclass(frozen=True)
class _Moment:
    """One alert at one tick, with all that decides what becomes of it."""

    alert: Alert
    rule: Rule | None
    standing: Standing
    value: float | None
    facts: dict[str, Any]
    now: dt.datetime
    silence: AlertSilence | None


async def _settle(session: AsyncSession, at: _Moment) -> None:
    """Write what one measurement means for its alert, and say what people should know of it."""
    alert = at.alert
    before = alert.severity
    _record(at)
    if alert.state == AlertState.PENDING and at.standing.quiet:
        await session.flush()
        await session.delete(alert)
        return
    severity = at.standing.severity
    if severity is None and before is None:
        return
    if severity is None:
        await _subside(session, at)
        return
    alert.severity, alert.worst = severity, max(severity, alert.worst or severity, key=rank)
    if alert.state == AlertState.CONTAINED:
        await _again(session, at)
    elif before is None:
        await _fire(session, at)
    elif rank(severity) > rank(before):
        await _worsen(session, at, before)
    elif rank(severity) < rank(before):
        timeline.tell(session, alert, AlertHappened.BETTER, at.now, facts={"before": before, "severity": severity})
        await timeline.draw(session, alert, at.rule, at.now)
    await _follow(session, at)


async def _subside(session: AsyncSession, at: _Moment) -> None:
    """Nothing fires any more: it is over, unless a pause is all that keeps it from firing."""
    alert, whole = at.alert, at.facts.get("whole")
    if at.rule is None or not held_back(at.rule, whole):
        await _resolve(session, at)
    elif alert.state == AlertState.CONTAINED:
        await _follow(session, at)
    elif at.facts.get("held"):
        alert.state, alert.contained, alert.waiting_since = AlertState.CONTAINED, at.now, None
        timeline.tell(session, alert, AlertHappened.CONTAINED, at.now, facts={"held": at.facts["held"]})
        await timeline.draw(session, alert, at.rule, at.now)
    else:
        await _resolve(session, at)


async def _again(session: AsyncSession, at: _Moment) -> None:
    """What was held back is there again, or something else has come: somebody has to look again."""
    alert = at.alert
    alert.state, alert.contained, alert.waiting_since, alert.escalated = AlertState.FIRING, None, at.now, 0
    alert.acknowledged, alert.acknowledged_by = None, None
    alert.silenced_until = _silenced_until(at)
    timeline.tell(session, alert, AlertHappened.AGAIN, at.now, facts=_found(alert))
    await timeline.draw(session, alert, at.rule, at.now)


async def _follow(session: AsyncSession, at: _Moment) -> None:
    """Bring the message up to date where it says something that is no longer so."""
    await _silence_over(session, at)
    if _moved(at.alert, at.now):
        await timeline.draw(session, at.alert, at.rule, at.now)


def _silenced_until(at: _Moment) -> dt.datetime | None:
    """Until when nothing is said of it: what is worse than what was silenced is told."""
    silenced = at.silence is not None and rank(at.alert.severity) <= rank(at.silence.severity)
    return at.silence.until if at.silence and silenced else None


def _record(at: _Moment) -> None:
    alert, elapsed = at.alert, (at.now - at.alert.measured).total_seconds()
    alert.breached = dict(at.standing.breached)
    if ("absent" in alert.facts) != ("absent" in at.facts):
        alert.shown_value = None  # a figure in place of none, or none in place of one
    if at.value is not None:
        rate = (at.value - alert.value) / elapsed * 60 if elapsed > 0 else 0.0
        alert.facts = {**at.facts, "rate": rate}
        alert.value, alert.peak = at.value, max(alert.peak, at.value)
    elif at.facts.get("whole") is not None or "absent" in at.facts:
        alert.facts = at.facts
    alert.measured = at.now


def _found(alert: Alert) -> dict[str, Any]:
    """What a line says of what was measured: a value, or since when there is none."""
    return {"value": alert.value, "severity": alert.severity, "absent": alert.facts.get("absent")}


async def _fire(session: AsyncSession, at: _Moment) -> None:
    alert = at.alert
    alert.state, alert.fired, alert.waiting_since, alert.escalated = AlertState.FIRING, at.now, at.now, 0
    alert.silenced_until = _silenced_until(at)
    await session.flush()
    timeline.tell(session, alert, AlertHappened.FIRED, at.now, facts=_found(alert))
    if alert.silenced_until is None:
        await timeline.draw(session, alert, at.rule, at.now)


async def _worsen(session: AsyncSession, at: _Moment, before: str) -> None:
    """What was acknowledged or silenced was something milder: somebody has to look again."""
    alert = at.alert
    lapsed = alert.state == AlertState.ACKNOWLEDGED
    alert.state, alert.waiting_since, alert.escalated = AlertState.FIRING, at.now, 0
    alert.acknowledged, alert.acknowledged_by, alert.silenced_until = None, None, None
    facts = {**_found(alert), "before": before, "lapsed": lapsed}
    timeline.tell(session, alert, AlertHappened.WORSE, at.now, facts=facts)
    await timeline.draw(session, alert, at.rule, at.now)


async def _silence_over(session: AsyncSession, at: _Moment) -> None:
    alert = at.alert
    if alert.silenced_until is None or alert.silenced_until > at.now:
        return
    alert.silenced_until = None
    if alert.state == AlertState.FIRING:
        alert.waiting_since, alert.escalated = at.now, 0
    timeline.tell(session, alert, AlertHappened.SILENCE_OVER, at.now, facts={"value": alert.value})
    await timeline.draw(session, alert, at.rule, at.now)


async def _resolve(session: AsyncSession, at: _Moment) -> None:
    alert = at.alert
    alert.state, alert.resolved, alert.contained = AlertState.RESOLVED, at.now, None
    alert.silenced_until, alert.breached = None, {}
    facts = {"value": at.value, "peak": alert.peak, "measured": at.value is not None}
    timeline.tell(session, alert, AlertHappened.RESOLVED, at.now, facts=facts)
    if alert.shown is not None:
        await timeline.draw(session, alert, at.rule, at.now)
    else:  # silenced all its life: nobody was told that it began
        await timeline.keep_quiet(session, alert, at.now)


def _moved(alert: Alert, now: dt.datetime) -> bool:
    """Whether the message says something that is no longer so."""
    if alert.shown is None or now - alert.shown < AT_MOST_EVERY:
        return False
    if alert.shown_value is None:
        return True
    return abs(timeline.size(alert) - alert.shown_value) > MEANINGFUL * max(abs(alert.shown_value), 1e-9)
