"""`pm db seed-demo`: the platform's tables and a made-up platform in them, in an otherwise empty database."""

import datetime as dt

from sqlalchemy import Connection, create_engine, inspect, text

from bot.demo import seed, seed_alerts, seed_changes, seed_incidents, seed_tickets
from bot.errors import Misconfigured
from bot.platform.models import PlatformBase
from bot.store import migrate
from bot.store.database import psycopg_url


def load(owner_url: str, app_url: str) -> seed.SeedSummary:
    """Create the tables and fill them. Raises `Misconfigured` for a database that holds anything already."""
    _refuse_foreign_tables(owner_url)
    migrate.upgrade(owner_url, app_url, "bot", "platform")
    engine = create_engine(psycopg_url(owner_url), connect_args={"options": "-c search_path=public"})
    try:
        with engine.begin() as connection:
            now = dt.datetime.now(dt.UTC)
            summary = seed.seed(connection, now=now)
            seed_incidents.load(connection, now)
            seed_changes.load(connection, now)
            seed_tickets.load(connection, now)
            return summary
    except seed.NotEmpty as error:
        raise Misconfigured(str(error)) from error
    finally:
        engine.dispose()


def decide(owner_url: str) -> None:
    """What staff have decided about alerts before a visitor comes. Most tests begin without it."""
    engine = create_engine(psycopg_url(owner_url), connect_args={"options": "-c search_path=public"})
    try:
        with engine.begin() as connection:
            seed_alerts.load(connection, dt.datetime.now(dt.UTC))
    finally:
        engine.dispose()


def _refuse_foreign_tables(owner_url: str) -> None:
    """Tables that our migration did not make belong to somebody's platform."""
    engine = create_engine(psycopg_url(owner_url))
    try:
        with engine.connect() as connection:
            inspector = inspect(connection)
            present = set(inspector.get_table_names(schema="public"))
            ours = _migrated(connection) if "schema_versions" in inspector.get_table_names(schema="pmbot") else False
    finally:
        engine.dispose()
    if present and not ours:
        known = sorted(present & set(PlatformBase.metadata.tables)) or sorted(present)
        raise Misconfigured(
            f"This database is not empty (it has {', '.join(known[:3])} …), so no demo data was loaded. "
            "Name an empty database in DATABASE_URL."
        )


def _migrated(connection: Connection) -> bool:
    versions = connection.execute(text("SELECT version_num FROM pmbot.schema_versions")).scalars()
    return any(version.startswith("platform_") for version in versions)
