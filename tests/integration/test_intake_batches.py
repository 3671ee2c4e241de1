"""Payloads that arrive together are stored together; each is answered for itself, and none is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from bot.demo.postgres import EmbeddedPostgres
from bot.errors import Malformed, Unavailable
from bot.handlers import intake as module
from bot.handlers.intake import Intake
from bot.logs import REFERENCE
from bot.store.database import Database
from bot.store.models import Kind
from tests.conftest import until

POISON = float("nan")  # Python writes it, PostgreSQL cannot read it


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.pool.open(wait=True)
    yield database
    await database.close()


@pytest.fixture
async def intake(database: Database) -> AsyncIterator[Intake]:
    made = Intake(database)
    yield made
    await made.drain()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many payloads each statement had."""
    seen: list[int] = []
    execute = module._execute

    async def counted(connection: Any, batch: Any) -> set[str]:
        seen.append(len(batch))
        return await execute(connection, batch)

    monkeypatch.setattr(module, "_execute", counted)
    return seen


async def many(intake: Intake, count: int, key: str = "k{}") -> list[Any]:
    """Store that many at once; their results or errors."""
    return await asyncio.gather(
        *(intake.store(Kind.COMMAND, key.format(number), {"number": number}) for number in range(count)),
        return_exceptions=True,
    )


async def more(acknowledged: list[str], payloads: int = 100) -> None:
    """Wait until so many more were acknowledged."""
    before = len(acknowledged)
    await until(lambda: len(acknowledged) >= before + payloads)


def stored(sql: Any) -> tuple[int, int]:
    """Rows, and jobs that name one each."""
    [(rows, jobs)] = sql(
        "SELECT count(*), count(job.id) FROM pmbot.inbox LEFT JOIN pmbot.procrastinate_jobs job"
        " ON (job.args ->> 'inbox_id')::bigint = inbox.id AND job.task_name = 'handle'"
    )
    return rows, jobs


class TestTogether:
    async def test_what_arrives_at_once_shares_statements(self, intake: Intake, sql, statements: list[int]) -> None:
        """A hundred payloads: a hundred rows and jobs, in a few statements."""
        assert await many(intake, 100) == [True] * 100
        assert stored(sql) == (100, 100)
        assert len(statements) < 10

    async def test_one_that_arrives_alone_goes_at_once(self, intake: Intake, statements: list[int]) -> None:
        """Nobody waits for company."""
        for number in range(200):
            assert await intake.store(Kind.COMMAND, f"alone {number}", {})
        assert statements == [1] * 200

    async def test_the_first_of_several_with_one_key_is_the_new_one(self, intake: Intake, sql) -> None:
        """Slack repeats at once: within a batch too, one row, one job, one True."""
        results = await many(intake, 20, "same")
        assert results == [True] + [False] * 19
        assert stored(sql) == (1, 1)
        assert sql("SELECT payload FROM pmbot.inbox") == [({"number": 0},)]

    async def test_each_keeps_its_own_reference(self, intake: Intake, sql) -> None:
        """Bound by whoever brought it."""

        async def bring(number: int) -> None:
            REFERENCE.set(f"REF{number:03}")
            await intake.store(Kind.COMMAND, str(number), {"number": number})

        await asyncio.gather(*(bring(number) for number in range(30)))
        assert sql(
            "SELECT count(*) FROM pmbot.inbox WHERE reference = 'REF' || lpad(payload ->> 'number', 3, '0')"
        ) == [(30,)]


class TestPoison:
    async def test_a_payload_that_cannot_be_stored_fails_alone(self, intake: Intake, sql) -> None:
        """The others of its batch are stored; it is refused as what it is."""
        results = await asyncio.gather(
            *(
                intake.store(Kind.COMMAND, str(number), {"number": POISON if number == 7 else number})
                for number in range(20)
            ),
            return_exceptions=True,
        )
        assert isinstance(results.pop(7), Malformed)
        assert results == [True] * 19
        assert stored(sql) == (19, 19)

    async def test_one_too_long_for_an_index_does_not_look_like_a_database_that_is_away(
        self, intake: Intake, sql
    ) -> None:
        """PostgreSQL calls that operational; trying again would help nobody."""
        key = "".join(chr(0x4E00 + number * 7 % 20000) for number in range(5000))
        results = await asyncio.gather(
            intake.store(Kind.COMMAND, key, {}), intake.store(Kind.COMMAND, "good", {}), return_exceptions=True
        )
        assert isinstance(results[0], Malformed)
        assert results[1] is True
        assert stored(sql) == (1, 1)

    @pytest.mark.parametrize("text", ["\x00", "\\u0000", "\\\\u0000", "\\\x00", "a\ud83dz", '"\\'])
    async def test_whatever_people_type_can_be_stored(self, intake: Intake, sql, text: str) -> None:
        """What jsonb cannot hold is replaced; what only looks like it stays."""
        assert await intake.store(Kind.COMMAND, "1", {"text": text})
        expected = text.replace("\x00", "\ufffd").replace("\ud83d", "\ufffd")
        assert sql("SELECT payload ->> 'text' FROM pmbot.inbox") == [(expected,)]


