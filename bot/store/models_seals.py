"""What seals the audit trail: the leaves of its tree, the seals over it, and what witnesses were told."""

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from bot.store.base import Base


class Xid8(UserDefinedType[str]):
    """PostgreSQL's number of a transaction, which never comes again; as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


ischema_names["xid8"] = Xid8  # so that a table can be read back and compared


class AuditLeaf(Base):
    """Where an entry stands in the tree, and its hash. It stays when the entry itself is pruned: proofs need it."""

    __tablename__ = "audit_leaves"

    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    """From 0."""
    audit_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    hash: Mapped[bytes]

    __table_args__ = (
        CheckConstraint("position >= 0", name="position"),
        CheckConstraint("octet_length(hash) = 32", name="hash"),
    )


class AuditSeal(Base):
    """The root over the first leaves, chained to the seal before (`bot/audit/seals.py`). Rows are only ever added."""

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(BigInteger)
    root: Mapped[bytes]
    frontier: Mapped[bytes]
    previous: Mapped[bytes]
    at: Mapped[dt.datetime]
    through_xid: Mapped[str] = mapped_column(Xid8)
    through_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str | None]
    signature: Mapped[bytes | None]

    __table_args__ = (
        # A size is sealed once, and each seal is followed by one: two sealers cannot make two trees.
        UniqueConstraint("size"),
        UniqueConstraint("previous"),
        CheckConstraint("number >= 1 AND size >= number", name="number"),
        CheckConstraint("octet_length(root) = 32 AND octet_length(previous) = 32", name="root"),
        CheckConstraint("(key IS NULL) = (signature IS NULL)", name="signature"),
    )


class AuditWitness(Base):
    """What a witness was last told, and since when it does not answer."""

    __tablename__ = "audit_witnesses"

    name: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(BigInteger)
    """Of the seal that it was told of."""
    told: Mapped[dt.datetime | None]
    claimed: Mapped[dt.datetime | None]
    """By the process that is telling it."""
    failing: Mapped[dt.datetime | None]
    """Since when it has accepted nothing."""
    error: Mapped[str | None]
