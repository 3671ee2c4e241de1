"""`status`: in one answer what is open, paused and alerting, what cannot be delivered, and how the bot itself is."""

import datetime as dt
from collections import Counter

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.requests.reads import visible
from bot.holds import read_only
from bot.holds.kinds import kind_of
from bot.holds.reads import clock, open_holds
from bot.permissions import Permission
from bot.personal import Part
from bot.platform import staff
from bot.policy import Risk
from bot.store import health
from bot.store.health import Health
from bot.store.models import OPEN, Alert, AlertState, Proposal, State
from bot.targets.staff import Asker
from bot.words import counted, duration

SHOWN = 5  # alerts by name
STALE = dt.timedelta(minutes=2)  # without a look at the rules: no clock runs, or it cannot
QUIET = (AlertState.PENDING, AlertState.RESOLVED)


@register
class Status(Action):
    """Show in one answer what is open, paused and alerting, and whether the bot itself works."""

    name, verb = "bot.status", "status"
    offered_as = "show the status"
    permission, risk = Permission.ACCESS_READ, Risk.READ
    group = Group("This bot", 7)
    target = "bot:status"
    asker: Asker

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("requests", "holds")

    async def preview(self, session: AsyncSession) -> Impact:
        record = await staff.load(session, self.asker.id)
        allowed = await staff.permissions(session, record.roles if record else ())
        bot = await health.read(session)
        alerts = await _alerts(session) if Permission.QUEUE_READ in allowed else []
        on = await read_only.now(session)
        facts = [fact("Read-only mode", "on ", *on.parts)] if on else []
        facts.append(fact("Requests", *await _requests(session, self)))
        if Permission.HOLD_READ in allowed:
            facts.append(fact("Temporary changes", await _holds(session)))
        if Permission.QUEUE_READ in allowed:
            facts += [fact("Alert", one) for one in alerts[:SHOWN]] or [fact("Alerts", "none")]
        wrong = [*_wrong(bot)]
        return Impact(
            facts=(*facts, _delivered(bot), fact("The bot", ", ".join(wrong) or f"well, {_at_work(bot)}")),
            context={"alerting": len(alerts), "unwell": bool(wrong or bot.undeliverable), "read_only": on is not None},
        )


async def _requests(session: AsyncSession, asked: Status) -> tuple[Part, ...]:
    found = await visible(session, asked.asker.id, Proposal.state.in_(OPEN))
    waiting = [one for one in found if one.state == State.PENDING]
    if not found:
        return ("none open",)
    said = f"{len(waiting)} waiting for a decision"
    if waiting:
        longest = await clock(session) - min(one.created for one in waiting)
        said += f", the oldest for {_roughly(longest)}"
    return (said, f" · {len(found) - len(waiting)} running") if len(found) > len(waiting) else (said,)


async def _holds(session: AsyncSession) -> str:
    kinds = Counter(kind_of(one).noun for one in await open_holds(session))
    return " · ".join(counted(number, kind) for kind, number in sorted(kinds.items())) or "none"


async def _alerts(session: AsyncSession) -> list[str]:
    """Those that are not over, the oldest first."""
    now = await clock(session)
    found = await session.scalars(select(Alert).where(Alert.state.not_in(QUIET)).order_by(Alert.since))
    return [
        f"{one.facts.get('name', one.subject)} · {one.severity or one.worst} · {one.state}"
        f" · for {_roughly(now - (one.fired or one.since))}"
        for one in found
    ]


def _delivered(bot: Health) -> Fact:
    if bot.undeliverable:
        said = f"{counted(bot.undeliverable, 'message')} that Slack refuses (newest: {bot.refusal})"
    else:
        said = "everything so far"
    late = f" · {counted(bot.late_messages, 'message')} late, still being tried" if bot.late_messages else ""
    return fact("Delivered" if not bot.undeliverable else "Undeliverable", said + late)


def _wrong(bot: Health) -> list[str]:
    """What somebody who runs the bot should look at."""
    found = []
    if not bot.workers:
        found.append("no worker process is running")
    if bot.last_tick is not None and bot.last_tick > STALE:
        found.append(f"the alert rules were last checked {_roughly(bot.last_tick)} ago")
    if bot.late_jobs:
        found.append(f"{counted(bot.late_jobs, 'job')} due for more than a minute")
    if bot.failed_jobs:
        found.append(f"{counted(bot.failed_jobs, 'job')} failed permanently")
    if bot.not_in_redis:
        found.append(f"{counted(bot.not_in_redis, 'change')} of pauses still to be written to Redis")
    return found


def _at_work(bot: Health) -> str:
    return "nothing waits" if bot.oldest_payload is None else f"oldest command {_roughly(bot.oldest_payload)} old"


def _roughly(lasts: dt.timedelta) -> str:
    """To the unit that counts: `40 s`, `3 min`, `2 h`."""
    return duration(max(lasts, dt.timedelta(seconds=1)), 1)
