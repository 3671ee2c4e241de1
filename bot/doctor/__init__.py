"""`pm doctor`: is everything there that the bot needs, and what to do where it is not. Reads only, tells no secret."""

import asyncio
from collections.abc import AsyncIterator

from bot import app, config, policy
from bot.config import DatabaseSettings, Settings
from bot.doctor import (
    audit,
    database,
    lists,
    live,
    live_stripe,
    mail,
    on_call,
    outside,
    pagerduty,
    secrets,
    slack,
    watch,
)
from bot.doctor.database import roster
from bot.doctor.findings import Finding, Level, failed, ok
from bot.errors import Misconfigured
from bot.policy import Policy

__all__ = ["Finding", "Level", "examine", "roster", "round_trip"]


async def examine() -> AsyncIterator[Finding]:
    """Look at everything, from the settings outwards; what cannot be looked at for want of something before is left."""
    try:
        settings = config.load(Settings)
    except Misconfigured as error:
        yield failed("settings", str(error), "Set them in the environment of every process.")
        try:
            async for finding in database.look(config.load(DatabaseSettings).database_url.get_secret_value()):
                yield finding
        except Misconfigured:
            return
        return
    yield ok("settings", "complete, over " + ("Socket Mode" if settings.socket_mode else "HTTP"))
    rules = policy.load()
    try:
        rules, _, _ = app.read_rules(settings.pm_policy)
        yield ok("policy", str(settings.pm_policy or "the one in the package"))
    except Misconfigured as error:
        yield failed("policy", str(error), "Correct the file, or unset PM_POLICY to use the one in the package.")
    async for finding in _parts(settings, rules):
        yield finding


async def round_trip(channel: str, person: str | None = None, wait: float = 0) -> AsyncIterator[Finding]:
    """Everything that the bot does in Slack and Stripe, done once and taken back. Raises `Misconfigured`.

    `person`: the Slack id of whoever gets what one person sees; else whoever presses a button within `wait` seconds.
    """
    settings = config.load(Settings)
    told: asyncio.Queue[Finding | None] = asyncio.Queue()

    async def travel() -> None:
        try:
            await live.RoundTrip(settings, channel, told.put_nowait).run(person, wait)
            await live_stripe.round_trip(settings, told.put_nowait)
        finally:
            told.put_nowait(None)

    travelling = asyncio.create_task(travel())
    try:
        while (finding := await told.get()) is not None:
            yield finding
        await travelling
    finally:
        travelling.cancel()  # which takes back what it did
        await asyncio.gather(travelling, return_exceptions=True)


async def _parts(settings: Settings, rules: Policy) -> AsyncIterator[Finding]:
    url, readable = settings.database_url.get_secret_value(), False
    async for finding in database.look(url):
        yield finding
        readable = readable or (finding.subject == "migrations" and finding.level is Level.OK)
    if readable:
        yield await database.people(url, settings.slack_team_id, rules)
        yield await database.commands(url, settings.slack_team_id, rules)
        yield await on_call.look(url, settings.slack_team_id, rules)
    named = {**rules.channels, **settings.channels}
    async for finding in slack.look(settings, named):
        yield finding
    yield secrets.look(settings)
    yield audit.look(settings)
    yield await outside.platform(settings)
    yield await lists.look(settings)
    yield await outside.prometheus(settings)
    yield outside.alerts(settings)
    yield outside.deployments(settings)
    yield await mail.look(settings)
    async for finding in pagerduty.look(settings, rules):
        yield finding
    yield await watch.look(settings, named, readable=readable)
    async for finding in outside.stripe(settings):
        yield finding
    yield await outside.port(settings)
