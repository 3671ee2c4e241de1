"""The rules of alerts.toml: read once, checked entry by entry."""

import datetime as dt
import glob
import itertools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bot import words
from bot.alerts.entries import Duration, Objective, Probe, Query, duration
from bot.alerts.metrics.base import falls
from bot.alerts.metrics.readings import PROMETHEUS, declare
from bot.errors import Misconfigured

NEVER, IGNORE = "never", "ignore"
NAMES = ("subject", "name", "tenant", "tenant_id")
SHORTEST, LONGEST = dt.timedelta(minutes=1), dt.timedelta(hours=24)
PLACE = re.compile(r"\{(\w*)\}")


class Severity(StrEnum):
    """How bad; in the words of platform.md, from the least."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Severity).index(self)


def rank(severity: str | None) -> int:
    """For comparing; nothing at all is -1."""
    return Severity(severity).rank if severity else -1


def _or_never(value: object) -> object:
    return None if value == NEVER else duration(value)


def _text(value: object) -> object:
    unknown = set(PLACE.findall(value)) - set(NAMES) if isinstance(value, str) else set()
    if unknown:
        raise ValueError(f"nothing fills in {{{min(unknown)}}}; there are {', '.join(map('{{{}}}'.format, NAMES))}")
    return value


def _short(lasts: dt.timedelta) -> dt.timedelta:
    """Nobody has to wait for its end."""
    if not SHORTEST <= lasts <= LONGEST:
        raise ValueError(f"what nobody has asked for lasts from 1m to 24h, not {words.duration(lasts)}")
    return lasts


Text = Annotated[str, Field(min_length=1), BeforeValidator(_text)]
STRICT = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))


DEFAULT_PAGES = (Severity.HIGH, Severity.CRITICAL)


class Level(BaseModel):
    """One severity of a rule: when it begins, when it ends, how soon somebody else is told."""

    model_config = STRICT

    fires: float
    clears: float
    lasts: Duration = Field(default=dt.timedelta(0), alias="for")
    escalate: Annotated[dt.timedelta | None, BeforeValidator(_or_never)] = dt.timedelta(minutes=10)

    @model_validator(mode="after")
    def _hysteresis(self) -> Self:
        if self.clears > self.fires:
            raise ValueError(f"clears ({self.clears:g}) has to be at most fires ({self.fires:g})")
        return self


class Absent(BaseModel):
    """For how long there may be no data of a subject that is known, and how bad it is then."""

    model_config = STRICT

    lasts: Duration = Field(alias="for")
    severity: Severity | None = None
    """None: that of the rule's mildest level."""


def _or_ignored(value: object) -> object:
    """`15m`, `ignore`, or a table."""
    if value == IGNORE:
        return None
    return {"for": value} if isinstance(value, str) else value


class Offer(BaseModel):
    """A button with what it stands for."""

    model_config = STRICT

    label: Text
    arguments: dict[str, Text]

    def filled(self, names: Mapping[str, str]) -> dict[str, str]:
        return {name: fill(value, names) for name, value in self.arguments.items()}


class Helps(BaseModel):
    """The action that would help: for the tenant that stands out, or else for everybody."""

    model_config = STRICT

    verb: str
    everybody: Offer
    tenant: Offer | None = None
    subjects: tuple[str, ...] = ("*",)
    """Of the rule's subjects those that it would help, by names or patterns."""

    def would_help(self, subject: str) -> bool:
        return any(fnmatchcase(subject, one) for one in self.subjects)

    def offers(self) -> dict[str, Offer]:
        found = {"everybody": self.everybody, "tenant": self.tenant}
        return {name: offer for name, offer in found.items() if offer is not None}


class Heals(BaseModel):
    """What is done automatically as it fires, where the policy allows it: a button of `helps`, pressed by nobody."""

    model_config = STRICT

    offer: Literal["everybody", "tenant"]
    """Which of them."""
    lasts: Annotated[Duration, AfterValidator(_short)]
    """For how long, in place of its `duration`: it ends by itself."""
    times_a_day: Annotated[int, Field(ge=1, le=24)]
    """At most, in any 24 hours."""
    share_of_tenants: Annotated[float, Field(gt=0, le=1)]
    """Of the active tenants so many at most are contained by self-healing at a time. What is no single tenant's, such
    as a whole queue, contains all: 1 lets it."""
    severities: tuple[Severity, ...] = Field(default=(Severity.CRITICAL,), min_length=1)
    """As bad as it has to be."""


