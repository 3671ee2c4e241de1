"""Risk decides how: what runs at once, what its requester confirms, what needs somebody else. One TOML file."""

import datetime as dt
import tomllib
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from bot.errors import Misconfigured


class Risk(StrEnum):
    """How much could go wrong; declared by each action."""

    READ = "read"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Requirement(BaseModel):
    """What a proposal needs before it may run. Stored with it, so that it can be shown and checked."""

    model_config = ConfigDict(frozen=True)

    at_once: bool = False
    """Runs without a further word."""
    own_word: bool = False
    """The requester's own confirmation is enough."""
    approvers: tuple[str, ...] = ()
    """Roles that may decide."""
    quorum: int = 1
    """Approvals needed; never counts the requester unless `own_word`."""
    break_glass: bool = False
    """Somebody on call may run it alone, with a reason and a review."""


class RiskRule(BaseModel):
    """Who decides, for a risk or, overriding it, for one action."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    approvers: tuple[str, ...] | None = None
    alone: tuple[str, ...] | None = None
    quorum: PositiveInt | None = None
    channel: str | None = None


class ReportName(StrEnum):
    """The reports there are (bot/digests/reports.py)."""

    MORNING = "morning"


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
        try:
            ZoneInfo(self.zone)
            CronSim(f"0 0 * * {self.days}", dt.datetime(2026, 1, 1))  # noqa: DTZ001 - local by nature
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {self.zone}; name one as Europe/Madrid") from None
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
    proposal_hours: PositiveInt = 4
    reason_characters: PositiveInt = 300
    channels: dict[str, str] = Field(default_factory=dict)
    risks: dict[Risk, RiskRule] = Field(default_factory=dict)
    actions: dict[str, RiskRule] = Field(default_factory=dict)
    digests: dict[str, DigestRule] = Field(default_factory=dict)
    alerts: AlertSettings = AlertSettings()

    @model_validator(mode="after")
    def _known_reports(self) -> Self:
        for name in self.digests:
            if self.report(name) not in set(ReportName):
                raise ValueError(
                    f"digests.{name} is of no known report; name one as its report: {', '.join(ReportName)}"
                )
        return self

    def report(self, schedule: str) -> str:
        """Which report a schedule is of."""
        return self.digests[schedule].report or schedule

    def _rule(self, action: str, risk: Risk) -> RiskRule:
        base, own = self.risks.get(risk, RiskRule()), self.actions.get(action, RiskRule())
        return base.model_copy(update=own.model_dump(exclude_none=True))

    def requirement(
        self, action: str, risk: Risk, *, containment: bool, roles: frozenset[str], on_self: bool
    ) -> Requirement:
        """What the action needs when somebody with these roles asks for it, about themselves or another."""
        if risk in (Risk.READ, Risk.LOW) or (containment and on_self):
            return Requirement(at_once=True)
        if risk is Risk.MEDIUM:
            return Requirement(own_word=True)
        rule = self._rule(action, risk)
        return Requirement(
            own_word=bool(roles & set(rule.alone or ())),
            approvers=rule.approvers or (),
            quorum=rule.quorum or 1,
            break_glass=containment or risk is Risk.HIGH,
        )

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
    """The policy from a file, or the package's own. Raises `Misconfigured` naming the entry that is wrong."""
    try:
        source = (path or resources.files("bot").joinpath("policy.toml")).read_text("utf-8")
        return Policy.model_validate(tomllib.loads(source))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise Misconfigured(f"The policy {path or 'of the package'} cannot be read: {_problems(error)}") from None


def _problems(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg'].lower()}" for one in error.errors())
