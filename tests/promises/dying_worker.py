"""The real worker, in a process of its own that kills or stops itself at a chosen point.

A point lies before or after every commit, every outside call and every fetch or end of a job. Points have names, so
that one found in a dry run is met again: `Delivery._claim: before commit #2` is the second such moment. Each is noted
in a file before anything happens to the process, so that others know how far it came. In a story that goes on while
workers die, the next such moment is ordered meanwhile: by a file of that name.
"""

import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from procrastinate.manager import JobManager
from slack_sdk.web.async_client import AsyncWebClient

from bot import app, logs
from bot.config import Settings
from bot.delivery.answers import Answers
from bot.handlers.intake import Intake
from bot.integrations.platform.probe import PlatformProbe
from bot.store.database import Database
from tests.forks import servers
from tests.promises.charging import INTEGRATION, InsuranceClient, RevokeAndReport

# What every worker does every second, whether or not there is anything to do.
IDLE = {"jobs.rescue", "unsent.resend", "sweep.expire", "engine.sweep"}


@dataclass
class Points:
    """Counts the points this process passes, and does to it what was ordered at one of them."""

    notes: Path
    at: str | None
    order: signal.Signals
    idle_too: bool = False
    orders: Path | None = None
    """A folder in which others order deaths meanwhile: a file by a point's name without its number."""
    seen: Counter[str] = field(default_factory=Counter)

    def reach(self, name: str) -> None:
        self.seen[name] += 1
        point = f"{name} #{self.seen[name]}"
        with self.notes.open("a") as notes:
            notes.write(point + "\n")
        if point == self.at or self._ordered(name):
            os.kill(os.getpid(), self.order)

    def _ordered(self, name: str) -> bool:
        """Whether somebody ordered this meanwhile; whichever process takes the order away follows it."""
        if self.orders is None:
            return False
        try:
            (self.orders / name).unlink()
        except FileNotFoundError:
            return False
        return True

    def around(self, owner: type, method: str, name: Callable[..., str], *, before: bool = True) -> None:
        """Put a point before and after each call of an async method; none when `name` gives none."""
        original: Callable[..., Awaitable[Any]] = getattr(owner, method)

        async def wrapped(*arguments: Any, **named: Any) -> Any:
            if before and (called := name(*arguments, **named)):
                self.reach(f"{called}: before")
            result = await original(*arguments, **named)
            if called := name(*arguments, result=result, **named):
                self.reach(f"{called}: after")
            return result

        setattr(owner, method, wrapped)

    def around_commits(self) -> None:
        """A point before and after each commit of our own transactions, named by who opened it."""
        original = Database.transaction

        @asynccontextmanager
        async def observed(database: Database, opener: str) -> AsyncIterator[Any]:
            async with original(database) as session:
                yield session
                self.reach(f"commit of {opener}: before")
            self.reach(f"commit of {opener}: after")

        def transaction(database: Database) -> AbstractAsyncContextManager[Any]:
            frame = sys._getframe(1)
            opener = f"{frame.f_globals['__name__'].rpartition('.')[2]}.{frame.f_code.co_qualname}"
            unnoted = opener in IDLE and not self.idle_too
            return original(database) if unnoted else observed(database, opener)

        Database.transaction = transaction  # type: ignore[method-assign,assignment]


def install(points: Points) -> None:
    points.around_commits()
    points.around(PlatformProbe, "ask", lambda probe, path, **_: f"call of the platform, {path.split('/')[2]}")
    points.around(AsyncWebClient, "api_call", lambda client, method, **_: f"call of slack, {method}")
    points.around(Answers, "_taken", lambda *_, **__: "call of slack, response URLs")
    points.around(Answers, "_record", lambda *_, **__: "commit of answers.Answers._record")
    points.around(Intake, "_insert", lambda *_, **__: "statement that stores")
    for method in ("send", "look_up"):
        points.around(InsuranceClient, method, lambda client, *_, method=method, **__: f"call of insurance, {method}")
    points.around(JobManager, "fetch_job", lambda manager, result=None, **_: task(result, "fetch"), before=False)
    for ending in ("finish_job", "retry_job"):
        points.around(JobManager, ending, lambda manager, job, ending=ending, **_: task(job, ending))


def task(job: Any, what: str) -> str:
    """What is done with the job; nothing without one."""
    return f"job {job.task_name}, {what}" if job is not None and job.task_name != "tick" else ""


def insure(url: str) -> None:
    """Have revocations reported to the insurance at this URL."""
    build = app.build

    def insured(settings: Settings) -> app.Bot:
        bot = build(settings)
        bot.core.registry.by_name[RevokeAndReport.name] = RevokeAndReport
        bot.core.integrations[INTEGRATION] = InsuranceClient(url)  # type: ignore[index]
        return bot

    app.build = insured


def work(
    values: dict[str, Any],
    part: str,
    notes: Path | None,
    at: str | None,
    order: signal.Signals,
    insurance: str | None,
    idle_too: bool,  # noqa: FBT001 - the arguments of a process
    orders: Path | None,
) -> None:
    """A worker, a clock, or what takes Slack's requests, until it is told to end; with `notes`, an observed one."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(null, stream)
    logs.configure()  # as in production: structlog's own console draws tracebacks until the heart stops
    if notes is not None:
        install(Points(notes, at, order, idle_too, orders))
    if insurance is not None:
        insure(insurance)
    chosen = Settings.model_validate(values)
    if part == "serve":
        app.serve(chosen, everything=False)
    else:
        app.run_alone(chosen, worker=part == "worker", clock_too=part == "clock")


def start(
    values: dict[str, Any],
    *,
    notes: Path | None = None,
    at: str | None = None,
    order: signal.Signals = signal.SIGKILL,
    part: str = "worker",
    insurance: str | None = None,
    idle_too: bool = False,
    orders: Path | None = None,
) -> ForkServerProcess:
    """A process of the bot, forked from one that has everything imported: dozens of them cost little.

    `part`: worker, clock or serve. With `idle_too` what it does every second has points, too.
    `orders`: see `Points`.
    """
    process = servers.Process(
        target=work, args=(values, part, notes, at, order, insurance, idle_too, orders), daemon=True
    )
    process.start()
    return process


@contextmanager
def ended(process: ForkServerProcess) -> Iterator[ForkServerProcess]:
    """The process is gone after the block, whatever state it is in."""
    try:
        yield process
    finally:
        process.kill()
        process.join()
