"""`pm demo`: the whole world in one process, one URL to open, Ctrl-C to end it."""

import asyncio
import contextlib
import logging
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from concurrent.futures import Future
from pathlib import Path

import click
from starlette.staticfiles import StaticFiles

from bot import app, logs
from bot.demo import ci as demo_ci
from bot.demo import clock as passing
from bot.demo import nameserver, seed_figures, seeding, story, traffic, trouble, world
from bot.demo import policy as house_rules
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.scenarios.stage import Surroundings
from bot.demo.scenarios.tours import GuidedTours
from bot.demo.seed import token_for
from bot.errors import Misconfigured
from localslack import hosting, moment

GUIDE = """
  PenguinMails ops bot, demo. Everything runs on this machine and is made up.

  Open    {slack}/?as=U0ONCALL&channel=C0OPERATIONS
          New here? Click "Take the tour" at the top of the page. In two minutes, you see who asks, who decides,
          and how one checks that it worked.
  Then    /pm revoke @staffer because laptop stolen
  And     {slack}/?as=U0SECURITY&channel=C0OPERATIONS   (a second window: approve)
  Check   curl -s -o /dev/null -w '%{{http_code}}\\n' -H 'Authorization: Bearer {token}' {platform}/dashboard/users
          200 before, 401 after
  Mail    {mailbox}/   (what the bot has sent to customers)
  Status  {status}/   (the public status page, as customers see it; both are linked at the top of #operations)

  {then}Ctrl-C ends it.
"""
OPERATIONS, PUBLIC = "C0OPERATIONS", "status"
USUAL_PORTS = range(8420, 8440)
TROUBLE = "A test problem starts soon: watch #operations for the next minute.\n  "


def demo(
    starting: Future[EmbeddedPostgres], *, port: int | None, making: str | None = None, policy: Path | None = None
) -> None:
    """Run until Ctrl-C or SIGTERM; leaves nothing running. `making`: the name of a trouble.

    Raises `Misconfigured` for a policy or port that cannot be used, before anything is written.
    """
    logs.configure(logging.ERROR)  # what is merely off in a demo is no news to a visitor
    with starting.result() as postgres:
        app.read_rules(policy)
        with page_socket(port) as page:
            url = postgres.url("postgres")
            passing.install(url, behind=story.LASTS)
            _fill(url)
            click.echo("  Starting the platform, the local Slack and the bot.")
            asyncio.run(_run(url, page, making, policy))


def page_socket(port: int | None) -> socket.socket:
    """Where the page will be: at that port, or at the usual one or the next that is free. Raises `Misconfigured`."""
    for one in (port,) if port is not None else USUAL_PORTS:
        with contextlib.suppress(OSError):
            return hosting.listening(one)
    if port is None:
        return hosting.listening()
    raise Misconfigured(
        f"Port {port} of this machine cannot be used. Leave --port out: the demo finds a free one itself."
    )


def _fill(url: str) -> None:
    click.echo("  Loading demo data; this takes a few seconds.")
    try:
        click.echo(f"  Made {seeding.load(url, url)}.")
        seeding.decide(url)
    except Misconfigured:
        click.echo("  Using the demo data that is there.")


async def _run(database_url: str, page: socket.socket, making: str | None, policy: Path | None) -> None:
    told, still, ci = asyncio.Event(), asyncio.Lock(), demo_ci.DemoCi()
    door = hosting.listening()  # of the bot itself: its address stands in mails
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    async with (
        world.around(database_url, slack_at=page) as around,
        nameserver.of(database_url).serve() as names,
        ci.serve() as deploys,
        _folder() as (folder, status_url),
    ):
        await world.link_everybody(database_url, around.slack.workspace.team_id)
        around.link(OPERATIONS, {"Status page": status_url, "Mails to customers": around.mailbox.page})
        own = {
            "pm_policy": policy or house_rules.written(folder, moment.now()),
            "pm_public_url": f"http://{door.getsockname()[0]}:{door.getsockname()[1]}",
            "pm_status_folder": folder / PUBLIC,
            "smtp_url": around.mailbox.url,
            "dns_resolver": names,
            "deploy_url": deploys,
            "deploy_webhook_secret": demo_ci.SECRET,
        }
        settings = world.settings(database_url, around.slack, around.slack_url, around.platform_url, **own)
        bot = app.build(settings)
        seed_figures.fill(database_url, bot.core.policy.zone)
        async with hosting.serve(app.asgi(bot, everything=True), door) as bot_url:
            around.slack.request_url, ci.bot = f"{bot_url}/slack/events", bot_url
            busy = [asyncio.create_task(traffic.run(database_url, told, still))]
            if making:
                busy.append(asyncio.create_task(trouble.run(making, database_url, told, still)))
            around.slack.passage = passage = passing.DemoClock(around, bot, still)
            surroundings = Surroundings(around.slack, database_url, around.platform_url, mailbox=around.mailbox)
            around.slack.tours = tours = GuidedTours(surroundings)
            await story.play(surroundings, passage.advance)
            click.echo(_guide(around, making, status_url))
            await told.wait()
            passage.end()
            await tours.close()
            await asyncio.gather(*busy)


@contextlib.asynccontextmanager
async def _folder() -> AsyncIterator[tuple[Path, str]]:
    """A folder for what the demo writes, the public status page in a folder of its own; and where that is served."""
    with tempfile.TemporaryDirectory(prefix="pm-demo-") as name:
        folder = Path(name)
        (folder / PUBLIC).mkdir()
        async with hosting.serve(StaticFiles(directory=folder / PUBLIC, html=True)) as url:
            yield folder, url


def _guide(around: world.World, making: str | None, status_url: str) -> str:
    then = TROUBLE if making else ""
    where = {"slack": around.slack_url, "platform": around.platform_url, "mailbox": around.mailbox.page}
    where["status"] = status_url
    return GUIDE.format(**where, token=token_for("staffer", 1), then=then)
