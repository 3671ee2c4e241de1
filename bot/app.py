"""The composition root: the only place that builds things and decides which."""

import asyncio
import gc
import importlib.util
import signal
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import structlog
import uvicorn
from procrastinate import App
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette
from starlette.routing import Route

from bot import actions, policy
from bot.actions.incidents.review import REVIEW
from bot.actions.registry import Registry, discover
from bot.alerts import feature as alerts
from bot.alerts import rules as alert_rules
from bot.alerts.metrics.base import METRICS
from bot.alerts.rules import Rule, Watched
from bot.billing import door as stripe_door
from bot.billing import feature as billing
from bot.billing.webhooks import StripeDoor, Webhooks
from bot.config import Settings
from bot.delivery import exports as exporting
from bot.delivery import jobs as delivering
from bot.delivery import webapi
from bot.delivery.answers import Answers
from bot.delivery.channels import Channels
from bot.delivery.deliver import Delivery
from bot.delivery.exports import Exports
from bot.digests import feature as digests
from bot.digests.reports import Reports
from bot.drawing.cards.undelivered import Undelivered
from bot.drawing.render import Renderer, templates_folder
from bot.drawing.results import Results
from bot.errors import Later, Misconfigured
from bot.handlers import cards, enrolling, sockets
from bot.handlers import door as slack_door
from bot.handlers import jobs as handling
from bot.handlers.codes import Codes
from bot.handlers.dispatch import Dispatcher, Inbound
from bot.handlers.feature import Feature
from bot.handlers.forms import Forms
from bot.handlers.intake import Intake
from bot.handlers.reception import Reception
from bot.handlers.routes import Routes
from bot.handlers.terminal import Terminals
from bot.holds.lists import HeldLists
from bot.incidents import feature as incidents
from bot.incidents.document import Reviews
from bot.integrations.base import Integration
from bot.integrations.dns.records import Resolver
from bot.integrations.mail.letters import Letters
from bot.integrations.mail.smtp import Mailer
from bot.integrations.platform.probe import PlatformProbe
from bot.integrations.prometheus.api import Prometheus
from bot.integrations.redis.lists import RedisLists
from bot.integrations.stripe.api import StripeApi
from bot.pipeline import jobs as pipeline
from bot.pipeline import results, ruling, telling
from bot.pipeline.core import Core
from bot.pipeline.limits import Limits
from bot.policy import Policy
from bot.rulebook import check
from bot.runtime import clock, jobs, web
from bot.runtime.clock import Chore
from bot.store.database import Database
from bot.store.models import Kind
from bot.store.vault import Vault

log = structlog.get_logger()

SLACK_TIMEOUT = 5  # seconds for one call of the Web API
AGAIN = 2.0  # seconds until the database is tried once more
ASK_AGAIN = 60.0  # seconds until what Slack refused is asked for once more


@dataclass(frozen=True)
class Bot:
    """Everything one process may run."""

    settings: Settings
    core: Core
    channels: Channels
    reception: Reception
    intake: Intake
    stripe: StripeApi | None
    queue: App
    chores: Mapping[str, Chore]
    """What the clock looks after."""
    alerting: Mapping[str, Rule]
    prometheus: Prometheus | None
    answers: Answers

    async def close(self) -> None:
        await self.intake.drain()
        await self.answers.close()
        if self.core.platform is not None:
            await self.core.platform.close()
        if self.core.lists is not None:
            await self.core.lists.close()
        if self.stripe is not None:
            await self.stripe.close()
        if self.prometheus is not None:
            await self.prometheus.close()
        for one in self.core.integrations.values():
            await one.close()
        await self.core.database.close()


