"""What is asked of Stripe by hand."""

import asyncio
import time

import click

from bot import config
from bot.config import Settings
from bot.errors import Misconfigured

DAY = 86_400  # seconds


@click.group()
def stripe() -> None:
    """Ask Stripe what the platform's copy of its data may lack."""


@stripe.command("catch-up")
@click.option("--days", type=click.IntRange(1, 30), default=3, show_default=True, help="How far back Stripe is asked.")
def catch_up(days: int) -> None:
    """Fetch events of Stripe's that never came.

    A running bot does this by itself every 10 minutes. By hand it goes further back: Stripe lists 30 days. What is
    found is worked on by the running bot.
    """
    from bot import systems
    from bot.billing.catch_up import CatchUp, Caught
    from bot.drawing.render import Renderer
    from bot.handlers.intake import Intake
    from bot.store.database import Database

    settings = config.load(Settings)
    api = systems.stripe(settings)
    if api is None:
        raise Misconfigured("Stripe cannot be asked: STRIPE_API_KEY is not set. Set it and try again.")

    async def ask() -> Caught:
        database = Database(settings.database_url.get_secret_value(), pool_size=2)
        await database.open()
        intake = Intake(database)
        try:
            return await CatchUp(database, Renderer(), api, intake).since(int(time.time()) - days * DAY)
        finally:
            await intake.drain()
            await api.close()
            await database.close()

    caught = asyncio.run(ask())
    click.echo(
        f"Stripe lists {caught.listed:,} events of the last {days} days; {caught.missing:,} of them had not come."
    )
