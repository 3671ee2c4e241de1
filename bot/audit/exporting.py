"""The trail as a file of JSON lines, which is verified without the database.

The first line says the format and the public keys. Then come `leaf` lines by position (with the bytes of the entry as
text, or null where it is gone), each `seal` after its last leaf, and `unsealed` entries. The last line counts them, so
that a file that was cut off is known.
"""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from bot.audit.entries import COLUMNS, FORMAT
from bot.audit.reading import Trail
from bot.audit.seals import Seal, moment
from bot.audit.verifying import Leaf, Verifier
from bot.errors import Misconfigured


def write(of: Trail, file: TextIO, keys: Iterable[str]) -> int:
    """All of it; how many leaves. `keys`: public ones, for whoever verifies."""
    _line(file, {"format": FORMAT, "columns": COLUMNS, "keys": list(keys), "at": moment(of.now())})
    seals, number = of.seals(), 0
    seal = next(seals, None)
    for position, entry, stored, body in of.leaves():
        while seal is not None and seal.size <= position:
            _line(file, {"seal": seal.as_json()})
            seal = next(seals, None)
        said = body.decode() if body is not None else None
        _line(file, {"leaf": position, "id": entry, "hash": stored.hex(), "entry": said})
        number += 1
    for one in [seal, *seals] if seal else []:
        _line(file, {"seal": one.as_json()})
    unsealed = 0
    for entry, xid, at, body in of.unsealed():
        unsealed += 1
        _line(file, {"unsealed": entry, "xid": xid, "at": moment(at), "entry": body.decode()})
    _line(file, {"leaves": number, "unsealed_entries": unsealed})
    return number


def keys_of(path: Path) -> list[str]:
    """The public keys that the file brings along: no better than the file. Raises `Misconfigured`."""
    with path.open(encoding="utf-8") as file:
        return list(_first(path, file)["keys"])


def verify(path: Path, verifier: Verifier) -> None:
    """A file that `write` wrote, in one pass. Raises `Misconfigured`: it is none, or its end is missing."""
    with path.open(encoding="utf-8") as file, path.open(encoding="utf-8") as again:
        at = dt.datetime.fromisoformat(_first(path, file)["at"])
        try:
            verifier.run(_leaves(_lines(file)), _seals(_lines(again)))
            ending = None
            file.seek(0)
            for line in _lines(file):
                if "unsealed" in line:
                    when = dt.datetime.fromisoformat(line["at"])
                    verifier.unsealed(int(line["unsealed"]), int(line["xid"]), when, at)
                ending = line
        except (ValueError, KeyError, TypeError) as error:
            raise Misconfigured(f"{path} is not an export of the audit trail: {error}") from error
    if ending is None or "leaves" not in ending:
        raise Misconfigured(f"The end of {path} is missing. Export the trail again.")


def _leaves(lines: Iterable[Mapping[str, Any]]) -> Iterator[Leaf]:
    for line in lines:
        if "leaf" in line:
            body = line["entry"].encode() if line["entry"] is not None else None
            yield int(line["leaf"]), int(line["id"]), bytes.fromhex(line["hash"]), body


def _seals(lines: Iterable[Mapping[str, Any]]) -> Iterator[Seal]:
    for line in lines:
        if "seal" in line:
            yield Seal.of_json(line["seal"])


def _lines(file: TextIO) -> Iterator[dict[str, Any]]:
    while text := file.readline():
        line = json.loads(text)
        if not isinstance(line, dict):
            raise TypeError("a line that is no object")
        yield line


def _first(path: Path, file: TextIO) -> dict[str, Any]:
    try:
        first: dict[str, Any] = json.loads(file.readline())
        known = first["format"] == FORMAT
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise Misconfigured(f"{path} is not an export of the audit trail in the format {FORMAT}.")
    return first


def _line(file: TextIO, said: Mapping[str, Any]) -> None:
    file.write(json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")
