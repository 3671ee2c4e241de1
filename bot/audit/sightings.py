"""What witnesses saw: a line of JSON each, which says how large the tree was and what its root was."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Self

from bot.audit.seals import Seal, moment
from bot.errors import Misconfigured


@dataclass(frozen=True)
class Sighting:
    """One root, as a witness was told of it."""

    witness: str
    """Which one, for people."""
    size: int
    root: bytes
    number: int | None = None
    """Of the seal; with its hash."""
    hash: bytes | None = None
    at: dt.datetime | None = None

    @property
    def when(self) -> str:
        return f" at {moment(self.at)}" if self.at else ""

    @classmethod
    def of_line(cls, witness: str, line: str) -> Self:
        """As `line_of` wrote it. Raises `ValueError`, `KeyError`, `TypeError`."""
        said = json.loads(line)
        at = dt.datetime.fromisoformat(said["at"])
        hashes = bytes.fromhex(said["root"]), bytes.fromhex(said["hash"])
        return cls(witness, int(said["size"]), hashes[0], int(said["number"]), hashes[1], at)


def line_of(seal: Seal) -> str:
    """What a witness keeps, without a line break."""
    said: dict[str, Any] = {
        "at": moment(seal.at),
        "number": seal.number,
        "size": seal.size,
        "root": seal.root.hex(),
        "hash": seal.hash.hex(),
        "key": seal.key,
        "signature": seal.signature.hex() if seal.signature else None,
    }
    return json.dumps(said, separators=(",", ":"))


def root_text(seal: Seal) -> str:
    """What people can copy out of a message or mail: `812:9f3a…`; `of_text` reads it."""
    return f"{seal.size}:{seal.root.hex()}"


def of_text(text: str) -> Sighting:
    """Raises `Misconfigured`."""
    size, _, root = text.strip().partition(":")
    try:
        return Sighting("the root that you gave", int(size), bytes.fromhex(root))
    except ValueError:
        raise Misconfigured(f"{text} is not a size and a root, such as 812:9f3a…, as the bot wrote it.") from None


def of_lines(witness: str, lines: Iterable[str]) -> Iterator[Sighting]:
    """Raises `Misconfigured` for a line that is none; one without its end was cut off by a crash, and says nothing."""
    for number, line in enumerate(lines, start=1):
        if not line.rstrip().endswith("}"):
            continue
        try:
            yield Sighting.of_line(witness, line)
        except (ValueError, KeyError, TypeError):
            raise Misconfigured(f"Line {number} of {witness} is not one that the bot wrote.") from None
