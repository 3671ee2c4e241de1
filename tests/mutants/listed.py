"""The mistakes as they are listed, and the text that each makes of its file."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class Stale(ValueError):
    """What a mistake replaces is not there, or not only once."""


@dataclass(frozen=True)
class Mutant:
    """One mistake."""

    area: str
    name: str
    """What it is, in plain words."""
    file: str
    was: str
    becomes: str
    tests: tuple[str, ...]
    """Files, below the root."""

    def of(self, source: str) -> str:
        """The file's text with the mistake in it. Raises `Stale`."""
        found = source.count(self.was)
        if found != 1:
            raise Stale(f"{self.name}: what it replaces stands {found} times in {self.file}")
        return source.replace(self.was, self.becomes)


def listed() -> list[Mutant]:
    """All of them, area by area."""
    return [
        Mutant(
            area=file.stem,
            name=one["name"],
            file=one["file"],
            was=one["was"].strip("\n"),
            becomes=one["becomes"].strip("\n"),
            tests=tuple(f"tests/{name}.py" for name in one["tests"]),
        )
        for file in sorted(HERE.glob("*.toml"))
        for one in tomllib.loads(file.read_text("utf-8"))["mutant"]
    ]
