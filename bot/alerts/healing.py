"""Self-healing: what the bot does automatically as an alert fires, where its rule says it and the policy allows it.

It is a request like any other (bot/pipeline/pre_approved.py), asked for in the transaction that notes it: once for an
alert, by the key of `healings`, whoever dies and however many clocks there are. What is not done is said, and why.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.reviews.reads import DONE
from bot.alerts import timeline
from bot.alerts.rules import Heals, Rule
from bot.alerts.words import in_words, names_of
from bot.delivery.channels import Channels
from bot.drawing import links
from bot.errors import AskedAlready, Refused
from bot.handlers.desk import lookup_for
from bot.holds import read_only
from bot.logs import new_reference
from bot.pipeline import pre_approved
from bot.pipeline.core import Core, now
from bot.pipeline.propose import Ask
from bot.platform import tenants
from bot.policy import Policy
from bot.store import outbox
from bot.store.models import OPEN, Alert, AlertHappened, AlertState, Healing, Hold, Proposal, State
from bot.words import counted, times

LOCK = text("SELECT pg_advisory_xact_lock(hashtext('pmbot.healings'))")  # its caps are counted by one at a time
DAY = text("interval '24 hours'")

log = structlog.get_logger()


class LeftToPeople(Refused):
    """Nothing is done automatically now; says why, as it goes on after `because`."""


@dataclass(frozen=True)
class Healer:
    """The rules that heal and may, and what it takes to ask for something."""

    core: Core
    rules: Mapping[str, Rule]
    team_id: str

    async def sweep(self) -> int:
        """Act on each alert that waits for it, in a transaction of its own; on how many. Any number of clocks may."""
        which = self._which()
        if which is None:
            return 0
        async with self.core.database.transaction() as session:
            waiting = list(await session.scalars(select(Alert.id).where(which).order_by(Alert.fired)))
        return sum([await self._alone(alert_id, which) for alert_id in waiting])

    def _which(self) -> ColumnElement[bool] | None:
        """What waits to be healed: it has its own message, is measured, and nobody has taken it on or silenced it."""
        concerned = [
            and_(Alert.rule == name, Alert.severity.in_(rule.heals.severities))
            for name, rule in self.rules.items()
            if rule.heals and pre_approved.allowed(self.core.policy, name)
        ]
        told = Alert.shown.is_not(None) & Alert.part_of.is_(None) & Alert.silenced_until.is_(None)
        new = ~exists().where(Healing.alert_id == Alert.id) & ~Alert.facts.has_key("absent")
        return (Alert.state == AlertState.FIRING) & told & new & or_(*concerned) if concerned else None

    async def _alone(self, alert_id: uuid.UUID, which: ColumnElement[bool]) -> bool:
        try:
            async with self.core.database.transaction() as session:
                await session.execute(LOCK)
                query = select(Alert).where(Alert.id == alert_id, which)
                alert = await session.scalar(query.with_for_update(skip_locked=True))
                if alert is not None:
                    await self._settle(session, alert, self.rules[alert.rule])
                return alert is not None
        except DBAPIError as error:  # somebody holds what it needs
            log.warning("self-healing waits for the next sweep", alert=str(alert_id), error=type(error).__name__)
            return False

    async def _settle(self, session: AsyncSession, alert: Alert, rule: Rule) -> None:
        """Ask for what heals it, or say why not; on record, and on the alert's message."""
        assert rule.heals is not None  # noqa: S101 - those alone are looked at
        healing, facts = Healing(alert_id=alert.id, rule=rule.name), dict[str, Any]()
        try:
            async with session.begin_nested():
                action = await self._allowed(session, alert, rule, rule.heals)
                proposal = await self._ask(session, alert, rule, rule.heals, action)
        except DBAPIError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one, somebody hears of it, and it ends here
            healing.refused = await _why(session, error)
            what, facts = AlertHappened.NOT_HEALED, {"why": healing.refused}
        else:
            healing.proposal_id, healing.tenant_id = proposal.id, action.tenant_id
            what, facts = AlertHappened.HEALED, {"number": proposal.number, "lasts": in_words(rule.heals.lasts)}
        session.add(healing)
        moment = await now(session)
        timeline.tell(session, alert, what, moment, facts=facts)
        await timeline.draw(session, alert, rule, moment)
        if healing.proposal_id:
            await outbox.follow(session, timeline.key_of(alert.id), healing.proposal_id)

    async def _allowed(self, session: AsyncSession, alert: Alert, rule: Rule, heals: Heals) -> Action:
        """What helps, if it may be done now. Raises `Refused`."""
        if await read_only.now(session) is not None:
            raise LeftToPeople("I am in read-only mode")
        action = await self._action(session, alert, rule, heals)
        await _within_a_day(session, rule, heals)
        await _within_the_share(session, action, heals)
        return action

    async def _ask(self, session: AsyncSession, alert: Alert, rule: Rule, heals: Heals, action: Action) -> Proposal:
        """The request, approved as the policy does in advance. Raises `Refused`."""
        channel, reason = timeline.channel_of(rule, alert.facts), str(action.step().parameters["reason"])
        asked = Ask(channel, reason, once=f"healing:{alert.id}", doors=("self-healing",))
        approved = terms(self.core.policy, rule.name, heals)
        return await pre_approved.ask(self.core, session, action, asked, rule.name, approved)

    async def _action(self, session: AsyncSession, alert: Alert, rule: Rule, heals: Heals) -> Action:
        """What helps, as the rule's button would have it, for as long as the rule heals."""
        helps, names = rule.helps, names_of(alert)
        if helps is None or not helps.would_help(alert.subject):
            raise LeftToPeople("the action that this rule names does not help here")
        if heals.offer == "tenant" and not names["tenant_id"]:
            raise LeftToPeople("it is not clear which tenant causes it")
        arguments = {**helps.offers()[heals.offer].filled(names), "duration": f"{heals.lasts.total_seconds():.0f}s"}
        kind = self.core.registry.by_verb[helps.verb]
        lookup = lookup_for(self.core.policy, session, self.team_id, kind, arguments, None)
        return kind(**{name: await kind.given(name, arguments.get(name), lookup) for name in kind.parameters()})


