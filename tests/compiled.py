"""Statements are compiled once in a process of tests, as in a bot that runs for long: not anew for each engine.

A test has a database of its own, so an engine of its own, and SQLAlchemy keeps what it compiled by engine and dialect:
a quarter of what a test of the pipeline costs its process.
"""

from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.util import LRUCache

MOST = 1000  # statements; an engine alone keeps 500
# What SQL is written by, and what values are turned into; the rest of a dialect is about its connections.
WRITTEN_BY = (
    "server_version_info",
    "paramstyle",
    "label_length",
    "insertmanyvalues_page_size",
    "_backslash_escapes",
    "_json_serializer",
    "_json_deserializer",
)


def share() -> None:
    """From now on, in this process."""
    kept: LRUCache[object, object] = LRUCache(MOST)

    @event.listens_for(Engine, "engine_connect")
    def with_what_is_compiled(connection: Connection) -> None:
        connection.execution_options(compiled_cache=kept)

    PGDialect_psycopg.__eq__ = _writes_the_same  # type: ignore[method-assign,assignment]
    PGDialect_psycopg.__hash__ = _by_its_type  # type: ignore[method-assign,assignment]


def _writes_the_same(one: PGDialect_psycopg, other: object) -> bool:
    """Dialects are part of the key of what was compiled."""
    return one is other or (
        type(one) is type(other) and all(getattr(one, name) == getattr(other, name) for name in WRITTEN_BY)
    )


def _by_its_type(dialect: PGDialect_psycopg) -> int:
    return hash(type(dialect))
