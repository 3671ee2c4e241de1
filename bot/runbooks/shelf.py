"""From a folder of Markdown to rows: each file is a runbook, its first heading the title."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Protocol

import structlog
from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Misconfigured
from bot.store.database import Database
from bot.store.models import Runbook

HEADING = re.compile(r"\A\s*#\s+(.+)\n?")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
LONGEST = 20_000  # characters of one

log = structlog.get_logger()


class File(Protocol):
    """Of a folder, or of the package."""

    @property
    def name(self) -> str: ...

    def read_text(self, encoding: str) -> str: ...


@dataclass(frozen=True)
class Written:
    """A runbook as its file has it."""

    title: str
    text: str


def read(folder: Path | None) -> dict[str, Written]:
    """All runbooks by name: the package's, and those of the folder, which replace its own. Raises `Misconfigured`."""
    own: Iterable[File] = (resources.files("bot.runbooks") / "pages").iterdir()
    found = _parsed(own)
    if folder is not None:
        try:
            found |= _parsed(sorted(folder.iterdir()))
        except (OSError, UnicodeDecodeError) as error:
            why = f"{error.strerror}" if isinstance(error, OSError) else "a file in it is not UTF-8 text"
            raise Misconfigured(f"PM_RUNBOOKS names {folder}, which cannot be read: {why}.") from None
    return found


def _parsed(files: Iterable[File]) -> dict[str, Written]:
    found = {}
    for one in files:
        name = one.name.removesuffix(".md").lower()
        if one.name.endswith(".md") and NAME.fullmatch(name):
            found[name] = parse(name, one.read_text("utf-8"))
    return found


def parse(name: str, text: str) -> Written:
    """Its first heading is the title; without one, its name is."""
    text = text.replace("\x00", "")[:LONGEST]
    heading = HEADING.match(text)
    title = heading[1].strip() if heading else name.replace("-", " ").capitalize()
    return Written(title, (text[heading.end() :] if heading else text).strip())


@dataclass
class Shelf:
    """Keeps the rows as the files are: looked at when the process starts, and whenever a file has changed."""

    database: Database
    folder: Path | None
    seen: Mapping[str, Written] = field(default_factory=dict)
    """As this process put them last: what is the same is not written again."""

    async def sweep(self) -> int:
        """Index what has changed; how many files are there. What cannot be read now stays as it was."""
        try:
            found = read(self.folder)
        except Misconfigured as error:
            log.warning("runbooks stay as they were", cause=str(error))
            return 0
        if found != self.seen:
            async with self.database.transaction() as session:
                await index(session, found)
            self.seen = found
        return len(found)


async def index(session: AsyncSession, found: Mapping[str, Written]) -> None:
    """Make the rows what the files are. What is gone keeps its confirmations, for when it comes back."""
    known = {row.name: row.text for row in await session.execute(select(Runbook.name, Runbook.text))}
    for name, one in sorted(found.items()):
        changed = known.get(name) != one.text
        row = insert(Runbook).values(name=name, title=one.title, text=one.text)
        written = case((Runbook.text != one.text, func.clock_timestamp()), else_=Runbook.written)
        new = {"title": one.title, "text": one.text, "gone": None, "written": written}
        await session.execute(row.on_conflict_do_update(index_elements=[Runbook.name], set_=new))
        if changed:
            log.info("runbook indexed", runbook=name)
    missing = Runbook.name.not_in(list(found)), Runbook.gone.is_(None)
    await session.execute(update(Runbook).where(*missing).values(gone=func.clock_timestamp()))
