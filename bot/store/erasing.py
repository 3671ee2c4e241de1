"""Carrying out what tables say becomes of a person's data (`bot/erasure.py`), in the caller's transaction.

Nobody is waited for who handles a row of the bot's own: that would be against the order of `bot/store/locks.py`. What
somebody has in hand at that moment makes the whole erasure begin anew, shortly.
"""

import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import MetaData, Table, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from bot.erasure import Person, Rows
from bot.errors import Later
from bot.store.erasure import REQUESTS

SHORTLY = 0.3  # seconds
CHANGED_NAMED = (
    "proposal_id",
    "revision_id",
    "decision_id",
    "alert_id",
    "ticket_id",
)  # what a row hangs on, where it hangs on something: that shows what the row says, too


@dataclass(frozen=True)
class Erased:
    """What became of rows, by what they are called; and the ids of what has changed, or of what it hangs on."""

    deleted: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)

    def __or__(self, other: "Erased") -> "Erased":
        return Erased(self.deleted | other.deleted, self.changed | other.changed, self.ids | other.ids)


async def count(session: AsyncSession, person: Person, *kinds: tuple[Iterable[Rows], MetaData]) -> dict[str, int]:
    """How many rows are about the person, by table; those that are none are left out."""
    asked = " UNION ALL ".join(
        f"SELECT '{one.table}', count(*) FROM {_tables(metadata)[one.table].fullname} WHERE {one.theirs}"  # noqa: S608
        for rows, metadata in kinds
        for one in rows
        if one.theirs != "false"
    )
    found = await session.execute(_bound(text(asked), asked, person))
    return {str(table): int(number) for table, number in found if number}


async def export(
    session: AsyncSession,
    person: Person,
    hidden: Mapping[str, Collection[str]],
    *kinds: tuple[Iterable[Rows], MetaData],
) -> dict[str, list[dict[str, Any]]]:
    """The rows about the person, by table, as JSON and without the columns that are hidden in a table."""
    found = {}
    for rows, metadata in kinds:
        for one in rows:
            table = _tables(metadata)[one.table]
            columns = ", ".join(name for name in table.columns.keys() if name not in hidden.get(one.table, ()))  # noqa: SIM118
            read = f"SELECT to_jsonb(it) FROM (SELECT {columns} FROM {table.fullname} WHERE {one.theirs}) AS it"  # noqa: S608
            if one.theirs != "false" and (said := (await session.scalars(_bound(text(read), read, person))).all()):
                found[one.called] = [dict(each) for each in said]
    return found


async def requests_about(session: AsyncSession, person: Person) -> set[uuid.UUID]:
    """The ids of the requests about the person, however many revisions they have."""
    return set((await session.scalars(_bound(text(REQUESTS), REQUESTS, person))).all())


async def erase(session: AsyncSession, person: Person, rows: Sequence[Rows], metadata: MetaData) -> Erased:
    """Delete, blot out and make nobody's what is declared so. Raises `Later` where somebody has such a row in hand."""
    tables, erased = _tables(metadata), Erased()
    for one in rows:
        table = tables[one.table]
        if one.gone:
            statement = f"DELETE FROM {table.fullname} WHERE {one.theirs} RETURNING NULL"  # noqa: S608 - declared
            erased.deleted[one.called] = len(await _run(session, statement, person))
        elif one.becomes or one.named:
            ids = await _change(session, person, one, table)
            erased.changed[one.called] = len(ids)
            erased.ids.update(each for several in ids for each in several.split())
    return Erased(_some(erased.deleted), _some(erased.changed), erased.ids)


async def _change(session: AsyncSession, person: Person, one: Rows, table: Table) -> list[str]:
    """Of each row that was changed its id, and those of what it hangs on."""
    values, which = ", ".join(_values(one, table)), _which(one)
    if table.schema is None:  # the platform's: where it stands in the order, others may be waited for
        statement = f"UPDATE {table.fullname} SET {values} WHERE {which} RETURNING NULL"  # noqa: S608 - declared
        return [str(each) for each in await _run(session, statement, person)]
    key = ", ".join(column.name for column in table.primary_key)
    names = [name for name in CHANGED_NAMED if name in table.columns]  # of a healing or hold, there may be no request
    told = ", ".join(f"{name}::text" for name in [*names, key.partition(",")[0]])
    statement = f"""
        WITH found AS MATERIALIZED (SELECT {key} FROM {table.fullname} WHERE {which}),
        free AS MATERIALIZED (
            SELECT {key} FROM {table.fullname} WHERE ({key}) IN (SELECT {key} FROM found) FOR UPDATE SKIP LOCKED),
        changed AS (UPDATE {table.fullname} SET {values} WHERE ({key}) IN (SELECT {key} FROM free)
            RETURNING concat_ws(' ', {told}) AS told)
        SELECT told FROM changed
        UNION ALL SELECT NULL FROM found WHERE ({key}) NOT IN (SELECT {key} FROM free)
    """  # noqa: S608 - declared
    ids = await _run(session, statement, person)
    if None in ids:
        raise Later(SHORTLY, f"somebody is changing a row of {table.name} just now")
    return [str(each) for each in ids]


def _which(one: Rows) -> str:
    named = " OR ".join(f"{column}::text ~* CAST(:pattern AS text)" for column in one.named)
    return f"({one.theirs}) OR ({one.within}) AND ({named})" if named else one.theirs


def _values(one: Rows, table: Table) -> Iterator[str]:
    for column in dict.fromkeys([*one.becomes, *one.named]):
        value = column
        if column in one.becomes:
            value = f"CASE WHEN {one.theirs} THEN {one.becomes[column]} ELSE {column} END"
        if column in one.named:
            value = f"regexp_replace(CAST({value} AS text), CAST(:pattern AS text), CAST(:blot AS text), 'gi')"
            if isinstance(table.columns[column].type, JSONB):
                value = f"CAST({value} AS jsonb)"
        yield f"{column} = {value}"


async def _run(session: AsyncSession, statement: str, person: Person) -> Sequence[str | None]:
    return (await session.scalars(_bound(text(statement), statement, person))).all()


def _bound(clause: TextClause, statement: str, person: Person) -> TextClause:
    """With those of the person's values that it asks for."""
    return clause.bindparams(**{name: one for name, one in person.binds.items() if f":{name}" in statement})


def _tables(metadata: MetaData) -> dict[str, Table]:
    return {table.name: table for table in metadata.tables.values()}


def _some(numbers: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number}
