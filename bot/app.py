"""The composition root: the only place that builds things and decides which."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from types import FrameType

import uvicorn
from procrastinate import App
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from starlette.applications import Starlette

from bot import actions, clock, jobs, policy, web
from bot.actions.base import discover
from bot.channels import Channels
from bot.config import Settings
from bot.delivery import Delivery
from bot.errors import Misconfigured
from bot.handlers import slack
from bot.handlers.cards import Cards
from bot.handlers.dispatch import Dispatcher
from bot.handlers.forms import Forms
from bot.handlers.intake import Intake
from bot.integrations.platform import PlatformProbe
from bot.pipeline.core import Core
from bot.rendering import Renderer
from bot.store.database import Database

SLACK_TIMEOUT = 5  # seconds for one call of the Web API


@dataclass(frozen=True)
class Bot:
    """Everything one process may run."""

    settings: Settings
    core: Core
    bolt: AsyncApp
    queue: App

    async def close(self) -> None:
        if self.core.platform is not None:
            await self.core.platform.close()
        await self.core.database.close()


def build(settings: Settings) -> Bot:
    """Choose and connect all parts; opens no connection yet."""
    database = Database(settings.database_url.get_secret_value())
    rules = policy.load(settings.pm_policy)
    token = settings.slack_bot_token.get_secret_value()
    # Its own retry after a broken connection would post twice; delivery looks first.
    client = AsyncWebClient(token=token, base_url=settings.api_url, timeout=SLACK_TIMEOUT, retry_handlers=[])
    channels = Channels(client, {**rules.channels, **settings.channels})
    core = Core(database=database, registry=discover(actions), policy=rules, platform=_platform(settings))
    renderer = Renderer()
    cards = Cards(core, renderer, settings.slack_team_id)
    delivery = Delivery(database, client, channels, {"proposal": cards.proposal, "break_glass": cards.break_glass})
    dispatcher = Dispatcher(core, renderer, channels, client, settings.slack_team_id)
    bolt = slack.build(
        store=Intake(database),
        in_request=Forms(database, core.registry, rules, settings.slack_team_id),
        signing_secret=settings.slack_signing_secret.get_secret_value(),
        bot_token=token,
        api_url=settings.api_url,
        team_id=settings.slack_team_id,
    )
    queue = jobs.build(database.url, core=core, dispatcher=dispatcher, delivery=delivery)
    return Bot(settings, core, bolt, queue)


def _platform(settings: Settings) -> PlatformProbe | None:
    if settings.platform_url is None or settings.platform_token is None:
        return None
    return PlatformProbe(settings.platform_url, settings.platform_token.get_secret_value())


@asynccontextmanager
async def running(bot: Bot, *, worker: bool, clock_too: bool, listen: bool) -> AsyncIterator[None]:
    """Run the chosen parts in the background; at the end they finish what is under way."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(bot.close)
        await bot.core.database.pool.open(wait=False)
        tasks = []
        if worker:
            tasks.append(asyncio.create_task(jobs.run_worker(bot.queue, bot.core.database, stop)))
        if clock_too:
            tasks.append(asyncio.create_task(clock.run(bot.core, stop)))
        try:
            async with _sockets(bot) if listen and bot.settings.socket_mode else nullcontext():
                yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)


@asynccontextmanager
async def _sockets(bot: Bot) -> AsyncIterator[None]:
    """Socket Mode for the time of the block. The SDK tries again for ever; a start and an end do not wait for that."""
    token = bot.settings.slack_app_token
    client = AsyncWebClient(base_url=bot.settings.api_url, timeout=SLACK_TIMEOUT)
    handler = AsyncSocketModeHandler(bot.bolt, app_token=token.get_secret_value() if token else None, web_client=client)
    connecting = asyncio.create_task(handler.connect_async())  # type: ignore[no-untyped-call]
    try:
        await asyncio.wait({connecting}, timeout=SLACK_TIMEOUT)
        yield
    finally:
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        await handler.close_async()  # type: ignore[no-untyped-call]


def asgi(bot: Bot, *, everything: bool) -> Starlette:
    """The web process; with `everything`, worker and clock beside it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(bot, worker=everything, clock_too=everything, listen=True):
            yield

    return web.build(None if bot.settings.socket_mode else bot.bolt, bot.core.database, lifespan)


def serve(settings: Settings, *, everything: bool) -> None:
    """`pm serve`: until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        asgi(build(settings), everything=everything),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    with _bound(settings.host, settings.port) as listener:
        _Server(config).run(sockets=[listener])


class _Server(uvicorn.Server):
    """Being told to end is no failure; uvicorn would raise the signal once more at the end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def _bound(host: str, port: int) -> socket.socket:
    """A socket on the address, before anything starts. Raises `Misconfigured` when it cannot be had."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(
            f"Port {port} on {host} cannot be used: {error.strerror}. Set PORT to a free one, or end what has it."
        ) from None
    return listener


def run_alone(settings: Settings, *, worker: bool = False, clock_too: bool = False) -> None:
    """`pm worker` and `pm clock`: until SIGTERM or SIGINT."""

    async def until_told() -> None:
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told.set)
        async with running(build(settings), worker=worker, clock_too=clock_too, listen=False):
            await told.wait()

    asyncio.run(until_told())
