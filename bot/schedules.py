"""What the policy says of the clock: which reports are posted when, and how often alert rules are looked at."""

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.raising import known_days, known_zone


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
        known_zone(self.zone)
        known_days(self.days)
        return self


class AlertSettings(BaseModel):
    """Where the alert rules are, and how often they are looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Path | None = None
    """A file, from the policy's own folder; the package's own rules unless given."""
    every: float = Field(default=15.0, gt=0)
    """Seconds."""
