"""Clicks on an alert: acknowledge, silence, ask why, and the action that would help."""

import datetime as dt
import uuid
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import func, select

from bot.actions.alerts.figures import dumped
from bot.actions.impact import Fact, fact
from bot.alerts import acknowledge as acknowledging
from bot.alerts import cards, grouping, overriding
from bot.alerts.metrics.base import METRICS
from bot.alerts.rules import Level, Rule
from bot.alerts.words import in_words
from bot.drawing.buttons import button
from bot.errors import AlreadyDecided, OutOfDate
from bot.handlers import commands
from bot.handlers.desk import Button, Desk
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.personal import Moment
from bot.pipeline import pre_approved
from bot.platform import tenants
from bot.store import thresholds
from bot.store.models import JSON, OPEN, Alert, AlertLevel, AlertState, AlertThreshold, OutsideGroup, Proposal
from bot.store.thresholds import Limits
from bot.words import listed, times

Rules = Mapping[str, Rule]


async def acknowledge(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    await acknowledging.acknowledge(desk.session, rules, await desk.operator(), alert_id)


async def silence(desk: Desk, rules: Rules, alert_id: uuid.UUID, time: str) -> None:
    """For as long as the button says; `until` opens a form."""
    operator = await desk.operator()
    if time == "until":
        await commands.run(desk, operator, "alert silence", {"alert": str(alert_id)})
    else:
        lasts = acknowledging.SILENCES.get(time, acknowledging.SILENCES["1h"])
        await acknowledging.silence(desk.session, rules, operator, alert_id, lasts)


async def false_alarm(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    await acknowledging.false_alarm(desk.session, rules, await desk.operator(), alert_id)


async def unsilence(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    await acknowledging.unsilence(desk.session, rules, await desk.operator(), alert_id)


async def why(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    """The rule in words, the numbers behind it, and what to do; for the viewer alone."""
    operator = await desk.operator()
    alert = await acknowledging.load(desk.session, alert_id)
    rule = await overriding.effective_one(desk.session, _rule_of(rules, alert)) or _rule_of(rules, alert)
    acknowledging.check(operator, METRICS[rule.metric].permission)
    content = desk.renderer.message(
        "alerts/why.j2",
        title=cards.title_of(alert, rule),
        rule=rule,
        in_words=[
            *(_elsewhere(alert) if METRICS[rule.metric].elsewhere else await _by_our_rule(desk, rule)),
            *cards.numbers(alert, rule),
            *([fact("Peak", cards.amount(rule, alert.peak))] if alert.peak > rule.least else []),
            *([] if METRICS[rule.metric].elsewhere else [fact("Runbook", rule.runbook)]),
        ],
        measured=alert.measured,
        elsewhere=alert.facts["group"]["from"] if "group" in alert.facts else None,
        next_buttons=[*await _change(desk, operator, rule, alert), cards.false_button(alert)],
    )
    await desk.say(content)


async def _by_our_rule(desk: Desk, rule: Rule) -> list[Fact]:
    return [
        *(fact(severity.capitalize(), _level(rule, level)) for severity, level in reversed(rule.ordered)),
        *await _changes(desk, rule),
        *_absence(rule),
        *_healing(desk, rule),
        fact("What is measured", METRICS[rule.metric].words),
    ]


def _elsewhere(alert: Alert) -> list[Fact]:
    """What whoever evaluates it says of all of its alerts."""
    group = alert.facts.get("group", {})
    labels = ", ".join(f"{label} {value}" for label, value in sorted(group.get("labels", {}).items()))
    told = (("Labels", labels), ("Receiver", group.get("receiver")), ("There", group.get("url")))
    return [fact(label, value) for label, value in told if value]


async def parts(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    """All that is told on this alert's message; for the viewer alone."""
    await desk.operator()
    alert = await acknowledging.load(desk.session, alert_id)
    found = await grouping.parts(desk.session, alert)
    shown = [(cards.title_of(one, rules.get(one.rule)), one.severity, one.fired) for one in found]
    shown = [*await _of_group(desk, alert), *shown]
    await desk.say(
        desk.renderer.message("alerts/parts.j2", title=cards.title_of(alert, rules.get(alert.rule)), parts=shown)
    )


async def _of_group(desk: Desk, alert: Alert) -> list[tuple[str, str | None, dt.datetime | None]]:
    """The alerts of a group that others evaluate."""
    known = select(OutsideGroup.facts).where(OutsideGroup.subject == alert.subject, OutsideGroup.firing > 0)
    group = await desk.session.scalar(known) if "group" in alert.facts else None
    listed = group["alerts"] if group else []
    return [(one["name"], one["severity"], dt.datetime.fromtimestamp(one["since"], dt.UTC)) for one in listed]


def _level(rule: Rule, level: Level) -> str:
    """When a severity begins and ends, and who is told."""
    metric = METRICS[rule.metric]
    fires, clears = metric.thresholds(metric.shown(level.fires), metric.shown(level.clears)).split(", ", 1)
    lasts = f" for {in_words(level.lasts)}" if level.lasts else ""
    later = "channel only"
    if level.escalate:
        later = f"if nobody acknowledges it within {in_words(level.escalate)}, the next person on call is told"
    return f"{fires}{lasts}, {clears}; {later}"


def _absence(rule: Rule) -> list[Fact]:
    """What becomes of it where nothing comes any more, where the rule says it."""
    if rule.absent is None:
        return []
    return [fact("No data", f"for {in_words(rule.absent.lasts)}: {rule.severity_of_absence}")]


def _healing(desk: Desk, rule: Rule) -> list[Fact]:
    """What is done automatically as it fires, or that the policy does not allow it; nothing of a rule without."""
    heals, helps = rule.heals, rule.helps
    if heals is None or helps is None:
        return []
    if not pre_approved.allowed(desk.core.policy, rule.name):
        return [fact("Automatic", "nothing: the policy does not allow this rule to act")]
    when = listed((one.value for one in heals.severities), last="or")
    what = f"at {when}, the bot itself runs {helps.verb} for {in_words(heals.lasts)}"
    return [fact("Automatic", f"{what}, at most {times(heals.times_a_day)} in 24 hours")]


async def helping(desk: Desk, rules: Rules, alert_id: uuid.UUID, whose: str) -> None:
    """Start the proposal that the button names: for the tenant it was drawn with, or for everybody."""
    operator = await desk.operator()
    alert = await acknowledging.load(desk.session, alert_id)
    rule = _rule_of(rules, alert)
    if alert.state == AlertState.RESOLVED:
        raise AlreadyDecided("This alert is over, so no request was made.")
    if rule.helps is None or not rule.helps.would_help(alert.subject):
        raise OutOfDate(
            "The alert's rule no longer offers an action that would help. Use another button of this alert."
        )
    names = {"subject": alert.subject, "name": alert.facts.get("name", alert.subject)}
    offer = rule.helps.everybody
    if whose != "everybody":
        tenant = await tenants.load(desk.session, uuid.UUID(whose))
        if tenant is None or rule.helps.tenant is None:
            raise OutOfDate("That tenant no longer exists on the platform, so no request was made.")
        names |= {"tenant": tenant.name, "tenant_id": str(tenant.id)}
        offer = rule.helps.tenant
    key = f"alert:{alert.id}:{whose}"
    await commands.run(desk, operator, rule.helps.verb, offer.filled(names), once=f"{key}:{await _spent(desk, key)}")


async def _change(desk: Desk, operator: Operator, rule: Rule, alert: Alert) -> list[JSON]:
    """A button whose form has the present figures, for whoever may change them."""
    levels = await thresholds.levels(desk.session, AlertLevel.rule == rule.name, AlertLevel.severity == alert.severity)
    if not levels or not operator.may(Permission.ALERT_THRESHOLD):
        return []
    changed = thresholds.over(levels, await thresholds.in_force(desk.session, AlertThreshold.rule == rule.name))
    now = changed[levels[0].severity]
    given = {"rule": rule.name, "severity": levels[0].severity}
    figures = dumped({"fires": now.fires, "clears": now.clears}, levels[0])
    draft = await desk.draft("alert threshold", {**given, **figures})
    return [button("Change the threshold …", "draft:alert threshold", draft)]


async def _changes(desk: Desk, rule: Rule) -> list[Fact]:
    """What of the rule stands over the file, and on which base."""
    levels = await thresholds.levels(desk.session, AlertLevel.rule == rule.name)
    base = {one.severity: one for one in levels}
    changed = await thresholds.in_force(desk.session, AlertThreshold.rule == rule.name)
    wrong = thresholds.contradicted(levels, changed).get(rule.name)
    return [_changed(one, base[one.severity], wrong) for one in changed if one.severity in base]


def _changed(one: AlertThreshold, level: AlertLevel, wrong: str | None) -> Fact:
    now, was = Limits(level.fires, level.clears), Limits(one.base_fires, one.base_clears)
    before = f"; when the value was changed in Slack, the file said {thresholds.said(was, level)}"
    old = before if thresholds.on_old_base(one, level) else ""
    says = f"the file says {thresholds.said(now, level)}{old}"
    follows = "no longer follows the rules file"
    if wrong:
        follows = f"is not in force, since it no longer goes with the rules file ({wrong})"
    said = f"{one.severity} was changed in Slack and {follows}; {says}"
    return fact("Changed", said, " · since ", Moment.of(one.since))


async def _spent(desk: Desk, key: str) -> int:
    """How many requests from this button have come to an end: the next one is a new one."""
    found = await desk.session.scalar(
        select(func.count()).where(Proposal.once.startswith(f"{key}:"), Proposal.state.not_in(OPEN))
    )
    return found or 0


def _rule_of(rules: Rules, alert: Alert) -> Rule:
    if alert.rule not in rules:
        raise OutOfDate("The rule behind this alert is no longer in the rules file.")
    return rules[alert.rule]


PRESSED: dict[str, Callable[[Desk, Rules, uuid.UUID], Awaitable[None]]] = {
    "acknowledge": acknowledge,
    "unsilence": unsilence,
    "false": false_alarm,
    "why": why,
    "parts": parts,
}


def buttons(rules: Rules) -> dict[str, Button]:
    """Those on the messages of alerts that these rules made."""

    async def clicked(desk: Desk, alert_id: uuid.UUID, what: str) -> None:
        name, _, argument = what.partition(":")
        if name == "help":
            await helping(desk, rules, alert_id, argument)
        elif name == "silence":
            await silence(desk, rules, alert_id, argument)
        elif name in PRESSED:
            await PRESSED[name](desk, rules, alert_id)
        else:
            raise OutOfDate("That button is from an older version of the bot. Use the newest message of this alert.")

    return {"alert": clicked}
