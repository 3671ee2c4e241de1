"""Playing a scenario, step by step: each ends as done, not so, or not checked, and never as more than was seen."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

import bot.demo.scenarios.vocabulary_access
import bot.demo.scenarios.vocabulary_rooms
import bot.demo.scenarios.vocabulary_views  # noqa: F401 - the steps register themselves
from bot.demo.scenarios.language import Deed, Meaning, NotKnown, NotPlayable, NotSo, meaning
from bot.demo.scenarios.reading import Kind, Scenario, Step
from bot.demo.scenarios.stage import Stage, Surroundings

AGAIN_SECONDS = 0.1

Hand = Callable[[Deed], Awaitable[None]]


class Mark(StrEnum):
    DONE = "done"
    FAILED = "failed"
    NOT_CHECKED = "not checked"
    NOT_PLAYED = "not played"


@dataclass(frozen=True)
class Outcome:
    """How a step ended. `expected` and `found` are of one that failed, `why` is of one that nobody could check.

    `seen` is what was observed: an answer, a time, an entry.
    """

    step: Step
    mark: Mark
    expected: str = ""
    found: tuple[str, ...] = ()
    why: str = ""
    seen: str = ""

    @property
    def checked(self) -> bool:
        return self.step.kind is Kind.THEN and self.mark is Mark.DONE

    def __str__(self) -> str:
        said = f"{self.step.keyword} {self.step.text}"
        if self.mark is Mark.FAILED:
            found = "\n".join(f"    instead: {line}" for line in self.found)
            return f"{said}\n    at {self.step.where}\n    expected: {self.expected}\n{found}"
        return f"{said} ({self.mark}{': ' if self.why else ''}{self.why})" if self.mark is not Mark.DONE else said


async def by_itself(deed: Deed) -> None:
    """The hand that does everything at once."""
    await deed.do()


async def play(scenario: Scenario, around: Surroundings, hand: Hand = by_itself) -> AsyncGenerator[Outcome, None]:
    """Play it, giving each step's outcome as it comes. `hand` sees to it that the deeds are done.

    After a step that failed, or that makes the rest senseless, nothing more is played. Raises `Misconfigured`
    for a step that cannot be read, before anything is played.
    """
    meanings = [(step, meaning(step)) for step in scenario.steps]
    over = ""
    async with Stage(around) as stage:
        for step, meant in meanings:
            if over:
                yield Outcome(step, Mark.NOT_PLAYED, why=over)
                continue
            try:
                seen = await _happen(step, meant, stage, hand)
            except NotKnown as why:
                yield Outcome(step, Mark.NOT_CHECKED, why=str(why))
            except NotPlayable as why:
                over = str(why)
                yield Outcome(step, Mark.NOT_PLAYED, why=over)
            except NotSo as instead:
                over = "a step before it failed"
                yield Outcome(step, Mark.FAILED, instead.expected, tuple(instead.found))
            else:
                yield Outcome(step, Mark.DONE, seen=seen or "")


async def _happen(step: Step, meant: Meaning, stage: Stage, hand: Hand) -> str | None:
    if step.kind is not Kind.WHEN:
        return await _comes_true(meant, stage)
    await hand(meant.deed(stage))
    return None


async def _comes_true(meant: Meaning, stage: Stage) -> str | None:
    deadline = time.monotonic() + meant.patience
    while True:
        try:
            return await meant.happen(stage)
        except NotSo:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(AGAIN_SECONDS)
