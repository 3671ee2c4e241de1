"""The trail as it stands in PostgreSQL, read in one snapshot and in small parts."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any, LiteralString

import psycopg
from psycopg import Connection
from psycopg.rows import dict_row

from bot.audit.entries import leaf
from bot.audit.sealing import of_row
from bot.audit.seals import Seal
from bot.audit.verifying import Leaf, Verifier
from bot.errors import Unavailable
from bot.store.database import OPTIONS, conninfo

AT_ONCE = 2_000  # rows
# Of the restricted role but its limit on statements: a part that is fetched may wait for a slow disk.
READING = f"{OPTIONS} -c statement_timeout=0 -c default_transaction_isolation=repeatable\\ read"
LEAVES = f"""
SELECT leaf.position, leaf.audit_id, leaf.hash, CASE WHEN entry.id IS NOT NULL THEN {leaf("entry")} END
FROM pmbot.audit_leaves AS leaf LEFT JOIN pmbot.audit_log AS entry ON entry.id = leaf.audit_id ORDER BY leaf.position
"""  # noqa: S608 - constants
SEALS = """
SELECT number, size, root, frontier, previous, at, through_xid::text, through_id, key, signature
FROM pmbot.audit_seals ORDER BY number
"""
UNSEALED = f"""
SELECT entry.id, entry.xid::text::bigint, entry.at, {leaf("entry")} FROM pmbot.audit_log AS entry
WHERE NOT EXISTS (SELECT FROM pmbot.audit_leaves WHERE audit_id = entry.id) ORDER BY entry.id
"""  # noqa: S608 - constants
HASHES = "SELECT hash FROM pmbot.audit_leaves ORDER BY position"


class Trail:
    """What one snapshot shows."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def leaves(self) -> Iterator[Leaf]:
        """By position, each with the bytes of its entry."""
        with self._cursor("leaves") as cursor:
            cursor.execute(LEAVES.encode(), binary=True)
            while rows := cursor.fetchmany(AT_ONCE):
                yield from rows

    def seals(self) -> Iterator[Seal]:
        """By number."""
        with self.connection.cursor("seals", row_factory=dict_row, scrollable=False) as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(SEALS.encode())
            yield from map(of_row, cursor)

    def hashes(self) -> Iterator[bytes]:
        """Of all leaves, by position."""
        with self._cursor("hashes") as cursor:
            cursor.execute(HASHES.encode(), binary=True)
            for (one,) in cursor:
                yield one

    def unsealed(self) -> Iterator[tuple[int, int, dt.datetime, bytes]]:
        """Id, transaction, time and bytes of each entry that is no leaf."""
        with self._cursor("unsealed") as cursor:
            cursor.execute(UNSEALED.encode())
            yield from cursor

    def now(self) -> dt.datetime:
        """The server's clock."""
        found: dt.datetime = self.one("SELECT clock_timestamp()")[0]
        return found

    def one(self, statement: LiteralString, *values: Any) -> Any:
        """The one row of a statement, or None."""
        return self.connection.execute(statement, values).fetchone()

    def _cursor(self, name: str) -> psycopg.ServerCursor[Any]:
        cursor = self.connection.cursor(name, scrollable=False)
        cursor.itersize = AT_ONCE
        return cursor


@contextlib.contextmanager
def trail(url: str) -> Iterator[Trail]:
    """Of this database. Raises `Unavailable`."""
    try:
        with psycopg.connect(conninfo(url), options=READING, connect_timeout=5) as connection:
            connection.read_only = True
            yield Trail(connection)
    except psycopg.OperationalError as error:
        raise Unavailable(f"The database cannot be read: {str(error).strip().splitlines()[0]}.") from error


def verify(of: Trail, verifier: Verifier) -> None:
    """All of it, in one pass."""
    verifier.run(of.leaves(), of.seals())
    now = of.now()
    for entry, xid, at, _ in of.unsealed():
        verifier.unsealed(entry, xid, at, now)
