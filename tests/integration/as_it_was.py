"""A database as it was at some moment, and what is different since."""

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import IsolationLevel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.platform.models import PlatformBase

OWN = "SELECT tablename FROM pg_tables WHERE schemaname = 'pmbot'"
CONTENT = (
    "SELECT md5(string_agg(line, '' ORDER BY line))"
    " FROM (SELECT (to_jsonb(t) - %s::text[])::text AS line FROM {table} AS t) AS lines"
)
# How many rows, and which transaction wrote last: whatever is added, changed or removed changes one of them.
MARK = "SELECT '{table}', count(*), coalesce(max(xmin::text::bigint), 0) FROM {table}"

Marks = Mapping[str, tuple[Any, ...]]


class AsItWas:
    """A snapshot that is kept open, so that what it was can be read when it is known where to look."""

    def __init__(self, url: str) -> None:
        self._then = psycopg.connect(url)
        self._then.isolation_level = IsolationLevel.REPEATABLE_READ
        self._now = psycopg.connect(url, autocommit=True)
        tables = [f"public.{name}" for name in PlatformBase.metadata.tables]
        tables += [f"pmbot.{name}" for (name,) in self._then.execute(OWN)]
        self._asking = " UNION ALL ".join(MARK.format(table=one) for one in tables)
        self._marks = _by_table(self._then.execute(self._asking).fetchall())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._then.close()
        self._now.close()

    def touched(self) -> set[str]:
        """The tables in which a row was written or removed."""
        return self._other_than(_by_table(self._now.execute(self._asking).fetchall()))

    async def touched_in(self, session: AsyncSession) -> set[str]:
        """The same as a transaction sees it that is still open; what its role may read does not matter."""
        await session.execute(text("SET LOCAL ROLE postgres"))
        return self._other_than(_by_table((await session.execute(text(self._asking))).all()))

    def differing(self, without: list[str]) -> set[str]:
        """The tables whose rows are not as they were, but for these columns."""
        then, now = self._then, self._now
        return {one for one in self.touched() if _content(then, one, without) != _content(now, one, without)}

    def _other_than(self, marks: Marks) -> set[str]:
        return {table for table, mark in marks.items() if mark != self._marks[table]}


def _content(connection: psycopg.Connection[Any], table: str, without: list[str]) -> Any:
    return connection.execute(CONTENT.format(table=table), (without,)).fetchone()  # type: ignore[arg-type]


def _by_table(rows: Iterable[Any]) -> Marks:
    return {table: tuple(mark) for table, *mark in rows}
