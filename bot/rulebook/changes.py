"""How two policies differ: in what they say, and in what they make of the same request."""

import datetime as dt
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot import raising
from bot.judgement import Judged, Requirement
from bot.toml_lines import Path, lines, name_of
from bot.words import counted, listed, plain


def differences(before: Judged, after: Judged) -> list[str]:
    """What a request needs by one policy and by another, in words; none where it needs the same."""
    pairs = [
        (f"{before.risk} risk", f"{after.risk} risk"),
        (_whose(before.requirement), _whose(after.requirement)),
        (_override(before.requirement), _override(after.requirement)),
        (_codes(before.requirement), _codes(after.requirement)),
        (f"open for {raising.in_words(before.expires)}", f"open for {raising.in_words(after.expires)}"),
    ]
    return [f"{old} → {new}" for old, new in pairs if old != new]


def _whose(needs: Requirement) -> str:
    """Whose word it takes."""
    if needs.no_approval:
        return "runs at once"
    others = f"{counted(needs.quorum, 'person', 'people')} of {listed(map(plain, needs.approvers), 'or') or 'nobody'}"
    if needs.self_approval:
        alone = "the person who asks confirms it"
        return f"{alone}, or {others}" if needs.approvers else alone
    if needs.solo_after is not None:
        delay = raising.in_words(dt.timedelta(seconds=needs.solo_after))
        return f"{others}, or the person who asks, after waiting {delay}"
    return others


def _override(needs: Requirement) -> str:
    return "emergency override" if needs.break_glass else "no emergency override"


@dataclass(frozen=True)
class Changed:
    """An entry that is another, or is no longer there."""

    entry: str
    line: int | None
    """Where it stands now."""
    before: str
    after: str

    def __str__(self) -> str:
        where = f"line {self.line}, " if self.line else ""
        return f"{where}{self.entry}: {self.before} → {self.after}"


def _codes(needs: Requirement) -> str:
    return "with a code from an app" if needs.step_up else "without a code"


def between(before: str, after: str) -> list[Changed]:
    """What differs between the texts of two files, entry by entry; none where only comments or their order do."""
    old, new = dict(_leaves(tomllib.loads(before))), dict(_leaves(tomllib.loads(after)))
    where = lines(after)
    return [
        Changed(name_of(path), where.get(path), _shown(old, path), _shown(new, path))
        for path in dict.fromkeys([*new, *old])
        if _shown(old, path) != _shown(new, path)
    ]


def _leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is no table, with its path. Lists of plain values are one; an empty table is one."""
    tables = isinstance(value, list) and any(isinstance(one, dict) for one in value)
    if (isinstance(value, dict) and value) or tables:
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in inside:
            yield from _leaves(one, (*path, key))
    elif path:
        yield path, value


def _shown(leaves: dict[Path, Any], path: Path) -> str:
    if path not in leaves:
        return "not there"
    value = leaves[path]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value) if value != {} else "empty"
