"""What time will do by itself, and when: ends and their announcements, expiries, escalations, digests."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts import escalation
from bot.alerts.rules import Rule
from bot.digests.schedule import subscribed, timetables
from bot.holds.engine import NOTICE, WORTH_NOTICE
from bot.holds.kinds import kind_of
from bot.holds.reads import clock, numbered
from bot.people import on_call
from bot.policy import Policy
from bot.store import subscriptions
from bot.store.models import Alert, Hold, Proposal, State

FAR = dt.timedelta(days=8)  # every digest of a week is in it


@dataclass(frozen=True, order=True)
class Coming:
    """One thing that time will do, in a sentence without a full stop."""

    at: dt.datetime
    what: str


async def coming(session: AsyncSession, policy: Policy, rules: Mapping[str, Rule]) -> list[Coming]:
    """Soonest first."""
    now = await clock(session)
    found = [one for hold, number in await numbered(session) for one in _of_hold(hold, number)]
    pending = await session.scalars(select(Proposal).where(Proposal.state == State.PENDING))
    found += [Coming(one.expires, f"Request {one.number} expires, unless somebody decides") for one in pending]
    told = (await on_call.now(session, policy)).order
    for alert in await session.scalars(escalation.waiting()):
        found += _of_alert(alert, rules, len(told[1:] or told))
    for one in timetables(policy):
        if due := one.due(now, now + FAR):
            found.append(Coming(due[0].at, f"The {one.name} digest is posted in #{one.rule.channel}"))
    to = await subscriptions.going(session)
    for sent, one in zip(to, subscribed(to), strict=True):
        if due := one.due(now, now + FAR):
            where = subscriptions.place_of(sent).shown
            found.append(Coming(due[0].at, f"The {sent.report} digest is sent to {where}, as subscribed"))
    return sorted(found)


def _of_hold(hold: Hold, number: int | None) -> Iterator[Coming]:
    if hold.ends is None:
        return
    noun = kind_of(hold).noun
    what = f"{noun} of request {number}" if number else noun
    if hold.noticed is None and hold.ends - hold.starts > WORTH_NOTICE:
        yield Coming(hold.ends - NOTICE, f"Whoever set the {what} is told that it ends soon")
    yield Coming(hold.ends, f"The {what} ends automatically")


def _of_alert(alert: Alert, rules: Mapping[str, Rule], told: int) -> Iterator[Coming]:
    at = escalation.next_at(alert, rules)
    if at is not None and alert.escalated <= told:
        title = alert.facts.get("title", alert.subject)
        yield Coming(at, f"“{title}”: the next person on call is told, unless somebody acknowledges it")
