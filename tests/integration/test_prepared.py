"""Statements that the driver runs itself are otherwise like all others."""

import contextlib
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import ClauseElement, Enum, bindparam, cast, event, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from bot.platform.models import User
from bot.store.base import table
from bot.store.database import Database
from bot.store.models import Draft, Proposal, Verdict
from bot.store.prepared import Prepared

USERS, DRAFTS = table(User), table(Draft)
OF_THEM = select(USERS.c.id, USERS.c.name, USERS.c.created).where(USERS.c.email == bindparam("email"))
DRAFT = Prepared(insert(DRAFTS).values({name: bindparam(name) for name in ("id", "verb", "arguments", "origin")}))
KEPT = select(DRAFTS.c.arguments).where(DRAFTS.c.id == bindparam("id"))
STAFFER = "staffer@penguinmails.example"
GIVEN: dict[str, Any] = {"verb": "who", "arguments": {"staffer": "Prïya 🎉"}, "origin": {}}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def run(database: Database, *statements: tuple[Prepared, dict[str, Any]]) -> None:
    async with database.transaction() as session:
        for statement, values in statements:
            await statement.rows(session, **values)


async def test_rows_are_the_same(database: Database) -> None:
    prepared = Prepared(OF_THEM)
    async with database.transaction() as session:
        [usual] = (await session.execute(OF_THEM, {"email": STAFFER})).all()
        [row] = await prepared.rows(session, email=STAFFER)
        assert (tuple(row), row.name) == (tuple(usual), usual.name)
        assert await prepared.scalar(session, email=STAFFER) == usual.id
        assert await prepared.scalar(session, email="nobody") is None


async def test_it_is_part_of_the_sessions_transaction(database: Database) -> None:
    """Also of a savepoint, and of one that the same session begins after it."""
    first, second, third, fourth = made = [uuid.uuid4() for _ in range(4)]
    async with database.transaction() as session:
        await Prepared(OF_THEM).rows(session, email=STAFFER)
        for _ in range(2):
            with contextlib.suppress(ZeroDivisionError):
                async with session.begin_nested():
                    await DRAFT.rows(session, id=first, **GIVEN)
                    raise ZeroDivisionError
        await DRAFT.rows(session, id=second, **GIVEN)
    async with database.snapshot() as session:
        assert [await Prepared(KEPT).scalar(session, id=one) for one in made] == [None, GIVEN["arguments"], None, None]
        assert await session.scalar(KEPT, {"id": second}) == GIVEN["arguments"]
        await session.commit()
        await DRAFT.rows(session, id=third, **GIVEN)
        await session.rollback()
        await DRAFT.rows(session, id=fourth, **GIVEN)
    async with database.transaction() as session:
        there = [await Prepared(KEPT).scalar(session, id=one) is not None for one in made]
        assert there == [False, True, False, True]


async def test_whoever_listens_for_statements_sees_it(database: Database) -> None:
    seen: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    await run(database, (Prepared(OF_THEM), {"email": STAFFER}))
    assert [one for one in seen if "users.email" in one]


async def test_its_errors_are_those_of_all_others_and_tell_nothing(database: Database) -> None:
    """What is caught by its kind elsewhere is caught here, and no log has what was typed."""
    twice = (DRAFT, {"id": uuid.uuid4(), **GIVEN})
    with pytest.raises(IntegrityError) as error:
        await run(database, twice, twice)
    assert GIVEN["arguments"]["staffer"] not in str(error.value)
    soon = Prepared(text("SET LOCAL statement_timeout = 20"))
    with pytest.raises(OperationalError):
        await run(database, (soon, {}), (Prepared(select(func.pg_sleep(bindparam("seconds")))), {"seconds": 5}))


@pytest.mark.parametrize(
    "statement",
    [
        insert(table(Proposal)).values(reason=bindparam("reason")),
        select(USERS.c.id).where(USERS.c.email.in_(bindparam("emails", expanding=True))),
        select(cast(USERS.c.status, Enum(Verdict, native_enum=False))),
    ],
)
async def test_what_sqlalchemy_would_make_each_time_is_refused(database: Database, statement: ClauseElement) -> None:
    with pytest.raises(TypeError, match="again each time"):
        await run(database, (Prepared(statement), {}))
