"""A file that is only appended to, `PM_AUDIT_WITNESS_FILE`: a line of JSON each, on the disk before it counts."""

import asyncio
import os
from pathlib import Path
from typing import ClassVar

from bot.audit.seals import Seal
from bot.audit.sightings import line_of
from bot.witnesses.base import NotTold


class File:
    """Opened for appending alone, so that it may be on a disk that allows nothing else (`chattr +a`)."""

    name: ClassVar[str] = "file"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def tell(self, seal: Seal) -> None:
        """Append and have it written to the disk. Raises `NotTold`."""
        try:
            await asyncio.to_thread(append, self._path, line_of(seal))
        except OSError as error:
            raise NotTold(f"the file cannot be written ({error.strerror})") from error


def append(path: Path, line: str) -> None:
    """One line, in one write. A line that a crash has cut off is ended first. Raises `OSError`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        text = f"{line}\n".encode()
        if _is_cut_off(path):
            text = b"\n" + text
        if os.write(descriptor, text) != len(text):
            raise OSError(28, "No space left on device")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_cut_off(path: Path) -> bool:
    with path.open("rb") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
