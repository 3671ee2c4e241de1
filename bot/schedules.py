"""What the policy says of the clock: which reports are posted when, and how often alert rules are looked at."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.raising import known_days, known_zone
from bot.words import listed

FIRST_OF = {"month": "1 * *", "quarter": "1 1,4,7,10 *"}  # days of the month, and months, as cron has them
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def days_in_words(days: str) -> str:
    """`on weekdays`, `every day`, `on Monday and Thursday`, `on the first of the month`."""
    if days in FIRST_OF:
        return f"on the first of the {days}"
    if days in ("*", "mon-fri"):
        return "every day" if days == "*" else "on weekdays"
    names = {one[:3]: one.capitalize() for one in WEEKDAYS}
    return f"on {listed(names.get(day, day) for day in days.lower().split(','))}"


class DigestRule(BaseModel):
    """A scheduled report: what is posted when, and where."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    """Local time in the zone, as 08:30."""
    days: str = "mon-fri"
    """As cron has them: `mon-fri`, `mon,thu`, `*`; or `month` or `quarter`: the first day of each."""
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

    @property
    def cron(self) -> str:
        """When it is due, by the clock there."""
        return f"{self.minute} {self.hour} {FIRST_OF.get(self.days) or f'* * {self.days}'}"

    @property
    def identity(self) -> str:
        """Changes when the times do."""
        return f"{self.days} {self.at} {self.zone}"

    @property
    def in_words(self) -> str:
        """`on weekdays at 08:30 (Europe/Madrid)`."""
        return f"{days_in_words(self.days)} at {self.at} ({self.zone})"

    @model_validator(mode="after")
    def _known(self) -> Self:
        known_zone(self.zone)
        if self.days not in FIRST_OF:
            known_days(self.days)
        return self


class AlertSettings(BaseModel):
    """Where the alert rules are, and how often they are looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: Path | None = None
    """A file, from the policy's own folder; the package's own rules unless given."""
    every: float = Field(default=15.0, gt=0)
    """Seconds."""