def build(settings: Settings) -> Bot:
    """Choose and connect all parts; opens no connection yet."""
    database = Database(settings.database_url.get_secret_value())
    rules, registry, watched = read_rules(settings.pm_policy)
    token, team_id = settings.slack_bot_token.get_secret_value(), settings.slack_team_id
    # Its own retry after a broken connection would post twice; delivery looks first.
    client = AsyncWebClient(token=token, base_url=settings.api_url, timeout=SLACK_TIMEOUT, retry_handlers=[])
    channels = Channels(client, {**rules.channels, **settings.channels})
    limits = Limits(settings.pm_lookups_per_minute, settings.pm_requests_per_10_minutes)
    vault, exports = _vault(settings, rules), Exports(database, client, channels, team_id)
    each, renderer = Results(database, client, registry), Renderer()
    documents = Reviews(database, client, channels, renderer)
    outside = {**_integrations(settings), exporting.NAME: exports, results.NAME: each, REVIEW: documents}
    lists = _lists(settings, database)
    platform = _platform(settings, lists)
    core = Core(database, registry, rules, platform, outside, limits, vault, _dns(settings), lists)
    intake, stripe = Intake(database), _stripe(settings)
    prometheus = Prometheus.of(settings.prometheus_url, settings.prometheus_token)
    reports, webhooks = Reports(database, renderer, rules, team_id), Webhooks(database, renderer, stripe)
    features = [
        cards.feature(core, renderer, channels, team_id),
        alerts.feature(database, renderer, channels, watched, rules, team_id, prometheus),
        incidents.feature(database, client, renderer, channels, watched.rules, rules, team_id),
        digests.feature(reports),
        billing.feature(webhooks),
        enrolling.feature(core, renderer, client),
        Feature(chores={"exports": exports.expire}),
    ]
    projections = {name: draw for one in features for name, draw in one.projections.items()}
    moved = {"proposal": telling.moved, **{name: on for one in features for name, on in one.moved.items()}}
    undelivered = Undelivered(renderer, channels, team_id).tell
    delivery = Delivery(database, client, channels, projections, undelivered, moved)
    routes = Routes(team_id, {name: press for one in features for name, press in one.buttons.items()})
    terminals = Terminals(core, renderer, channels, client, team_id, reports, projections["proposal"])
    others: dict[Kind, Inbound] = {Kind.STRIPE: webhooks, Kind.TERMINAL: terminals}
    answers = Answers(database)
    dispatcher = Dispatcher(core, renderer, channels, client, team_id, reports, routes, answers, others)
    reception = Reception(intake, Forms(database, registry, rules, team_id), Codes(database, vault, team_id), team_id)
    queue, chores = _work_of(core, dispatcher, delivery, features)
    return Bot(settings, core, channels, reception, intake, stripe, queue, chores, watched.rules, prometheus, answers)


def _work_of(
    core: Core, dispatcher: Dispatcher, delivery: Delivery, features: Sequence[Feature]
) -> tuple[App, dict[str, Chore]]:
    """The queue with all jobs, and what the clock looks after."""
    own = [*handling.jobs(dispatcher), *pipeline.jobs(core), *delivering.jobs(delivery)]
    queue = jobs.build(core.database.url, core.database, [*own, *(job for one in features for job in one.jobs)])
    return queue, {
        "rescue": lambda: jobs.rescue(core.database, ended=jobs.endings(queue)),
        **handling.chores(core.database),
        **pipeline.chores(core),
        **delivering.chores(delivery),
        **{name: chore for one in features for name, chore in one.chores.items()},
    }


def read_rules(file: Path | None) -> tuple[Policy, Registry, Watched]:
    """The policy of that file (None: the bot's own), all actions, and what alerts watch. Raises `Misconfigured`."""
    rules, registry = policy.load(file), discover(actions)
    known = {name: check.Known(one.risk, one.containment, one.grants) for name, one in registry.by_name.items()}
    if mistakes := check.mistakes(rules, known):
        raise policy.unreadable(file, mistakes)
    path = rules.alerts.rules
    if path is not None and file is not None:
        path = file.parent / path
    verbs = {verb: frozenset(action.parameters()) for verb, action in registry.by_verb.items()}
    return rules, registry, alert_rules.read(path, frozenset(METRICS), verbs)


def _vault(settings: Settings, rules: Policy) -> Vault | None:
    """None without a key. Raises `Misconfigured` where it is none, or the policy demands codes and there is none."""
    if settings.pm_secret_key is not None:
        return Vault(settings.pm_secret_key.get_secret_value())
    if any(rule.step_up for rule in (*rules.risks.values(), *rules.actions.values())):
        raise Misconfigured(
            "The policy says step_up = true, and PM_SECRET_KEY is not set. Set it (pm secrets key prints one), or take"
            " the line out of the policy."
        )
    return None


def _stripe(settings: Settings) -> StripeApi | None:
    if settings.stripe_api_key is None:
        return None
    return StripeApi(settings.stripe_api_key.get_secret_value(), settings.stripe_api_url)


def _stripe_routes(bot: Bot) -> list[Route]:
    if bot.settings.stripe_webhook_secret is None:
        log.warning("Stripe is off: STRIPE_WEBHOOK_SECRET is not set, so its events are not taken")
        return []
    return [stripe_door.route(StripeDoor(bot.intake, bot.settings.stripe_webhook_secret.get_secret_value()))]


def _platform(settings: Settings, lists: HeldLists | None) -> PlatformProbe | None:
    """None: nobody can be asked. Without its URL, what is in Redis is looked at all the same."""
    if settings.platform_url is None or settings.platform_token is None:
        return PlatformProbe(None, "", lists) if lists else None
    return PlatformProbe(settings.platform_url, settings.platform_token.get_secret_value(), lists)


