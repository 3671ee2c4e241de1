"""Shared parts: a private PostgreSQL with a seeded database to clone, the demo's world, and the bot in it."""

import asyncio
import contextlib
import datetime as dt
import gc
import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from bot import app, policy
from bot.demo import seeding, world
from bot.demo.clock import EVERYDAY
from bot.demo.postgres import EmbeddedPostgres
from bot.demo.world import World
from bot.digests.figures.counting import SOURCES
from bot.digests.schedule import timetables
from localslack import hosting
from tests import compiled
from tests.order import pytest_collection_modifyitems  # noqa: F401 - a hook

OPS, SECURITY_CHANNEL = "C0OPERATIONS", "C0SECURITY"
AUDIT_ROOT = "Audit trail"
TEMPLATE = "seeded"
MEMORY, ROOM = Path("/dev/shm"), 6 * 2**30  # bytes: more than the databases of all test processes need at a time
LENT = "PM_TEST_SERVER"  # port, password and template of a server that has them already
STALE = 300.0  # seconds after which the template is made young again: unused sessions end after half an hour
PATIENCE = 30.0  # seconds that a test waits for something; nobody waits so long but for what does not come
UNDONE = """
SELECT (SELECT count(*) FROM pmbot.inbox WHERE handled IS NULL)
     + (SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name <> 'tick')
"""
PORTS = range(10_000, 20_000)  # below those that the system and the embedded PostgreSQL give out

# The same examples in every run, however slow the machine is; mutation testing runs a test several times in a process.
hypothesis_settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
)
hypothesis_settings.load_profile("steady")

compiled.share()

# Logs go to pytest; structlog's own console draws tracebacks so lovingly that it stalls the event loop for seconds.
structlog.configure(
    processors=[structlog.processors.KeyValueRenderer(["event"])], logger_factory=structlog.stdlib.LoggerFactory()
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--without", default=None, help="run without this safeguard of a promise (tests/promises/mutations.py)"
    )


