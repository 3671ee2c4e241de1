"""A bot in a world whose clock can be moved ahead, as that of `pm demo`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg

from bot import app
from bot.demo import clock, world
from bot.demo.world import World
from localslack import hosting, moment


@contextlib.asynccontextmanager
async def movable(around: World, behind: float = 0) -> AsyncIterator[World]:
    """Run the bot there by a clock that the page moves; it is set back at the end, for the other databases' sake."""
    clock.install(around.database_url)
    if behind:
        clock._set(around.database_url, -behind)
        moment.move(-behind)
    bot = app.build(world.settings(around.database_url, around.slack, around.slack_url, around.platform_url))
    still, timeless = asyncio.Lock(), around.slack.passage
    passing = clock.DemoClock(around, bot, still)
    try:
        async with hosting.serve(app.asgi(bot, everything=True)) as url:
            around.slack.request_url = f"{url}/slack/events"
            around.slack.passage = passing
            try:
                yield around
            finally:
                passing.end()
                around.slack.passage = timeless  # an open page goes on asking
    finally:
        await still.acquire()  # for good: whoever still waits for time to pass moves no clock any more
        moment.move(0.0)
        with psycopg.connect(around.database_url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET ALL")
            connection.execute("SELECT pg_reload_conf()")
