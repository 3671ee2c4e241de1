"""Taking a carrier away for a whole run: `--drop NAME` (see drops.py)."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from bot.demo.postgres import EmbeddedPostgres
from tests.promises import carriers  # noqa: F401 - fills DROPS
from tests.promises.bench import Bench, build
from tests.promises.drops import DROPS, Drop


def chosen(config: pytest.Config) -> Drop | None:
    name = config.getoption("--drop")
    return DROPS[name] if name else None


@pytest.fixture(scope="session", autouse=True)
def without_its_sql_carrier(request: pytest.FixtureRequest) -> None:
    """Drop the constraint, trigger or right in the database that all tests are cloned from."""
    taken = chosen(request.config)
    if taken is not None and taken.sql:
        postgres: EmbeddedPostgres = request.getfixturevalue("postgres")
        with psycopg.connect(postgres.url(request.getfixturevalue("template")), autocommit=True) as connection:
            connection.execute(taken.sql)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def without_its_lock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the lock or check out of the code, in this process."""
    taken = chosen(request.config)
    if taken is not None and taken.patch is not None:
        taken.patch(monkeypatch)


@pytest.fixture
async def bench(database_url: str) -> AsyncIterator[Bench]:
    """The pipeline's functions on a fresh database."""
    made = build(database_url)
    yield made
    await made.database.engine.dispose()
