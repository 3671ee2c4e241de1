"""What the policy says of alerts that others evaluate: how bad they are, where they are told, how long they count."""

import datetime as dt
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.raising import Span

Bad = Literal["low", "medium", "high", "critical"]
USUAL: Mapping[str, Bad] = {
    **dict.fromkeys(("critical", "page", "emergency", "fatal", "disaster", "p1"), "critical"),
    **dict.fromkeys(("high", "error", "major", "p2"), "high"),
    **dict.fromkeys(("medium", "warning", "warn", "minor", "average", "p3"), "medium"),
    **dict.fromkeys(("low", "info", "information", "notice", "debug", "none", "ok", "p4"), "low"),
}
"""What people write into the label, in small letters, and what is meant by it."""


class OutsideRoute(BaseModel):
    """Groups whose labels are like these (patterns, as `team = "sec*"`) are told in this channel."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: dict[str, str] = Field(min_length=1)
    channel: str

    def takes(self, labels: Mapping[str, str]) -> bool:
        return all(fnmatchcase(labels.get(label, ""), pattern) for label, pattern in self.match.items())


class OutsideSettings(BaseModel):
    """Alertmanager's and Grafana's groups; what it leaves out is as usual."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str = Field(default="severity", min_length=1)
    """The label that says how bad an alert is."""
    severities: dict[str, Bad] = {}
    """What its values mean, over what they usually do; `*` of one that is not known, or absent."""
    routes: tuple[OutsideRoute, ...] = ()
    """The first that takes a group's labels; else operations."""
    forget: Span = dt.timedelta(hours=24)
    """For how long a group counts that is not said again: longer than Alertmanager's `repeat_interval`."""

    def severity(self, labels: Mapping[str, str]) -> Bad:
        said = labels.get(self.label, "").strip().lower()
        own = {value.lower(): meant for value, meant in self.severities.items()}
        return own.get(said) or USUAL.get(said) or own.get("*") or "medium"

    def channel(self, labels: Mapping[str, str]) -> str:
        return next((one.channel for one in self.routes if one.takes(labels)), "operations")