def terms(policy: Policy, rule: str, heals: Heals) -> str:
    """What was approved in advance, as the card says it."""
    line = policy.line("self_healing", "allowed")
    where, often = f" (line {line})" if line else "", f"at most {times(heals.times_a_day)} in 24 hours"
    limits = f"{often}, for {in_words(heals.lasts)} each, to {_percent(heals)} of the tenants"
    return f"the policy{where} lets the alert rule {rule} do this automatically, {limits}"


async def shown(session: AsyncSession, channels: Channels, alert: Alert) -> dict[str, Any] | None:
    """What the alert's message says of it: `refused`, why not; or a link to the request (`card`) and what `became` of
    it (`running`, `over`, `not_run`). None where it was not looked at.
    """
    healing = await session.get(Healing, alert.id)
    if healing is None or healing.proposal_id is None:
        return {"refused": healing.refused, "became": None} if healing else None
    proposal = await session.get_one(Proposal, healing.proposal_id)
    card = await links.to_card(session, channels, proposal.id, f"request {proposal.number}")
    return {"card": card, "became": await _became(session, proposal)}


async def _became(session: AsyncSession, proposal: Proposal) -> str:
    if proposal.state in (State.APPROVED, State.EXECUTING):
        return "running"
    if proposal.state not in DONE:
        return "not_run"
    held = select(exists().where(Hold.proposal_id == proposal.id, Hold.ended.is_(None)))
    return "running" if await session.scalar(held) else "over"


async def _within_a_day(session: AsyncSession, rule: Rule, heals: Heals) -> None:
    lately = Healing.at > func.clock_timestamp() - DAY, Healing.proposal_id.is_not(None)
    done = await session.scalar(select(func.count()).where(Healing.rule == rule.name, *lately)) or 0
    if done >= heals.times_a_day:
        raise LeftToPeople(f"this rule has done it {times(done)} in the last 24 hours, and that is its limit")


async def _within_the_share(session: AsyncSession, action: Action, heals: Heals) -> None:
    """Of the tenants that any rule's healing contains, or will as soon as its request has run.

    What is no single tenant's, such as a whole queue, contains all of them.
    """
    open_hold = exists().where(Hold.proposal_id == Proposal.id, Hold.ended.is_(None))
    contained = await session.scalars(
        select(Healing.tenant_id)
        .join(Proposal, Proposal.id == Healing.proposal_id)
        .where(or_(Proposal.state.in_(OPEN), open_hold))
    )
    then, active = {*contained, action.tenant_id}, await tenants.active(session)
    reached = active if None in then else len(then)
    if reached > heals.share_of_tenants * active:
        of = f"{reached:,} of {counted(active, 'tenant')}"
        whom = "all tenants" if reached == active else of
        limit = f"this rule allows at most {_percent(heals)} of the tenants at a time"
        raise LeftToPeople(f"automatic actions would then affect {whom}, and {limit}")


def _percent(heals: Heals) -> str:
    return f"{heals.share_of_tenants * 100:.3g}%"


async def _why(session: AsyncSession, error: Exception) -> str:
    """Why it was left to people, as it goes on after `because`."""
    if isinstance(error, LeftToPeople):
        return str(error)
    if isinstance(error, AskedAlready):
        number = await session.scalar(select(Proposal.number).where(Proposal.id == error.card))
        return f"request {number} asks for the same"
    if isinstance(error, Refused):
        return f"I could not make the request for it: {error}".rstrip(".")
    reference = new_reference()
    log.error("self-healing failed", reference=reference, exc_info=error)
    return f"something went wrong on my side (ref {reference})"
