"""Statements that are asked at every turn: written as all others, compiled once, run by the driver itself.

SQLAlchemy takes as long to find what it has compiled, to bind values and to wrap rows as the driver takes for all the
rest. A `Prepared` statement runs on the session's own connection, in its transaction; whoever listens for statements
sees it, and its errors are SQLAlchemy's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import ARRAY, ClauseElement, Connection
from sqlalchemy.dialects.postgresql.psycopg import PGDialectAsync_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import SessionTransaction
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeEngine

_DIALECT = PGDialectAsync_psycopg(dbapi=PGDialectAsync_psycopg.import_dbapi())  # type: ignore[no-untyped-call]
_CONNECTION = "prepared"  # where a session keeps what it runs on, for as long as its transaction lasts


@dataclass(frozen=True)
class Prepared:
    """One statement of Core, with `bindparam` for what differs. It is compiled when it is first run.

    `TypeError` then names what SQLAlchemy would have to make each time: defaults by Python, lists of any length
    (`= ANY` takes an array), values of types that it converts.
    """

    statement: ClauseElement

    async def rows(self, session: AsyncSession, **values: Any) -> Sequence[Any]:
        """Its rows, as named tuples."""
        text, given, processors = self._compiled
        parameters = {**given, **values}
        for name, process in processors.items():
            parameters[name] = process(parameters[name])
        watched, connection = await _connection(session)
        cursor = connection.cursor(row_factory=namedtuple_row)
        for listener in watched.dispatch.before_cursor_execute:
            listener(watched, cursor, text, parameters, None, False)
        try:
            await cursor.execute(text, parameters)
            return await cursor.fetchall() if cursor.description else ()
        except psycopg.Error as error:
            raise DBAPIError.instance(
                text, parameters, error, psycopg.Error, hide_parameters=True, dialect=_DIALECT
            ) from error

    async def one_or_none(self, session: AsyncSession, **values: Any) -> Any:
        """Its first row, if it has any."""
        return next(iter(await self.rows(session, **values)), None)

    async def scalar(self, session: AsyncSession, **values: Any) -> Any:
        """The first value of its first row; None where there is none."""
        row = await self.one_or_none(session, **values)
        return row[0] if row else None

    @cached_property
    def _compiled(self) -> tuple[str, dict[str, Any], dict[str, Callable[[Any], object]]]:
        """Its text, the values that stand in it, and what makes of a value what the driver takes."""
        compiled = self.statement.compile(dialect=_DIALECT)
        assert isinstance(compiled, SQLCompiler)  # noqa: S101 - of a statement
        anew = [*compiled.insert_prefetch, *compiled.update_prefetch, *compiled.post_compile_params]
        anew += [one for one in getattr(self.statement, "exported_columns", ()) if _converts(one.type)]
        if anew:
            raise TypeError(f"SQLAlchemy would have to build this again each time: {anew}")
        kinds = {name: one.type.dialect_impl(_DIALECT) for name, one in compiled.binds.items()}
        found = ((name, kind.bind_processor(_DIALECT)) for name, kind in kinds.items())
        return compiled.string, dict(compiled.params), {name: process for name, process in found if process}


def _converts(kind: TypeEngine[Any]) -> bool:
    """Whether what the driver returns is not yet what SQLAlchemy would."""
    one = kind.item_type if isinstance(kind, ARRAY) else kind
    return one.dialect_impl(_DIALECT).result_processor(_DIALECT, None) is not None


async def _connection(session: AsyncSession) -> tuple[Connection, psycopg.AsyncConnection[Any]]:
    """What the session runs on now: looked up once in each transaction and savepoint, which begins only when it is."""
    kept: Any = session.info.get(_CONNECTION)
    if kept is None or kept[0] is not _innermost(session):
        connection = await session.connection()
        driver = (await connection.get_raw_connection()).driver_connection
        kept = session.info[_CONNECTION] = _innermost(session), connection.sync_connection, driver
    return kept[1], kept[2]


def _innermost(session: AsyncSession) -> SessionTransaction | None:
    return session.sync_session.get_nested_transaction() or session.sync_session.get_transaction()
