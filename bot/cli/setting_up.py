"""Before it runs: the manifest to paste into Slack, and the doctor, who says what is still wrong."""

import logging

import click

from bot import logs


@click.command()
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
    help="With --live: how many seconds to wait for somebody to press the test button.",
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


@click.command()
@click.option("--url", default=None, help="Public address of the bot; without it the manifest is for Socket Mode.")
def manifest(url: str | None) -> None:
    """Print the Slack app manifest, to paste at api.slack.com/apps."""
    import json

    from bot.handlers.manifest import manifest as build

    if url is not None and not url.startswith("https://"):
        why = "Slack posts to https:// addresses only. For Socket Mode, give no address."
        raise click.BadParameter(why, param_hint="--url")
    click.echo(json.dumps(build(url), indent=2))
