"""Promise 3 beside processes that are frozen for ever, in each of their transactions in turn: nobody is held up.

Everything the bot does is due (all_at_once.py). One process is stopped, with whatever locks it holds; then others come.
What it had begun is done by them, once; and what somebody asks for meanwhile is done as ever.
"""

import asyncio
import contextlib
import signal
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.demo import world
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.world import World
from localslack import Reply
from tests.chaos.cluster import policy_with
from tests.conftest import OPS, cards, free_port, until
from tests.promises import all_at_once, dying_worker
from tests.promises.all_at_once import AT_LAST, RULES, Loaded, Scene
from tests.promises.dying_worker import ended
from tests.promises.test_promise_06_ends_in_time import ready

AT_ONCE = 2  # scenes side by side: a server of the tests takes a hundred connections
FREED = 11.0  # seconds until the locks of a process that is stopped are gone, and whoever wanted them tries again
LOOK = 0.4  # seconds between two looks: each asks for everything
NOTHING_DUE = 4.0  # seconds without news of a process that has not come to its point: it waits for another
LATE = "right only after its time"
STAGES = {
    "worker": (
        "dispatch.Dispatcher._handled", "execute.execute", "verify.verify", "verify._settle", "verify.verify_end",
        "verify._settle_end", "reports.Reports._send", "deliver.Delivery._claim", "deliver.Delivery._settle",
    ),
    "clock": (
        "unsent.resend", "engine._alone", "engine.sweep", "evaluate.Evaluator.sweep",
        "jobs.rescue", "slots.take", "orphans.adopt", "sweep.expire", "sweep.forget", "verify.ask_again",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Points:
    """Where processes are about to commit or to call Slack, by part; and how many seconds all of it took them."""

    met: dict[str, list[str]]
    pace: float


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return policy_with(RULES, tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def loaded(postgres: EmbeddedPostgres, template: str, rules: Path) -> Iterator[Loaded]:
    """Prepared once."""
    name = f"loaded_{uuid.uuid4().hex[:8]}"
    url = postgres.create_database(name, template)
    yield Loaded(name, asyncio.run(all_at_once.load(url, rules)))
    postgres.drop_database(name)


@contextlib.asynccontextmanager
async def scene(postgres: EmbeddedPostgres, loaded: Loaded, rules: Path) -> AsyncIterator[Scene]:
    name = f"scene_{uuid.uuid4().hex[:12]}"
    # Not on the loop: the server waits for every connection that is just being made, and those wait for the loop.
    url = await asyncio.to_thread(postgres.create_database, name, loaded.database)
    try:
        async with all_at_once.scene(url, loaded, rules) as here:
            yield here
    finally:
        await asyncio.to_thread(postgres.drop_database, name)


@pytest.fixture(scope="module")
def points(postgres: EmbeddedPostgres, loaded: Loaded, rules: Path, tmp_path_factory: pytest.TempPathFactory) -> Points:
    """Of undisturbed processes."""
    folder = tmp_path_factory.mktemp("dry")

    async def run_dry() -> float:
        async with scene(postgres, loaded, rules) as here:
            values = here.settings.model_dump()
            with contextlib.ExitStack() as running:
                for part in STAGES:
                    one = dying_worker.start(values, part=part, notes=folder / part, idle_too=part == "clock")
                    running.enter_context(ended(one))
                started = time.monotonic()
                assert not await still_wrong(here.wrong)
                return time.monotonic() - started

    pace = asyncio.run(run_dry())
    return Points({part: chosen(folder / part) for part in STAGES}, pace)


def read(notes: Path) -> list[str]:
    return notes.read_text().splitlines() if notes.exists() else []


def chosen(notes: Path) -> list[str]:
    """The first commit of each kind, and of each payload that is handled; the first calls that post and update."""
    kinds = ("commit", "call of slack, chat")
    return [point for point in news(notes) if ": before" in point and point.startswith(kinds)]


def news(notes: Path) -> list[str]:
    """What is no repetition: a process that adds nothing to these has done all that was due."""
    return [point for point in read(notes) if point.endswith(" #1") or "Dispatcher._handled" in point]


class Quiet:
    """Whether a process has had no news for a while, since its first."""

    def __init__(self, notes: Path) -> None:
        self._notes, self._heard, self._last = notes, 0, time.monotonic()

    def __call__(self) -> bool:
        if (heard := len(news(self._notes))) > self._heard:
            self._heard, self._last = heard, time.monotonic()
        return heard > 0 and time.monotonic() - self._last > NOTHING_DUE


async def still_wrong(wrong: Callable[[], list[str]]) -> list[str]:
    """What is wrong at last."""
    found: list[str] = []

    def right() -> bool:
        found[:] = wrong()
        return not found

    with contextlib.suppress(AssertionError):
        await until(right, AT_LAST, LOOK)
    return found


async def goes_on(here: Scene, pace: float) -> list[str]:
    """What is wrong at last: of what was due, and of something new; else that it took too long, if it did.

    `pace`: seconds that what is due takes on this machine when nothing is frozen.
    """
    started, slack = time.monotonic(), here.around.slack

    async def taken(what: Callable[..., Awaitable[Reply]], who: str, *arguments: str) -> bool:
        return (await what(world.slack_id(who), *arguments)).status == 200

    def new_one() -> str | None:
        return next((one["ts"] for one in cards(here.around) if "Jürgen" in one["text"]), None)

    await until(lambda: taken(slack.command, "oncall", OPS, "/pm revoke @finance because laptop stolen"), AT_LAST)
    asking = await until(new_one, AT_LAST)
    await until(lambda: taken(slack.click, "security", asking, OPS, "approve"), AT_LAST)

    def wrong() -> list[str]:
        text = next(one["text"] for one in cards(here.around) if one["ts"] == asking)
        return [*here.wrong(), *([] if "confirmed by the platform" in text else [f"the new one: {text}"])]

    return await still_wrong(wrong) or ([LATE] if time.monotonic() - started > FREED + 2 * pace else [])


async def frozen(here: Scene, part: str, point: str, notes: Path, pace: float) -> list[str]:
    """SIGSTOP at the point, for ever; then a worker and a clock come."""
    values = here.settings.model_dump()

    def met() -> bool:
        return point in read(notes)

    with contextlib.ExitStack() as running:

        def start(kind: str, **orders: object) -> None:
            running.enter_context(ended(dying_worker.start(values, part=kind, **orders)))  # type: ignore[arg-type]

        start(part, notes=notes, at=point, order=signal.SIGSTOP, idle_too=part == "clock")
        quiet = Quiet(notes)
        await until(lambda: met() or quiet(), AT_LAST, LOOK)
        if not met():
            # Nothing of this kind is due before the other part has done its own. A second of its own part comes only
            # then: it would do it in its place.
            start("clock" if part == "worker" else "worker")
            with contextlib.suppress(AssertionError):
                await until(met, 2 * pace)
        start("worker")
        start("clock")
        found = await goes_on(here, pace)
        return found if met() else [*found, f"not met: {point}"]


@pytest.mark.parametrize("part", STAGES)
async def test_one_that_is_frozen_for_ever_holds_nobody_up(
    postgres: EmbeddedPostgres, loaded: Loaded, rules: Path, points: Points, tmp_path: Path, part: str
) -> None:
    """Its locks are taken from it, others do its work, once, and whatever else is asked for, too.

    Within 15 s on a machine that has nothing else to do: 11 of them are what the database's limits take.
    """
    side_by_side = asyncio.Semaphore(AT_ONCE)

    async def one(point: str) -> list[str]:
        async with side_by_side, scene(postgres, loaded, rules) as here:
            return await frozen(here, part, point, tmp_path / uuid.uuid4().hex, points.pace)

    chosen = points.met[part]
    answers = dict(zip(chosen, await asyncio.gather(*map(one, chosen)), strict=True))
    for point in [point for point, answer in answers.items() if answer in ([LATE], [f"not met: {point}"])]:
        answers[point] = await one(point)
    assert not any(answers.values()), "\n".join(f"{point}: {wrong}" for point, wrong in answers.items() if wrong)


@pytest.mark.parametrize("part", STAGES)
def test_the_dry_run_meets_every_stage(points: Points, part: str) -> None:
    met = {point.removeprefix("commit of ").partition(":")[0] for point in points.met[part]}
    assert set(STAGES[part]) <= met, points.met[part]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_what_a_frozen_door_has_taken_is_handled_once(
    surroundings: World, sql, tmp_path: Path, when: str
) -> None:
    """Stopped before or after it stored an event, and before its answer: Slack repeats it at another door."""
    slack, port = surroundings.slack, free_port()
    slack.courier.ack_seconds, slack.courier._retry_delays = 1.0, (0.5, *[2.0] * 30)
    chosen = world.settings(
        surroundings.database_url,
        slack,
        surroundings.slack_url,
        surroundings.platform_url,
        port=port,
        PM_HOST="127.0.0.1",
    )
    point, notes = f"statement that stores: {when} #1", tmp_path / "points"
    values = {**chosen.model_dump(), "PM_HOST": "127.0.0.1"}
    with contextlib.ExitStack() as running:
        running.enter_context(
            ended(dying_worker.start(values, part="serve", notes=notes, at=point, order=signal.SIGSTOP))
        )
        slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        await until(lambda: ready(port), AT_LAST)
        first = await slack.mention(world.slack_id("oncall"), OPS, "revoke @staffer because laptop stolen")
        assert first.error
        assert point in read(notes)
        other = free_port()
        running.enter_context(ended(dying_worker.start({**values, "port": other}, part="serve")))
        running.enter_context(ended(dying_worker.start(values)))
        slack.request_url = f"http://127.0.0.1:{other}/slack/events"
        await until(lambda: cards(surroundings), AT_LAST)
        await until(lambda: sum(one.ok for one in slack.deliveries if one.kind == "event") > 0)
        assert sql("SELECT count(*) FROM pmbot.proposals") == [(1,)]
        assert sql("SELECT count(*) FROM pmbot.inbox WHERE key LIKE 'event:%%' AND handled IS NULL") == [(0,)]
