"""A story that is played minute by minute, by a clock that the test moves, while workers and clocks die in it.

Two workers and a clock are processes of their own. Wherever something happens, one of them is killed at the commit
that makes it happen, before or after it; the other one, and whoever comes in its place, has to finish.
"""

import asyncio
import contextlib
import datetime as dt
import re
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import psycopg

from bot import app
from bot.config import Settings
from bot.demo import clock, world
from bot.demo.world import World, slack_id
from localslack import hosting, moment
from tests.conftest import idle, until
from tests.promises import dying_worker

MINUTE = 60
# What depends on how long a death takes: for how long something lasted, and names that are made of ids.
TIME = r"\d[\d.]* (?:h|min|s)(?: \d+ (?:min|s))?"
LASTED = re.compile(rf"(?<=lasted ){TIME}|(?<=\w after ){TIME}|{TIME}(?= after )|{TIME}(?= later \|)")
MOMENT, DAY = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), re.compile(r"\d{4}-\d\d-\d\d")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SILENT = "UPDATE pmbot.procrastinate_workers SET last_heartbeat = last_heartbeat - interval '4 seconds'"
WAITING = (
    "SELECT count(*) FROM pmbot.alert_events JOIN pmbot.alerts ON alerts.id = alert_id"
    " WHERE posted IS NULL AND shown IS NOT NULL"
)
Sql = Callable[..., list[Any]]


@dataclass
class Stage:
    """The world, its processes, and what time it is in the story."""

    around: World
    sql: Sql
    settings: dict[str, Any]
    folder: Path
    begins: float
    """When the story begins: a whole minute, in seconds since 1970."""
    processes: list[ForkServerProcess] = field(default_factory=list)
    clocks: list[ForkServerProcess] = field(default_factory=list)
    killed: list[str] = field(default_factory=list)

    def start(self, part: str = "worker", **orders: Any) -> ForkServerProcess:
        """One more process of the bot; a worker follows what is ordered meanwhile."""
        one = dying_worker.start(self.settings, part=part, notes=self.folder / part, orders=self.folder, **orders)
        (self.clocks if part == "clock" else self.processes).append(one)
        return one

    async def at(self, minute: int) -> None:
        """Let time pass until that minute of the story; the platform's everyday life goes along."""
        to = self.begins + minute * MINUTE
        assert to > moment.time(), f"the story is later than minute {minute} already"
        by = to - moment.time()
        await asyncio.to_thread(self._pass, by)

    def _pass(self, by: float) -> None:
        url = self.around.database_url
        with psycopg.connect(url) as connection:
            for statement in (*clock.EVERYDAY, clock.ALWAYS[-1]):
                connection.execute(statement, {"by": f"{by} seconds"})
        clock._set(url, moment.ahead() + by)
        moment.move(moment.ahead() + by)

    @contextlib.asynccontextmanager
    async def dying(self, point: str) -> AsyncIterator[None]:
        """Whatever is done in the block, a worker dies at this point of it, and all of it is done all the same."""
        (order := self.folder / point).touch()
        yield
        await until(lambda: not order.exists(), 10)
        await until(lambda: any(not one.is_alive() for one in self.processes))
        [dead] = [one for one in self.processes if not one.is_alive()]
        assert dead.exitcode == -signal.SIGKILL
        self.processes.remove(dead)
        self.killed.append(point)
        self.start()
        self.sql(SILENT)  # those that live say the next second that they do
        await self.quiet()

    async def dying_clock(self, point: str, minute: int) -> None:
        """The only clock dies at this point of its first round at that minute; the next one does what is left."""
        self.stop_clock()
        await self.at(minute)
        dead = self.start("clock", at=f"{point} #1")
        await until(lambda: not dead.is_alive(), 15)
        assert dead.exitcode == -signal.SIGKILL
        self.clocks.clear()
        self.killed.append(point)
        self.start("clock")

    def stop_clock(self) -> None:
        """Nobody looks, until the next one starts."""
        for one in self.clocks:
            one.kill()
            one.join()
        self.clocks.clear()

    async def quiet(self) -> None:
        """All that was accepted is handled, and every line of an alert's thread is where it belongs."""
        await idle(self.sql)
        await until(lambda: self.sql(WAITING) == [(0,)])
        await idle(self.sql)

    def end(self) -> None:
        for one in (*self.processes, *self.clocks):
            one.kill()
            one.join()

    def read(self, channel: str) -> list[str]:
        """What stands in a channel: each message with who wrote it, those of a thread below its first."""
        found = self.around.slack.messages(channel, slack_id("root"))
        whole = [one for one in found if not one.get("is_ephemeral")]
        told = [
            [self._said(one), *(f"    {self._said(reply, '    ')}" for reply in whole if _below(reply, one))]
            for one in whole
            if one.get("thread_ts") in (None, one["ts"])
        ]
        return [line for lines in _topics_once(sorted(told, key=_joined_first)) for line in lines]

    def _said(self, one: dict[str, Any], indent: str = "") -> str:
        who = self.around.slack.state.people.get(one.get("user", ""))
        name = who.real_name if who and not one.get("bot_id") else "the bot"
        text = self.timeless(one["text"]).replace("\n", f"\n{indent}  ")
        names = [f" [file {self.timeless(file['name'])}]" for file in one.get("files", ())]
        return f"+{(float(one['ts']) - self.begins) // MINUTE:.0f} {name}: {text}{''.join(names)}"

    def timeless(self, text: str) -> str:
        """Times as minutes of the story, people and channels by their names; no figure that a death changes."""
        people, channels = self.around.slack.state.people, self.around.slack.state.channels
        text = re.sub(r"<!date\^(\d+)\^[^>]*>", lambda at: self._minute(float(at[1])), text)
        text = MOMENT.sub(lambda at: self._minute(dt.datetime.fromisoformat(f"{at[0]}+00:00").timestamp()), text)
        text = re.sub(r"<@(\w+)>", lambda one: f"@{people[one[1]].name if one[1] in people else 'the bot'}", text)
        text = re.sub(r"<#(\w+)(\|[^>]*)?>", lambda one: f"#{channels[one[1]].name}", text)
        return UUID.sub("{id}", LASTED.sub("{some time}", DAY.sub("{day}", text)))

    def _minute(self, at: float) -> str:
        return f"{{+{(at - self.begins) // MINUTE:.0f} min}}"


