"""The scenarios as guided tours in the local Slack's page: a visitor does the deeds, or has them done."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bot.demo.scenarios.language import Deed, NotSo, meaning
from bot.demo.scenarios.player import Mark, Outcome, play
from bot.demo.scenarios.reading import Kind, Scenario, Step, all_scenarios
from bot.demo.scenarios.stage import Surroundings, person_named
from localslack import LocalSlack
from localslack.workspace.model import Json

WATCH_SECONDS = 0.2


@dataclass
class Tour:
    """One scenario under way. `deed` is what the visitor is asked to do now."""

    scenario: Scenario
    cast: list[Json]
    outcomes: list[Outcome] = field(default_factory=list)
    deed: Deed | None = None
    reading: bool = False
    """Whether the visitor is looking at what was just checked, before it goes on."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def parts(self) -> int:
        """How many deeds are done; what follows from one belongs to it."""
        return sum(one.step.kind is Kind.WHEN for one in self.outcomes)

    @property
    def state(self) -> str:
        if any(one.mark is Mark.FAILED for one in self.outcomes):
            return "failed"
        return "done" if len(self.outcomes) == len(self.scenario.steps) else "playing"

    def shown(self) -> Json:
        state, steps = self.state, self.scenario.steps
        played = [_played(one) for one in self.outcomes]
        left = [_step(one) | {"mark": "next"} for one in steps[len(played) :]]
        if state == "playing" and not self.reading:
            left[0]["mark"] = "now"
        return {
            "name": self.scenario.slug,
            "title": self.scenario.name,
            "afterwards": self.scenario.afterwards,
            "answers": [{"question": question, "answer": answer} for question, answer in self.scenario.answers],
            "cast": self.cast,
            "state": state,
            "at": min(len(played), len(steps) - 1),
            "reading": self.reading,
            "part": max(self.parts if self.reading or self._watching else self.parts + 1, 1),
            "parts": sum(one.kind is Kind.WHEN for one in steps),
            "steps": played + left,
            "checked": sum(one.checked for one in self.outcomes),
            "not_checked": sum(one.mark in (Mark.NOT_CHECKED, Mark.NOT_PLAYED) for one in self.outcomes),
        } | self._asking()

    @property
    def _watching(self) -> bool:
        """Whether what follows from the last deed is looked for, or nothing is left to do."""
        left = self.scenario.steps[len(self.outcomes) :]
        return not left or left[0].kind is Kind.THEN

    def _asking(self) -> Json:
        if self.deed is None or self.reading:
            return {}
        try:
            return {"person": self.deed.person.id, "target": self.deed.target()}
        except NotSo:  # what was to be used went away; the player says so when it gets there
            return {"person": self.deed.person.id}


class GuidedTours:
    """What the page asks for, see `localslack.control.tours`. One tour at a time; `close` ends it."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._scenarios = {one.slug: one for one in all_scenarios() if not one.headless}
        self._tour: Tour | None = None
        self._playing: asyncio.Task[None] | None = None
        self._done: set[str] = set()

    def state(self) -> Json:
        tours = [
            {
                "name": slug,
                "title": one.name,
                "group": one.group,
                "about": one.about,
                "lasts": one.lasts,
                "done": slug in self._done,
            }
            for slug, one in self._scenarios.items()
        ]
        return {"tours": tours, "running": self._tour.shown() if self._tour else None}

    async def start(self, name: str, user: str = "") -> Json:
        scenario = self._scenarios[name]
        await self.close()
        self._tour = Tour(scenario, _cast(scenario, self._around.slack))
        self._playing = asyncio.create_task(self._play(self._tour))
        return self._tell()

    async def play(self, user: str = "") -> Json:
        if self._tour is not None:
            self._tour.asked.set()
        return self.state()

    async def stop(self, user: str = "") -> Json:
        await self.close()
        return self._tell()

    async def close(self) -> None:
        """End the tour that runs, with whatever it started."""
        self._tour = None
        if self._playing is not None:
            self._playing.cancel()
            await asyncio.wait([self._playing])
            self._playing = None

    async def _play(self, tour: Tour) -> None:
        async def hand(deed: Deed) -> None:
            if tour.outcomes and tour.outcomes[-1].step.kind is Kind.THEN:
                async with self._asking(tour, deed, reading=True):
                    if await _done_by_visitor(tour, deed):
                        return
            async with self._asking(tour, deed):
                if not await _done_by_visitor(tour, deed):
                    await deed.do()

        async with contextlib.aclosing(play(tour.scenario, self._around, hand)) as outcomes:
            async for outcome in outcomes:
                tour.outcomes.append(outcome)
                if tour.state == "done":
                    self._done.add(tour.scenario.slug)
                self._tell()

    @contextlib.asynccontextmanager
    async def _asking(self, tour: Tour, deed: Deed, *, reading: bool = False) -> AsyncIterator[None]:
        tour.deed, tour.reading = deed, reading
        tour.asked.clear()
        self._tell()
        try:
            yield
        finally:
            tour.deed, tour.reading = None, False

    def _tell(self) -> Json:
        state = self.state()
        self._around.slack.feed.tell({"type": "tour", **state})
        return state


async def _done_by_visitor(tour: Tour, deed: Deed) -> bool:
    """Wait until somebody has done it in the page (True) or wants to go on without (False)."""
    while not deed.noticed():
        # Not `wait_for`, which forgets that the tour was ended when somebody asked for this step just before.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WATCH_SECONDS):
                await tour.asked.wait()
                return False
    return True


def _cast(scenario: Scenario, slack: LocalSlack) -> list[Json]:
    """Who is who, in the order of the steps."""
    names = dict.fromkeys(name for step in scenario.steps for name in meaning(step).people)
    return [{"name": name, "person": person_named(slack, name).id} for name in names]


def _step(step: Step) -> Json:
    return {"keyword": step.keyword, "text": step.text, "plain": step.plain, "kind": str(step.kind)}


def _played(outcome: Outcome) -> Json:
    more = {"mark": str(outcome.mark), "expected": outcome.expected, "found": list(outcome.found), "why": outcome.why}
    return _step(outcome.step) | more | {"seen": outcome.seen}
