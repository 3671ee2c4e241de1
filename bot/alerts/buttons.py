"""Clicks on an alert: acknowledge, silence, ask why, and the action that would help."""

import uuid
from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy import func, select

from bot.actions.impact import Fact, fact
from bot.alerts import acknowledge as acknowledging
from bot.alerts import cards, grouping
from bot.alerts.metrics.base import METRICS
from bot.alerts.rules import Level, Rule
from bot.alerts.words import in_words
from bot.errors import AlreadyDecided, OutOfDate
from bot.handlers import commands
from bot.handlers.desk import Button, Desk
from bot.platform import tenants
from bot.store.models import OPEN, Alert, AlertState, Proposal

Rules = Mapping[str, Rule]


async def acknowledge(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    await acknowledging.acknowledge(desk.session, rules, await desk.operator(), alert_id)


async def silence(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    await acknowledging.silence(desk.session, rules, await desk.operator(), alert_id)


async def unsilence(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    await acknowledging.unsilence(desk.session, rules, await desk.operator(), alert_id)


async def why(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    """The rule in words, the numbers behind it, and what to do; for the viewer alone."""
    operator = await desk.operator()
    alert = await acknowledging.load(desk.session, alert_id)
    rule = _rule_of(rules, alert)
    acknowledging.check(operator, METRICS[rule.metric].permission)
    content = desk.renderer.message(
        "alerts/why.j2",
        title=cards.title_of(alert, rule),
        rule=rule,
        in_words=[
            *(fact(severity.capitalize(), _level(rule, level)) for severity, level in reversed(rule.ordered)),
            *_absence(rule),
            fact("What is measured", METRICS[rule.metric].words),
            *cards.numbers(alert, rule),
            *([fact("Peak", cards.amount(rule, alert.peak))] if alert.peak > rule.least else []),
            fact("Runbook", rule.runbook),
        ],
        measured=alert.measured,
    )
    await desk.say(content)


async def parts(desk: Desk, rules: Rules, alert_id: uuid.UUID) -> None:
    """All that is told on this alert's message; for the viewer alone."""
    await desk.operator()
    alert = await acknowledging.load(desk.session, alert_id)
    found = await grouping.parts(desk.session, alert)
    shown = [(cards.title_of(one, rules.get(one.rule)), one.severity, one.fired) for one in found]
    await desk.say(
        desk.renderer.message("alerts/parts.j2", title=cards.title_of(alert, rules.get(alert.rule)), parts=shown)
    )


def _level(rule: Rule, level: Level) -> str:
    """When a severity begins and ends, and who is told."""
    metric = METRICS[rule.metric]
    fires, clears = metric.thresholds(metric.shown(level.fires), metric.shown(level.clears)).split(", ", 1)
    lasts = f" for {in_words(level.lasts)}" if level.lasts else ""
    later = "channel only"
    if level.escalate:
        later = f"the next on call is told when nobody has acknowledged it within {in_words(level.escalate)}"
    return f"{fires}{lasts}, {clears}; {later}"


def _absence(rule: Rule) -> list[Fact]:
    """What becomes of it where nothing comes any more, where the rule says it."""
    if rule.absent is None:
        return []
    return [fact("No data", f"for {in_words(rule.absent.lasts)}: {rule.severity_of_absence}")]


async def helping(desk: Desk, rules: Rules, alert_id: uuid.UUID, whose: str) -> None:
    """Start the proposal that the button names: for the tenant it was drawn with, or for everybody."""
    operator = await desk.operator()
    alert = await acknowledging.load(desk.session, alert_id)
    rule = _rule_of(rules, alert)
    if alert.state == AlertState.RESOLVED:
        raise AlreadyDecided("This alert is over, so no request was made.")
    if rule.helps is None:
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
    "silence": silence,
    "unsilence": unsilence,
    "why": why,
    "parts": parts,
}


def buttons(rules: Rules) -> dict[str, Button]:
    """Those on the messages of alerts that these rules made."""

    async def clicked(desk: Desk, alert_id: uuid.UUID, what: str) -> None:
        name, _, argument = what.partition(":")
        if name == "help":
            await helping(desk, rules, alert_id, argument)
        elif name in PRESSED:
            await PRESSED[name](desk, rules, alert_id)
        else:
            raise OutOfDate("That button is from an older version of the bot. Use the newest message of this alert.")

    return {"alert": clicked}
