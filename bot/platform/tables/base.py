"""What all of the platform's tables share: the base class, column types and small declaration helpers."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, get_args

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    Numeric,
    Text,
    Uuid,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class PlatformBase(DeclarativeBase):
    """Base of PenguinMails' tables. They live in the default schema; the bot's own are elsewhere."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        datetime: DateTime(timezone=True),
        Decimal: Numeric(12, 2),
        uuid.UUID: Uuid,
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


Id = Annotated[uuid.UUID, mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))]
Created = Annotated[datetime, mapped_column(server_default=func.now())]
Updated = Annotated[datetime, mapped_column(server_default=func.now(), onupdate=func.now())]
UserRef = Annotated[uuid.UUID, mapped_column(ForeignKey("users.id"))]
TenantRef = Annotated[uuid.UUID, mapped_column(ForeignKey("tenants.id"))]
TenantKey = Annotated[uuid.UUID, mapped_column(ForeignKey("tenants.id"), primary_key=True)]
Flag = Annotated[bool, mapped_column(server_default=text("false"))]
Count = Annotated[int, mapped_column(server_default=text("0"))]
Json = Annotated[dict[str, Any], mapped_column(JSONB, server_default=text("'{}'::jsonb"))]


def vocabulary(column: str, literal: Any) -> CheckConstraint:
    """Hold `column` to the words of `literal`, a `Literal[…]`."""
    words = ", ".join(f"'{word}'" for word in get_args(literal))
    return check(f"{column} IN ({words})", column, columns=(column,))


def check(condition: str, name: str, *, columns: Sequence[str]) -> CheckConstraint:
    """Declare a CHECK that says which columns it is about, so that it can be added together with them."""
    return CheckConstraint(condition, name=name, info={"columns": tuple(columns)})


FOUND_BY = {"found_by": True}
"""Marks an index without which `/pm find` reads whole tables: a platform that lacks it is told so."""


# Letters with accents, which nobody types in a hurry, and what is typed instead.
_ACCENTED = "áàâäãåāăąčćçďđéèêëěęēğíìîïīłľñńňóòôöõőøřśšşťúùûüůűýÿžźż"
_PLAIN = "aaaaaaaaacccddeeeeeeegiiiiillnnnooooooorssstuuuuuuyyzzz"


def folded(text_sql: str) -> str:
    """SQL of a text as people look for it: in whatever case, without accents."""
    return f"translate(lower({text_sql}), '{_ACCENTED}', '{_PLAIN}')"


def same(column: str, text_sql: str) -> str:
    """SQL of whether both are the same to whoever looks, by the index of `begins`."""
    return f"({folded(column)} ~>=~ {folded(text_sql)} AND {folded(column)} ~<=~ {folded(text_sql)})"


def begins(table: str, column: str) -> Index:
    """By which rows are found that begin with some letters, sorted by letters alone: with `~<~` and its like."""
    letters, name = {"folded": "text_pattern_ops"}, f"ix_{table}_{column}_begins"
    return Index(name, literal_column(folded(column)).label("folded"), postgresql_ops=letters, info=FOUND_BY)
