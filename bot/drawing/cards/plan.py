"""A plan on a card: its one step in the words of its action's template, or all of its steps together."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from bot.actions.bulk import FEW, SAMPLE
from bot.actions.impact import Binding, Fact, Impact, Step, fact
from bot.drawing.render import Renderer
from bot.personal import Part
from bot.pipeline.core import ALREADY, impacts_of, plan_of
from bot.store.models import JSON, Execution, Revision
from bot.words import counted, duration

BAR, WIDE = "▓░", 20  # characters of how far something is
SEVERAL = "plan.j2"  # says of all steps what an action's template says of one


def template_of(step: Step) -> str:
    return f"actions/{step.action}.j2"


def words(revision: Revision, executions: Sequence[Execution] = ()) -> dict[str, Any]:
    """What a template needs that imports `action_template`: which one that is, and what it needs itself."""
    return words_for(plan_of(revision), impacts_of(revision), executions)


def words_for(plan: Sequence[Step], impacts: Sequence[Impact], executions: Sequence[Execution] = ()) -> dict[str, Any]:
    """The same of a plan that nobody has asked for yet."""
    if folded(plan, impacts):
        whole = {**impacts[0].context, "count": _count(impacts)}
        return {"action_template": template_of(plan[0]), **whole, **_summed(executions)}
    if len(plan) == 1:
        return {"action_template": template_of(plan[0]), **impacts[0].context}
    done = {one.step: _done(one) for one in executions}
    steps = [
        {"template": template_of(step), "context": {**impact.context, **done.get(number, {})}, "done": number in done}
        for number, (step, impact) in enumerate(zip(plan, impacts, strict=True))
    ]
    return {"action_template": SEVERAL, "lead": steps.pop(0) if plan[0].leads else None, "steps": steps}


def folded(plan: Sequence[Step], impacts: Sequence[Impact]) -> bool:
    """Whether its steps are parts of one thing, which its card shows instead of them: led by what they are, or, where
    they take that back, by nothing.
    """
    alike = len({step.action for step in plan}) == 1 and all("part" in one.context for one in impacts)
    return alike or (plan[0].leads and bool(impacts[0].context.get("folded")))


def _count(impacts: Sequence[Impact]) -> int:
    """How many it is done to, together."""
    return sum(one.context["count"] for one in impacts if "part" in one.context) or impacts[0].context["count"]


def _summed(executions: Sequence[Execution]) -> dict[str, int]:
    """What the parts have done together, where they have done anything."""
    outcomes = [one.outcome for one in executions if ALREADY not in one.outcome]
    if not outcomes:
        return {}
    summed = {"done": sum(len(one["done"]) for one in outcomes)}
    for name in ("left_out", "sessions"):
        if all(name in one for one in outcomes):
            summed[name] = sum(one[name] for one in outcomes)
    return summed


def _done(execution: Execution) -> dict[str, Any]:
    return {
        "executed_at": execution.at,
        "outcome": execution.outcome,
        "verification": execution.verification,
        "verified_at": execution.verified,
    }


def progress(revision: Revision, executions: Sequence[Execution]) -> dict[str, Any] | None:
    """How much of it was done, in words; of what is done in parts also how fast. None of a single step."""
    if len(revision.plan) == 1:
        return None
    plan, impacts = plan_of(revision), impacts_of(revision)
    if not folded(plan, impacts):
        steps = sum(not step.leads for step in plan)
        return {"done": len(executions), "said": f"{len(executions)} of {steps} steps"}
    whole, noun = _count(impacts), impacts[0].context["noun"]
    done = sum(impacts[one.step].context["count"] for one in executions)
    return {
        "done": len(executions),
        "said": f"{done:,} of {counted(whole, noun)}",
        "bar": BAR[0] * (done * WIDE // whole) + BAR[1] * (WIDE - done * WIDE // whole),
        "pace": _pace(executions, done, whole),
    }


def _pace(executions: Sequence[Execution], done: int, whole: int) -> str:
    """How many a second, and what that leaves; nothing while there is nothing to reckon with."""
    seconds = (executions[-1].at - executions[0].at).total_seconds() if executions else 0
    if not seconds:
        return ""
    rate = done / len(executions) * (len(executions) - 1) / seconds
    return f"{rate:,.0f} a second · about {duration(dt.timedelta(seconds=max(1, round((whole - done) / rate))))} left"


def title(renderer: Renderer, revision: Revision) -> str:
    """In plain text, for lists."""
    said = words(revision)
    return renderer.title(said.pop("action_template"), said)


def together(renderer: Renderer, plan: Sequence[Step], impacts: Sequence[Impact]) -> Impact:
    """What all steps change: each begins with what it is; of a single one its own impact."""
    if folded(plan, impacts):
        return impacts[0] if plan[0].leads else _together(impacts)
    if len(plan) == 1:
        return impacts[0]
    titles = [renderer.title(template_of(step), one.context) for step, one in zip(plan, impacts, strict=True)]
    if plan[0].leads:
        return _led(impacts[0], titles[1:], impacts[1:])
    return Impact(
        facts=_in_turn(titles, [one.facts for one in impacts]),
        details=_in_turn(titles, [one.details for one in impacts]),
    )


def _together(impacts: Sequence[Impact]) -> Impact:
    """Of parts that nothing leads: how many they are, who for example, and who is left out as things are now."""
    number, misses = _count(impacts), sum(one.context.get("misses", 0) for one in impacts)
    names = [part for impact in impacts for one in impact.details for part in one.parts][:SAMPLE]
    more = number - misses - len(names)
    facts: dict[str, list[Part]] = {
        "Which": [counted(number, impacts[0].context["noun"])],
        "Left out": [f"{misses:,} changed in the meantime"] if misses else [],
        "For example": _and(names[:FEW]),
        "In parts": [f"{len(impacts)}, one after the other; you can stop after each part"] * (len(impacts) > 1),
    }
    who = [*_and(names), *([f" and {more:,} more"] if more > 0 else [])] if names else []
    return Impact(
        facts=tuple(fact(label, *said) for label, said in facts.items() if said),
        details=(fact("Who", *who),) if who else (),
    )


def _and(names: Sequence[Part]) -> list[Part]:
    return [part for one in names for part in (", ", one)][1:]


def _led(lead: Impact, titles: Sequence[str], impacts: Sequence[Impact]) -> Impact:
    """What leads them says what all of it changes; a step adds what else its approval rests on, the rest is details."""
    bound = [[one for one in impact.facts if one.binding is Binding.BOUND] for impact in impacts]
    more = [
        [*(one for one in impact.facts if one not in own), *impact.details]
        for impact, own in zip(impacts, bound, strict=True)
    ]
    return Impact(
        facts=(*lead.facts, *_in_turn(titles, _said_once(lead.facts, bound), named=True)),
        details=(*lead.details, *_in_turn(titles, more)),
    )


def _said_once(said: Iterable[Fact], facts: Iterable[Sequence[Fact]]) -> list[list[Fact]]:
    """Without what stands there already: several steps are about the same account."""
    before = list(said)
    left = []
    for own in facts:
        left.append([one for one in own if one not in before])
        before += own
    return left


def _in_turn(titles: Sequence[str], facts: Sequence[Sequence[Fact]], *, named: bool = False) -> tuple[Fact, ...]:
    """The facts of each step after a line that says which step it is; steps without any only where all are `named`."""
    numbered = enumerate(zip(titles, facts, strict=True), start=1)
    return tuple(
        one for number, (said, own) in numbered if own or named for one in (fact(f"Step {number}", said), *own)
    )


def shown(renderer: Renderer, revision: Revision) -> JSON:
    """The words of a plan, with what all of it changes as `impact`."""
    return {**words(revision), "impact": together(renderer, plan_of(revision), impacts_of(revision))}