def pytest_collection_finish() -> None:
    """Five thousand tests and what they import stay until the end: no need to look through them for garbage."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out for want of something on this machine, and how to get it."""
    reasons = sorted({str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", [])})
    if reasons:
        terminalreporter.section("left out on this machine")
        for reason in reasons:
            terminalreporter.write_line(f"- {reason.removeprefix('Skipped: ')}")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With PM_NOTHING_LEFT_OUT (CI), a test that was left out is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("PM_NOTHING_LEFT_OUT") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


class Lent(EmbeddedPostgres):
    """The server of the test process that started this one, which also ends it."""

    def __init__(self, port: str, password: str, _template: str) -> None:
        self.port, self.password = int(port), password


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """One server for each test process; PM_POSTGRES_BIN chooses which PostgreSQL."""
    if LENT in os.environ:
        yield Lent(*os.environ[LENT].split())
        return
    with in_memory():
        running = EmbeddedPostgres.start()
    with running as server:
        yield server


@pytest.fixture
def restartable(postgres: EmbeddedPostgres) -> EmbeddedPostgres:
    """The same, for tests that restart it: not while others use it, too."""
    if isinstance(postgres, Lent):
        pytest.skip("other tests use the same server: run them without PM_TEST_SERVER")
    return postgres


@contextlib.contextmanager
def in_memory() -> Iterator[None]:
    """Temporary folders made meanwhile are of memory, where there is enough: databases are copied by the hundred."""
    usual = tempfile.tempdir
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        tempfile.tempdir = str(MEMORY)
    try:
        yield
    finally:
        tempfile.tempdir = usual


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """A database with both schemas, the demo's platform, and everybody linked; cloned for each test."""
    return os.environ[LENT].split()[-1] if LENT in os.environ else seeded(postgres)


def seeded(postgres: EmbeddedPostgres) -> str:
    """Make the template; its name."""
    url = postgres.create_database(TEMPLATE)
    seeding.load(url, url)
    asyncio.run(world.link_everybody(url, world.workspace().team_id))
    without_digests(url)
    without_counting(url)
    return TEMPLATE


def without_counting(url: str) -> None:
    """A bot that runs for a test about something else counts no figures of the days before."""
    with psycopg.connect(url) as connection:
        for source in SOURCES:
            connection.execute(
                "INSERT INTO pmbot.figure_marks (source, zone, since, until, settled)"
                " SELECT %s, %s, day, day, day FROM (SELECT current_date + 400) AS far (day)",
                (source, policy.load().zone),
            )


def without_digests(url: str) -> None:
    """A bot that runs at half past eight posts no digest into a test about something else."""
    with psycopg.connect(url) as connection:
        for one in timetables(policy.load()):
            connection.execute(
                "INSERT INTO pmbot.schedules (name, rule, since) VALUES (%s, %s, now() + interval '1 year')"
                " ON CONFLICT (name, rule) DO UPDATE SET since = excluded.since",
                (one.name, one.rule.identity),
            )


def with_digests(url: str) -> None:
    """The first clock that looks makes the schedules known, as in a new database."""
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM pmbot.schedules")


@pytest.fixture(scope="session")
def in_use(postgres: EmbeddedPostgres, template: str) -> Callable[[], None]:
    """Keeps the template in use, however long the tests run. Of one that is lent, the lender does."""
    return (lambda: None) if LENT in os.environ else keeping_in_use(postgres.url(template))


def keeping_in_use(url: str) -> Callable[[], None]:
    """What has to be called now and then."""
    used = time.monotonic()

    def use() -> None:
        nonlocal used
        if (passed := time.monotonic() - used) > STALE:
            pass_everyday(url, passed)
            used += passed

    return use


def pass_everyday(url: str, seconds: float) -> None:
    """All of the everyday life is so much later: what is young beside what is old is a platform in trouble."""
    with psycopg.connect(url) as connection:
        for statement in EVERYDAY:
            connection.execute(statement, {"by": dt.timedelta(seconds=seconds)})


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, template: str, in_use: Callable[[], None]) -> Iterator[str]:
    """A fresh copy of the seeded database."""
    in_use()
    with copied(postgres, template) as url:
        yield url


@pytest.fixture(scope="module")
def shared_database_url(postgres: EmbeddedPostgres, template: str, in_use: Callable[[], None]) -> Iterator[str]:
    """One copy for all tests of a file of which none leaves what another looks at."""
    in_use()
    with copied(postgres, template) as url:
        yield url


@contextlib.contextmanager
def copied(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """A copy of a database for as long as it lasts; its URL."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres.url(), autocommit=True) as connection:  # copying files is the quickest way
        names = (psycopg.sql.Identifier(one) for one in (name, template))
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(*names))
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def sql(database_url: str) -> Iterator[Callable[..., list[Any]]]:
    """Run SQL as the owner: `sql("SELECT …", parameter)` → rows."""
    with psycopg.connect(database_url, autocommit=True) as connection:

        def run(query: str, *parameters: Any) -> list[Any]:
            cursor = connection.execute(query, parameters or None)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

        yield run


@pytest.fixture
async def surroundings(database_url: str) -> AsyncIterator[World]:
    """Gateway and local Slack, without a bot."""
    async with world.around(database_url, cache_seconds=2.0) as around:
        # Slack's 3 s are of no interest here, on a busy machine.
        around.slack.state.trigger_seconds = around.slack.courier.ack_seconds = PATIENCE
        yield around


@pytest.fixture
async def bot_world(surroundings: World) -> AsyncIterator[World]:
    """The same with the whole bot in this process, over HTTP."""
    async with running_bot(surroundings):
        yield surroundings


@contextlib.asynccontextmanager
async def running_bot(around: World, **settings: object) -> AsyncIterator[str]:
    """Run the bot (web, worker, clock) in this process for a world; its base URL."""
    many = {"pm_lookups_per_minute": 1_000_000, "pm_requests_per_10_minutes": 1_000_000}  # few people, in little time
    options = {"platform_url": around.platform_url, "smtp_url": around.mailbox.url, **many, **settings}
    chosen = world.settings(around.database_url, around.slack, around.slack_url, **options)
    async with hosting.serve(app.asgi(app.build(chosen), everything=True)) as url:
        around.slack.request_url = f"{url}/slack/events"
        yield url


_ports = itertools.cycle([*PORTS[os.getpid() * 97 % len(PORTS) :], *PORTS])


def free_port() -> str:
    """A port that nobody has, nor is given by asking for any: it is still free when a process gets round to it."""
    while True:
        port = next(_ports)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return str(port)


async def until(check: Callable[[], Any], seconds: float = PATIENCE, every: float = 0.03) -> Any:
    """Wait until `check` (sync or async) returns something true, and return that; `every` so many seconds it looks."""
    deadline = time.monotonic() + seconds
    while True:
        result = check()
        if isinstance(result, Awaitable):
            result = await result
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {getattr(check, '__name__', check)}")
        await asyncio.sleep(every)


def environment(around: World, **settings: str) -> dict[str, str]:
    """What a bot process of its own needs in its environment, and nothing of ours."""
    ours = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent.parent)}
    ours |= {"PM_LOOKUPS_PER_MINUTE": "1000000", "PM_REQUESTS_PER_10_MINUTES": "1000000"}
    return ours | world.environment(around, **settings)


@dataclass
class Processes:
    """Bot processes of their own; whatever is left at the end is killed."""

    around: World
    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *command: str, **settings: str) -> subprocess.Popen[bytes]:
        """`start("worker")` runs `pm worker`; `start("path/to/script.py")` that script. Logs go to files."""
        program = (
            [sys.executable, *command] if command[0].endswith(".py") else [sys.executable, "-m", "bot.cli", *command]
        )
        with (self.folder / f"process-{len(self.started)}.log").open("wb") as log:
            process = subprocess.Popen(program, env=environment(self.around, **settings), stdout=log, stderr=log)
        self.started.append(process)
        return process

    def logs(self) -> str:
        """The lines that are complete: a process may be writing the next one."""
        logs = (path.read_text(errors="replace") for path in sorted(self.folder.glob("process-*.log")))
        return "".join(log[: log.rfind("\n") + 1] for log in logs)

    def end(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()


@pytest.fixture
def processes(surroundings: World, tmp_path: Path) -> Iterator[Processes]:
    running = Processes(surroundings, tmp_path)
    yield running
    running.end()


def card(around: World, channel: str = OPS, index: int = -1) -> dict[str, Any]:
    """The newest card in a channel (no ephemeral and no reply), as Slack has it."""
    return [one for one in cards(around, channel) if one.get("thread_ts") in (None, one["ts"])][index]


def cards(around: World, channel: str = OPS) -> list[dict[str, Any]]:
    """What the bot has posted there; not the audit trail's root, which comes by itself whatever else happens."""
    seen = around.slack.messages(channel, world.slack_id("root"))
    return [item for item in seen if item.get("metadata") and not item["text"].startswith(AUDIT_ROOT)]


def whispers(around: World, local_part: str, channel: str = OPS) -> list[str]:
    """Texts of the ephemerals that this person sees, oldest first."""
    seen = around.slack.messages(channel, world.slack_id(local_part))
    return [item["text"] for item in seen if item.get("is_ephemeral")]


async def idle(sql: Callable[..., list[Any]]) -> None:
    """Everything that was accepted is handled, and every job that is due has run."""
    await until(lambda: sql(UNDONE) == [(0,)])


async def asked(
    around: World, text: str = "/pm revoke @staffer because laptop stolen", by: str = "oncall"
) -> dict[str, Any]:
    """Have somebody type a command in #operations, and wait for its card."""
    before = len(cards(around))
    await around.slack.command(world.slack_id(by), OPS, text)
    await until(lambda: len(cards(around)) > before)
    return card(around)


async def rejecting(around: World, ts: str, by: str, channel: str = OPS) -> str:
    """Press Reject on a card: the id of the form that asks why."""
    return await pressing(around, ts, by, "reject", channel)


async def pressing(around: World, ts: str, by: str, button: str, channel: str = OPS) -> str:
    """Press a button that opens a form: the form's id."""
    await around.slack.click(world.slack_id(by), ts, channel, button)
    return str((await until(lambda: around.slack.views(world.slack_id(by))))[-1]["id"])


async def undo(around: World, ts: str, by: str, reason: str = "no longer needed", channel: str = OPS) -> None:
    """Ask to undo what a card did, through the form."""
    form = await pressing(around, ts, by, "undo", channel)
    await around.slack.submit(world.slack_id(by), form, {"reason": {"reason": reason}})


async def reject(around: World, ts: str, by: str = "security", reason: str = "", channel: str = OPS) -> None:
    """Turn a request down, through the form."""
    form = await rejecting(around, ts, by, channel)
    await around.slack.submit(world.slack_id(by), form, {"reason": {"reason": reason}})
