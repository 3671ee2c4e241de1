"""The `pm` command."""

import contextlib
import gc
import logging
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import click
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError

from bot import config, logs
from bot.config import (
    DatabaseSettings,
    LinkSettings,
    PolicySettings,
    RosterSettings,
    SecretSettings,
    Settings,
    TerminalSettings,
)
from bot.errors import BotError
from bot.policy import ReportName
from bot.store.database import psycopg_url


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """While modules are loaded nothing is garbage, and they stay: looking for some took a third of a start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class Group(click.Group):
    """Errors of the bot are sentences for people, not traces."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BotError as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            raise click.ClickException(f"The database cannot be reached: {str(error.orig).strip()}") from error


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="penguinmails-bot", prog_name="pm")
def main() -> None:
    """Run the PenguinMails platform from Slack."""


@main.command()
@click.option("--all", "everything", is_flag=True, help="Run worker and clock in the same process.")
def serve(everything: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Accept what Slack sends (HTTP, or Socket Mode when SLACK_APP_TOKEN is set)."""
    with loading():
        from bot import app

    logs.configure()
    app.serve(config.load(Settings), everything=everything)


@main.command()
def worker() -> None:
    """Handle what was accepted. Run as many as you like."""
    with loading():
        from bot import app

    logs.configure()
    app.run_alone(config.load(Settings), worker=True)


@main.command()
def clock() -> None:
    """Start everything that is due. Run one or several."""
    with loading():
        from bot import app

    logs.configure()
    app.run_alone(config.load(Settings), clock_too=True)


@main.command()
@click.option(
    "--port", default=None, type=int, help="Port of the local Slack's page; 8420 or the next free one if unset."
)
@click.option("--data", type=click.Path(), default=None, help="Folder for the database; a temporary one if unset.")
@click.option(
    "--trouble",
    type=click.Choice(["queue-backlog", "spam-spike"]),
    default=None,
    help="Cause a test problem that fires an alert.",
)
@click.option(
    "--policy", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None, help="Same as PM_POLICY."
)
def demo(port: int | None, data: str | None, trouble: str | None, policy: Path | None) -> None:
    """Try everything on this machine: PostgreSQL, a demo platform, a local Slack and the bot."""
    with _demo_installed():
        import websockets  # noqa: F401 - the local Slack's sockets; uvicorn would miss it only later

        with loading():
            from bot.demo import run
    run.demo(port=port, data=data, making=trouble, policy=policy)


@main.command()
@click.argument("names", nargs=-1, metavar="[SCENARIO]…")
@click.option(
    "--request-url", default=None, help="The bot's URL for Slack's requests. Leave it out if the bot uses Socket Mode."
)
@click.option("--port", default=8900, show_default=True, help="Port of the local Slack that the bot talks to.")
@click.option("--database-url", default=None, help="The bot's database, to check its content.")
@click.option("--platform-url", default=None, help="The platform's URL, to check whose sessions it refuses.")
@click.option("--make-trouble", is_flag=True, help="Create the scenario's problem in that database.")
@click.option("--wait", default=60.0, show_default=True, help="Seconds to wait for the bot.")
@click.option("--list", "listing", is_flag=True, help="Print the scenarios there are.")
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


@main.command()
@click.option(
    "--live",
    metavar="CHANNEL",
    default=None,
    help="Try everything once in this channel, then delete what the test posted.",
)
@click.option(
    "--person",
    metavar="USER_ID",
    default=None,
    help="With --live: the person who gets the private messages of the test.",
)
@click.option(
    "--wait",
    default=60.0,
    show_default=True,
    help="With --live: seconds to wait until its button is pressed.",
)
def doctor(live: str | None, person: str | None, wait: float) -> None:
    """Check settings, database, Slack, platform and Stripe; say what to do about what is wrong.

    --live '#channel' posts, updates, answers, uploads and deletes there with the real token, and in Stripe's test mode
    makes and deletes a customer; it leaves nothing behind.
    """
    import asyncio

    from bot import doctor as examination

    logs.configure(logging.CRITICAL)  # what is wrong is said in sentences

    async def examine() -> int:
        bad = 0
        findings = examination.examine() if live is None else examination.round_trip(live, person, wait)
        async for finding in findings:
            click.echo(str(finding))
            bad += finding.level is examination.Level.FAILED
        return bad

    if bad := asyncio.run(examine()):
        raise click.ClickException(f"{bad} of these must be fixed.")


@main.command("do", context_settings={"ignore_unknown_options": True})
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


@main.group()
def db() -> None:
    """Look after the database; uses DATABASE_OWNER_URL where it is set."""


@db.command()
def upgrade() -> None:
    """Create or update the bot's own schema, and the restricted role it runs as."""
    from bot.store import migrate

    settings = config.load(DatabaseSettings)
    migrate.upgrade(settings.owner_url, settings.database_url.get_secret_value(), "bot")
    click.echo("The schema pmbot is up to date.")


@db.command("platform-sql")
def platform_sql() -> None:
    """Print the SQL that adds what the bot needs to the platform's database; its owners review and apply it."""
    from bot import grants
    from bot.platform import schema

    engine = create_engine(psycopg_url(config.load(DatabaseSettings).owner_url))
    with engine.connect() as connection:
        click.echo(schema.missing_sql(connection, grants.declared()))
    engine.dispose()


@db.command("seed-demo")
def seed_demo() -> None:
    """Load a made-up platform into an empty database."""
    from bot.demo import seeding

    settings = config.load(DatabaseSettings)
    summary = seeding.load(settings.owner_url, settings.database_url.get_secret_value())
    click.echo(f"Loaded: {summary}.")


@main.group()
def secrets() -> None:
    """Look after PM_SECRET_KEY, which encrypts secrets in the database: keys separated by commas, the newest first."""


@secrets.command()
def key() -> None:
    """Print a new key."""
    from bot.store import vault

    click.echo(vault.new_key())


@secrets.command()
def rotate() -> None:
    """Encrypt all stored secrets with the first key of PM_SECRET_KEY; after that the others can be left out."""
    from bot.pipeline import rotation

    number = rotation.rotate(config.load(SecretSettings))
    click.echo(f"Encrypted with the first key: {number} secret{'s' if number != 1 else ''}.")


@main.group()
def staff() -> None:
    """Link Slack accounts to staff members."""


@staff.command()
@click.argument("slack_user_id")
@click.argument("email")
def link(slack_user_id: str, email: str) -> None:
    """Link the Slack user SLACK_USER_ID of SLACK_TEAM_ID to the staff member with the address EMAIL."""
    from bot.pipeline import linking

    settings = config.load(LinkSettings)
    name = linking.link(settings.database_url.get_secret_value(), settings.slack_team_id, slack_user_id, email)
    click.echo(f"{slack_user_id} in {settings.slack_team_id} is now linked to {name}.")


@staff.command("cli-token")
@click.argument("email")
@click.option("--revoke", is_flag=True, help="Make no new one; the one there is counts no longer.")
def cli_token(email: str, revoke: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Make the token with which the staff member EMAIL uses `pm do`. It is shown once, and replaces any other."""
    from bot.pipeline import tokens

    url = config.load(DatabaseSettings).database_url.get_secret_value()
    if revoke:
        name, there = tokens.revoked(url, email)
        click.echo(f"The token of {name} is revoked." if there else f"{name} has no token. Nothing was done.")
        return
    name, token = tokens.made(url, email)
    click.echo(f"The token of {name}, shown only now; an older one counts no longer:", err=True)
    click.echo(token)


@main.group("policy")
def rules() -> None:
    """Look at who may decide what."""


@rules.command("check")
def check_policy() -> None:
    """Check that every command has an approver in today's staff, besides who asks and whom it is about."""
    import asyncio

    from bot import app, doctor

    settings = config.load(RosterSettings)
    rules, _, _ = app.read_rules(settings.pm_policy)
    checked = asyncio.run(doctor.roster(settings.database_url.get_secret_value(), settings.slack_team_id, rules))
    decidable = [one.command for one in checked if not one.problems]
    if decidable:
        click.echo(f"ok: {', '.join(decidable)}")
    for one in checked:
        for problem in one.problems:
            click.echo(f"{one.command} · {problem}")
    if stuck := len(checked) - len(decidable):
        raise click.ClickException(f"For {stuck} of {len(checked)} commands, some requests have nobody who can decide.")


@rules.command("explain")
@click.argument("command", nargs=-1, required=True)
@click.option("--as", "by", metavar="WHO", required=True, help="Who would ask: an address, or what is before its @.")
def explain_policy(command: tuple[str, ...], by: str) -> None:
    """Say what would be asked, of whom, and by which line of the policy, if WHO typed COMMAND now."""
    from bot.doctor import rulebook

    settings = config.load(RosterSettings)
    url, team = settings.database_url.get_secret_value(), settings.slack_team_id
    _print(rulebook.explain(url, team, settings.pm_policy, " ".join(command), by))


@rules.command("replay")
@click.argument("new", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--since", default="90d", show_default=True, help="How far back, as 90d or 12h.")
def replay_policy(new: Path, since: str) -> None:
    """Judge past requests by the policy NEW, and print those of which it would ask something else."""
    from bot.doctor import rulebook

    _print(rulebook.replay(config.load(DatabaseSettings).database_url.get_secret_value(), new, since))


def _print(lines: AsyncIterator[str]) -> None:
    import asyncio

    async def each() -> None:
        async for line in lines:
            click.echo(line)

    asyncio.run(each())


@main.group()
def digest() -> None:
    """Look at scheduled reports."""


@digest.command()
@click.argument("name", type=click.Choice([str(name) for name in ReportName]))
def preview(name: str) -> None:
    """Print the digest NAME as it would be posted now, with names and addresses masked."""
    from bot.digests import preview as printing

    settings = config.load(PolicySettings)
    click.echo(printing.preview(settings.database_url.get_secret_value(), settings.pm_policy, ReportName(name)))


@main.command()
@click.option("--url", default=None, help="Public address of the bot; without it the manifest is for Socket Mode.")
def manifest(url: str | None) -> None:
    """Print the Slack app manifest, to paste at api.slack.com/apps."""
    import json

    from bot.handlers.manifest import manifest as build

    if url is not None and not url.startswith("https://"):
        why = "Slack posts to https:// addresses only. Leave it out for Socket Mode."
        raise click.BadParameter(why, param_hint="--url")
    click.echo(json.dumps(build(url), indent=2))


if __name__ == "__main__":
    sys.exit(main())
