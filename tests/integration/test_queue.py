"""Jobs are deferred by procrastinate's own SQL functions, which are internal to it: this pins them."""

import contextlib
import datetime as dt
import json
from collections.abc import AsyncIterator

import pytest
from procrastinate import App, PsycopgConnector, RetryDecision, utils
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from bot import app
from bot.delivery.deliver import TWINS
from bot.demo import world
from bot.demo.world import World
from bot.errors import Unavailable
from bot.handlers import intake
from bot.handlers.intake import STORE, Intake
from bot.pipeline.core import EXECUTE, VERIFY
from bot.runtime.jobs import rescue
from bot.store.database import OPTIONS, Database, conninfo
from bot.store.models import Kind
from bot.store.outbox import DELIVER
from bot.store.queue import DELIVERIES, QUEUE, Workers, defer

JOBS = "SELECT queue_name, task_name, args, status::text, scheduled_at FROM pmbot.procrastinate_jobs ORDER BY id"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    await database.pool.open()
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def in_our_schema(sql) -> None:
    """procrastinate's triggers find their tables by the search path."""
    sql("SET search_path = pmbot, public")


class ChangeFailed(Exception):
    """Stands for whatever goes wrong after a job was deferred."""


class TestDefer:
    async def test_a_commit_keeps_the_job(self, database: Database, sql) -> None:
        """The job appears with the transaction that asked for it, ready to run."""
        async with database.transaction() as session:
            await defer(session, DELIVER, message_id="m1")
            assert sql(JOBS) == []
        assert sql(JOBS) == [(DELIVERIES, "deliver", {"message_id": "m1"}, "todo", None)]

    async def test_a_rollback_loses_the_job(self, database: Database, sql) -> None:
        """No job without the change it follows from."""
        with contextlib.suppress(ChangeFailed):
            async with database.transaction() as session:
                await defer(session, DELIVER, message_id="m1")
                raise ChangeFailed
        assert sql(JOBS) == []

    async def test_a_savepoint_that_is_rolled_back_takes_its_job_along(self, database: Database, sql) -> None:
        """What a refused handler asked for does not happen; what came before it does."""
        async with database.transaction() as session:
            await defer(session, DELIVER, message_id="kept")
            with contextlib.suppress(ChangeFailed):
                async with session.begin_nested():
                    await defer(session, DELIVER, message_id="lost")
                    raise ChangeFailed
        assert [row[2] for row in sql(JOBS)] == [{"message_id": "kept"}]

    async def test_a_delay_is_seconds_from_now(self, database: Database, sql) -> None:
        """A delayed job is scheduled by the database's clock, to the fraction of a second."""
        async with database.transaction() as session:
            await defer(session, TWINS, delay=20.5, message_id="m1")
            now = await session.scalar(text("SELECT now()"))
        [(_, _, _, status, scheduled)] = sql(JOBS)
        assert status == "todo"
        assert scheduled - now == dt.timedelta(seconds=20.5)

    async def test_arguments_arrive_as_they_were(self, database: Database, sql) -> None:
        """Numbers, null, quotes, colons and anything else that could be taken for SQL."""
        arguments = {"step": 3, "none": None, "text": 'it\'s :delay %(s)s "{}" ✓', "list": [1, {"a": False}]}
        async with database.transaction() as session:
            await defer(session, VERIFY, **arguments)
        assert sql(JOBS)[0][2] == arguments


