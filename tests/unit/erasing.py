"""Which columns could hold something of a person, and do not say what becomes of it."""

from collections.abc import Iterable

from sqlalchemy import Column, LargeBinary, MetaData, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from bot.erasure import Rows


def personal(column: "Column[object]") -> bool:
    """Text and JSON of any kind, and what refers to an account."""
    refers = any(key.column.table.name == "users" for key in column.foreign_keys)
    return refers or isinstance(column.type, String | ARRAY | JSONB | LargeBinary)


def undeclared(metadata: MetaData, rows: Iterable[Rows]) -> list[str]:
    """`table.column` of each that has no declaration."""
    said = {one.table: one for one in rows}
    return [
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if personal(column) and not _declares(said.get(table.name), column.name)
    ]


def _declares(one: Rows | None, column: str) -> bool:
    return one is not None and (one.gone or column in one.declared)
