"""What an action would change, as data: facts for people, and the bindings that approvals rest on."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from bot.personal import Part
from bot.raising import Drift


class Binding(StrEnum):
    """What happens to an approval when the fact changes before execution."""

    BOUND = "bound"
    """The approval is void."""
    SHOWN = "shown"
    """Information only: nothing."""


class Fact(BaseModel):
    """One line of a card: a label and a text. Bound facts carry the exact `value` that is compared."""

    model_config = ConfigDict(frozen=True)

    label: str
    parts: tuple[Part, ...]
    binding: Binding = Binding.SHOWN
    number: float | None = None
    """What it counts, where it does: so far as the policy tolerates it may move without asking again."""

    @property
    def text(self) -> str:
        return "".join(part if isinstance(part, str) else part.value for part in self.parts)


def fact(label: str, *parts: Part, bound: bool = False, number: float | None = None) -> Fact:
    return Fact(label=label, parts=parts, binding=Binding.BOUND if bound else Binding.SHOWN, number=number)


class Impact(BaseModel):
    """The preview of one step."""

    model_config = ConfigDict(frozen=True)

    facts: tuple[Fact, ...] = ()
    details: tuple[Fact, ...] = ()
    """For whoever asks for more; personal data is shown by role, and the look is recorded."""
    context: dict[str, Any] = Field(default_factory=dict)
    """What the action's template needs by name: JSON only."""
    affected: int | None = None
    """How many people, tenants or jobs it reaches, where it counts them: the policy may ask for more above some."""
    amount: Decimal | None = None
    """The money that it is about, in whole units of its currency: likewise."""

    def bound(self) -> list[list[str]]:
        return [[item.label, item.text] for item in self.facts if item.binding is Binding.BOUND]


class Step(BaseModel):
    """One action with its parameters, as data."""

    model_config = ConfigDict(frozen=True)

    action: str
    parameters: dict[str, Any]
    leads: bool = False
    """It says what the others together are, and does nothing itself."""


def fingerprint(plan: Iterable[Step], impacts: Iterable[Impact]) -> str:
    """What an approval approves: the plan and every bound fact, in one SHA-256 (hex)."""
    content = {
        "plan": [step.model_dump(exclude_defaults=True) for step in plan],
        "bound": [impact.bound() for impact in impacts],
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Change(BaseModel):
    """A bound fact that is no longer what it was when somebody approved; what is personal in it can still be masked."""

    label: str
    before: tuple[Part, ...]
    after: tuple[Part, ...]


def changes(before: Iterable[Impact], after: Iterable[Impact]) -> list[Change]:
    """The bound facts that differ, by step and label, in the order of the newer impacts."""
    old, new = _by_step(before), _by_step(after)
    return [
        Change(label=key[1], before=old.get(key, ("none",)), after=new.get(key, ("none",)))
        for key in {**new, **old}
        if old.get(key) != new.get(key)
    ]


def _by_step(impacts: Iterable[Impact]) -> dict[tuple[int, str], tuple[Part, ...]]:
    """Steps of one plan share labels: each has its own "Account"."""
    return {
        (step, item.label): item.parts
        for step, impact in enumerate(impacts)
        for item in impact.facts
        if item.binding is Binding.BOUND
    }


def steadied(before: Impact, after: Impact, tolerated: Mapping[str, Drift]) -> Impact:
    """`after`, in which every bound number that has moved no further than the policy tolerates is as it was shown.

    What was shown stays what it is compared with: small steps do not add up.
    """
    shown = {one.label: one for one in before.facts if one.binding is Binding.BOUND}
    facts = (_steadied(shown.get(one.label), one, tolerated) for one in after.facts)
    return after.model_copy(update={"facts": tuple(facts)})


def _steadied(before: Fact | None, after: Fact, tolerated: Mapping[str, Drift]) -> Fact:
    drift = tolerated.get(after.label)
    if before is None or drift is None or after.binding is not Binding.BOUND:
        return after
    if before.number is None or after.number is None or not drift.tolerates(before.number, after.number):
        return after
    return before
