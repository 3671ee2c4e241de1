"""What all of the bot's own tables share: the base class, column types, the database's vocabularies."""

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, DateTime, LargeBinary, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

SCHEMA = "pmbot"
JSON = dict[str, Any]


class Base(DeclarativeBase):
    """All tables of the schema `pmbot`."""

    metadata = MetaData(
        schema=SCHEMA,
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        dt.datetime: DateTime(timezone=True),
        str: Text,
        JSON: JSONB,
        list[Any]: JSONB,
        bytes: LargeBinary,
    }


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """The column's vocabulary, held by the database."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def table(model: type[DeclarativeBase]) -> Table:
    """For statements that are built once: an insert of a model would be taken for one of many objects, and a select of
    its attributes looked through for objects to make, which takes a quarter of the time of a small one.
    """
    assert isinstance(model.__table__, Table)  # noqa: S101 - all of ours are
    return model.__table__
