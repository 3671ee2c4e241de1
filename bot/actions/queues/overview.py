"""`queues` and `queue email-sending`: what waits, what is late, what fails, and what holds it back."""

import datetime as dt
from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Fact, Impact, fact
from bot.actions.queues.facts import busiest_facts
from bot.actions.registry import register
from bot.errors import InvalidParameter
from bot.holds import queue_pause, reads
from bot.permissions import Permission
from bot.personal import Moment, Part, Personal
from bot.platform import jobs, queue_state, queues, staff
from bot.platform.queue_state import WORST_FIRST, PauseInForce, QueueState
from bot.platform.queues import Scope
from bot.policy import Risk
from bot.targets.queue import Queue
from bot.words import counted, duration

SHOWN = 40
CAUSES = 5


@register
class ShowQueues(Action):
    """Show all queues, the worst first: what waits, how old it is, what fails, who paused them, and until when."""

    name, verb = "queue.list", "queues"
    also = ("show queues", "backlog")
    offered_as = "show the queues"
    permission, risk = Permission.JOB_READ, Risk.READ
    target = "queue:all"

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("queue", "jobs failed")

    async def preview(self, session: AsyncSession) -> Impact:
        found = await queue_state.read(session, await reads.clock(session))
        paused = await queue_state.pauses(session)
        ordered = sorted(found, key=lambda one: (WORST_FIRST.index(one.health), -one.waiting, one.name))
        facts = [fact(one.name, *_state(one), *await _pauses(session, one.name, paused)) for one in ordered]
        colours = {colour: sum(one.health == colour for one in found) for colour in WORST_FIRST}
        return Impact(
            facts=tuple(facts[:SHOWN]) or (fact("Queues", "none"),),
            context={"colours": colours, "further": max(0, len(facts) - SHOWN)},
        )


def _state(one: QueueState) -> list[Part]:
    return [f"{one.health} · {one.described}" + (f", {one.running:,} running" if one.running else "")]


async def _pauses(session: AsyncSession, queue: str, paused: Iterable[PauseInForce]) -> list[Part]:
    """Whose pause of the whole queue lasts longest, and how many tenants are paused in it."""
    here = [one for one in paused if one.queue in (None, queue)]
    whole = next((one for one in here if one.tenant_id is None), None)
    tenants = len({one.tenant_id for one in here} - {None})
    said: list[Part] = []
    if whole is not None:
        who = Personal(personal="person", value=await staff.name_of(session, whole.by)) if whole.by else "somebody"
        said += [" · paused by ", who, " until ", Moment.of(whole.ends) if whole.ends else "somebody resumes it"]
    return [*said, f" · {counted(tenants, 'tenant')} paused"] if tenants else said


@register
class ShowQueue(Action):
    """Show one queue: its load, its last hour and day, what holds it back, and why jobs fail."""

    name, verb = "queue.show", "queue"
    also = ("show queue",)
    offered_as = "look at a queue"
    permission, risk = Permission.JOB_READ, Risk.READ
    queue: Queue

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        known = impact.context if impact else {}
        change = "resume" if known.get("paused") else "pause"
        return (change, "retry failed", "jobs failed") if known.get("causes") else (change,)

    async def preview(self, session: AsyncSession) -> Impact:
        scope = Scope(self.queue.queue, None)
        now = await reads.clock(session)
        found = await queue_state.read(session, now, self.queue.queue)
        if not found:
            raise InvalidParameter("queue", Queue.not_there())
        load = await queues.load(session, scope)
        return Impact(
            facts=(
                fact("Now", *_state(found[0])),
                fact("Lately", lately(await jobs.ended(session, self.queue.queue, now))),
                *await _held_back(session, scope),
                *(fact(f"For {one.label}", *one.parts) for one in await busiest_facts(session, scope, load)),
            ),
            context={
                "queue": self.queue.queue,
                "paused": bool(await queue_pause.open_on(session, scope)),
                "causes": [_cause(one) for one in (await jobs.causes(session, self.queue.queue))[:CAUSES]],
            },
        )


def _cause(one: jobs.Cause) -> dict[str, object]:
    return {"error": one.error, "number": one.number, "last": one.last.timestamp()}


def lately(ended: jobs.Ended) -> str:
    """Its history in a sentence: the last hour against the last day."""
    if not (ended.done_day or ended.failed_day):
        return "no job ended in the last day"
    hour = f"in the last hour {ended.done_hour:,} done and {ended.failed_hour:,} failed"
    day = f"in the last day {ended.done_day:,} done and {ended.failed_day:,} failed"
    usual = ended.done_day / 24
    pace = ""
    if usual >= 1:
        pace = f"; {ended.done_hour / usual:.1f} times as many done as in an average hour of the last day"
    took = f"; half of the done jobs took {_seconds(ended.median)} or less" if ended.median is not None else ""
    return f"{hour}, {day}{pace}{took}"


def _seconds(took: dt.timedelta) -> str:
    return "a second" if took < dt.timedelta(seconds=1) else duration(took, 1)


async def _held_back(session: AsyncSession, scope: Scope) -> Sequence[Fact]:
    """Every pause of its jobs, and what was done on the platform itself."""
    force = await queue_pause.in_force(session, scope)
    facts = [fact("Held back", *await queue_pause.pausing(session, one)) for one in force.holds]
    facts += [fact("In part", *await queue_pause.pausing(session, one)) for one in force.partly]
    if force.pauses_outside:
        facts.append(fact("Held back", "by a pause that was made on the platform itself: end it there"))
    if force.switched_off:
        facts.append(fact("Held back", "the queue is switched off on the platform itself: switch it on there"))
    return facts or [fact("Held back", "nothing")]
