"""Risk decides how: what runs at once, what its requester confirms, what needs somebody else. One TOML file."""

import tomllib
from enum import StrEnum
from importlib import resources
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

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


class Policy(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_call: tuple[str, ...] = ()
    proposal_hours: PositiveInt = 4
    reason_characters: PositiveInt = 300
    channels: dict[str, str] = Field(default_factory=dict)
    risks: dict[Risk, RiskRule] = Field(default_factory=dict)
    actions: dict[str, RiskRule] = Field(default_factory=dict)

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
