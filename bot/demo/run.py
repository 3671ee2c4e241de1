"""`pm demo`: the whole world in one process, one URL to open, Ctrl-C to end it."""

import asyncio
import logging
import signal
from pathlib import Path

import click

from bot import app, logs
from bot.demo import hosting, seeding, traffic, world
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.seed import token_for
from bot.errors import Misconfigured

GUIDE = """
  PenguinMails ops bot, demo. Everything runs on this machine and is made up.

  Open    {slack}/?as=U0ONCALL&channel=C0OPERATIONS
  Then    /pm revoke @staffer because laptop stolen
  And     {slack}/?as=U0SECURITY&channel=C0OPERATIONS   (a second window: approve)
  Check   curl -s -o /dev/null -w '%{{http_code}}\\n' -H 'Authorization: Bearer {token}' {platform}/dashboard/users
          200 before, 401 after

  Ctrl-C ends it.
"""


def demo(*, port: int, data: str | None) -> None:
    """Run until Ctrl-C or SIGTERM; leaves nothing running."""
    logs.configure(logging.WARNING)
    with EmbeddedPostgres.start(Path(data) if data else None) as postgres:
        url = postgres.url("postgres")
        try:
            summary = seeding.load(url, url)
            click.echo(f"  Seeded {summary}.")
        except Misconfigured:
            click.echo("  Using the demo data that is there.")
        asyncio.run(_run(url, port))


async def _run(database_url: str, port: int) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with world.around(database_url, slack_port=port) as around:
        await world.link_everybody(database_url, around.slack.workspace.team_id)
        settings = world.settings(database_url, around.slack, around.slack_url, around.platform_url)
        async with hosting.serve(app.asgi(app.build(settings), everything=True)) as bot_url:
            around.slack.request_url = f"{bot_url}/slack/events"
            busy = asyncio.create_task(traffic.run(database_url, told))
            click.echo(
                GUIDE.format(slack=around.slack_url, platform=around.platform_url, token=token_for("staffer", 1))
            )
            await told.wait()
            await busy
