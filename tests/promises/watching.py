"""A world in which the bot watches itself, and minutes pass at once: what it knows is moved into the past."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import app
from bot.app import Bot
from bot.demo import world
from bot.demo.world import World
from bot.watch.away import Away
from bot.watch.watcher import Watcher
from localslack import hosting
from tests.conftest import until

CHANNEL, RUNNER = "C0GENERAL", "runner@example.com"
STEP = 10  # seconds that pass at once
# All that tells how long ago something was.
COLUMNS = {
    "pulse": ("sent", "returned", "ticked", "looked", "awake", "pinged"),
    "silences": ("began", "noticed", "well"),
    "silence_notices": ("created", "claimed", "told"),
    "messages": ("failing",),
}
PASSED = "SET search_path = pmbot, public; " + "; ".join(
    [f"UPDATE {table} SET {', '.join(f'{one} = {one} - {{by}}' for one in names)}" for table, names in COLUMNS.items()]
    + ["UPDATE procrastinate_jobs SET scheduled_at = scheduled_at - {by} WHERE status = 'todo'"]
)


@dataclass
class Listener:
    """A webhook and a dead man's switch; `status`: what it answers."""

    told: list[dict[str, Any]] = field(default_factory=list)
    pings: int = 0
    status: int = 200

    async def hear(self, request: Request) -> Response:
        if self.status == 200:
            self.told.append({**await request.json(), "idempotency": request.headers["Idempotency-Key"]})
        return PlainTextResponse("", self.status)

    async def ping(self, request: Request) -> Response:
        self.pings += 1
        return PlainTextResponse("OK")

    @property
    def events(self) -> list[str]:
        return [one["event"] for one in self.told]

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        routes = [Route("/hook", self.hear, methods=["POST"]), Route("/ping", self.ping)]
        async with hosting.serve(Starlette(routes=routes)) as url:
            yield url


@dataclass
class Watched:
    """The bot, two of its processes' watchers, and whoever is told."""

    around: World
    bot: Bot
    watchers: list[Watcher]
    listener: Listener
    sql: Any

    @property
    def letters(self) -> list[str]:
        """Subjects of the mails that whoever runs the bot got."""
        return [str(one["Subject"]) for one in self.around.mailbox.letters if one["To"] == RUNNER]

    async def beat(self) -> None:
        """A clock runs; the canary goes on its way if it is due."""
        await self.bot.chores["canary"]()

    async def look(self) -> None:
        """Two processes look at the same moment."""
        await asyncio.gather(*(one.look() for one in self.watchers))

    async def let_pass(self, seconds: int, *, clock_runs: bool = True) -> None:
        """Simulated seconds, with a look at each step. What the canary does meanwhile is waited for."""
        for _ in range(seconds // STEP):
            self.sql(PASSED.format(by=f"interval '{STEP} seconds'"))
            if clock_runs:
                await self.beat()
            await self.settled()
            await self.look()

    async def settled(self) -> None:
        """The canary came back, or Slack has said no to it."""
        await until(lambda: self.sql(SETTLED) == [(True,)], every=0.01)


SETTLED = """
SELECT coalesce(pulse.returned >= pulse.sent, false) OR one.id IS NULL OR one.failing IS NOT NULL
    OR (one.version = 1 AND one.sent_version = 1)
FROM pmbot.pulse LEFT JOIN pmbot.messages AS one ON one.key = 'watch:canary'
"""


@contextlib.asynccontextmanager
async def watched(around: World, sql: Any) -> AsyncIterator[Watched]:
    """The bot runs there, over HTTP; the test alone lets it look and its canary go."""
    listener = Listener()
    async with listener.serve() as url:
        options = {
            "platform_url": around.platform_url,
            "smtp_url": around.mailbox.url,
            "pm_canary_channel": CHANNEL,
            "pm_watch_webhook": f"{url}/hook",
            "pm_watch_mail": RUNNER,
            "pm_watch_url": f"{url}/ping",
        }
        bot = app.build(world.settings(around.database_url, around.slack, around.slack_url, **options))
        idle = replace(bot, watcher=Idle(bot.watcher), chores={k: v for k, v in bot.chores.items() if k != "canary"})
        async with hosting.serve(app.asgi(idle, everything=True)) as served:
            around.slack.request_url = f"{served}/slack/events"
            second = replace(bot.watcher, away=Away(bot.watcher.routes))
            yield Watched(around, bot, [bot.watcher, second], listener, sql)


@dataclass
class Idle:
    """Leaves looking to the test."""

    watcher: Watcher

    async def run(self, stop: asyncio.Event) -> None:
        await stop.wait()

    async def close(self) -> None:
        await self.watcher.close()
