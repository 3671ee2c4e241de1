"""The public status page as files: written whole or not at all, and only where they differ from what is there."""

import asyncio
import contextlib
import datetime as dt
import json
import os
import socket
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy import func, select, text

from bot.statuspage.page import Page, read
from bot.store.database import Database

log = structlog.get_logger()

EVERY = 10.0  # seconds
PAGE, DATA = "index.html", "status.json"
READABLE = 0o644
# One process of a machine writes, so that what is older never follows what is newer; others have their turn later.
ONE_AT_A_TIME = text("SELECT pg_try_advisory_xact_lock(hashtext(:folder))")


@dataclass
class StatusPage:
    """The files in one folder. Any number of processes may keep them."""

    database: Database
    folder: Path
    called: Mapping[str, str]
    """The public services, each with its public name."""
    templates: Path
    _next: float = field(default=0.0, init=False)

    async def sweep(self) -> None:
        """Write them anew where something has changed, now and then."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        try:
            await self.write()
        except OSError as error:
            log.error("the public status page can't be written", folder=str(self.folder), error=str(error))  # noqa: TRY400

    async def write(self) -> bool:
        """Whether this process wrote something. Raises `OSError`."""
        async with self.database.transaction() as session:
            mine = {"folder": f"status page: {socket.gethostname()}:{self.folder.resolve()}"}
            if not await session.scalar(ONE_AT_A_TIME, mine):
                return False
            now: dt.datetime = (await session.scalars(select(func.clock_timestamp()))).one()
            page = await read(session, self.called, now)
            return await asyncio.to_thread(self._keep, page)

    def _keep(self, page: Page) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True)
        data = json.dumps(page.as_data(), ensure_ascii=False, indent=1) + "\n"
        files = {DATA: data, PAGE: draw(page, self.templates)}
        written = [_replace(self.folder / name, content.encode()) for name, content in files.items()]
        return any(written)


def draw(page: Page, templates: Path) -> str:
    """The page as HTML; every value in it is text."""
    environment = Environment(
        loader=FileSystemLoader(templates / "statuspage"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["moment"] = lambda at: at.astimezone(dt.UTC).strftime("%-d %b %Y, %H:%M UTC")
    environment.filters["iso"] = lambda at: at.astimezone(dt.UTC).isoformat(timespec="seconds")
    return environment.get_template("index.html").render(page=page)


def _replace(file: Path, content: bytes) -> bool:
    """Whoever reads it finds the old file or the new one, after a power cut, too."""
    with contextlib.suppress(FileNotFoundError):
        if file.read_bytes() == content:
            return False
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
            new.flush()
            os.fchmod(new.fileno(), READABLE)
            os.fsync(new.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync(file.parent)
    return True


def _sync(folder: Path) -> None:
    """The name of the new file is on the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