def _lists(settings: Settings, database: Database) -> HeldLists | None:
    """None: its setting is absent, and the platform's Redis is left alone."""
    return HeldLists(database, RedisLists(settings.redis_url.get_secret_value())) if settings.redis_url else None


def _dns(settings: Settings) -> Resolver | None:
    return Resolver.of(settings.dns_resolver)


def _integrations(settings: Settings) -> dict[str, Integration]:
    """The systems that effects are sent to, by the name that actions know; None: its settings are absent, it is off."""
    found: dict[str, Integration | None] = {}
    if settings.smtp_url is not None:
        letters = Letters(templates_folder())
        found["mail"] = Mailer(
            settings.smtp_url.get_secret_value(), settings.smtp_from, letters, settings.smtp_bounces_to
        )
    return {name: one for name, one in found.items() if one is not None}


@asynccontextmanager
async def running(bot: Bot, *, worker: bool, clock_too: bool, listen: bool) -> AsyncIterator[None]:
    """Run the chosen parts in the background; at the end they finish what is under way."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(bot.close)
        await bot.core.database.open()
        tasks = [asyncio.create_task(_begin_ruling(bot, stop))]
        if worker:
            tasks.append(asyncio.create_task(_work(bot, stop)))
        if clock_too:
            tasks.append(asyncio.create_task(clock.run(bot.chores, stop)))
        try:
            async with _sockets(bot) if listen and bot.settings.socket_mode else nullcontext():
                yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)


async def _begin_ruling(bot: Bot, stop: asyncio.Event) -> None:
    """Note which policy this process goes by, as soon as the database takes it."""
    while not stop.is_set():
        try:
            await ruling.begin(bot.core.database, bot.core.policy)
        except DBAPIError as error:
            log.warning("the policy could not be noted; I try again", error=type(error).__name__)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), AGAIN)
        else:
            return


async def _work(bot: Bot, stop: asyncio.Event) -> None:
    """Take jobs until told to stop. Where the bot's channels are is found out before, if Slack says so at once."""
    again = await _learn(bot.channels)
    learning = asyncio.create_task(_keep_learning(bot.channels, again))
    try:
        await jobs.run_worker(bot.queue, bot.core.database, stop)
    finally:
        learning.cancel()
        await asyncio.gather(learning, return_exceptions=True)


async def _keep_learning(channels: Channels, again: float | None) -> None:
    while again is not None:
        await asyncio.sleep(again)
        again = await _learn(channels)


async def _learn(channels: Channels) -> float | None:
    """None once it is known where the bot's channels are, else the seconds to wait before asking again."""
    try:
        async with webapi.waiting():
            await channels.learn()
    except Later as later:
        return later.seconds
    except SlackApiError as error:
        log.error("Slack does not say where the bot's channels are", error=webapi.code(error))  # noqa: TRY400 - no trace of ours
        return ASK_AGAIN
    return None


def _sockets(bot: Bot) -> AbstractAsyncContextManager[None]:
    token = bot.settings.slack_app_token
    client = AsyncWebClient(base_url=bot.settings.api_url, timeout=SLACK_TIMEOUT)
    return sockets.connected(bot.reception, token.get_secret_value() if token else "", client)


def asgi(bot: Bot, *, everything: bool) -> Starlette:
    """The web process; with `everything`, worker and clock beside it."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with running(bot, worker=everything, clock_too=everything, listen=True):
            yield

    reception = None if bot.settings.socket_mode else bot.reception
    signed = bot.settings.slack_signing_secret.get_secret_value()
    routes = [slack_door.route(reception, signed), *_stripe_routes(bot)]
    token = bot.settings.pm_metrics_token
    return web.build(routes, bot.core.database, lifespan, token.get_secret_value() if token else None)


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
    _keep_what_is_loaded()
    with bound(settings.host, settings.port) as listener:
        _Server(config).run(sockets=[listener])


def _keep_what_is_loaded() -> None:
    """Modules stay until the end: looking through them for garbage would take 80 ms, every 2,000 requests."""
    gc.collect()
    gc.freeze()


class _Server(uvicorn.Server):
    """Being told to end is no failure; uvicorn would raise the signal once more at the end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True


def bound(host: str, port: int) -> socket.socket:
    """A socket on the address, before anything starts. Raises `Misconfigured` when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # TCP by name: asyncio switches Nagle's delay off (40 ms an answer) only where the socket says so.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Misconfigured(
            f"Port {port} on {host} cannot be used: {error.strerror}. "
            "Set PORT to a free one, or stop the program that uses it."
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

    with asyncio.Runner(loop_factory=_loop()) as runner:
        runner.run(until_told())


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, as uvicorn takes it where it is installed."""
    return importlib.import_module("uvloop").new_event_loop if importlib.util.find_spec("uvloop") else None
