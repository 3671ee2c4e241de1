"""The composition root: the only place that builds things and decides which."""

import asyncio
import signal
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog
import uvicorn
from procrastinate import App
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette

from bot import actions, policy, systems, traces
from bot.actions.incidents.evidence import COLLECT
from bot.actions.incidents.review import REVIEW
from bot.actions.registry import Registry, discover
from bot.alerts import feature as alerts
from bot.alerts import rules as alert_rules
from bot.alerts.metrics.base import METRICS
from bot.alerts.outside import feature as outside_alerts
from bot.alerts.outside.groups import Groups
from bot.alerts.rules import Rule, Watched
from bot.billing import feature as billing
from bot.billing import pulling
from bot.billing.catch_up import CatchUp
from bot.billing.webhooks import Webhooks
from bot.config import Settings
from bot.delivery import exports as exporting
from bot.delivery import jobs as delivering
from bot.delivery import webapi
from bot.delivery.answers import Answers
from bot.delivery.channels import Channels
from bot.delivery.deliver import Delivery
from bot.delivery.exports import Exports
from bot.deployments import feature as deployments
from bot.digests import feature as digests
from bot.digests.reports import Reports
from bot.drawing.cards.undelivered import Undelivered
from bot.drawing.render import Renderer, templates_folder
from bot.drawing.results import Results
from bot.errors import Later
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
from bot.incidents import feature as incidents
from bot.incidents.collecting import Collector
from bot.incidents.document import Reviews
from bot.integrations.prometheus.api import Prometheus
from bot.maintenance import feature as maintenance
from bot.oncall import feature as oncall
from bot.oncall.feature import PagerDuty
from bot.pipeline import jobs as pipeline
from bot.pipeline import results, ruling, telling
from bot.pipeline.core import Core
from bot.pipeline.limits import Limits
from bot.policy import Policy
from bot.rulebook import check
from bot.runbooks import feature as runbooks
from bot.runtime import clock, jobs, server, web
from bot.runtime.clock import Chore
from bot.statuspage import feature as statuspage
from bot.store.database import Database
from bot.store.models import Kind
from bot.ticketing import feature as ticketing
from bot.watch import feature as watch
from bot.watch.watcher import Watcher
from bot.witnesses import feature as witnesses

log = structlog.get_logger()

SLACK_TIMEOUT = 5  # seconds for one call of the Web API
AGAIN = 2.0  # seconds until the database is tried once more
ASK_AGAIN = 60.0  # seconds until what Slack refused is asked for once more


class Closes(Protocol):
    """What is closed when the bot ends."""

    async def close(self) -> None: ...


@dataclass(frozen=True)
class Bot:
    """Everything one process may run."""

    settings: Settings
    core: Core
    channels: Channels
    reception: Reception
    intake: Intake
    queue: App
    chores: Mapping[str, Chore]
    """What the clock looks after."""
    alerting: Mapping[str, Rule]
    answers: Answers
    watcher: Watcher
    asked: Sequence[Closes]
    """Other systems that are asked while it runs."""

    async def close(self) -> None:
        await self.intake.drain()
        last: tuple[Closes, ...] = self.answers, self.watcher, *self.asked, *self.core.integrations.values()
        for one in (*last, self.core.database):
            await one.close()


def build(settings: Settings) -> Bot:
    """Choose and connect all parts; opens no connection yet."""
    rules, registry, watched = read_rules(settings.pm_policy)
    if settings.alerts_webhook_secret is not None:
        watched = outside_alerts.listening(watched)
    database = Database(settings.database_url.get_secret_value(), policy=rules)
    token, team_id = settings.slack_bot_token.get_secret_value(), settings.slack_team_id
    # Its own retry after a broken connection would post twice; delivery looks first.
    client = AsyncWebClient(token=token, base_url=settings.api_url, timeout=SLACK_TIMEOUT, retry_handlers=[])
    named = {**rules.channels, **settings.channels}
    channels = Channels(client, named)
    limits = Limits(settings.pm_lookups_per_minute, settings.pm_requests_per_10_minutes)
    vault, exports = systems.vault(settings, rules), Exports(database, client, channels, team_id)
    each, renderer = Results(database, client, registry), Renderer()
    documents = Reviews(database, client, channels, renderer, watched.rules)
    outside = {**systems.integrations(settings), exporting.NAME: exports, results.NAME: each, REVIEW: documents}
    outside[COLLECT] = Collector(database, client, team_id)
    lists = systems.lists(settings, database)
    platform = systems.platform(settings, lists)
    without = systems.without(settings)
    intake, stripe, dns = Intake(database), systems.stripe(settings), systems.dns(settings)
    if stripe is not None:
        outside[pulling.NAME] = pulling.Pulling(database, stripe)
    core = Core(database, registry, rules, platform, outside, limits, vault, dns, stripe, lists, without)
    prometheus = Prometheus.of(settings.prometheus_url, settings.prometheus_token)
    pagerduty = PagerDuty.of(settings)
    reports, webhooks = Reports(database, renderer, rules, team_id), Webhooks(database, renderer, stripe)
    catch_up = CatchUp(database, renderer, stripe, intake) if stripe else None
    groups = Groups(database, renderer, rules.alerts.outside)
    canary = watch.CHANNEL in named
    watcher = watch.watcher(settings, database, outside.get("mail"), rules.zone, canary=canary)
    shared = _Shared(settings, core, client, renderer, channels, watched, team_id, named)
    features = _features(shared, groups, webhooks, catch_up, reports, exports, prometheus, pagerduty)
    projections = {name: draw for one in features for name, draw in one.projections.items()}
    moved = {"proposal": telling.moved, **{name: on for one in features for name, on in one.moved.items()}}
    undelivered = Undelivered(renderer, channels, team_id).tell
    delivery = Delivery(database, client, channels, projections, undelivered, moved)
    routes = Routes(team_id, {name: press for one in features for name, press in one.buttons.items()})
    terminals = Terminals(core, renderer, channels, client, team_id, reports, projections["proposal"])
    others: dict[Kind, Inbound] = {Kind.STRIPE: webhooks, Kind.TERMINAL: terminals, Kind.ALERTS: groups}
    answers = Answers(database)
    dispatcher = Dispatcher(core, renderer, channels, client, team_id, reports, routes, answers, others)
    reception = Reception(intake, Forms(database, registry, rules, team_id), Codes(database, vault, team_id), team_id)
    queue, chores = _work_of(core, dispatcher, delivery, features)
    asked = [one for one in (platform, lists, stripe, prometheus, pagerduty) if one is not None]
    return Bot(settings, core, channels, reception, intake, queue, chores, watched.rules, answers, watcher, asked)