class Rule(BaseModel):
    """What is looked at, and from when on somebody has to know."""

    model_config = STRICT

    name: str = ""
    metric: str
    subjects: tuple[str, ...] = ("*",)
    """Names or patterns, such as `email-*`."""
    title: Text
    over: Text
    held: Text | None = None
    """Its title while nothing but a pause keeps it from firing; the one it fires with unless given."""
    channel: str = "operations"
    runbook: str = Field(min_length=1)
    page: str | None = Field(default=None, pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")
    """The runbook that says it at length, by the name of its file."""
    levels: dict[Severity, Level] = Field(min_length=1)
    absent: Annotated[Absent | None, BeforeValidator(_or_ignored)] = None
    """No data: an alert of its own after a while; None: what fired stays as it is, and nothing else is said."""
    helps: Helps | None = None
    heals: Heals | None = None
    pages: tuple[Severity, ...] = DEFAULT_PAGES
    """The severities that PagerDuty is told of, where it is set up; none: []."""
    keep: Duration = dt.timedelta(0)
    """For how long it has to be quiet before it is over."""
    symptom_of: tuple[str, ...] = ()
    """What explains it: `rule` or `rule:subject`, as a pattern; {subject} is its own. While that is open and no milder,
    this one is told there."""

    @model_validator(mode="before")
    @classmethod
    def _turned(cls, data: Any) -> Any:
        """Of a metric where low is bad, what is written in the file becomes what rises."""
        if not isinstance(data, dict) or not falls(str(data.get("metric"))):
            return data
        levels = {name: _negative(level) for name, level in data.get("levels", {}).items()}
        return {**data, "levels": levels}

    @model_validator(mode="after")
    def _rising(self) -> Self:
        order = [level for _, level in self.ordered]
        for lower, higher in itertools.pairwise(order):
            if lower.fires >= higher.fires or lower.clears > higher.clears:
                raise ValueError("each level has to fire above the one before it, and to clear no lower")
        return self

    @cached_property
    def ordered(self) -> tuple[tuple[Severity, Level], ...]:
        """The levels, the least severe first."""
        return tuple((severity, self.levels[severity]) for severity in Severity if severity in self.levels)

    @cached_property
    def least(self) -> float:
        """The value up to which it says nothing, unless it did before."""
        return self.ordered[0][1].fires

    @property
    def severity_of_absence(self) -> Severity:
        """How bad it is when there is no data."""
        return (self.absent and self.absent.severity) or self.ordered[0][0]

    def concerns(self, subject: str) -> bool:
        return any(fnmatchcase(subject, pattern) for pattern in self.subjects)

    def explained_by(self, rule: str, cause: str, subject: str) -> bool:
        """Whether a problem of that rule, with the subject `cause`, explains this rule's with `subject`."""
        for one in self.symptom_of:
            name, _, pattern = one.partition(":")
            if name == rule and fnmatchcase(cause, pattern.replace("{subject}", glob.escape(subject)) or "*"):
                return True
        return False


def _negative(level: Any) -> Any:
    """A level with both thresholds below zero; what is no number is left to the check."""
    if not isinstance(level, dict):
        return level
    return {
        name: -value if name in ("fires", "clears") and isinstance(value, int | float) else value
        for name, value in level.items()
    }


def fill(text: str, names: Mapping[str, str]) -> str:
    """The text with {subject} and its like filled in, once."""
    return PLACE.sub(lambda found: names.get(found.group(1), ""), text)


class _File(BaseModel):
    model_config = STRICT

    rules: dict[str, Rule]
    probes: dict[str, Probe] = {}
    prometheus: dict[str, Query] = {}
    objectives: dict[str, Objective] = {}


@dataclass(frozen=True)
class Watched:
    """All that the file says, by name."""

    rules: dict[str, Rule]
    probes: Mapping[str, Probe]
    queries: Mapping[str, Query]
    objectives: Mapping[str, Objective]

    @property
    def healing(self) -> tuple[str, ...]:
        """The rules that say what they heal with."""
        return tuple(name for name, rule in self.rules.items() if rule.heals)


def load(path: Path | None, metrics: frozenset[str], verbs: Mapping[str, frozenset[str]]) -> dict[str, Rule]:
    """The rules of `read`, alone."""
    return read(path, metrics, verbs).rules


def read(
    path: Path | None,
    metrics: frozenset[str],
    verbs: Mapping[str, frozenset[str]],
    unattended: frozenset[str] | None = None,
) -> Watched:
    """Rules and what they need, from a file or the package's own; what it asks of Prometheus becomes a metric.

    `metrics` are those there are, `verbs` the actions with the names of their parameters,
    `unattended` those of them that a rule may heal with (None: whoever asks does not know). Raises `Misconfigured`
    naming the entry that is wrong.
    """
    where = path or "from the package"
    try:
        source = (path or resources.files("bot.alerts").joinpath("alerts.toml")).read_text("utf-8")
        found = _File.model_validate(tomllib.loads(source))
    except ValidationError as error:
        problems = "; ".join(f"{_entry(one['loc'])}: {_words(one['msg'])}" for one in error.errors())
        raise Misconfigured(f"The alert rules {where} cannot be read: {problems}") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"The alert rules {where} cannot be read: {error}") from None
    metrics |= {PROMETHEUS + name for name in found.prometheus}
    named = {name: rule.model_copy(update={"name": name}) for name, rule in found.rules.items()}
    wrong = [problem for rule in named.values() for problem in _unknown(rule, metrics, verbs)]
    wrong += [problem for rule in named.values() for problem in _unexplained(rule, named)]
    wrong += [problem for rule in named.values() for problem in _unhealing(rule, unattended)]
    if wrong:
        raise Misconfigured(f"The alert rules {where} cannot be used: {'; '.join(wrong)}")
    try:
        named = {name: named[name] for name in causes_first(named)}
    except CycleError as error:
        circle = " → ".join(error.args[1])
        raise Misconfigured(f"The alert rules {where} cannot be used: symptom_of goes in a circle, {circle}") from None
    for name, query in found.prometheus.items():
        declare(name, query)
    return Watched(named, found.probes, found.prometheus, found.objectives)


