"""Drawing alerts: the one message of a problem, the lines of its thread, what is sent to whoever is next on call."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import words
from bot.actions.impact import Fact, fact
from bot.alerts import grouping, healing, overriding, returning, timeline
from bot.alerts.contained import contained
from bot.alerts.metrics.base import METRICS, Metric, below
from bot.alerts.metrics.outside import NAMED
from bot.alerts.rules import Offer, Rule, Severity, fill
from bot.alerts.words import in_words, names_of
from bot.delivery.channels import Channels
from bot.delivery.deliver import Projection
from bot.drawing import mentions
from bot.drawing.buttons import button
from bot.drawing.elements import Element, menu, user_mention
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.holds import queue_pause
from bot.people.identity import slack_ids
from bot.personal import Moment
from bot.platform import staff
from bot.policy import Policy
from bot.store.models import JSON, Alert, AlertEvent, AlertHappened, AlertState, Hold
from bot.words import sentence

ICONS = {Severity.CRITICAL: "🔴", Severity.HIGH: "🟠", Severity.MEDIUM: "🟡", Severity.LOW: "🔵"}
OVER, HELD = "🟢", "⏸️"
PARTS = 5  # that a message names
STEADY = 0.01  # of the value, a minute


def title_of(alert: Alert, rule: Rule | None) -> str:
    if rule is None:
        return f"{alert.rule}: {alert.subject}"
    if absent_since(alert) and alert.state != AlertState.RESOLVED:
        return f"No data from {names_of(alert)['name']} ({METRICS[rule.metric].label.lower()})"
    titles = {AlertState.RESOLVED: rule.over, AlertState.CONTAINED: rule.held or rule.title}
    return fill(titles.get(AlertState(alert.state), rule.title), names_of(alert))


def absent_since(alert: Alert) -> dt.datetime | None:
    """Since when there is nothing to measure; None: there is something."""
    since = alert.facts.get("absent")
    return dt.datetime.fromisoformat(since) if since else None


def icon_of(alert: Alert) -> str:
    own = {AlertState.RESOLVED: OVER, AlertState.CONTAINED: HELD}
    return own.get(AlertState(alert.state)) or ICONS[Severity(alert.severity or Severity.LOW)]


def amount(rule: Rule | None, value: float) -> str:
    """A value as people read it: `12,480 jobs`."""
    if rule is None:
        return f"{value:,.0f}"
    metric = METRICS[rule.metric]
    return metric.shown(value) + metric.unit


def peak(alert: Alert, rule: Rule | None) -> str:
    """How far it went, in words."""
    fell = rule is not None and METRICS[rule.metric].thresholds is below
    return f"{'Fell to' if fell else 'Peaked at'} {amount(rule, alert.peak)}"


def numbers(alert: Alert, rule: Rule) -> list[Fact]:
    """What was measured, beside its thresholds, and whose it is."""
    metric, facts = METRICS[rule.metric], alert.facts
    level = rule.levels.get(Severity(alert.severity)) if alert.severity else None
    if metric.elsewhere is not None:
        return metric.elsewhere(facts)
    if since := absent_since(alert):
        return [fact(metric.label, "no data since ", Moment.of(since), ": nobody knows how it is now")]
    parts = [amount(rule, alert.value)]
    if level is not None:
        parts[0] += f" ({metric.thresholds(metric.shown(level.fires), metric.shown(level.clears))})"
    parts += metric.beside(facts)
    if facts.get("held") and alert.state != AlertState.CONTAINED:  # where the card says it at length
        parts.append(f"{facts['held']:,} more held back by a pause")
    found = [fact(metric.label, " · ".join(parts))]
    moving = "; ".join(filter(None, [_trend(alert, metric), _whose(facts)]))
    return [*found, fact("Trend", moving)] if moving else found


def _trend(alert: Alert, metric: Metric) -> str:
    rate = alert.facts.get("rate") or 0.0
    if not metric.grows:
        return ""
    if abs(rate) <= STEADY * alert.value:
        return "steady"
    return f"{'rising' if rate > 0 else 'falling'} {round(abs(rate), -1):,.0f} a minute"


def _whose(facts: Mapping[str, Any]) -> str:
    one = facts.get("culprit")
    return f"{_share(one['share'])} belong to tenant {one['name']} (usual share {_share(one['usual'])})" if one else ""


def _share(part: float) -> str:
    """A percentage that never rounds to all or to nothing."""
    if 0 < part < 0.01:
        return "under 1%"
    return "over 99%" if 0.99 < part < 1 else f"{part:.0%}"


def help_offer(alert: Alert, rule: Rule) -> tuple[str, Offer] | None:
    """The action that would help now: whose, as the button says it, and what it stands for."""
    if rule.helps is None or not rule.helps.would_help(alert.subject):
        return None
    tenant = names_of(alert)["tenant_id"]
    if tenant and rule.helps.tenant is not None:
        return tenant, rule.helps.tenant
    return "everybody", rule.helps.everybody


def _buttons(alert: Alert, rule: Rule | None, pauses: Sequence[JSON], parts: int) -> list[JSON]:
    shown = list(pauses)
    if alert.state == AlertState.FIRING:
        shown.append(button("Acknowledge", "alert:acknowledge", alert.id, "primary"))
    offer = help_offer(alert, rule) if rule and alert.state != AlertState.CONTAINED else None
    if offer is not None:
        label = fill(offer[1].label, names_of(alert))
        shown.append(button(label, f"alert:help:{offer[0]}", alert.id))
    shown.append(button("Open incident", "incident:declare", alert.id))
    silent = alert.silenced_until is not None
    if silent:
        shown.append(button("End the silence", "alert:unsilence", alert.id))
    else:
        shown.append(button("Silence for 1 h", "alert:silence", alert.id))
    if parts > PARTS:
        shown.append(button(f"Show all {parts}", "alert:parts", alert.id))
    if rule and rule.page:
        shown.append(button("Read the runbook", f"runbook:show:{rule.page}", alert.id))
    shown.append(button("Why did this fire?", "alert:why", alert.id))
    return shown if silent else [*shown, menu("alert_silence", _longer(alert))]


def _longer(alert: Alert) -> list[tuple[str, str, object]]:
    return [("Silence for 4 h", "alert:silence:4h", alert.id), ("Silence until …", "alert:silence:until", alert.id)]


def firing(alert: Alert) -> int:
    """Of a group that others evaluate: how many of its alerts fire."""
    group = alert.facts.get("group")
    return sum(group["counts"].values()) + int(group["left_out"]) if group else 0


def false_button(alert: Alert) -> JSON:
    """Says that it fired for nothing, or takes that back."""
    verb = "was" if alert.state == AlertState.RESOLVED else "is"
    return button(f"It {verb} {'no' if alert.false_at else 'a'} false alarm", "alert:false", alert.id)


async def _name(session: AsyncSession, staff_id: uuid.UUID | None) -> str | None:
    record = await staff.load(session, staff_id) if staff_id else None
    return record.name if record else None


async def _held(session: AsyncSession, event: AlertEvent) -> dict[str, Any]:
    """The pause that a line is about."""
    hold = await session.get_one(Hold, uuid.UUID(event.facts["hold"]))
    name = await queue_pause.named(session, queue_pause.scope_of(hold))
    return {
        "scope": name,
        "ends": hold.ends,
        "cause": hold.cause,
        "after": hold.after or {},
        "longest": await queue_pause.longest(session, hold),
    }


class AlertCards:
    """What delivery draws of alerts."""

    def __init__(
        self, renderer: Renderer, rules: Mapping[str, Rule], channels: Channels, policy: Policy, team_id: str
    ) -> None:
        self._renderer, self._rules, self._channels = renderer, rules, channels
        self._policy, self._team_id = policy, team_id

    def projections(self) -> dict[str, Projection]:
        """Each drawing by its name; they take an id."""
        return {"alert": self.card, "alert_line": self.line, "alert_told": self.told}

    async def card(self, session: AsyncSession, subject: str) -> JSON:
        """The one message of a problem."""
        alert = await session.get_one(Alert, uuid.UUID(subject))
        rule = await overriding.effective_one(session, self._rules.get(alert.rule))
        over = alert.state == AlertState.RESOLVED
        back = await contained(session, alert)
        parts = [] if over else await grouping.parts(session, alert)
        offered = back["buttons"] if back else ()
        return self._renderer.message(
            "alerts/alert.j2",
            Clearance.CHANNEL,
            title=title_of(alert, rule),
            icon=icon_of(alert),
            alert=alert,
            over=over,
            contained=back,
            healing=None if over else await healing.shown(session, self._channels, alert),
            mention=await self._on_call(session, alert.worst) if not over else None,
            who=await _name(session, alert.acknowledged_by),
            facts_shown=numbers(alert, rule) if rule else [],
            listed=[] if over else alert.facts.get("group", {}).get("alerts", []),
            unlisted=0 if over else max(0, firing(alert) - NAMED),
            parts=[(self._part(one), one.severity) for one in parts[:PARTS]],
            more=max(0, len(parts) - PARTS),
            flaps=returning.flaps(alert),
            history=await _history(session, alert, rule) if over else "",
            false_says=await _name(session, alert.false_by) or "somebody who has left" if alert.false_by else None,
            card_buttons=[false_button(alert)] if over else _buttons(alert, rule, offered, len(parts) + firing(alert)),
        )

    def _part(self, alert: Alert) -> str:
        return title_of(alert, self._rules.get(alert.rule))

    async def line(self, session: AsyncSession, subject: str) -> JSON:
        """What happened, in the thread."""
        event = await session.get_one(AlertEvent, int(subject))
        alert = await session.get_one(Alert, event.alert_id)
        value = event.facts.get("value")
        return self._renderer.message(
            "alerts/line.j2",
            Clearance.CHANNEL,
            event=event,
            facts_of_line=event.facts,
            who=sentence(await staff.name_of(session, event.staff_id)),
            amount=amount(self._rules.get(alert.rule), value) if value is not None else "",
            absent=dt.datetime.fromisoformat(absent) if (absent := event.facts.get("absent")) else None,
            held=await _held(session, event) if "hold" in event.facts else None,
            mention=await self._mention(session, event) if alert.silenced_until is None else None,
        )

    async def _on_call(self, session: AsyncSession, severity: str | None) -> Element | None:
        """Whom what is critical mentions: Slack notifies of that when it is posted, and of no edit."""
        if severity != Severity.CRITICAL:
            return None
        return await mentions.on_call(session, self._policy, self._team_id)

    async def _mention(self, session: AsyncSession, event: AlertEvent) -> Element | None:
        """Who hears of a line: of news that only an edit would tell, whoever is on call; of an escalation, the next."""
        if event.what == AlertHappened.TOLD:
            links = await slack_ids(session, self._team_id)
            return user_mention(links[event.staff_id]) if event.staff_id in links else None
        if event.what in (AlertHappened.WORSE, AlertHappened.AGAIN):
            return await self._on_call(session, event.facts["severity"])
        return None

    async def told(self, session: AsyncSession, subject: str) -> JSON:
        """What is sent to whoever is next on call."""
        alert = await session.get_one(Alert, uuid.UUID(subject))
        rule = await overriding.effective_one(session, self._rules.get(alert.rule))
        return self._renderer.message(
            "alerts/told.j2",
            Clearance.CHANNEL,
            title=title_of(alert, rule),
            alert=alert,
            who=await _name(session, alert.acknowledged_by),
            facts_shown=numbers(alert, rule) if rule else [],
            channel=self._channels.shown(timeline.channel_of(rule, alert.facts)),
        )


async def _history(session: AsyncSession, alert: Alert, rule: Rule | None) -> str:
    """The life of an alert in one line."""
    lasted = (alert.resolved or alert.measured) - (alert.fired or alert.since)
    peaked = [peak(alert, rule)] if rule is None or alert.peak > rule.least else []
    parts = [*peaked, f"{'lasted' if peaked else 'Lasted'} {in_words(lasted)}"]
    parts += [f"came back {words.times(alert.returned)}"] if alert.returned else []
    who = await _name(session, alert.acknowledged_by)
    if who and alert.acknowledged and alert.fired:
        parts.append(f"acknowledged by {who} after {in_words(alert.acknowledged - alert.fired)}")
    elif alert.acknowledged_by is None:
        parts.append("nobody acknowledged it")
    pauses = await session.scalars(
        select(AlertEvent)
        .where(AlertEvent.alert_id == alert.id, AlertEvent.what == AlertHappened.PAUSED)
        .order_by(AlertEvent.id)
    )
    for event in pauses:
        held = await _held(session, event)
        parts.append(f"{await staff.name_of(session, event.staff_id)} paused {held['scope']}")
    return " · ".join(parts)
