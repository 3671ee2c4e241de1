"""A second database in which the bot may add rows and nothing else, `PM_AUDIT_WITNESS_DATABASE_URL`."""

from collections.abc import Iterator
from typing import ClassVar

import psycopg
from psycopg import AsyncConnection

from bot.audit.seals import Seal
from bot.audit.sightings import Sighting, line_of, of_lines
from bot.errors import Unavailable
from bot.store.database import conninfo
from bot.witnesses.base import NotTold

SET_UP = """\
-- In the second database, as its owner. BOT is the login of PM_AUDIT_WITNESS_DATABASE_URL, AUDITOR whoever verifies.
CREATE TABLE public.pm_audit_witness (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    line text NOT NULL
);
REVOKE ALL ON public.pm_audit_witness FROM PUBLIC;
GRANT INSERT (line) ON public.pm_audit_witness TO "BOT";
GRANT SELECT ON public.pm_audit_witness TO "AUDITOR";
"""
ADD = "INSERT INTO public.pm_audit_witness (line) VALUES (%s)"
READ = "SELECT line FROM public.pm_audit_witness ORDER BY id"
PATIENCE = 5  # seconds for a connection


class SecondDatabase:
    """A row each."""

    name: ClassVar[str] = "database"

    def __init__(self, url: str) -> None:
        self._url = url

    async def tell(self, seal: Seal) -> None:
        """Add a row. Raises `NotTold`."""
        options = f"-c statement_timeout={PATIENCE * 1000}"
        try:
            async with await AsyncConnection.connect(
                conninfo(self._url), autocommit=True, connect_timeout=PATIENCE, options=options
            ) as connection:
                await connection.execute(ADD, (line_of(seal),))
        except psycopg.Error as error:
            raise NotTold(f"the second database does not accept it ({type(error).__name__})") from error


def sightings(url: str) -> Iterator[Sighting]:
    """What it was told. Raises `Unavailable`: it cannot be read with this login."""
    try:
        with psycopg.connect(conninfo(url), connect_timeout=PATIENCE) as connection:
            lines = [line for (line,) in connection.execute(READ)]
    except psycopg.Error as error:
        raise Unavailable(
            f"The second database cannot be read ({type(error).__name__}). The bot's own login is not allowed to:"
            " give that of the auditor with --witness-database."
        ) from error
    yield from of_lines("the second database", lines)
