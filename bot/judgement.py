"""What a request is judged by, and what it needs: plain values, stored with each request."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from pydantic import AliasChoices, BaseModel, ConfigDict, Field


class Risk(StrEnum):
    """How much could go wrong; declared by each action."""

    READ = "read"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Risk).index(self)

    @property
    def next(self) -> "Risk":
        """One more; critical is the highest."""
        return list(Risk)[min(self.rank + 1, Risk.CRITICAL.rank)]


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


class Circumstances(BaseModel):
    """What of a request no parameter says: when it was asked for, and how much it reaches."""

    model_config = ConfigDict(frozen=True)

    at: dt.datetime | None = None
    """None: it is not asked for yet, so no rule about hours is looked at."""
    affected: int | None = None
    """People, tenants or jobs, as the action counts them; None where it does not."""
    amount: Decimal | None = None
    """Money, in whole units of its currency."""
    first_time: bool = False
    """Whoever asks has never done this to this target before."""


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
    solo_after: int | None = None
    """Seconds after which it runs on the word of whoever asked, if their role decides it and nobody stops it."""


class Because(BaseModel):
    """What is asked, and which entry of the policy asks it."""

    model_config = ConfigDict(frozen=True)

    asks: str
    """In words: `2 people`, `raised to critical: more than 100 affected`."""
    entry: str = ""
    """As the file writes it: `risks.critical.quorum`. Empty: no entry does, the action itself or the bot."""
    line: int | None = None
    """Where the file says it."""


class Judged(BaseModel):
    """What the policy makes of a request."""

    model_config = ConfigDict(frozen=True)

    requirement: Requirement
    risk: Risk
    expires: dt.timedelta
    """After this, an open request is over."""
    because: tuple[Because, ...] = ()


class StepAsked(BaseModel):
    """One step of a request, as far as it is judged."""

    model_config = ConfigDict(frozen=True)

    stakes: Stakes
    on_self: bool
    """It is about whoever asks."""
    circumstances: Circumstances = Circumstances()


class Asked(BaseModel):
    """All that a request is judged by. Stored with it, so that another policy can judge it, too."""

    model_config = ConfigDict(frozen=True)

    roles: frozenset[str]
    """Of whoever asks, at that time."""
    steps: tuple[StepAsked, ...]


class Record(BaseModel):
    """What was judged, by which policy, and what came of it."""

    model_config = ConfigDict(frozen=True)

    policy: str
    """Its SHA-256 (hex)."""
    asked: Asked
    judged: Judged


def strictest(each: Sequence[Judged]) -> Judged:
    """What all steps of a plan need together: decided by whoever may decide each of them, by as many as any takes."""
    asking = [one.requirement for one in each if not one.requirement.no_approval]
    together = Requirement(no_approval=True)
    if asking:
        together = Requirement(
            self_approval=all(one.self_approval for one in asking),
            approvers=tuple(role for role in asking[0].approvers if all(role in one.approvers for one in asking)),
            quorum=max(one.quorum for one in asking),
            break_glass=all(one.break_glass for one in asking),
            step_up=any(one.step_up for one in asking),
            solo_after=_longest([one.solo_after for one in asking]),
        )
    return Judged(
        requirement=together,
        risk=max((one.risk for one in each), key=lambda risk: risk.rank),
        expires=min(one.expires for one in each),
        because=tuple(dict.fromkeys(reason for one in each for reason in one.because)),
    )


def _longest(waits: Sequence[int | None]) -> int | None:
    """None unless each step may run so."""
    known = [one for one in waits if one is not None]
    return max(known) if len(known) == len(waits) else None