class TestTrouble:
    async def test_what_was_acknowledged_survives_a_restart_in_the_middle(
        self, intake: Intake, restartable: EmbeddedPostgres, database_url: str
    ) -> None:
        """Crashes while payloads come in: each one that was acknowledged is there with its job, once."""
        acknowledged: list[str] = []
        stop = asyncio.Event()

        async def brings(name: str) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                with contextlib.suppress(Unavailable):
                    await intake.store(Kind.COMMAND, f"{name}-{number}", {"number": number})
                    acknowledged.append(f"command:{name}-{number}")

        people = [asyncio.create_task(brings(str(one))) for one in range(20)]
        for _ in range(2):
            await more(acknowledged)
            await asyncio.to_thread(restartable.restart, immediate=True)
        await more(acknowledged)
        stop.set()
        await asyncio.gather(*people)
        with psycopg.connect(database_url) as connection:
            keys = connection.execute("SELECT key FROM pmbot.inbox").fetchall()
            jobs = connection.execute(
                "SELECT key, count(job.id) FROM pmbot.inbox LEFT JOIN pmbot.procrastinate_jobs job"
                " ON (job.args ->> 'inbox_id')::bigint = inbox.id GROUP BY key HAVING count(job.id) <> 1"
            ).fetchall()
        assert set(acknowledged) <= {key for (key,) in keys}
        assert jobs == []

    async def test_a_statement_that_the_server_ends_is_tried_again(
        self, intake: Intake, sql, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As when it shuts down and another one takes over: whoever waits is acknowledged all the same."""
        monkeypatch.setattr(module, "PATIENCE", 20.0)
        sql("BEGIN")
        sql("LOCK TABLE pmbot.inbox IN ACCESS EXCLUSIVE MODE")
        asking = asyncio.create_task(intake.store(Kind.COMMAND, "one", {}))
        await until(lambda: sql("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted"))
        sql("COMMIT")
        assert await asking is True
        assert stored(sql) == (1, 1)

    async def test_a_request_that_was_given_up_takes_nobody_along(self, intake: Intake, sql) -> None:
        """Cancelled while waiting: the rest of its batch is stored and answered."""
        requests = [asyncio.create_task(intake.store(Kind.COMMAND, str(number), {})) for number in range(40)]
        await asyncio.sleep(0)
        for request in requests[::2]:
            request.cancel()
        results = await asyncio.gather(*requests, return_exceptions=True)
        assert results[1::2] == [True] * 20
        assert all(isinstance(result, asyncio.CancelledError) for result in results[::2])
        rows, jobs = stored(sql)
        assert rows == jobs >= 20

    async def test_what_nobody_waits_for_any_more_is_not_stored_later(
        self, database: Database, sql, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who was told that nothing was done can rely on it when the database comes back."""
        monkeypatch.setattr(module, "PATIENCE", 0.3)
        held = [await database.pool.getconn() for _ in range(database.pool.max_size)]
        slow = Intake(database)
        with pytest.raises(Unavailable, match="nothing was done"):
            await slow.store(Kind.COMMAND, "late", {})
        for connection in held:
            await database.pool.putconn(connection)
        await slow.drain()
        assert stored(sql) == (0, 0)

    async def test_a_connection_that_comes_too_late_stores_nothing(
        self, database: Database, sql, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Somebody was told that nothing was done while their payload still waited for one."""
        held = [await database.pool.getconn() for _ in range(database.pool.max_size)]
        slow = Intake(database)
        monkeypatch.setattr(module, "PATIENCE", 0.3)
        asking = asyncio.create_task(slow.store(Kind.COMMAND, "late", {}))
        await asyncio.sleep(0)
        monkeypatch.setattr(module, "PATIENCE", 30.0)  # of the statement, which begins just now
        with pytest.raises(Unavailable, match="nothing was done"):
            await asking
        for connection in held:
            await database.pool.putconn(connection)
        await slow.drain()
        assert stored(sql) == (0, 0)

    async def test_an_answer_comes_before_slack_gives_up(self, intake: Intake, sql) -> None:
        """The table is locked: within 3 s people hear that nobody knows, and everybody behind them hears it too."""
        sql("BEGIN")
        sql("LOCK TABLE pmbot.inbox IN ACCESS EXCLUSIVE MODE")
        answers = asyncio.create_task(many(intake, 5))
        await asyncio.wait([answers], timeout=2.8)
        if not answers.done():  # both were due when a busy machine got round to it
            await asyncio.sleep(0.1)
        assert answers.done()
        results = answers.result()
        assert {type(result) for result in results} == {Unavailable}
        assert "I do not know whether it is done" in str(results[0])
        sql("ROLLBACK")

    async def test_draining_waits_for_what_is_under_way(self, intake: Intake, sql) -> None:
        """At the end of the process nothing is cut off."""
        requests = [asyncio.create_task(intake.store(Kind.COMMAND, str(number), {})) for number in range(10)]
        await asyncio.sleep(0)
        await intake.drain()
        assert stored(sql) == (10, 10)
        assert await asyncio.gather(*requests) == [True] * 10
