"""Clocks in processes of their own that live in simulated time: one shared number is now, in all of them."""

import asyncio
import datetime as dt
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from typing import Any

from bot.digests import slots
from bot.digests.schedule import Timetable
from bot.store.database import Database
from tests.forks import servers


def tick(url: str, schedules: Sequence[Timetable], now: Any, seen: Any, place: int) -> None:
    """A clock until it is killed: takes what is due at each moment it sees, and notes the moment afterwards."""

    async def run() -> None:
        database = Database(url, pool_size=1, name="clock")
        while True:
            moment = now.value
            if moment > seen[place]:
                await slots.take(database, schedules, dt.datetime.fromtimestamp(moment, dt.UTC))
                seen[place] = moment
            else:
                await asyncio.sleep(0.0005)

    asyncio.run(run())


@dataclass
class Clocks:
    """Some clocks, of which all but one may be dead at any moment."""

    url: str
    schedules: Sequence[Timetable]
    rng: random.Random
    number: int = 2
    running: list[ForkServerProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Without locks: a killed process would take one along.
        self.now, self.seen = servers.RawValue("d", 0.0), servers.RawArray("d", self.number)
        self.running = [self._start(place) for place in range(self.number)]

    def _start(self, place: int) -> ForkServerProcess:
        process = servers.Process(target=tick, args=(self.url, self.schedules, self.now, self.seen, place), daemon=True)
        process.start()
        return process

    def run(self, begins: dt.datetime, ends: dt.datetime, step: dt.timedelta, between: Callable[[], None]) -> int:
        """Let time pass, killing now and then; how many clocks died. Each moment is seen by one clock at least."""
        killed, moment = 0, begins
        while moment <= ends:
            self.now.value = moment.timestamp()
            if self.rng.random() < 0.01:
                time.sleep(self.rng.uniform(0, 0.004))  # somewhere in what the other one does right now, too
                victim = self.rng.randrange(self.number)
                self.running[victim].kill()
                self.running[victim].join()
                self.running[victim] = self._start(victim)
                killed += 1
            self._wait(moment.timestamp())
            between()
            moment += step
        return killed

    def _wait(self, moment: float) -> None:
        deadline = time.monotonic() + 60
        while max(self.seen) < moment:
            if time.monotonic() > deadline:
                raise AssertionError("no clock is left")
            time.sleep(0.0005)

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.join()
