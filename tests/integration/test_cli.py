"""The `pm` command: real processes, settings from the environment alone."""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from bot.demo import world
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.world import World
from tests.conftest import OPS, Processes, cards, free_port, idle, until
from tests.integration.command_line import pm, revoked


@pytest.fixture
def empty_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A database with nothing in it."""
    name = f"empty_{uuid.uuid4().hex[:12]}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


async def healthy(port: str, path: str = "/healthz") -> None:
    async with httpx.AsyncClient(trust_env=False) as client:

        async def answers() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return (await client.get(f"http://127.0.0.1:{port}{path}")).status_code == 200
            return False

        await until(answers, 60)


async def ended(process: subprocess.Popen[bytes]) -> int:
    """Ask it to end, and wait for that as long as supervisors do; its exit code."""
    process.send_signal(signal.SIGTERM)
    return await asyncio.to_thread(process.wait, 30)


def serve_all(processes: Processes) -> str:
    """Start everything in one process, and have Slack deliver to it; its port."""
    port = free_port()
    processes.start("serve", "--all", PORT=port)
    processes.around.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    return port


class TestDatabase:
    async def test_an_empty_database_becomes_a_working_bot(self, empty_url: str, tmp_path: Path) -> None:
        """The outside harness's path: upgrade, seed, link, serve, health, and a whole revocation."""
        done = pm("db", "upgrade", DATABASE_URL=empty_url)
        assert (done.returncode, done.stdout) == (0, "The schema pmbot is up to date.\n")
        done = pm("db", "seed-demo", DATABASE_URL=empty_url)
        assert done.returncode == 0, done.stdout
        assert done.stdout.startswith("Loaded: 16 staff members,")
        for person in ("oncall", "security", "staffer"):
            email, team = f"{person}@penguinmails.example", world.workspace().team_id
            done = pm("staff", "link", world.slack_id(person), email, DATABASE_URL=empty_url, SLACK_TEAM_ID=team)
            assert done.returncode == 0, done.stdout
            assert f"{world.slack_id(person)} in {team} is now linked to" in done.stdout
        async with world.around(empty_url, cache_seconds=2.0) as around, running(around, tmp_path) as processes:
            await healthy(serve_all(processes))
            finished = await revoked(around)
        assert "4 sessions ended" in finished["text"]

    def test_seeding_needs_no_upgrade_before_and_happens_once(self, empty_url: str) -> None:
        """`pm db seed-demo` makes the schema itself; a second time it says why it does nothing."""
        assert pm("db", "seed-demo", DATABASE_URL=empty_url).returncode == 0
        again = pm("db", "seed-demo", DATABASE_URL=empty_url)
        assert again.returncode == 1
        assert again.stdout.startswith("Error: The table users has rows already: this may be a real platform")

    def test_seeding_refuses_a_database_with_foreign_tables(self, empty_url: str) -> None:
        """Nothing is mixed into somebody's platform, not even a schema."""
        with psycopg.connect(empty_url) as connection:
            connection.execute("CREATE TABLE users (id int)")
        done = pm("db", "seed-demo", DATABASE_URL=empty_url)
        assert done.returncode == 1
        assert "This database is not empty (it has users …), so no demo data was loaded." in done.stdout
        with psycopg.connect(empty_url) as connection:
            assert connection.execute("SELECT to_regnamespace('pmbot')").fetchone() == (None,)

    def test_a_database_that_is_not_there_is_said_in_a_sentence(self) -> None:
        """Every command that needs it says that it cannot be reached, without a trace."""
        nowhere = {"DATABASE_URL": "postgresql://pm:secret@127.0.0.1:1/pm", "SLACK_TEAM_ID": "T0"}
        for command in (
            ("db", "upgrade"),
            ("db", "platform-sql"),
            ("db", "seed-demo"),
            ("staff", "link", "U0", "a@b.example"),
        ):
            done = pm(*command, **nowhere)
            assert done.returncode == 1
            assert done.stdout.startswith("Error: The database cannot be "), done.stdout
            assert "Traceback" not in done.stdout
            assert "secret" not in done.stdout

    def test_platform_sql_completes_a_foreign_platform(self, empty_url: str) -> None:
        """What it prints can be applied as it stands; then nothing is missing, and what was there is still there."""
        with psycopg.connect(empty_url) as connection:
            connection.execute("CREATE TABLE users (id uuid PRIMARY KEY, name text NOT NULL, email text NOT NULL)")
            connection.execute("INSERT INTO users VALUES (gen_random_uuid(), 'Ada', 'ada@people.example')")
        printed = pm("db", "platform-sql", DATABASE_URL=empty_url)
        assert printed.returncode == 0, printed.stdout
        assert "ALTER TABLE users ADD COLUMN IF NOT EXISTS status" in printed.stdout
        assert "DROP" not in printed.stdout
        with psycopg.connect(empty_url) as connection:
            connection.execute(printed.stdout)
            assert connection.execute("SELECT name, status FROM users").fetchall() == [("Ada", "active")]
        assert pm("db", "platform-sql", DATABASE_URL=empty_url).stdout.strip() == ""
        assert pm("db", "upgrade", DATABASE_URL=empty_url).returncode == 0