@dataclass(frozen=True)
class _Shared:
    """What most features are made with."""

    settings: Settings
    core: Core
    client: AsyncWebClient
    renderer: Renderer
    channels: Channels
    watched: Watched
    team_id: str
    named: Collection[str]
    """What there are channels for."""


def _features(
    with_: _Shared,
    groups: Groups,
    webhooks: Webhooks,
    catch_up: CatchUp | None,
    reports: Reports,
    exports: Exports,
    prometheus: Prometheus | None,
    pagerduty: PagerDuty,
) -> list[Feature]:
    """All of them; what each consists of, it says itself."""
    core, settings, client, renderer = with_.core, with_.settings, with_.client, with_.renderer
    channels, watched, team_id = with_.channels, with_.watched, with_.team_id
    database, rules = core.database, core.policy
    return [
        cards.feature(core, renderer, channels, team_id),
        alerts.feature(core, renderer, channels, watched, team_id, prometheus),
        outside_alerts.feature(groups),
        oncall.feature(database, renderer, watched.rules, rules, team_id, pagerduty),
        incidents.feature(database, client, renderer, channels, watched.rules, rules, team_id),
        maintenance.feature(database, renderer, watched.rules, rules),
        ticketing.feature(database, renderer, rules, team_id),
        runbooks.feature(database, settings.pm_runbooks),
        deployments.feature(database, renderer),
        digests.feature(reports),
        billing.feature(webhooks, catch_up),
        enrolling.feature(core, renderer, client),
        watch.feature(database, renderer, canary=watch.CHANNEL in with_.named),
        witnesses.feature(settings, database, renderer, core.integrations.get("mail"), with_.named),
        statuspage.feature(database, settings.pm_status_folder, rules, templates_folder()),
        Feature(chores={"exports": exports.expire}),
    ]


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
    unattended = frozenset(verb for verb, action in registry.by_verb.items() if action.unattended)
    watched = alert_rules.read(path, frozenset(METRICS), verbs, unattended)
    if strangers := [one for one in rules.self_healing.allowed if one not in watched.healing]:
        why = f"{strangers[0]} is not an alert rule with an entry “heals”{policy.meant(strangers[0], watched.healing)}"
        raise policy.unreadable(file, [rules.wrong(("self_healing", "allowed"), why)])
    return rules, registry, watched


@asynccontextmanager
async def running(bot: Bot, *, worker: bool, clock_too: bool, listen: bool) -> AsyncIterator[None]:
    """Run the chosen parts in the background; at the end they finish what is under way."""
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(traces.sent(bot.settings.otel_exporter_otlp_endpoint))
        stack.push_async_callback(bot.close)
        await bot.core.database.open()
        tasks = [asyncio.create_task(_begin_ruling(bot, stop)), asyncio.create_task(bot.watcher.run(stop))]
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
    routes = [slack_door.route(reception, signed), *systems.routes(bot.settings, bot.core.database, bot.intake)]
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
    server.keep_what_is_loaded()
    with server.bound(settings.host, settings.port) as listener:
        server.Server(config).run(sockets=[listener])


def run_alone(settings: Settings, *, worker: bool = False, clock_too: bool = False) -> None:
    """`pm worker` and `pm clock`: until SIGTERM or SIGINT."""

    async def until_told() -> None:
        told = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, told.set)
        async with running(build(settings), worker=worker, clock_too=clock_too, listen=False):
            await told.wait()

    with asyncio.Runner(loop_factory=server.loop()) as runner:
        runner.run(until_told())