def _topics_once(told: Sequence[list[str]]) -> list[list[str]]:
    """Whoever comes after a death sets the topic again, to the same."""
    return [one for before, one in zip([[], *told], told, strict=False) if one != before or " topic: " not in one[0]]


def _joined_first(lines: Sequence[str]) -> tuple[int, bool, str]:
    """Of one minute: whether somebody is in the room before or after its card stands there is nobody's promise."""
    joined = lines[0].endswith(" has joined the channel")
    return int(lines[0].removeprefix("+").partition(" ")[0]), not joined, lines[0] if joined else ""


def _below(reply: dict[str, Any], one: dict[str, Any]) -> bool:
    return reply.get("thread_ts") == one["ts"] and reply["ts"] != one["ts"]


@contextlib.asynccontextmanager
async def stage(around: World, sql: Sql, folder: Path, **settings: Any) -> AsyncIterator[Stage]:
    """The web process in this one, two workers and a clock beside it; the clock is set back at the end."""
    many = {"pm_lookups_per_minute": 1_000_000, "pm_requests_per_10_minutes": 1_000_000}
    options = {"platform_url": around.platform_url, "smtp_url": around.mailbox.url, **many, **settings}
    chosen: Settings = world.settings(around.database_url, around.slack, around.slack_url, **options)
    sql("TRUNCATE jobs, outbound_messages CASCADE")  # nobody mails in this story, and time need not move it
    sql("UPDATE smtp_ip_addresses SET score = 95, provider_blacklist_status = '{}'")
    clock.install(around.database_url)
    begins = (moment.time() // MINUTE + 3) * MINUTE
    playing = Stage(around, sql, chosen.model_dump(), folder, begins)
    try:
        for part in ("worker", "worker", "clock"):
            await asyncio.to_thread(playing.start, part)  # the first one waits for what they are forked from
        await playing.at(-1)
        async with hosting.serve(app.asgi(app.build(chosen), everything=False)) as url:
            around.slack.request_url = f"{url}/slack/events"
            yield playing
    finally:
        playing.end()
        moment.move(0.0)
        with psycopg.connect(around.database_url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
