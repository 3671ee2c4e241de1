"""What one measurement means for an alert: it begins, gets worse or better, comes back, is held back, or is over."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import grouping, returning, timeline
from bot.alerts.grouping import STORM, Key
from bot.alerts.rules import Rule, Severity, rank
from bot.alerts.states import Standing, held_back
from bot.store.models import Alert, AlertHappened, AlertSilence, AlertState

MEANINGFUL = 0.05  # the share by which a value has to move before the message is drawn anew
AT_MOST_EVERY = dt.timedelta(seconds=3)


@dataclass(frozen=True)
class Others:
    """What else is open at this tick, and the rules of it."""

    open: Mapping[Key, Alert]
    rules: Mapping[str, Rule]


@dataclass(frozen=True)
class Turn:
    """One alert at one tick, with all that decides what becomes of it."""

    alert: Alert
    rule: Rule | None
    standing: Standing
    value: float | None
    facts: dict[str, Any]
    now: dt.datetime
    silence: AlertSilence | None
    others: Others


async def settle(session: AsyncSession, at: Turn) -> Alert:
    """Write what one measurement means for its alert, and say what people should know of it.

    Returns the alert that it is of now: of what came back soon after it was over, the earlier one.
    """
    if at.alert.state == AlertState.PENDING and at.standing.severity is not None:
        at = await _found_again(session, at)
    alert = at.alert
    _record(at)
    if alert.state == AlertState.PENDING and at.standing.quiet:
        await session.flush()
        await session.delete(alert)
        await session.flush()  # what it would have explained looks for it in this round
    elif at.standing.severity is not None:
        await _stand(session, at, at.standing.severity)
    elif alert.severity is not None:
        await _subside(session, at)
    return alert


async def _found_again(session: AsyncSession, at: Turn) -> Turn:
    """What fires now came back, if it was over only shortly ago: the same problem, on the same message."""
    before = await returning.earlier(session, at.alert, at.now)
    if before is None:
        return at
    await session.flush()
    await session.delete(at.alert)
    await session.flush()  # one open alert of a rule and a subject
    return replace(at, alert=before)


async def _stand(session: AsyncSession, at: Turn, severity: Severity) -> None:
    """Something fires: it began, came back, got worse or better, or goes on."""
    alert, before = at.alert, at.alert.severity
    alert.severity, alert.worst = severity, max(severity, alert.worst or severity, key=rank)
    if alert.state in (AlertState.CONTAINED, AlertState.RESOLVED):
        await _again(session, at)
    elif before is None:
        await _fire(session, at)
    elif rank(severity) > rank(before):
        await _worsen(session, at, before)
    elif rank(severity) < rank(before):
        timeline.tell(session, alert, AlertHappened.BETTER, at.now, facts={"before": before, "severity": severity})
        await _show(session, at)
    await _follow(session, at)


async def _subside(session: AsyncSession, at: Turn) -> None:
    """Nothing fires any more: it is over, unless a pause is all that keeps it from firing."""
    alert, whole = at.alert, at.facts.get("whole")
    if at.rule is None or not held_back(at.rule, whole):
        await _resolve(session, at)
    elif alert.state == AlertState.CONTAINED:
        await _follow(session, at)
    elif at.facts.get("held"):
        alert.state, alert.contained, alert.waiting_since = AlertState.CONTAINED, at.now, None
        timeline.tell(session, alert, AlertHappened.CONTAINED, at.now, facts={"held": at.facts["held"]})
        await _show(session, at)
    else:
        await _resolve(session, at)


async def _again(session: AsyncSession, at: Turn) -> None:
    """It is there again, after a pause held it back or after it was over: somebody has to look again."""
    alert = at.alert
    if alert.state == AlertState.RESOLVED:
        alert.resolved, alert.returned = None, alert.returned + 1
    alert.state, alert.contained, alert.waiting_since, alert.escalated = AlertState.FIRING, None, at.now, 0
    alert.acknowledged, alert.acknowledged_by = None, None
    alert.silenced_until = _silenced_until(at)
    timeline.tell(session, alert, AlertHappened.AGAIN, at.now, facts=_found(alert) | returning.said(alert))
    await _show(session, at)


async def _follow(session: AsyncSession, at: Turn) -> None:
    """Bring the message up to date where it says something that is no longer so."""
    await _silence_over(session, at)
    await _left_alone(session, at)
    if _moved(at.alert, at.now):
        await _show(session, at)


def _silenced_until(at: Turn) -> dt.datetime | None:
    """Until when nothing is said of it: what is worse than what was silenced is told."""
    silenced = at.silence is not None and rank(at.alert.severity) <= rank(at.silence.severity)
    return at.silence.until if at.silence and silenced else None


def _record(at: Turn) -> None:
    alert, elapsed = at.alert, (at.now - at.alert.measured).total_seconds()
    alert.breached = dict(at.standing.breached)
    if ("absent" in alert.facts) != ("absent" in at.facts) or alert.facts.get("stamp") != at.facts.get("stamp"):
        alert.shown_value = None  # a figure in place of none, or none in place of one; or others say something new
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


async def _fire(session: AsyncSession, at: Turn) -> None:
    alert = at.alert
    alert.state, alert.fired, alert.waiting_since, alert.escalated = AlertState.FIRING, at.now, at.now, 0
    alert.silenced_until = _silenced_until(at)
    await session.flush()
    timeline.tell(session, alert, AlertHappened.FIRED, at.now, facts=_found(alert))
    await _join(session, at)
    await _show(session, at)


async def _worsen(session: AsyncSession, at: Turn, before: str) -> None:
    """What was acknowledged, silenced or explained was something milder: somebody has to look again."""
    alert = at.alert
    if alert.part_of and rank(alert.severity) > rank((await grouping.root(session, alert)).severity):
        alert.part_of = None
    lapsed = alert.state == AlertState.ACKNOWLEDGED
    alert.state, alert.waiting_since, alert.escalated = AlertState.FIRING, at.now, 0
    alert.acknowledged, alert.acknowledged_by, alert.silenced_until = None, None, _silenced_until(at)
    facts = {**_found(alert), "before": before, "lapsed": lapsed}
    timeline.tell(session, alert, AlertHappened.WORSE, at.now, facts=facts)
    await _show(session, at)


async def _silence_over(session: AsyncSession, at: Turn) -> None:
    alert = at.alert
    if alert.silenced_until is None or alert.silenced_until > at.now:
        return
    alert.silenced_until = _silenced_until(at)  # maintenance that takes longer, or another silence that goes on
    if alert.silenced_until is not None:
        return
    if alert.state == AlertState.FIRING:
        alert.waiting_since, alert.escalated = at.now, 0
    timeline.tell(session, alert, AlertHappened.SILENCE_OVER, at.now, facts={"value": alert.value})
    await _show(session, at)


async def _resolve(session: AsyncSession, at: Turn) -> None:
    alert = at.alert
    alert.state, alert.resolved, alert.contained = AlertState.RESOLVED, at.now, None
    alert.silenced_until, alert.breached = None, {}
    facts = {"value": at.value, "peak": alert.peak, "measured": at.value is not None}
    if at.value is None and "group" in alert.facts:
        facts["unheard"] = alert.facts["group"]["from"]
    timeline.tell(session, alert, AlertHappened.RESOLVED, at.now, facts=facts)
    if alert.shown is not None:
        await _show(session, at)
    else:  # silenced or explained all its life: nobody was told that it began
        await timeline.keep_quiet(session, alert, at.now)
        await _tell_cause(session, at, AlertHappened.LEFT)


async def _join(session: AsyncSession, at: Turn) -> None:
    """What a greater problem explains has no message of its own."""
    cause = at.rule and grouping.explains(at.alert, at.rule, at.others.open.values(), at.others.rules.get(STORM[0]))
    if cause:
        at.alert.part_of = cause.part_of or cause.id
        await session.flush()
        await _tell_cause(session, at, AlertHappened.JOINED)


async def _left_alone(session: AsyncSession, at: Turn) -> None:
    """What explained it has been over for a while, and it is not: it is a problem of its own."""
    alert = at.alert
    if alert.part_of is None or not await grouping.over(session, alert.part_of, at.now):
        return
    alert.part_of = None
    if alert.state == AlertState.FIRING:
        alert.waiting_since, alert.escalated = at.now, 0
    timeline.tell(session, alert, AlertHappened.ALONE, at.now, facts={"value": alert.value})
    await _show(session, at)


async def _tell_cause(session: AsyncSession, at: Turn, what: AlertHappened) -> None:
    """A line below what explains it, and its message anew. A storm only counts: it would be a line for each."""
    if at.alert.part_of is None:
        return
    cause = await grouping.root(session, at.alert)
    rule = at.others.rules.get(cause.rule)
    if cause.state == AlertState.RESOLVED or cause.fired is None:
        return
    if cause.rule != STORM[0]:
        facts = {"title": at.alert.facts.get("title", ""), "severity": at.alert.severity}
        timeline.tell(session, cause, what, at.now, facts=facts)
    await timeline.draw(session, cause, rule, at.now)


async def _show(session: AsyncSession, at: Turn) -> None:
    """Put its message on the screen, or bring it up to date; not while it is silent or told elsewhere."""
    alert = at.alert
    if alert.shown is not None or (alert.silenced_until is None and alert.part_of is None):
        await timeline.draw(session, alert, at.rule, at.now)


def _moved(alert: Alert, now: dt.datetime) -> bool:
    """Whether the message says something that is no longer so."""
    if alert.shown is None or now - alert.shown < AT_MOST_EVERY:
        return False
    if alert.shown_value is None:
        return True
    return abs(timeline.size(alert) - alert.shown_value) > MEANINGFUL * max(abs(alert.shown_value), 1e-9)
