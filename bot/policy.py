"""Risk decides how: what runs at once, what its requester confirms, what needs somebody else. One TOML file."""

import datetime as dt
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Any, Self, get_args
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from bot import toml_lines
from bot.errors import Misconfigured


class Risk(StrEnum):
    """How much could go wrong; declared by each action."""

    READ = "read"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True)
class Stakes:
    """What a request is judged by: the action, and what its parameters make of it."""

    action: str
    """By the name of this action; what ends something early is judged as its inverse."""
    risk: Risk
    containment: bool = False
    grants: frozenset[str] = frozenset()
    """Roles that somebody would get."""
    concerns: frozenset[str] = frozenset()
    """Roles that somebody would get or lose: only those decide who may decide about each of them."""


class Requirement(BaseModel):
    """What a proposal needs before it may run. Stored with it, so that it can be shown and checked.

    Two fields are also read by the names that they had: some are stored so.
    """

    model_config = ConfigDict(frozen=True, validate_by_name=True)

    no_approval: bool = Field(default=False, validation_alias=AliasChoices("no_approval", "at_once"))
    """Runs without a further word."""
    self_approval: bool = Field(default=False, validation_alias=AliasChoices("self_approval", "own_word"))
    """The requester's own confirmation is enough."""
    approvers: tuple[str, ...] = ()
    """Roles that may decide."""
    quorum: int = 1
    """Approvals needed; never counts the requester unless `self_approval`."""
    break_glass: bool = False
    """Somebody on call may run it alone, with a reason and a review."""
    step_up: bool = False
    """Whoever decides gives a code from their app, where PM_SECRET_KEY is set."""


class RiskRule(BaseModel):
    """Who decides, for a risk or, overriding it, for one action."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)

    approvers: tuple[str, ...] | None = None
    self_approval: tuple[str, ...] | None = Field(default=None, validation_alias=AliasChoices("self_approval", "alone"))
    """Roles whose own word is enough; files may still call it `alone`."""
    quorum: PositiveInt | None = None
    channel: str | None = None
    step_up: bool | None = None
    """Whether whoever decides gives a code from their app; unless said, for what is critical. Never for containment."""


class RoleRule(BaseModel):
    """What is particular about giving and taking one role."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    approvers: tuple[str, ...] | None = None
    """Who alone may decide about it, of those who decide about roles; unless given, all of them."""
    critical: bool = False
    """Giving it is critical, however it is given."""


class Exclusion(BaseModel):
    """A role that nobody holds together with one of others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    others: tuple[str, ...] = Field(min_length=1)
    because: str

    def broken_by(self, held: Collection[str]) -> bool:
        return self.role in held and not set(self.others).isdisjoint(held)


ON_CALL = "on_call"  # whose user group, where there is one, stands for whoever is on call
USER_GROUP = re.compile(r"S[A-Z0-9]+")


class ReportName(StrEnum):
    """The reports there are (bot/digests/reports.py)."""

    MORNING = "morning"


def known_zone(zone: str) -> str:
    """The zone. Raises `ValueError` if there is none of that name."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {zone}; name one as Europe/Madrid") from None
    return zone


class DigestRule(BaseModel):
    """A scheduled report: what is posted when, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Local time in the zone, as 08:30."""
    days: str = "mon-fri"
    """As cron has them: `mon-fri`, `mon,thu`, `*`."""
    zone: str = "UTC"
    channel: str = "operations"
    report: str | None = None
    """Which report; the one of the schedule's own name unless given."""

    @property
    def hour(self) -> int:
        return int(self.at[:2])

    @property
    def minute(self) -> int:
        return int(self.at[3:])

    @model_validator(mode="after")
    def _known(self) -> Self:
        known_zone(self.zone)
        try:
            CronSim(f"0 0 * * {self.days}", dt.datetime(2026, 1, 1))  # noqa: DTZ001 - local by nature
        except CronSimError:
            raise ValueError(f"days has to be as in mon-fri or mon,thu, not {self.days}") from None
        return self


