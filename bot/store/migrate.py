"""Bringing a database's schema up to date, as its owner."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Misconfigured, Unavailable
from bot.store.database import APP_ROLE, psycopg_url
from bot.store.models import SCHEMA

Branch = Literal["bot", "platform"]
MIGRATIONS = Path(__file__).parent.parent / "migrations"
# One migration at a time, whoever runs them.
LOCK = 0x504D424F


def upgrade(owner_url: str, app_url: str, *branches: Branch) -> None:
    """Apply all migrations of the branches. Raises `Unavailable` or `Misconfigured` with the next step."""
    config = _config()
    engine = create_engine(psycopg_url(owner_url), connect_args={"options": f"-c search_path={SCHEMA},public"})
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
            config.attributes["connection"] = connection
            for branch in branches:
                config.attributes["branch"] = branch
                command.upgrade(config, f"{branch}@head")
            _let_in(connection, make_url(app_url).username)
    except OperationalError as error:
        raise Unavailable(
            f"The database cannot be reached: {str(error.orig).strip()}. Check DATABASE_URL, and that PostgreSQL runs."
        ) from None
    except ProgrammingError as error:
        raise Misconfigured(
            f"The schema cannot be changed: {str(error.orig).strip()}. DATABASE_OWNER_URL has to be a role that "
            "may create schemas and roles in this database."
        ) from None
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(str(MIGRATIONS / branch) for branch in ("bot", "platform")))
    return config


@cache
def newest() -> str:
    """The last migration of the bot's own schema that this version brings along."""
    revision = ScriptDirectory.from_config(_config()).get_revision("bot@head")
    assert revision is not None  # noqa: S101 - the package has migrations
    return revision.revision


APPLIED = f"SELECT version_num FROM {SCHEMA}.schema_versions"  # noqa: S608 - constant


async def behind(session: AsyncSession) -> str | None:
    """The migration that this version needs and the database lacks; None if it is up to date, or newer than we are."""
    return lacking(await session.scalars(text(APPLIED)))


def lacking(applied: Iterable[str]) -> str | None:
    """The same, for whoever has read what is applied."""
    ours = [revision for revision in applied if revision.startswith("bot_")]
    return None if max(ours, default="") >= newest() else newest()


def _let_in(connection: Connection, login: str | None) -> None:
    """See that whoever the bot logs in as may act as the restricted role."""
    name = login or connection.scalar(text("SELECT current_user"))
    how = "SET" if (connection.dialect.server_version_info or ()) >= (16,) else "MEMBER"
    if not connection.scalar(
        text("SELECT pg_has_role(:name, :role, :how)"), {"name": name, "role": APP_ROLE, "how": how}
    ):
        quoted = connection.dialect.identifier_preparer.quote_identifier(name)
        connection.exec_driver_sql(f"GRANT {APP_ROLE} TO {quoted}")
