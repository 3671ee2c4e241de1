"""Who is who, and the keys and tokens that are theirs or the bot's."""

import click

from bot import config
from bot.config import DatabaseSettings, LinkSettings, SecretSettings


@click.group()
def secrets() -> None:
    """Look after PM_SECRET_KEY, which encrypts secrets in the database: keys separated by commas, the newest first."""


@secrets.command()
def key() -> None:
    """Print a new key."""
    from bot.store import vault

    click.echo(vault.new_key())


@secrets.command()
def rotate() -> None:
    """Encrypt all stored secrets with the first key of PM_SECRET_KEY. Then you can remove the other keys from there."""
    from bot.pipeline import rotation

    number = rotation.rotate(config.load(SecretSettings))
    click.echo(f"Encrypted with the first key: {number} secret{'s' if number != 1 else ''}.")


@click.group()
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
@click.option("--revoke", is_flag=True, help="Make no new token; only revoke the present one.")
def cli_token(email: str, revoke: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Make the token with which the staff member EMAIL uses `pm do`. It is shown once, and replaces any other."""
    from bot.pipeline import tokens

    url = config.load(DatabaseSettings).database_url.get_secret_value()
    if revoke:
        name, there = tokens.revoked(url, email)
        click.echo(f"The token of {name} is revoked." if there else f"{name} has no token. Nothing was done.")
        return
    name, token = tokens.made(url, email)
    click.echo(f"The token of {name}, shown only now; older tokens no longer work:", err=True)
    click.echo(token)
