"""Connections to PostgreSQL, always as the restricted role."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from bot.policy import Policy

APP_ROLE = "pmbot_app"
# No lock is held for ever: a process that is stopped in a transaction loses it, and one whose machine or line is
# gone is noticed by the server. Milliseconds, but for the keepalives, which are in seconds.
LIMITS = {
    "lock_timeout": 3_000,
    "statement_timeout": 30_000,
    "idle_in_transaction_session_timeout": 8_000,
    "tcp_user_timeout": 10_000,
    "tcp_keepalives_idle": 5,
    "tcp_keepalives_interval": 2,
    "tcp_keepalives_count": 3,
}
# Whoever the URL logs in as, statements run with the restricted role's rights and find `pmbot` first.
OPTIONS = f"-c role={APP_ROLE} -c search_path=pmbot,public " + " ".join(f"-c {n}={v}" for n, v in LIMITS.items())
# The same for what this process waits for.
KEEPALIVE: dict[str, Any] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "connect_timeout": 5,
}
POLICY = "policy"  # in the `info` of a session: the rules that its process goes by
USED, FRESH = "used", 1.0  # seconds that a connection counts as there
# The database is away; everything else that goes wrong with it is a mistake of ours.
AWAY = (OperationalError, InterfaceError, psycopg.OperationalError)


def psycopg_url(url: str) -> URL:
    """The same address with the driver we use, however it was written (`postgres://`, `postgresql://`)."""
    return make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+psycopg")


def conninfo(url: str) -> str:
    """The address as libpq reads it."""
    return psycopg_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


class Database:
    """One process's way to PostgreSQL: sessions for the pipeline, a plain pool for the path to the ack, and two
    connections aside, for heartbeats and for whoever watches the bot: they neither wait for work nor take its place.
    """

    def __init__(self, url: str, *, pool_size: int = 12, name: str = "pm", policy: Policy | None = None) -> None:
        self.url = url
        self.connect_args: dict[str, Any] = {"options": OPTIONS, "application_name": name, **KEEPALIVE}
        self.engine = create_async_engine(
            psycopg_url(url),
            connect_args=self.connect_args,
            hide_parameters=True,  # an error that is logged must not tell what people typed
            pool_size=pool_size,
            max_overflow=8,
        )
        _look_before_use(self.engine)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False, info={POLICY: policy})
        self.pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            conninfo(url),
            # Milliseconds after which a line on which nothing is confirmed counts as dead: Slack waits for no TCP.
            kwargs={**self.connect_args, "autocommit": True, "tcp_user_timeout": 3000},
            min_size=1,
            max_size=pool_size,
            open=False,
            timeout=2.0,  # the answer to Slack is due in 3 s
        )
        self.aside: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            conninfo(url),
            kwargs={**self.connect_args, "autocommit": True, "application_name": f"{name}-aside"},
            min_size=0,
            max_size=2,
            open=False,
            timeout=2.0,
        )

    async def open(self) -> None:
        """Begin to connect, without waiting for it."""
        await self.pool.open(wait=False)
        await self.aside.open(wait=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session in one transaction: committed at the end, rolled back by an error."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """A session that sees one moment and cannot write: for previews and drawings."""
        async with self._sessions() as session:
            await session.connection(
                execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            )
            yield session
            await session.commit()  # of nothing: a rollback would make psycopg forget all it has prepared

    async def close(self) -> None:
        await self.pool.close()
        await self.aside.close()
        await self.engine.dispose()


def _look_before_use(engine: AsyncEngine) -> None:
    """Ask a connection that nobody has used for a while whether it is still there, and take another one if not.

    SQLAlchemy's own `pool_pre_ping` asks each time: a round trip in a hundred of busy times, where a connection that
    breaks is noticed by the statement itself, and whatever was to be done begins anew.
    """

    @event.listens_for(engine.sync_engine, "checkin")
    def note(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[USED] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: DBAPIConnection, record: ConnectionPoolEntry, _: PoolProxiedConnection) -> None:
        if time.monotonic() - record.info.get(USED, float("inf")) < FRESH:
            return
        try:
            engine.dialect.do_ping(connection)
        except AWAY as error:
            raise InvalidatePoolError from error