class AlertSettings(BaseModel):
    """Where the alert rules are, and how often they are looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Path | None = None
    """A file, from the policy's own folder; the package's own rules unless given."""
    every: float = Field(default=15.0, gt=0)
    """Seconds."""


class Policy(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_call: tuple[str, ...] = ()
    groups: dict[str, str] = Field(default_factory=dict)
    """Slack user groups that are mentioned in place of people, by role or `on_call`: their ids."""
    proposal_hours: PositiveInt = 4
    reason_characters: PositiveInt = 300
    channels: dict[str, str] = Field(default_factory=dict)
    risks: dict[Risk, RiskRule] = Field(default_factory=dict)
    actions: dict[str, RiskRule] = Field(default_factory=dict)
    roles: dict[str, RoleRule] = Field(default_factory=dict)
    exclusive: tuple[Exclusion, ...] = ()
    """Roles that exclude each other."""
    zone: str = "UTC"
    """In which `until 18:00` is read; what is shown is in each reader's own."""
    digests: dict[str, DigestRule] = Field(default_factory=dict)
    alerts: AlertSettings = AlertSettings()
    _lines: Mapping[toml_lines.Path, int] = PrivateAttr(default_factory=dict)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        return known_zone(zone)

    @field_validator("groups")
    @classmethod
    def _ids_of_groups(cls, groups: dict[str, str]) -> dict[str, str]:
        for whose, group in groups.items():
            if not USER_GROUP.fullmatch(group):
                raise ValueError(f"{whose} has to be the id of a user group, as S0614TZR7, not {group}")
        return groups

    def model_post_init(self, context: Any, /) -> None:
        if context is not None:
            self._lines = toml_lines.lines(context["source"])

    @classmethod
    def of(cls, source: str) -> Self:
        """What a file says. Raises `TOMLDecodeError` or `ValidationError`."""
        return cls.model_validate(tomllib.loads(source), context={"source": source})

    def line(self, *path: str | int) -> int | None:
        """Where the file says it, or what is around it; None where it does not."""
        return toml_lines.line_of(self._lines, path)

    def wrong(self, path: toml_lines.Path, why: str) -> str:
        """A mistake in an entry, as whoever wrote the file is told of it."""
        return _mistake(self._lines, path, why)

    def report(self, schedule: str) -> str:
        """Which report a schedule is of."""
        return self.digests[schedule].report or schedule

    def _rule(self, action: str, risk: Risk) -> RiskRule:
        base, own = self.risks.get(risk, RiskRule()), self.actions.get(action, RiskRule())
        return base.model_copy(update=own.model_dump(exclude_none=True))

    def requirement(self, stakes: Stakes, *, roles: frozenset[str], on_self: bool) -> Requirement:
        """What it needs when somebody with these roles asks for it, about themselves or another."""
        risk = self.risk_of(stakes)
        if risk in (Risk.READ, Risk.LOW):
            return Requirement(no_approval=True)
        if (stakes.containment and not stakes.concerns) if on_self else risk is Risk.MEDIUM:
            return Requirement(self_approval=True)
        if risk is Risk.MEDIUM:  # whoever asks confirms it, but not about themselves
            risk = Risk.HIGH
        rule = self._rule(stakes.action, risk)
        alone = bool(roles & set(rule.self_approval or ()))
        if stakes.concerns and on_self:  # whoever gives up a role needs nobody; whoever takes one needs somebody
            alone = not stakes.grants
        return Requirement(
            self_approval=alone,
            approvers=self._deciding_about(stakes.concerns, rule.approvers or ()),
            quorum=rule.quorum or 1,
            break_glass=stakes.containment or (risk is Risk.HIGH and not stakes.grants),
            step_up=not stakes.containment and (risk is Risk.CRITICAL if rule.step_up is None else rule.step_up),
        )

    def risk_of(self, stakes: Stakes) -> Risk:
        """Its own, unless a role that it grants is critical."""
        critical = any(self.role(name).critical for name in stakes.grants)
        return Risk.CRITICAL if critical and not stakes.containment else stakes.risk

    def role(self, name: str) -> RoleRule:
        return self.roles.get(name, RoleRule())

    def _deciding_about(self, concerned: Collection[str], approvers: tuple[str, ...]) -> tuple[str, ...]:
        """Of the approvers those who may decide about every one of these roles."""
        limits = [limit for name in concerned if (limit := self.role(name).approvers) is not None]
        return tuple(one for one in approvers if all(one in limit for limit in limits))

    @property
    def critical_roles(self) -> tuple[str, ...]:
        return tuple(name for name, rule in self.roles.items() if rule.critical)

    def exclusion(self, held: Collection[str]) -> Exclusion | None:
        """The rule that somebody who held all of these roles would break."""
        return next((rule for rule in self.exclusive if rule.broken_by(held)), None)

    def home_channel(self, action: str) -> str:
        """Where its card belongs when it was asked for somewhere else."""
        rule = self.actions.get(action)
        return (rule.channel if rule else None) or "operations"

    @property
    def approving_roles(self) -> frozenset[str]:
        """Every role that may approve something."""
        return frozenset(
            role for rule in (*self.risks.values(), *self.actions.values()) for role in rule.approvers or ()
        )

    def is_on_call(self, email: str) -> bool:
        return email.lower() in {address.lower() for address in self.on_call}


def load(path: Path | None = None) -> Policy:
    """The policy from a file, or the package's own. Raises `Misconfigured` naming line, entry and reason."""
    source = ""
    try:
        source = (path or resources.files("bot").joinpath("policy.toml")).read_text("utf-8")
        return Policy.of(source)
    except ValidationError as error:
        lines = toml_lines.lines(source)
        raise unreadable(path, (_explained(lines, one) for one in error.errors())) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise unreadable(path, [str(error)]) from None


def unreadable(path: Path | None, mistakes: Iterable[str]) -> Misconfigured:
    """The error that says what is wrong in the file (None: the package's own)."""
    return Misconfigured(f"The policy {path or 'of the package'} cannot be read: {'; '.join(mistakes)}")


def meant(typed: str, known: Iterable[str]) -> str:
    """`; did you mean security?` where something is close to what was typed, else nothing."""
    close = get_close_matches(typed, sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _mistake(lines: Mapping[toml_lines.Path, int], path: toml_lines.Path, why: str) -> str:
    line = toml_lines.line_of(lines, path)
    return ", ".join([f"line {line}"] * (line is not None) + [f"{toml_lines.name_of(path)}: {why}"])


def _explained(lines: Mapping[toml_lines.Path, int], error: Any) -> str:
    path = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] == "extra_forbidden":
        *around, key = map(str, path)
        return _mistake(lines, path, f"there is no such entry{meant(key, _entries(around))}")
    why = error["msg"].lower()
    if error["type"] == "enum":
        why += meant(str(error["input"]), Risk)
    return _mistake(lines, path, why)


def _entries(path: Iterable[str]) -> set[str]:
    """The entries that the table there may have."""
    kind: Any = Policy
    for key in path:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            fields = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            kind = fields.get(key)
        else:  # of a mapping or a list what is in it
            kind = next((one for one in reversed(get_args(kind)) if one not in (None, type(None), ...)), None)
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return set()
    return {field.alias or name for name, field in kind.model_fields.items()}
