"""The statements that something runs, to run them once more bare: the least that its figures can cost."""

import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import Figure

Statement = tuple[str, list[Any]]  # with each set of its parameters


@contextlib.contextmanager
def recorded(engine: AsyncEngine) -> Iterator[list[Statement]]:
    """Everything the engine executes meanwhile, with its parameters."""
    found: list[Statement] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:  # noqa: FBT001 - SQLAlchemy's
        found.append((statement, list(parameters) if many else [parameters]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def replayed(
    connection: psycopg.AsyncConnection[Any], statements: list[Statement], *, only_reads: bool = False
) -> None:
    """Run them in one transaction that leaves nothing, and read all rows.

    Of what only reads there is nothing to roll back: psycopg would forget what it has prepared.
    """
    async with connection.transaction(force_rollback=not only_reads):
        for statement, sets in statements:
            cursor = connection.cursor()
            if len(sets) > 1:
                await cursor.executemany(statement.encode(), sets)
                continue
            await cursor.execute(statement.encode(), sets[0])
            if cursor.description is not None:
                await cursor.fetchall()


async def in_turns(
    rounds: int, ours: Callable[[], Awaitable[None]], bare: Callable[[], Awaitable[None]]
) -> tuple[Figure, Figure]:
    """Milliseconds of each; the first round only warms up."""
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds + 1):
        for run, times in zip((ours, bare), taken, strict=True):
            started = time.perf_counter()
            await run()
            times.append((time.perf_counter() - started) * 1000)
    return Figure.typical(taken[0][1:]), Figure.typical(taken[1][1:])
