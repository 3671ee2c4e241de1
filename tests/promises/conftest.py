"""Taking a safeguard away for a whole run: `--without NAME` (see mutations.py)."""

from collections.abc import AsyncIterator

import psycopg
import pytest

from bot.demo.postgres import EmbeddedPostgres
from tests.promises import safeguards  # noqa: F401 - fills MUTATIONS
from tests.promises.bench import Bench, build
from tests.promises.mutations import MUTATIONS, Mutation


def chosen(config: pytest.Config) -> Mutation | None:
    name = config.getoption("--without")
    return MUTATIONS[name] if name else None


@pytest.fixture(scope="session", autouse=True)
def without_its_sql_safeguard(request: pytest.FixtureRequest) -> None:
    """Mutation the constraint, trigger or right in the database that all tests are cloned from."""
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
