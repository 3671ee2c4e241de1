"""Runs one PostgreSQL server for one owner, and ends it when the owner is gone, however it went.

A script with nothing but the standard library, run by path in a session of its own, so that it starts in
milliseconds and a Ctrl-C meant for the owner does not reach the server. It holds the read end of a pipe whose
write end only the owner has: end of file means that the owner has stopped, crashed or was killed.

Told by its one argument, an `Order` in JSON. Answers on stdout, a line of JSON each: {"port": …, "password": …}
or {"error": …}, first for the start and then for every line `fast` or `immediate` on stdin, which restart.
"""

import contextlib
import ctypes
import fcntl
import itertools
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

PR_SET_PDEATHSIG = 1

# Below every system's ephemeral range: nobody gets these ports by asking for any port, and a client that
# knocks while the server restarts cannot be given its own target as source port and connect to itself.
PORTS = range(20000, 32000)

# What a server says (in English: LC_ALL is C) when the same start may well work a moment later.
PASSING = ("Address already in use", "is still in use")

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
WITHOUT_DURABILITY = {"fsync": "off", "full_page_writes": "off"}  # for data that dies with its owner anyway


class Order(NamedTuple):
    binaries: str
    data: str  # holds cluster/, lock, password and server.log
    temporary: bool  # the data folder is removed at the end
    owner: int  # process id
    uid: int | None  # the account of the server; None: the guard's own
    gid: int | None


class StartError(Exception):
    """Read by the operator, as the owner's error."""


class PassingError(StartError):
    """The start failed for a reason that passes by itself."""


