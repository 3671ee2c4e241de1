"""Looking at the policy, and at the reports that it schedules."""

from collections.abc import AsyncIterator
from pathlib import Path

import click

from bot import config
from bot.config import DatabaseSettings, PolicySettings, RosterSettings
from bot.reports import REPORTS


@click.group("policy")
def rules() -> None:
    """Look at who may decide what."""


@rules.command("check")
def check_policy() -> None:
    """Check that each command has an approver who is neither the person who asks nor the person it is about."""
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
@click.option("--as", "by", metavar="WHO", required=True, help="Who asks: an address, or only the part before its @.")
def explain_policy(command: tuple[str, ...], by: str) -> None:
    """If WHO typed COMMAND now: show who would have to approve it, and which line of the policy says so."""
    from bot.doctor import rulebook

    settings = config.load(RosterSettings)
    url, team = settings.database_url.get_secret_value(), settings.slack_team_id
    _print(rulebook.explain(url, team, settings.pm_policy, " ".join(command), by))


@rules.command("replay")
@click.argument("new", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--since", default="90d", show_default=True, help="How far back to look, such as 90d or 12h.")
def replay_policy(new: Path, since: str) -> None:
    """Check past requests against the policy file NEW, and print the requests that would need other approvals."""
    from bot.doctor import rulebook

    _print(rulebook.replay(config.load(DatabaseSettings).database_url.get_secret_value(), new, since))


def _print(lines: AsyncIterator[str]) -> None:
    import asyncio

    async def each() -> None:
        async for line in lines:
            click.echo(line)

    asyncio.run(each())


@click.group()
def digest() -> None:
    """Look at scheduled reports."""


@digest.command()
@click.argument("name", type=click.Choice(list(REPORTS)))
def preview(name: str) -> None:
    """Print the digest NAME as it would be posted now, with names and addresses masked."""
    from bot.digests import preview as printing

    settings = config.load(PolicySettings)
    click.echo(printing.preview(settings.database_url.get_secret_value(), settings.pm_policy, name))
