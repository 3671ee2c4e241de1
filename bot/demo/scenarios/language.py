"""The language of the steps: phrases with typed places, each with the function that it stands for.

A phrase is a Cucumber Expression. `given` phrases make something ready, `when` phrases give a `Deed`, `then`
phrases look once and raise `NotSo` if it is not (yet) as they say; the player looks again until the time is over.
Any of these may end with "within 30 seconds".
"""

import difflib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from cucumber_expressions.expression import CucumberExpression
from cucumber_expressions.parameter_type import ParameterType
from cucumber_expressions.parameter_type_registry import ParameterTypeRegistry

from bot.demo.scenarios.reading import Kind, Step
from bot.errors import Misconfigured
from localslack import Person
from localslack.workspace.model import Json

PATIENCE = {Kind.GIVEN: 0.0, Kind.WHEN: 0.0, Kind.THEN: 20.0}  # seconds in which it has to come true
WITHIN = re.compile(r" within (\d+) seconds?$")

Works = TypeVar("Works", bound=Callable[..., Any])


class NotSo(Exception):
    """What was expected, and what was found instead, one line each."""

    def __init__(self, expected: str, found: list[str]) -> None:
        super().__init__(expected)
        self.expected, self.found = expected, found


class NotKnown(Exception):
    """It cannot be told here whether it is so; says why. Not a failure, and never taken for a success."""


class NotPlayable(Exception):
    """The rest of the scenario makes no sense here; says why."""


class Deed(Protocol):
    """Something a person does: done by the player, or noticed when a visitor does it in the page."""

    @property
    def person(self) -> Person: ...

    async def do(self) -> None:
        """Do it as the person. Raises `NotSo` when the screen does not allow it."""
        ...

    def noticed(self) -> bool:
        """Whether it was done by now, by whomever."""
        ...

    def target(self) -> Json:
        """Where in the page it is done, as `localslack.control.tours` says."""
        ...


@dataclass(frozen=True)
class Phrase:
    kind: Kind
    expression: CucumberExpression
    work: Callable[..., Any]


@dataclass(frozen=True)
class Meaning:
    """What a step stands for: `work(stage, *arguments)`, whom it names, and how long it may take to come true."""

    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    people: tuple[str, ...]
    patience: float

    def deed(self, stage: Any) -> Deed:
        made: Deed = self.work(stage, *self.arguments)
        return made

    def happen(self, stage: Any) -> Awaitable[str | None]:
        """Look once; what was seen, where there is more to say than that it is so. Raises `NotSo`."""
        happening: Awaitable[str | None] = self.work(stage, *self.arguments)
        return happening


PHRASES: list[Phrase] = []
TYPES = ParameterTypeRegistry()
TYPES.define_parameter_type(ParameterType("person", r"[^\W\d][\w.\-]*", str))
TYPES.define_parameter_type(ParameterType("channel", r"#[\w\-]+", str))


def given(*patterns: str) -> Callable[[Works], Works]:
    return _phrase(Kind.GIVEN, patterns)


def when(*patterns: str) -> Callable[[Works], Works]:
    return _phrase(Kind.WHEN, patterns)


def then(*patterns: str) -> Callable[[Works], Works]:
    return _phrase(Kind.THEN, patterns)


def _phrase(kind: Kind, patterns: tuple[str, ...]) -> Callable[[Works], Works]:
    def register(work: Works) -> Works:
        PHRASES.extend(Phrase(kind, CucumberExpression(pattern, TYPES), work) for pattern in patterns)
        return work

    return register


def meaning(step: Step) -> Meaning:
    """What the step stands for. Raises `Misconfigured` for a step that no phrase, or more than one, fits."""
    within = WITHIN.search(step.text)
    text = step.text[: within.start()] if within else step.text
    fitting = [
        Meaning(
            phrase.work,
            tuple(one.value for one in found),
            tuple(one.value for one in found if one.parameter_type.name == "person"),
            float(within[1]) if within else PATIENCE[step.kind],
        )
        for phrase in PHRASES
        if phrase.kind is step.kind and (found := phrase.expression.match(text)) is not None
    ]
    if len(fitting) != 1:
        problem = "can be read in two ways" if fitting else f"is no step there is. {_nearest(step)}"
        raise Misconfigured(f"{step.where}: “{step.keyword} {step.text}” {problem}")
    return fitting[0]


def _nearest(step: Step) -> str:
    sources = [phrase.expression.source for phrase in PHRASES if phrase.kind is step.kind]
    near = difflib.get_close_matches(step.text, sources, n=1, cutoff=0)
    return f"The nearest is: {near[0]}" if near else ""
