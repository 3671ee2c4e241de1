"""Reading scenario files: Gherkin, of which a scenario here needs a name, a few words and steps."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from gherkin.errors import ParserError
from gherkin.parser import Parser

from bot.errors import Misconfigured


class Kind(StrEnum):
    """What a step is: made ready beforehand, done by somebody, or true afterwards."""

    GIVEN = "given"
    WHEN = "when"
    THEN = "then"


HEADLESS = "@headless"
ANSWER = re.compile(r"^\s*- (.+?\?) (.+)$", re.MULTILINE)
KINDS = {"Context": Kind.GIVEN, "Action": Kind.WHEN, "Outcome": Kind.THEN}


@dataclass(frozen=True)
class Step:
    kind: Kind
    keyword: str
    text: str
    file: str
    line: int
    plain: str = ""
    """The same for somebody who sees all this for the first time: the comment above it."""

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Scenario:
    """`about` is a sentence or two on what it shows, `lasts` how long that takes, `afterwards` what to try next.

    `group` is where a list puts it: its feature's tag in words, or else its feature's name.

    `answers` are the questions that somebody who has seen it can answer, each with its answer.
    """

    name: str
    about: str
    lasts: str
    afterwards: str
    steps: tuple[Step, ...]
    group: str
    answers: tuple[tuple[str, str], ...] = ()
    headless: bool = False
    """Played by tests and rehearsals, but no tour: it has more steps than a visitor wants to read."""

    @property
    def slug(self) -> str:
        """The name as it is typed in a shell: "Double click" is "double-click"."""
        return "-".join(re.findall(r"\w+", self.name.casefold()))


def all_scenarios() -> list[Scenario]:
    """Those of the package, in the order of their files."""
    files = [file for file in resources.files(__package__).iterdir() if file.name.endswith(".feature")]
    return [scenario for file in sorted(files, key=lambda file: file.name) for scenario in read(file)]


def named(names: Iterable[str]) -> list[Scenario]:
    """Those with these names or slugs, all of them for no name. Raises `Misconfigured` for a name nobody has."""
    known = all_scenarios()
    by_name = {name: one for one in known for name in (one.slug, one.name.casefold())}
    chosen = [(name, by_name.get(name.casefold())) for name in names]
    if missing := [name for name, found in chosen if found is None]:
        there = ", ".join(one.slug for one in known)
        raise Misconfigured(f"There is no scenario {missing[0]}. There are: {there}.")
    return [found for _, found in chosen if found is not None] or known


def read(file: Traversable) -> list[Scenario]:
    """The scenarios of a file. Raises `Misconfigured` naming the line that cannot be read."""
    try:
        read = Parser().parse(file.read_text("utf-8"))
    except ParserError as error:
        raise Misconfigured(f"{file.name} is no scenario file: {error}") from None
    feature = read["feature"]
    children: list[dict[str, Any]] = [dict(child) for child in feature["children"]] if feature else []
    comments = {one["location"]["line"]: one["text"].strip().lstrip("# ") for one in read["comments"]}
    group = _words(feature["tags"]).capitalize() or feature["name"] if feature else ""
    return [_scenario(file.name, group, child, comments) for child in children]


def _scenario(file: str, group: str, child: dict[str, Any], comments: Mapping[int, str]) -> Scenario:
    scenario = child.get("scenario")
    if scenario is None or scenario["examples"]:
        raise Misconfigured(f"{file}: a scenario here has a name and steps; no rules, backgrounds or examples.")
    about, afterwards, answers, *_ = [*re.split(r"\n[ \t]*\n", scenario["description"].strip()), "", ""]
    steps: list[Step] = []
    for one in scenario["steps"]:
        kind = KINDS.get(one["keywordType"], steps[-1].kind if steps else Kind.GIVEN)  # And, But: as before
        line = one["location"]["line"]
        steps.append(Step(kind, one["keyword"].strip(), one["text"], file, line, _above(line, comments)))
    return Scenario(
        scenario["name"],
        _one_line(about),
        _words(tag for tag in scenario["tags"] if tag["name"] != HEADLESS),
        _one_line(afterwards),
        tuple(steps),
        group,
        tuple(ANSWER.findall(answers)),
        HEADLESS in {tag["name"] for tag in scenario["tags"]},
    )


def _words(tags: Iterable[Mapping[str, Any]]) -> str:
    """`@one_minute` → `one minute`."""
    return " ".join(tag["name"].strip("@").replace("_", " ") for tag in tags)


def _above(line: int, comments: Mapping[int, str]) -> str:
    """The comment that ends in the line above."""
    words: list[str] = []
    while (line := line - 1) in comments:
        words.insert(0, comments[line])
    return " ".join(words)


def _one_line(text: str) -> str:
    return " ".join(text.split())
