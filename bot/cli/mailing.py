"""What mail servers hand over."""

import sys

import click

from bot import config
from bot.config import DatabaseSettings
from bot.errors import Unavailable

LARGEST = 2**20  # bytes that are read: a report says all that matters in its beginning
TRY_AGAIN = 75  # EX_TEMPFAIL: the mail server keeps it, and comes again


@click.group()
def mail() -> None:
    """Accept messages that mail servers pass on."""


@mail.command()
def bounce() -> None:
    """Read a message from standard input. If it says that a mail from the bot bounced, the request's card shows that.

    For an alias of the address that bounces go to: bounces: "|/usr/local/bin/pm mail bounce". Whatever else
    arrives there is left alone, and counts as taken.
    """
    from bot.integrations.mail.bounces import Bounce
    from bot.pipeline import bounces

    message = sys.stdin.buffer.read(LARGEST)
    while sys.stdin.buffer.read(LARGEST):  # whoever writes would take an end in the middle for a failure
        pass
    found = Bounce.read(message)
    if found is None:
        click.echo("This message does not report that a mail of the bot bounced. Nothing was done.")
        return
    url = config.load(DatabaseSettings).database_url.get_secret_value()
    try:
        ours = bounces.taken(url, found)
    except Unavailable as error:
        click.echo(f"{error} Nothing was done. Give the message to this command again.", err=True)
        sys.exit(TRY_AGAIN)
    click.echo("The card of the request says that the mail bounced." if ours else "The bot has sent no such mail.")
