"""`pm rehearse`: the scenarios against a bot that runs elsewhere, over a local Slack that is served for it."""

import asyncio
import errno
import time
from collections.abc import Sequence

import click

from bot.demo import world
from bot.demo.scenarios.player import Mark, Outcome, play
from bot.demo.scenarios.reading import Scenario
from bot.demo.scenarios.stage import Surroundings
from localslack import LocalSlack
from localslack.workspace.model import Reply

SETTINGS = """\
  A local Slack for the rehearsal listens at {url}. The bot has to run with

    SLACK_API_URL={url}/api/
    SLACK_TEAM_ID={team}
    SLACK_BOT_TOKEN={token}
    SLACK_SIGNING_SECRET={secret}
{transport}
  and a database that knows the people of the scenarios: `pm db seed-demo`, and then for each of them as
  `pm staff link {example}`.

  Scenarios with mails to customers also need SMTP_URL, SMTP_FROM and PM_PUBLIC_URL; those with deployments need
  DEPLOY_URL and DEPLOY_WEBHOOK_SECRET.
"""
SOCKET = "    SLACK_APP_TOKEN={token}   (Socket Mode: no --request-url was given)\n"
SIGNS = {Mark.DONE: "✓", Mark.FAILED: "✗", Mark.NOT_CHECKED: "?", Mark.NOT_PLAYED: "-"}
ASK_AGAIN_SECONDS = 0.5
SILENT = 2  # exit code when no bot answered, so that nothing was rehearsed


class NoBotError(click.ClickException):
    exit_code = SILENT


def rehearse(scenarios: Sequence[Scenario], around: Surroundings, *, port: int, wait: float) -> bool:
    """Serve, wait until the bot answers, play and print; whether nothing failed. Raises `NoBotError`."""
    try:
        return asyncio.run(_rehearse(scenarios, around, port, wait))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise click.ClickException(f"Port {port} is taken. Choose another one with --port.") from error


def surroundings(
    request_url: str | None, database_url: str | None, platform_url: str | None, *, make_trouble: bool
) -> Surroundings:
    """A workspace of the demo's people for the bot at that URL, or for one in Socket Mode."""
    return Surroundings(LocalSlack(world.workspace(), request_url), database_url, platform_url, make_trouble)


async def _rehearse(scenarios: Sequence[Scenario], around: Surroundings, port: int, wait: float) -> bool:
    async with around.slack.serve(port) as url:
        click.echo(_settings(around.slack, url))
        await _answering(around.slack, wait)
        played = [await _one(scenario, around) for scenario in scenarios]
    outcomes = [outcome for one in played for outcome in one]
    failed = [outcome for outcome in outcomes if outcome.mark is Mark.FAILED]
    unknown = [outcome for outcome in outcomes if outcome.mark in (Mark.NOT_CHECKED, Mark.NOT_PLAYED)]
    checked = sum(outcome.checked for outcome in outcomes)
    click.echo(f"\n{len(played)} played: {checked} things checked, {len(failed)} failed, {len(unknown)} not checked.")
    return not failed


async def _one(scenario: Scenario, around: Surroundings) -> list[Outcome]:
    click.echo(f"\n{scenario.name}")
    outcomes = []
    async for outcome in play(scenario, around):
        click.echo(f"  {SIGNS[outcome.mark]} {outcome}")
        outcomes.append(outcome)
    return outcomes


async def _answering(slack: LocalSlack, wait: float) -> None:
    """Ask for help as anybody would, until the bot takes it."""
    person, channel = slack.workspace.people[0], slack.workspace.channels[0]
    deadline = time.monotonic() + wait
    while (reply := await slack.command(person.id, channel.id, f"{slack.workspace.command} help")).error:
        if time.monotonic() > deadline:
            raise NoBotError(_silence(slack, reply, wait))
        await asyncio.sleep(ASK_AGAIN_SECONDS)


def _silence(slack: LocalSlack, reply: Reply, wait: float) -> str:
    if slack.request_url is None:
        return (
            f"No bot connected by Socket Mode within {wait:.0f} s, so nothing was rehearsed. Start it with the settings"
            " above, or give its address with --request-url."
        )
    why = f"it answered {reply.status}" if reply.status else f"Slack would say: {reply.error}"
    secret = " Its SLACK_SIGNING_SECRET is another one." if reply.status == 401 else ""
    return (
        f"The bot at {slack.request_url} did not take a command within {wait:.0f} s ({why}), so nothing was rehearsed."
        f"{secret} Start it with the settings above; its address ends with /slack/events."
    )


def _settings(slack: LocalSlack, url: str) -> str:
    space = slack.workspace
    return SETTINGS.format(
        url=url,
        team=space.team_id,
        token=space.bot_token,
        secret=space.signing_secret,
        transport=SOCKET.format(token=space.app_token) if slack.request_url is None else "",
        example=f"{space.people[0].id} {space.people[0].email}",
    )