class TestStaffLink:
    def test_an_unknown_address_is_refused(self, database_url: str, sql) -> None:
        """Nobody is linked to a guess."""
        before = sql("SELECT * FROM pmbot.staff_links ORDER BY 1, 2")
        done = pm("staff", "link", "U0NEW", "nobody@elsewhere.example", DATABASE_URL=database_url, SLACK_TEAM_ID="T0")
        assert done.returncode == 1
        assert "No staff member has the address nobody@elsewhere.example." in done.stdout
        assert sql("SELECT * FROM pmbot.staff_links ORDER BY 1, 2") == before

    def test_linking_again_replaces_both_sides(self, database_url: str, sql) -> None:
        """An account stands for one person and a person has one account; the trail keeps each link and its end."""
        team = world.workspace().team_id
        before = sql("SELECT count(*) FROM pmbot.staff_links")
        trail = "SELECT count(*) FROM pmbot.audit_log WHERE kind = 'linked' AND action = %s"
        links = sql(trail, "identity.link")[0][0]
        environment = {"DATABASE_URL": database_url, "SLACK_TEAM_ID": team}
        done = pm("staff", "link", "U0NEWPHONE", "Staffer@PenguinMails.example", **environment)
        assert done.stdout == f"U0NEWPHONE in {team} is now linked to Priya Raghunathan.\n"
        assert sql("SELECT count(*) FROM pmbot.staff_links") == before
        linked = "SELECT slack_user_id FROM pmbot.staff_links JOIN users ON id = staff_id WHERE email = %s"
        assert sql(linked, "staffer@penguinmails.example") == [("U0NEWPHONE",)]
        assert pm("staff", "link", "U0NEWPHONE", "nadia@penguinmails.example", **environment).returncode == 0
        assert sql(linked, "staffer@penguinmails.example") == []
        assert sql(linked, "nadia@penguinmails.example") == [("U0NEWPHONE",)]
        assert sql(trail, "identity.link") == [(links + 2,)]
        assert sql(trail, "identity.unlink") == [(3,)]  # Priya's old account; then hers and Nadia's old one