def causes_first(rules: Mapping[str, Rule]) -> list[str]:
    """Their names, each after all that may explain it. Raises `graphlib.CycleError`."""
    return list(TopologicalSorter({name: _explaining(rule) for name, rule in rules.items()}).static_order())


def _explaining(rule: Rule) -> list[str]:
    """The rules whose problems explain this one's."""
    return [one.partition(":")[0] for one in rule.symptom_of]


def _unexplained(rule: Rule, rules: Mapping[str, Rule]) -> list[str]:
    """Causes that no rule tells of."""
    return [f"rules.{rule.name}.symptom_of: there is no rule {one}" for one in _explaining(rule) if one not in rules]


def _unhealing(rule: Rule, unattended: frozenset[str] | None) -> list[str]:
    """What keeps a rule from healing as it says."""
    if rule.heals is None:
        return []
    entry = f"rules.{rule.name}.heals"
    if rule.helps is None or rule.heals.offer not in rule.helps.offers():
        absent = f"the entry “helps” of this rule has no {rule.heals.offer}"
        return [f"{entry}.offer: {absent}. Only what is under “helps” can be done automatically"]
    found = []
    if unattended is not None and rule.helps.verb not in unattended:
        may = " and ".join(sorted(unattended)) or "nothing"
        found.append(
            f"{entry}: the bot must not do {rule.helps.verb} without a person; it may do only what limits damage and "
            f"ends automatically: {may}"
        )
    if strange := [one for one in rule.heals.severities if one not in rule.levels]:
        found.append(f"{entry}.severities: the rule has no level {strange[0]}")
    return found


def _entry(loc: tuple[int | str, ...]) -> str:
    return ".".join(map(str, loc))


def _words(message: str) -> str:
    return message.removeprefix("Value error, ")


def _unknown(rule: Rule, metrics: frozenset[str], verbs: Mapping[str, frozenset[str]]) -> list[str]:
    """What the rule names that does not exist."""
    entry = f"rules.{rule.name}"
    found = []
    if rule.metric not in metrics:
        found.append(f"{entry}.metric: there is no {rule.metric}; there are {', '.join(sorted(metrics))}")
    if rule.helps is None:
        return found
    known = verbs.get(rule.helps.verb)
    if known is None:
        return [*found, f"{entry}.helps.verb: there is no action {rule.helps.verb}"]
    for name, offer in rule.helps.offers().items():
        found += [
            f"{entry}.helps.{name}.arguments: {rule.helps.verb} takes no {one}"
            for one in offer.arguments
            if one not in known
        ]
    return found