class TestIntake:
    async def test_a_payload_is_stored_once_with_exactly_one_job(self, database: Database, sql) -> None:
        """However often it is sent; the job names the row."""
        intake = Intake(database)
        stored = [await intake.store(Kind.COMMAND, "trigger-1", {"text": f"try {n}"}) for n in range(3)]
        assert stored == [True, False, False]
        [(inbox_id, key, kind, payload)] = sql("SELECT id, key, kind, payload FROM pmbot.inbox")
        assert (key, kind, payload) == ("command:trigger-1", "command", {"text": "try 0"})
        assert sql(JOBS) == [(QUEUE, "handle", {"inbox_id": inbox_id}, "todo", None)]

    async def test_the_same_key_of_another_kind_is_another_payload(self, database: Database, sql) -> None:
        """A click and a command cannot swallow each other."""
        intake = Intake(database)
        assert await intake.store(Kind.COMMAND, "1", {})
        assert await intake.store(Kind.CLICK, "1", {})
        assert sql("SELECT count(*) FROM pmbot.procrastinate_jobs") == [(2,)]

    async def test_row_and_job_are_one_statement(self, database: Database, sql) -> None:
        """If the job cannot be stored, neither is the payload, so that Slack's repetition is taken as new."""
        sql("REVOKE INSERT ON pmbot.procrastinate_jobs FROM pmbot_app")
        async with database.pool.connection() as connection:
            payload = {"key": "command:1", "kind": "command", "payload": {}, "reference": None}
            with pytest.raises(Exception, match="permission denied for table procrastinate_jobs"):
                await connection.execute(STORE, {"payloads": json.dumps([payload])})
        assert sql("SELECT count(*) FROM pmbot.inbox") == [(0,)]

    async def test_what_jsonb_cannot_hold_is_replaced(self, database: Database, sql) -> None:
        """A NUL would be refused by PostgreSQL; the rest of the text stays."""
        assert await Intake(database).store(Kind.COMMAND, "1", {"text": "a\x00b \\u0041 ✓"})
        assert sql("SELECT payload ->> 'text' FROM pmbot.inbox") == [("a\ufffdb \\u0041 ✓",)]

    async def test_a_database_that_is_away_is_said(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`Unavailable`, when its patience has ended."""
        monkeypatch.setattr(intake, "PATIENCE", 0.2)
        database = Database("postgresql://nobody@127.0.0.1:1/nothing")
        await database.pool.open(wait=False)
        with pytest.raises(Unavailable, match="nothing was done"):
            await Intake(database).store(Kind.COMMAND, "1", {})
        await database.close()


class TestProcrastinate:
    @pytest.mark.parametrize(
        ("function", "arguments"),
        [
            ("procrastinate_defer_jobs_v1", "jobs procrastinate_job_to_defer_v1[]"),
            (
                "procrastinate_retry_job_v2",
                (
                    "job_id bigint, retry_at timestamp with time zone, new_priority integer,"
                    " new_queue_name character varying, new_lock character varying"
                ),
            ),
        ],
    )
    def test_the_functions_we_call_are_what_we_call(self, sql, function: str, arguments: str) -> None:
        """Another version of procrastinate may rename or reorder them: then the statements have to follow."""
        found = sql(
            "SELECT pg_get_function_identity_arguments(oid) FROM pg_proc"
            " WHERE proname = %s AND pronamespace = 'pmbot'::regnamespace",
            function,
        )
        assert found == [(arguments,)]

    def test_the_fields_of_a_job_are_in_the_order_we_write_them(self, sql) -> None:
        """`ROW(…)::procrastinate_job_to_defer_v1` counts on it."""
        fields = sql(
            "SELECT attname FROM pg_attribute WHERE attrelid ="
            " (SELECT typrelid FROM pg_type WHERE typname = 'procrastinate_job_to_defer_v1') ORDER BY attnum"
        )
        names = ["queue_name", "task_name", "priority", "lock", "queueing_lock", "args", "scheduled_at"]
        assert [name for (name,) in fields] == names

    def test_the_migrated_schema_is_that_of_the_installed_version(self, sql) -> None:
        """Raising procrastinate's version needs a migration of ours for whatever it adds to its schema."""
        present = {name for (name,) in sql("SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate%%'")}
        schema = SchemaManager.get_schema()
        assert present == {name for name in present if f"CREATE FUNCTION {name}(" in schema}
        assert len(present) == schema.count("CREATE FUNCTION ")

    async def test_the_rescue_puts_back_what_a_dead_worker_held(self, database: Database, sql) -> None:
        """Jobs in progress without a worker, or with a silent one, are ready again; a living one keeps its own."""
        async with database.transaction() as session:
            for name in ("orphan", "silent", "living", "waiting"):
                await defer(session, EXECUTE, proposal_id=name)
        heartbeats = "(now() - interval '4 s'), (now() + interval '1 min')"
        sql(f"INSERT INTO pmbot.procrastinate_workers (last_heartbeat) VALUES {heartbeats}")
        silent, living = (row[0] for row in sql("SELECT id FROM pmbot.procrastinate_workers ORDER BY last_heartbeat"))
        take = "UPDATE pmbot.procrastinate_jobs SET status = 'doing', worker_id = %s WHERE args ->> 'proposal_id' = %s"
        for worker, job in ((None, "orphan"), (silent, "silent"), (living, "living")):
            sql(take, worker, job)
        assert await rescue(database) == 2
        assert await rescue(database) == 0
        states = dict(sql("SELECT args ->> 'proposal_id', status::text FROM pmbot.procrastinate_jobs"))
        assert states == {"orphan": "todo", "silent": "todo", "living": "doing", "waiting": "todo"}
        attempts = dict(sql("SELECT args ->> 'proposal_id', attempts FROM pmbot.procrastinate_jobs"))
        assert attempts == {"orphan": 1, "silent": 1, "living": 0, "waiting": 0}

    async def test_a_worker_that_is_late_keeps_its_own_jobs(self, database: Database, sql) -> None:
        """Its process knows that it lives; another process may take them."""
        async with database.transaction() as session:
            await defer(session, EXECUTE, proposal_id="late")
        silent = "now() - interval '4 s'"
        [(late,)] = sql(f"INSERT INTO pmbot.procrastinate_workers (last_heartbeat) VALUES ({silent}) RETURNING id")
        sql("UPDATE pmbot.procrastinate_jobs SET status = 'doing', worker_id = %s", late)
        assert await rescue(database, {late}) == 0
        sql("UPDATE pmbot.procrastinate_jobs SET attempts = 99")
        assert await rescue(database, {late}) == 0
        assert sql("SELECT status::text FROM pmbot.procrastinate_jobs") == [("doing",)]
        sql("UPDATE pmbot.procrastinate_jobs SET attempts = 0")
        assert await rescue(database) == 1

    async def test_a_heartbeat_waits_for_no_work(self, database: Database, sql) -> None:
        """While jobs have all connections of the worker and of the pipeline."""
        await database.aside.open()
        connector = PsycopgConnector(
            conninfo=conninfo(database.url), kwargs={"options": OPTIONS}, min_size=1, max_size=1
        )
        app = App(connector=connector)
        async with app.open_async():
            workers = Workers(connector, database)
            worker_id = await workers.register_worker()
            assert workers.own == {worker_id}
            sql("UPDATE pmbot.procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
            async with connector.pool.connection():
                await workers.update_heartbeat(worker_id)
            fresh = "SELECT last_heartbeat > now() - interval '1 minute' FROM pmbot.procrastinate_workers"
            assert sql(fresh) == [(True,)]
            await workers.unregister_worker(worker_id)
        assert workers.own == set()


async def test_a_worker_whose_clock_is_wrong_puts_nothing_off_for_longer(
    surroundings: World, sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pauses begin by the clock that also ends them, which is PostgreSQL's."""
    queue = app.build(world.settings(surroundings.database_url, surroundings.slack, surroundings.slack_url, None)).queue
    real = utils.utcnow
    monkeypatch.setattr(utils, "utcnow", lambda: real() + dt.timedelta(hours=1))
    async with queue.open_async():
        job_id = await queue.configure_task("execute", queue=QUEUE).defer_async(proposal_id="p1")
        sql("UPDATE pmbot.procrastinate_jobs SET status = 'doing' WHERE id = %s", job_id)
        (job,) = [one for one in await queue.job_manager.list_jobs_async() if one.id == job_id]
        await queue.job_manager.retry_job(job, RetryDecision(retry_in={"seconds": 60}).retry_at)
    soon = "SELECT scheduled_at < now() + interval '61 seconds' FROM pmbot.procrastinate_jobs WHERE id = %s"
    assert sql(soon, job_id) == [(True,)]
