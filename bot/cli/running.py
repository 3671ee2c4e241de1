"""The processes, the demo, a rehearsal; and asking for something from a terminal."""

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from bot import config, logs
from bot.cli.base import loading
from bot.config import Settings, TerminalSettings

# Those of bot/demo/trouble.py, which is loaded only where the demo is.
TROUBLES = (
    *("queue-backlog", "spam-spike", "smtp-down", "db-slow", "disk-full"),
    *("blacklist", "login-attack", "webhook-silence"),
)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Run worker and clock in the same process.")
def serve(everything: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Accept what Slack sends (HTTP, or Socket Mode when SLACK_APP_TOKEN is set)."""
    with loading():
        from bot import app

    logs.configure()
    app.serve(config.load(Settings), everything=everything)


@click.command()
def worker() -> None:
    """Handle what the bot has accepted from Slack and elsewhere. You can run as many workers as you like."""
    with loading():
        from bot import app

    logs.configure()
    app.run_alone(config.load(Settings), worker=True)


@click.command()
def clock() -> None:
    """Start everything that is due. You can run one or several of these processes."""
    with loading():
        from bot import app

    logs.configure()
    app.run_alone(config.load(Settings), clock_too=True)


@click.command()
@click.option(
    "--port", default=None, type=int, help="Port of the local Slack's page; 8420 or the next free one if unset."
)
@click.option("--data", type=click.Path(), default=None, help="Folder for the database; a temporary one if unset.")
@click.option(
    "--trouble",
    type=click.Choice(TROUBLES),
    default=None,
    help="Cause a test problem that fires an alert.",
)
@click.option(
    "--policy",
    envvar="PM_POLICY",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=None,
    help="The policy file to use; PM_POLICY sets it, too. If you name none, the demo uses its own.",
)
def demo(port: int | None, data: str | None, trouble: str | None, policy: Path | None) -> None:
    """Try everything on this machine: PostgreSQL, a demo platform, a local Slack and the bot."""
    with _demo_installed(), ThreadPoolExecutor(1) as aside:
        import websockets  # noqa: F401 - the local Slack's sockets; uvicorn would miss it only later

        from bot.demo.postgres import EmbeddedPostgres

        # PostgreSQL makes its files while the program is loaded: each takes seconds and needs nothing of the other.
        postgres = aside.submit(EmbeddedPostgres.start, Path(data) if data else None)
        with loading():
            from bot.demo import run
    run.demo(postgres, port=port, making=trouble, policy=policy)


@click.command()
@click.argument("names", nargs=-1, metavar="[SCENARIO]…")
@click.option(
    "--request-url", default=None, help="The bot's URL for Slack's requests. Leave it out if the bot uses Socket Mode."
)
@click.option("--port", default=8900, show_default=True, help="Port of the local Slack that the bot talks to.")
@click.option("--database-url", default=None, help="The bot's database, to check its content.")
@click.option("--platform-url", default=None, help="The platform's URL, to check whose sessions the platform refuses.")
@click.option("--make-trouble", is_flag=True, help="Create the scenario's problem in the database of --database-url.")
@click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for the bot.")
@click.option("--list", "listing", is_flag=True, help="Print the names of all scenarios.")
def rehearse(
    names: tuple[str, ...],
    request_url: str | None,
    port: int,
    database_url: str | None,
    platform_url: str | None,
    make_trouble: bool,  # noqa: FBT001 - click passes flags so
    wait: float,
    listing: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Play scenarios against a running bot, as its users would. If you name none, all are played.

    The bot has to be set up for the local Slack that this serves, with a database of its own: what is approved in a
    rehearsal is done. Without --database-url or --platform-url, what only they can tell is reported as not checked.
    Exits with 1 when something was not as it should be, with 2 when no bot answered.
    """
    with _demo_installed():
        from bot.demo.scenarios import reading, rehearsal
    chosen = reading.named(names)
    if listing:
        for one in chosen:
            click.echo(f"{one.slug}  ({one.lasts})\n    {one.about}")
        return
    logs.configure(logging.ERROR)
    around = rehearsal.surroundings(request_url, database_url, platform_url, make_trouble=make_trouble)
    if not rehearsal.rehearse(chosen, around, port=port, wait=wait):
        raise SystemExit(1)


@contextlib.contextmanager
def _demo_installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise click.ClickException(
            f'{error.name} is missing. Install with: pip install "penguinmails-bot[demo]"'
        ) from error


@click.command("do", context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND…")
def do(words: tuple[str, ...]) -> None:
    """Ask for COMMAND as yourself, as you would after /pm in Slack: pm do revoke @staffer because laptop stolen.

    The same permissions, approvals and record. You can ask here, not decide: requests are approved in Slack. Exits
    with 0 when it is done, 1 when it was refused or failed, 3 when it waits for an approval, 4 when no worker answered.
    """
    from bot.handlers import terminal_client

    settings = config.load(TerminalSettings)
    answer = terminal_client.ask(settings.database_url.get_secret_value(), settings.token, terminal_client.typed(words))
    click.echo(answer.text)
    raise SystemExit(int(answer.code))
