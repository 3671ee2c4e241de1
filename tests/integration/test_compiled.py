"""What is shared between the tests of a process: statements that are compiled (tests/compiled.py)."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Column, Engine, MetaData, Table, Text, create_engine, select
from sqlalchemy.engine.interfaces import CacheStats

from bot.store.database import psycopg_url


@pytest.fixture
def names() -> Table:
    return Table("users", MetaData(), Column("name", Text), Column(f"c{uuid.uuid4().hex}", Text, key="unknown"))


@pytest.fixture
def engines(shared_database_url: str) -> Iterator[Any]:
    made: list[Engine] = []

    def make(**options: Any) -> Engine:
        made.append(create_engine(psycopg_url(shared_database_url), **options))
        return made[-1]

    yield make
    for one in made:
        one.dispose()


def hit(engine: Engine, names: Table) -> CacheStats:
    with engine.connect() as connection:
        return connection.execute(select(names.c.name).limit(1)).context.cache_hit


def test_what_one_engine_compiled_another_does_not(engines: Any, names: Table) -> None:
    assert hit(engines(), names) is CacheStats.CACHE_MISS
    assert hit(engines(), names) is CacheStats.CACHE_HIT


def test_an_engine_that_writes_otherwise_compiles_for_itself(engines: Any, names: Table) -> None:
    assert hit(engines(), names) is CacheStats.CACHE_MISS
    assert hit(engines(insertmanyvalues_page_size=7), names) is CacheStats.CACHE_MISS
    assert hit(engines(json_serializer=str), names) is CacheStats.CACHE_MISS
