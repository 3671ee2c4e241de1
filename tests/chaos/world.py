"""What a run happens to: two processes of each part, a local Slack, a demo platform, and proxies between them."""

import asyncio
import contextlib
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from sqlalchemy import make_url

from bot.demo import world
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.world import World
from tests.chaos import process
from tests.chaos.proxy import Proxy
from tests.chaos.schedule import SLOTS, Event
from tests.conftest import OPS, SECURITY_CHANNEL, free_port

CHANNELS = (OPS, SECURITY_CHANNEL)
WATCHED = 0.3  # seconds between two looks of the supervisor
DRAWN = 20  # fifths of a second that somebody waits for a card with a button
STAGED = 25  # fifths of a second in which a setting has to be staged for somebody to promote it
OPENED = 15  # tenths of a second in which a form has to be there for somebody to fill it in
BACKLOG = "INSERT INTO jobs (queue_name, priority, payload) SELECT 'bounce:process', 100, '{\"chaos\": 1}' FROM generate_series(1, %s)"  # noqa: E501
DRAIN = "DELETE FROM jobs WHERE payload = '{\"chaos\": 1}'"
HOLDS_DUE = "UPDATE pmbot.holds SET ends = clock_timestamp() WHERE ended IS NULL AND ends > clock_timestamp()"
OPEN = "SELECT id FROM pmbot.proposals WHERE state = 'pending' ORDER BY number"
EXPIRE = "UPDATE pmbot.proposals SET expires = clock_timestamp() WHERE id = %s AND state = 'pending'"
SLOT_DUE = "INSERT INTO pmbot.schedules (name, rule, since) SELECT name, rule, now() - interval '4 days' FROM pmbot.schedules ON CONFLICT (name, rule) DO UPDATE SET since = excluded.since"  # noqa: E501


@dataclass
class Slot:
    """A place for one process of a part, with its own way to PostgreSQL and to Slack."""

    name: str
    postgres: Proxy
    slack: Proxy
    port: str
    process: ForkServerProcess | None = None
    seconds_off: float = 0.0

    @property
    def part(self) -> str:
        return self.name.partition("-")[0]

    @property
    def pid(self) -> int:
        return (self.process.pid if self.process else None) or 0


def kill(one: ForkServerProcess) -> None:
    """Unless it is over: the fork server has buried it then, and its number may be somebody else's by now."""
    if one.is_alive():
        one.kill()


