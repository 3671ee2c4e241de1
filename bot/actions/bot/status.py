"""`status`: in one answer what is open, paused and alerting, what cannot be delivered, and how the bot itself is."""

import datetime as dt
from collections import Counter
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.bot import standing
from bot.actions.bot.facts import roughly, watched
from bot.actions.bot.standing import Line, Services
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.actions.requests.reads import visible
from bot.holds import read_only
from bot.holds.kinds import kind_of
from bot.holds.reads import clock, open_holds
from bot.people import on_call
from bot.permissions import Permission
from bot.personal import Part
from bot.platform import staff
from bot.policy import Risk
from bot.store.health import Health
from bot.store.models import OPEN, Hold, Proposal, State
from bot.targets.staff import Asker
from bot.words import counted

SHOWN = 8  # alerts and incidents by name
STALE = dt.timedelta(minutes=2)  # without a look at the rules: no clock runs, or it cannot


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
        bot, seen, services = await standing.how_it_is(session)
        open_ones = await standing.lines(session, allowed)
        held = await open_holds(session)
        on = await read_only.of(session, held)
        facts = [fact("Read-only mode", "on ", *on.parts)] if on else []
        facts.append(fact("Requests", *await _requests(session, self)))
        if Permission.HOLD_READ in allowed:
            facts.append(fact("Temporary changes", _holds(held)))
        facts += _open(open_ones, services, allowed)
        facts.append(fact("On call", await _on_call(session, seen.now)))
        wrong = [*_wrong(bot)]
        own = fact("The bot", ", ".join(wrong) or f"well, {_at_work(bot)}")
        return Impact(
            facts=(*facts, _delivered(bot), own, fact("Watch", watched(seen))),
            context={
                "alerting": len([one for one in open_ones if one.kind == "alert"]),
                "incidents": len([one for one in open_ones if one.kind == "incident"]),
                "unwell": bool(wrong or bot.undeliverable or seen.silent),
                "read_only": on is not None,
                "problems": [_placed(one, seen.now) for one in open_ones if one.problem][:SHOWN],
            },
        )


async def _on_call(session: AsyncSession, at: dt.datetime) -> str:
    """Who is told, and who after them, by name."""
    order = (await on_call.now(session, on_call.policy_of(session), at)).order
    return ", then ".join(staff.by_address(await staff.people(session, (), order), order)) or "nobody"


def _open(found: Sequence[Line], services: Services, allowed: frozenset[str]) -> list[Fact]:
    """How many of each, as far as somebody may know; which they are follows, with links."""
    kinds = Counter(one.kind for one in found)
    facts = []
    if Permission.QUEUE_READ in allowed:
        facts += [fact("Services", services.in_words), fact("Alerts", f"{kinds['alert'] or 'none'}")]
        facts += [fact("Silences", f"{kinds['silence']}")] if kinds["silence"] else []
    if Permission.INCIDENT_READ in allowed:
        facts.append(fact("Incidents", f"{kinds['incident'] or 'none'}"))
    return facts


def _placed(one: Line, now: dt.datetime) -> dict[str, str | None]:
    """One that is open, for a line with a link to its message."""
    since = roughly(now - one.at) if one.at else ""
    said = " · ".join(part for part in (one.severity, one.state, since and f"for {since}") if part)
    return {"title": one.title, "says": said, "channel": one.channel, "ts": one.ts}


async def _requests(session: AsyncSession, asked: Status) -> tuple[Part, ...]:
    found = await visible(session, asked.asker.id, Proposal.state.in_(OPEN))
    waiting = [one for one in found if one.state == State.PENDING]
    if not found:
        return ("none open",)
    said = f"{len(waiting)} waiting for a decision"
    if waiting:
        longest = await clock(session) - min(one.created for one in waiting)
        said += f", the oldest for {roughly(longest)}"
    return (said, f" · {len(found) - len(waiting)} running") if len(found) > len(waiting) else (said,)


def _holds(held: Sequence[Hold]) -> str:
    kinds = Counter(kind_of(one).noun for one in held)
    return " · ".join(counted(number, kind) for kind, number in sorted(kinds.items())) or "none"


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
        found.append(f"the alert rules were last checked {roughly(bot.last_tick)} ago")
    if bot.late_jobs:
        found.append(f"{counted(bot.late_jobs, 'job')} due for more than a minute")
    if bot.failed_jobs:
        found.append(f"{counted(bot.failed_jobs, 'job')} failed permanently")
    if bot.not_in_redis:
        waiting = counted(bot.not_in_redis, "change of a pause", "changes of pauses")
        found.append(f"Redis has not yet accepted {waiting}")
    return found


def _at_work(bot: Health) -> str:
    return "nothing waits" if bot.oldest_payload is None else f"oldest command {roughly(bot.oldest_payload)} old"
