"""The schemas: the bot's own, what it needs of the platform's, a made-up one."""

import click
from sqlalchemy import create_engine

from bot import config
from bot.config import DatabaseSettings
from bot.store.database import psycopg_url


@click.group()
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
    seeding.decide(settings.owner_url)
    click.echo(f"Loaded: {summary}.")
