"""Watching the processes: their memory, and what they write down."""

import re
from pathlib import Path

from tests.fuzz import values

LONGEST_LINE = 20_000  # characters; a line that grows with what came in is a way to fill a disk
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+")


def resident(pid: int) -> float:
    """What a process has in memory, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def told(text: str, secrets: tuple[str, ...]) -> list[str]:
    """What a log or the metrics should not have said; the first of each kind."""
    long = [line for line in text.splitlines() if len(line) > LONGEST_LINE]
    faults = [f"a line of {len(line)} characters: {line[:200]}" for line in long[:3]]
    words = (values.CANARY, *secrets)
    faults += [f"something that was sent, or a secret: …{found}…" for word in words for found in _around(word, text)]
    return faults + [f"an address: {found}" for found in sorted(set(ADDRESS.findall(text)))[:3]]


def _around(word: str, text: str) -> list[str]:
    found = re.finditer(re.escape(word), text, re.IGNORECASE)
    return sorted({text[max(0, one.start() - 150) : one.end() + 80] for one in found})[:3]