@dataclass
class Chaos:
    """A run's world: what its events do to it. Each method that an event names takes the event's details."""

    around: World
    postgres: EmbeddedPostgres
    policy: Path
    logs: Path
    slots: dict[str, Slot] = field(default_factory=dict)
    frozen: list[ForkServerProcess] = field(default_factory=list)
    healed: list[float] = field(default_factory=list)
    """When a clock, or what it needs, was back after trouble, in seconds since 1970."""
    put_off: set[str] = field(default_factory=set)
    """Jobs that were found to wait for longer than anything may."""
    later: set[asyncio.Task[None]] = field(default_factory=set)
    restarting: asyncio.Lock = field(default_factory=asyncio.Lock)
    calm: bool = False
    turn: int = 0

    # The processes

    def start(self, slot: Slot) -> None:
        address = make_url(self.around.database_url).set(port=slot.postgres.port)
        chosen = world.settings(
            address.render_as_string(hide_password=False),
            self.around.slack,
            f"http://127.0.0.1:{slot.slack.port}",
            self.around.platform_url,
            pm_policy=self.policy,
            port=slot.port,
            pm_requests_per_10_minutes=1_000_000,  # of few people, in no time
        )
        values = {**chosen.model_dump(), "PM_HOST": "127.0.0.1"}
        slot.process = process.start(values, slot.part, self.logs / f"{slot.name}.log", seconds_off=slot.seconds_off)

    async def supervise(self) -> None:
        """Start again whatever is dead."""
        while True:
            for slot in self.slots.values():
                if slot.process is None or not slot.process.is_alive():
                    self.start(slot)
                    self.healed.append(time.time())
            await asyncio.sleep(WATCHED)

    def _after(self, seconds: float, act: Callable[[], object]) -> None:
        async def wait() -> None:
            try:
                await asyncio.sleep(0 if self.calm else seconds)
            finally:
                act()
                self.healed.append(time.time())

        task = asyncio.ensure_future(wait())
        self.later.add(task)
        task.add_done_callback(self.later.discard)

    async def kill(self, slot: str) -> None:
        self._signal(self.slots[slot], signal.SIGKILL)

    async def end(self, slot: str) -> None:
        self._signal(self.slots[slot], signal.SIGTERM)

    async def freeze(self, slot: str) -> None:
        """For ever: it keeps its connections; another one takes its place."""
        one = self.slots[slot]
        if one.process is not None:
            self._signal(one, signal.SIGSTOP)
            self.frozen.append(one.process)
            one.process, one.port = None, free_port()

    async def stop(self, slot: str, seconds: float) -> None:
        one = self.slots[slot].process
        self._signal(self.slots[slot], signal.SIGSTOP)
        self._after(seconds, lambda: one is not None and one.is_alive() and os.kill(one.pid or 0, signal.SIGCONT))

    async def skew(self, slot: str, by: float) -> None:
        """Its clock is wrong from its next start on, which is now."""
        self.slots[slot].seconds_off = by
        self._signal(self.slots[slot], signal.SIGKILL)

    @staticmethod
    def _signal(slot: Slot, number: signal.Signals) -> None:
        if slot.process is not None and slot.process.is_alive():
            os.kill(slot.pid, number)

    async def cut(self, slot: str, side: str, seconds: float) -> None:
        proxy: Proxy = getattr(self.slots[slot], side)
        proxy.cut()
        self._after(seconds, proxy.mend)

    async def restart_postgres(self) -> None:
        async with self.restarting:
            await asyncio.to_thread(self.postgres.restart, immediate=True)
        self.healed.append(time.time())

    async def fault(self, name: str, seconds: float, values: dict[str, Any]) -> None:
        self.around.slack.faults.switch(name, **values)
        self._after(seconds, lambda: self.around.slack.faults.switch(name, on=False))

    # The people

    def _door(self) -> None:
        """The next request goes to the other door."""
        self.turn += 1
        one = self.slots[f"serve-{self.turn % 2 + 1}"]
        self.around.slack.request_url = f"http://127.0.0.1:{one.port}/slack/events"

    async def ask(self, who: str, text: str, mention: bool) -> None:  # noqa: FBT001 - an event's details
        self._door()
        slack, user = self.around.slack, world.slack_id(who)
        if mention:
            await slack.mention(user, OPS, text.removeprefix("/pm "))
        else:
            await slack.command(user, OPS, text)
            await self._fill_in(who)

    async def promote(self, key: str, to: int) -> None:
        """Stage a setting, and have it promoted as soon as it is; what its alert rules say later takes it back."""
        staged = "SELECT 1 FROM system_config WHERE key = %s AND staged IS NOT NULL"
        await self.ask("root", f"/pm setting stage {key} to {to} because it is too slow", mention=False)
        for _ in range(STAGED):
            if await self.sql(staged, key):
                await self.ask("root", f"/pm setting promote {key} watching 2h because it is time", mention=False)
                return
            await asyncio.sleep(0.2)

    async def click(self, people: list[str], card: float, button: str) -> None:
        """They click the same button of the same card at the same moment, once there is one."""
        self._door()
        for _ in range(DRAWN):
            if there := self._cards_with(button):
                channel, ts = there[int(card * len(there))]
                await asyncio.gather(*(self._click(name, channel, ts, button) for name in people))
                return
            await asyncio.sleep(0.2)

    def _cards_with(self, button: str) -> list[tuple[str, str]]:
        everybody = world.slack_id("root")
        return [
            (channel, one["ts"])
            for channel in CHANNELS
            for one in self.around.slack.messages(channel, everybody)
            if f"'{button}'" in str(one.get("blocks"))
        ]

    async def _click(self, who: str, channel: str, ts: str, button: str) -> None:
        with contextlib.suppress(LookupError):  # the card has changed meanwhile
            await self.around.slack.click(world.slack_id(who), ts, channel, button)
            await self._fill_in(who)

    async def _fill_in(self, who: str) -> None:
        """Send the form that came of it, if one did: with a reason that nobody else gives."""
        user, form = world.slack_id(who), None
        for _ in range(OPENED):
            await asyncio.sleep(0.1)
            if open_now := self.around.slack.views(user):
                form = open_now[-1]["id"]
                break
        if form is not None:
            self._door()
            with contextlib.suppress(LookupError):  # another click of theirs has sent it meanwhile
                await self.around.slack.submit(user, form, {"reason": {"reason": f"reason {uuid.uuid4().hex[:12]}"}})

    async def repeat(self, which: float, times: int) -> None:
        """Slack sends something once more, whatever became of it."""
        sent = [one for one in self.around.slack.deliveries if one.kind != "options"]
        if sent:
            self._door()
            await self.around.slack.repeat(sent[int(which * len(sent))].id, times, at_once=True)

    # Time

    async def sql(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """As the owner, past all proxies; tried again while the database is away."""
        deadline = time.monotonic() + 30
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self.around.database_url, autocommit=True, options="-c search_path=pmbot,public"
                ) as one:
                    cursor = await one.execute(query, parameters or None)  # type: ignore[arg-type]
                    return await cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)

    async def holds_due(self) -> None:
        await self.sql(HOLDS_DUE)

    async def expire(self, which: float) -> None:
        if there := await self.sql(OPEN):
            await self.sql(EXPIRE, there[int(which * len(there))][0])

    async def backlog(self, jobs: int) -> None:
        await self.sql(BACKLOG, jobs)

    async def drain(self) -> None:
        await self.sql(DRAIN)

    async def slot_due(self) -> None:
        await self.sql(SLOT_DUE)

    async def happen(self, event: Event) -> None:
        act: Callable[..., Awaitable[None]] = getattr(self, event.what)
        await act(**event.details)


@contextlib.asynccontextmanager
async def chaos(url: str, postgres: EmbeddedPostgres, policy: Path, logs: Path, seed: int) -> AsyncIterator[Chaos]:
    """Everything running, and at the end everything gone."""
    async with contextlib.AsyncExitStack() as stack:
        around = await stack.enter_async_context(world.around(url, cache_seconds=2.0))
        around.slack.faults.reseed(seed)
        around.slack.courier._retry_delays = (0.5, 2.0, 8.0)
        here = Chaos(around, postgres, policy, logs)
        for name in SLOTS:
            proxies = [Proxy(postgres.port), Proxy(urlsplit(around.slack_url).port or 0)]
            for one in proxies:
                await stack.enter_async_context(one.serve())
            here.slots[name] = Slot(name, *proxies, free_port())
        supervisor = asyncio.create_task(here.supervise())
        try:
            yield here
        finally:
            supervisor.cancel()
            everybody = [*here.frozen, *(slot.process for slot in here.slots.values() if slot.process)]
            for one in everybody:
                kill(one)
            for one in everybody:
                await asyncio.to_thread(one.join)