class Server:
    def __init__(self, order: Order, lock: int) -> None:
        self.order, self.lock = order, lock
        self.data, self.cluster = Path(order.data), Path(order.data, "cluster")
        self.password = self.data / "password"
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    def initialise(self) -> None:
        """Make the cluster unless there is one; it appears complete or not at all."""
        if self.cluster.exists():
            return
        half = self.data / "cluster.new"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        self._write_password()
        if self.order.uid is not None and self.order.gid is not None:
            os.chown(half, self.order.uid, self.order.gid)
            os.chown(self.password, self.order.uid, self.order.gid)  # initdb reads it
        options = ["--no-sync", "--no-instructions", "--username=postgres", "--locale=C", "--encoding=UTF8"]
        options += ["--auth=scram-sha-256", f"--pwfile={self.password}", f"--pgdata={half}"]
        if self._version() >= 16:
            options += ["--set=scram_iterations=1"]  # the password is random: stretching it only delays each connection
        logged = self._logged()
        if self._run("initdb", *options).wait() != 0:
            raise StartError(f"initdb failed: {self._said_since(logged)}")
        half.rename(self.cluster)

    def _version(self) -> int:
        """The major version of the binaries; 0 if they do not say."""
        said = subprocess.run([str(Path(self.order.binaries, "initdb")), "--version"], capture_output=True, check=False)  # noqa: S603
        found = re.search(rb"(\d+)", said.stdout)
        return int(found[1]) if found else 0

    def start(self, ports: Iterator[int]) -> None:
        """Start on the first port that works; the last failure is the one reported."""
        failure = StartError("no free port")
        for port in ports:
            try:
                return self._start_on(port)
            except PassingError as passing:
                failure = passing
                time.sleep(0.1)
        raise failure

    def restart(self, first: signal.Signals) -> None:
        self.end(first)
        self.start(itertools.repeat(self.port, 100))

    def end(self, first: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is PostgreSQL's fast shutdown, SIGQUIT the immediate one, like a crash."""
        for sign in (first, signal.SIGQUIT, signal.SIGKILL):
            if self.process is None or self.process.poll() is not None:
                return
            self.process.send_signal(sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)

    def answer(self) -> None:
        answer(port=self.port, password=self.password.read_text())

    def _write_password(self) -> None:
        self.password.unlink(missing_ok=True)
        with os.fdopen(os.open(self.password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(os.urandom(24).hex())

    def _start_on(self, port: int) -> None:
        forget_stale_server(self.cluster)
        settings = SETTINGS | {"port": str(port)} | (WITHOUT_DURABILITY if self.order.temporary else {})
        logged = self._logged()
        self.process = self._run("postgres", "-D", str(self.cluster), *(f"--{k}={v}" for k, v in settings.items()))
        self.port = port
        deadline = time.monotonic() + 60  # recovery after a crash takes a while
        while not self._ready(self.process.pid):
            if self.process.poll() is not None:
                said = self._said_since(logged)
                kind = PassingError if any(words in said for words in PASSING) else StartError
                raise kind(f"PostgreSQL did not start: {said}")
            if time.monotonic() > deadline:
                self.end(signal.SIGQUIT)
                raise StartError(f"PostgreSQL was not ready within 60 s: {self._said_since(logged)}")
            time.sleep(0.005)

    def _ready(self, pid: int) -> bool:
        lines = pid_file(self.cluster)
        return len(lines) > 7 and lines[0] == str(pid) and lines[7] == "ready"

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        account: dict[str, Any] = {}
        if self.order.uid is not None:
            account = {"user": self.order.uid, "group": self.order.gid, "extra_groups": [self.order.gid]}
        kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
        return subprocess.Popen(  # noqa: S603 -- the arguments are ours
            [f"{self.order.binaries}/{program}", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,  # server.log
            cwd="/",  # the owner's folder may be closed to the server's account
            env={**kept, "LC_ALL": "C", "TZ": "UTC"},  # neither PG* variables nor the owner's secrets
            pass_fds=[self.lock],  # the folder stays locked for as long as any server process lives
            preexec_fn=die_with_guard(),  # noqa: PLW1509 -- this process has one thread
            **account,
        )

    def _logged(self) -> int:
        return (self.data / "server.log").stat().st_size

    def _said_since(self, logged: int) -> str:
        with (self.data / "server.log").open("rb") as log:
            log.seek(logged)
            return log.read()[-2000:].decode(errors="replace").strip()


def die_with_guard() -> Callable[[], None] | None:
    """Make what a child calls before it becomes PostgreSQL: where the system can, it asks to be ended with us.

    It is called after the change of account, which would clear the request.
    """
    if sys.platform != "linux":
        return None
    prctl, guard = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGQUIT))
        if os.getppid() != guard:
            os._exit(1)

    return ask


def pid_file(cluster: Path) -> list[str]:
    try:
        return [line.strip() for line in (cluster / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def forget_stale_server(cluster: Path) -> None:
    """Remove a pid file whose process is no server on this cluster: PostgreSQL would trust a reused number.

    Elsewhere than on Linux PostgreSQL's own judgement has to do.
    """
    lines = pid_file(cluster)
    if not lines or not Path("/proc/self/cwd").exists():
        return
    try:
        stale = Path(f"/proc/{lines[0]}/cwd").readlink() != cluster
    except OSError:  # gone, or another account's
        stale = True
    if stale:
        (cluster / "postmaster.pid").unlink(missing_ok=True)


def take_lock(order: Order) -> int:
    """Lock the data folder, waiting for a server to end whose owner is gone; refuse if the owner lives.

    The lock's content is the owner's process id, nothing once its guard has begun to stop.
    """
    lock = os.open(Path(order.data, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    began, ended_orphan = time.monotonic(), False
    while not locked(lock):
        waited, owner = time.monotonic() - began, os.pread(lock, 32, 0).decode()
        if waited > 1 and lives(owner):  # not at once: a killed owner's guard may be about to notice
            raise StartError(f"{order.data} is in use by process {owner}: stop that one or choose another data folder.")
        if waited > 2 and not ended_orphan:
            ended_orphan = True
            end_orphan(Path(order.data, "cluster"))
        if waited > 30:
            raise StartError(f"{order.data} is locked by a server that does not end: see its server.log.")
        time.sleep(0.01)
    os.truncate(lock, 0)
    os.pwrite(lock, str(order.owner).encode(), 0)
    return lock


def locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        pass
    return True


def end_orphan(cluster: Path) -> None:
    """End a server that outlived both owner and guard; the lock, which it holds, says that it is alive."""
    with contextlib.suppress(IndexError, ValueError, ProcessLookupError):
        os.kill(int(pid_file(cluster)[0]), signal.SIGQUIT)


def free_ports() -> Iterator[int]:
    while True:
        port = PORTS[int.from_bytes(os.urandom(4)) % len(PORTS)]
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            yield port


def answer(**words: int | str) -> None:
    with contextlib.suppress(BrokenPipeError):  # the owner is gone, as its other pipe is about to say
        os.write(1, json.dumps(words).encode() + b"\n")


def obey(server: Server) -> None:
    """Until the owner is gone: end of file, or (a fork of it may have the pipe as well) another parent."""
    while os.getppid() == server.order.owner:
        if server.process is not None:
            server.process.poll()  # a server that was killed should not stay a zombie
        if not select.select([0], [], [], 0.5)[0]:
            continue
        wish = os.read(0, 100).strip()
        if not wish:
            return
        try:
            server.restart(signal.SIGQUIT if wish == b"immediate" else signal.SIGINT)
            server.answer()
        except StartError as error:
            answer(error=str(error))


def run(order: Order) -> None:
    lock = take_lock(order)
    server = Server(order, lock)
    try:
        server.initialise()
        server.start(itertools.islice(free_ports(), 20))
        server.answer()
        obey(server)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.truncate(lock, 0)
        server.end()


def leave(*_: object) -> NoReturn:
    sys.exit(0)


def main() -> None:
    order = Order(**json.loads(sys.argv[1]))
    signal.signal(signal.SIGTERM, leave)
    try:
        run(order)
    except (StartError, OSError) as error:
        answer(error=str(error))
    finally:
        if order.temporary:
            shutil.rmtree(order.data, ignore_errors=True)


if __name__ == "__main__":
    main()