class TestServe:
    async def test_all_in_one_process(self, surroundings: World, processes: Processes) -> None:
        """Health, readiness and numbers are there for a supervisor; SIGTERM ends it with 0."""
        port = serve_all(processes)
        await healthy(port)
        await revoked(surroundings)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            assert (await client.get("/healthz")).json() == {"status": "ok"}
            assert (await client.get("/readyz")).json() == {"status": "ready"}
            assert 'pm_accepted_total{kind="command"} 1.0' in (await client.get("/metrics")).text
        assert await ended(processes.started[0]) == 0, processes.logs()
        assert "Traceback" not in processes.logs()

    async def test_three_processes(self, surroundings: World, processes: Processes, sql) -> None:
        """`serve` only accepts, `worker` handles, `clock` wakes; each ends with 0 when told to."""
        port = free_port()
        processes.start("serve", PORT=port)
        surroundings.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        await healthy(port, "/readyz")
        await surroundings.slack.command(world.slack_id("security"), OPS, "/pm who @staffer")
        await asyncio.sleep(0.5)
        assert sql("SELECT count(*), count(handled) FROM pmbot.inbox") == [(1, 0)]
        processes.start("worker")
        processes.start("clock")
        await revoked(surroundings)
        codes = await asyncio.gather(*(ended(one) for one in processes.started))
        assert codes == [0, 0, 0], processes.logs()
        assert "Traceback" not in processes.logs()

    async def test_socket_mode(self, surroundings: World, processes: Processes) -> None:
        """With SLACK_APP_TOKEN there is nothing to post to, and everything works all the same."""
        port = free_port()
        processes.start("serve", "--all", PORT=port, SLACK_APP_TOKEN=surroundings.slack.workspace.app_token)
        await healthy(port)
        await revoked(surroundings)
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.post(f"http://127.0.0.1:{port}/slack/events")).status_code == 404
        assert {one.transport for one in surroundings.slack.deliveries} == {"socket"}
        assert await ended(processes.started[0]) == 0, processes.logs()

    async def test_told_to_end_it_loses_no_job(self, surroundings: World, processes: Processes, sql) -> None:
        """What was accepted before SIGTERM is done, or waits for the next process; nothing is left in progress."""
        port = serve_all(processes)
        await healthy(port)
        replies = await asyncio.gather(
            *(
                surroundings.slack.command(
                    world.slack_id("oncall"), OPS, f"/pm pause email-sending for {n + 1}h because {n}"
                )
                for n in range(8)
            )
        )
        assert {one.status for one in replies} == {200}
        assert await ended(processes.started[0]) == 0, processes.logs()
        assert sql("SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('doing', 'failed')") == [(0,)]
        await healthy(serve_all(processes))
        await until(lambda: len(cards(surroundings)) == 8)
        assert sql("SELECT count(*), count(handled) FROM pmbot.inbox") == [(8, 8)]

    async def test_told_to_end_while_slack_hangs_it_ends_all_the_same(
        self, surroundings: World, processes: Processes, sql
    ) -> None:
        """The call under way runs into its timeout; the next process finds what came of it, and posts nothing twice."""
        port = serve_all(processes)
        await healthy(port)
        surroundings.slack.fault("chat.postMessage", "slow", seconds=6)
        await surroundings.slack.command(world.slack_id("oncall"), OPS, "/pm revoke @staffer because laptop stolen")
        await until(lambda: [one for one in surroundings.slack.calls if one.method == "chat.postMessage"])
        assert await ended(processes.started[0]) == 0, processes.logs()
        assert sql("SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('doing', 'failed')") == [(0,)]
        await healthy(serve_all(processes))
        await until(lambda: cards(surroundings))
        await idle(sql)
        assert len(cards(surroundings)) == 1

    @pytest.mark.parametrize("command", [("serve", "--all"), ("worker",), ("clock",)], ids=" ".join)
    async def test_told_to_end_while_nothing_answers_it_ends_all_the_same(
        self, surroundings: World, processes: Processes, command: tuple[str, ...]
    ) -> None:
        """Neither a database nor a Slack that is away holds up the end."""
        away = {"DATABASE_URL": "postgresql://pm@127.0.0.1:1/pm", "SLACK_API_URL": "http://127.0.0.1:1/api/"}
        process = processes.start(*command, PORT=free_port(), SLACK_APP_TOKEN="xapp-away", **away)
        await until(lambda: "error connecting in" in processes.logs())
        assert await ended(process) == 0, processes.logs()

    async def test_an_empty_variable_is_an_unset_one(self, surroundings: World, processes: Processes) -> None:
        """`SLACK_APP_TOKEN=` in a compose file does not mean Socket Mode."""
        port = free_port()
        processes.start("serve", PORT=port, SLACK_APP_TOKEN="", DATABASE_OWNER_URL="", PM_POLICY="")
        surroundings.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
        await healthy(port)
        reply = await surroundings.slack.command(world.slack_id("oncall"), OPS, "/pm help")
        assert reply.status == 200

    def test_missing_settings_are_all_named(self) -> None:
        """One message names every variable that is missing; nothing starts."""
        for command in ("serve", "worker", "clock"):
            done = pm(command, DATABASE_URL="postgresql://127.0.0.1/pm", PORT="not a port")
            assert done.returncode == 1
            assert done.stdout.startswith("Error: Settings are incomplete.")
            for name in ("SLACK_TEAM_ID", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "PORT"):
                assert f"{name}: " in done.stdout
            assert "DATABASE_URL" not in done.stdout

    def test_a_port_that_is_taken_is_said_in_a_sentence(self, database_url: str) -> None:
        """It says which port, and what to do, before anything is started."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            done = pm(
                "serve",
                "--all",
                PORT=port,
                PM_HOST="127.0.0.1",
                DATABASE_URL=database_url,
                SLACK_TEAM_ID="T0",
                SLACK_BOT_TOKEN="xoxb-0",
                SLACK_SIGNING_SECRET="s",
            )
        assert done.returncode == 1
        assert "Traceback" not in done.stdout
        assert done.stdout.endswith(
            f"Error: Port {port} on 127.0.0.1 cannot be used: Address already in use. "
            "Set PORT to a free one, or stop the program that uses it.\n"
        )


@pytest.mark.parametrize("url", [None, "https://ops.penguinmails.example/"])
def test_the_manifest_is_json_to_paste(url: str | None) -> None:
    """`pm manifest` needs no settings; with --url it is for HTTP, without for Socket Mode."""
    done = pm("manifest", *(["--url", url] if url else []))
    assert done.returncode == 0
    assert json.loads(done.stdout)["settings"]["socket_mode_enabled"] is (url is None)


@contextlib.asynccontextmanager
async def running(around: World, folder: Path) -> AsyncIterator[Processes]:
    processes = Processes(around, folder)
    try:
        yield processes
    finally:
        processes.end()
