"""What the policy says of tickets: what they may be about, which team each kind goes to, and how long it may take."""

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.raising import Span


class TicketCategory(StrEnum):
    """What a ticket is about."""

    BILLING_DISPUTE = "billing-dispute"
    REFUND_REQUEST = "refund-request"
    SYNC_ISSUE = "sync-issue"
    """What we have and what Stripe has differ, or its events fail."""
    ACCESS = "access"
    DELIVERABILITY = "deliverability"
    OUTAGE = "outage"
    OTHER = "other"


class TicketSeverity(StrEnum):
    """How bad it is, the worst first; the platform's P1 to P4."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Team(StrEnum):
    """Who works on tickets: everybody who has the role of that name."""

    FINANCE = "finance"
    ENGINEERING = "engineering"
    SECURITY = "security"
    OPERATIONS = "operations"
    SUPPORT = "support"
    CUSTOMER_SUCCESS = "customer_success"


MINUTES_15, HOUR = dt.timedelta(minutes=15), dt.timedelta(hours=1)
USUALLY: Mapping[TicketSeverity, dt.timedelta] = {
    TicketSeverity.CRITICAL: HOUR,
    TicketSeverity.HIGH: 4 * HOUR,
    TicketSeverity.MEDIUM: 24 * HOUR,
    TicketSeverity.LOW: 72 * HOUR,
}
# The platform's own deadlines: a refund 24 h, a dispute 48 h, an error between us and Stripe 4 h, payments failing in
# numbers 15 min. All else is ours.
AS_IT_COMES: Mapping[TicketCategory, Mapping[str, Any]] = {
    TicketCategory.BILLING_DISPUTE: {"team": "finance", "due": {"medium": 48 * HOUR}},
    TicketCategory.REFUND_REQUEST: {"team": "finance", "due": {"medium": 24 * HOUR}},
    TicketCategory.SYNC_ISSUE: {
        "team": "engineering",
        "severity": "high",
        "due": {"critical": MINUTES_15, "high": 4 * HOUR},
    },
    TicketCategory.ACCESS: {"team": "security"},
    TicketCategory.DELIVERABILITY: {"team": "operations"},
    TicketCategory.OUTAGE: {"team": "operations", "severity": "high", "due": {"critical": MINUTES_15}},
    TicketCategory.OTHER: {"team": "support"},
}


class CategoryRule(BaseModel):
    """What goes for tickets of one category."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    team: Team = Team.SUPPORT
    """Who gets it first."""
    severity: TicketSeverity = TicketSeverity.MEDIUM
    """What it is unless somebody says otherwise."""
    due: dict[TicketSeverity, Span] = Field(default_factory=dict)
    """How long it may take, where that is not as it usually is for its severity."""


class TicketSettings(BaseModel):
    """What the policy says of tickets; what it does not say is as it comes."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    due: dict[TicketSeverity, Span] = Field(default_factory=dict)
    """How long a ticket may take, by its severity."""
    categories: dict[TicketCategory, CategoryRule] = Field(default_factory=dict)

    @field_validator("due", mode="before")
    @classmethod
    def _usually(cls, given: Any) -> Any:
        return {**USUALLY, **given} if isinstance(given, Mapping) else given

    @field_validator("categories", mode="before")
    @classmethod
    def _with_what_comes(cls, given: Any) -> Any:
        if not isinstance(given, Mapping) or not all(isinstance(one, Mapping) for one in given.values()):
            return given
        return {name: _over(AS_IT_COMES.get(name, {}), given.get(name, {})) for name in {**AS_IT_COMES, **given}}

    def rule(self, category: str) -> CategoryRule:
        return self.categories[TicketCategory(category)]

    def time(self, category: str, severity: str) -> dt.timedelta:
        """How long such a ticket may take."""
        how_bad = TicketSeverity(severity)
        return self.rule(category).due.get(how_bad) or self.due[how_bad]


def _over(usual: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is given, over what comes; of the times only those that are named."""
    if not isinstance(given.get("due", {}), Mapping):
        return {**usual, **given}
    return {**usual, **given, "due": {**usual.get("due", {}), **given.get("due", {})}}
