"""What the policy says of the clock: when reports are posted, how often rules are looked at, what incidents ask for."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.outside import OutsideSettings
from bot.raising import Span, known_days, known_zone
from bot.words import listed

FIRST_OF = {"month": "1 * *", "quarter": "1 1,4,7,10 *"}  # days of the month, and months, as cron has them
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def instant(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """When a local time (naive) falls, in UTC.

    One that the night the clocks go forward leaves out falls on the next instant that exists, one that comes twice on
    its first.
    """
    while not _exists(local, zone):
        local += MINUTE
    return local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)


def _exists(local: dt.datetime, zone: ZoneInfo) -> bool:
    return local.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == local


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
    outside: OutsideSettings = OutsideSettings()
    """Of alerts that Alertmanager or Grafana evaluate."""


class SelfHealing(BaseModel):
    """What may be done automatically: what these alert rules say under `heals`. Nothing, as it comes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    allowed: tuple[str, ...] = ()
    """Names of alert rules."""


def _time_or_never(value: Any) -> Any:
    """`"never"` → None: a clock that does not run."""
    return None if value == "never" else value


Time = Annotated[Span | None, BeforeValidator(_time_or_never)]


class Clocks(BaseModel):
    """What an incident of one severity asks for, and after how long; `never`: it does not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocol: Time = None
    """Somebody takes command. Like the next three from when it is declared, or gets this severity."""
    stakeholders: Time = None
    customers: Time = None
    executives: Time = None
    update: Span = dt.timedelta(minutes=30)
    """The next update, unless the last one says when."""
    retrospective: Time = None
    """The review; from the end."""

    @property
    def beginning(self) -> dict[str, dt.timedelta]:
        """Those that start with the incident, by name."""
        found = {name: getattr(self, name) for name in FROM_THE_BEGINNING}
        return {name: time for name, time in found.items() if time is not None}


FROM_THE_BEGINNING = ("protocol", "stakeholders", "customers", "executives")


class CriticalClocks(Clocks):
    """Those of a P1, unless the file says otherwise (the platform's emergency protocol)."""

    protocol: Time = dt.timedelta(minutes=5)
    stakeholders: Time = dt.timedelta(minutes=15)
    customers: Time = dt.timedelta(minutes=30)
    executives: Time = dt.timedelta(hours=1)
    retrospective: Time = dt.timedelta(hours=48)


class HighClocks(Clocks):
    """Those of a P2, unless the file says otherwise."""

    retrospective: Time = dt.timedelta(hours=48)


class IncidentClocks(BaseModel):
    """The clocks of incidents by their severity."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    P1: CriticalClocks = CriticalClocks()
    P2: HighClocks = HighClocks()
    P3: Clocks = Clocks()
    P4: Clocks = Clocks()

    def of(self, severity: str) -> Clocks:
        """Those of `P1` to `P4`."""
        found: Clocks = getattr(self, severity)
        return found


class DutyRule(BaseModel):
    """Somebody who has to be told where personal data is concerned, and until when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    within: Span
    """From when it was known. Afterwards it is late, and said again every day."""
    remind: tuple[Span, ...] = ()
    """Reminders before that, from when it was known."""
    who: str | None = Field(default=None, max_length=200)
    """Whom to tell, and how: a name, an address, a page with a form."""
    say: str = Field(max_length=500)
    """What they have to be told."""

    def next_reminder(self, known: dt.datetime, after: dt.datetime) -> dt.datetime:
        """The first moment later than `after` at which somebody is reminded; there is always another one."""
        moments = sorted({known + one for one in self.remind if one < self.within} | {known + self.within})
        due = moments[-1]
        return next((one for one in moments if one > after), due + DAY * ((after - due) // DAY + 1))


class AuthorityRule(DutyRule):
    """Article 33 of the GDPR, unless the file says otherwise."""

    within: Span = dt.timedelta(hours=72)
    remind: tuple[Span, ...] = tuple(dt.timedelta(hours=one) for one in (24, 48, 66, 71))
    say: str = (
        "What happened, roughly how many people and records are concerned, the data protection officer's contact, the "
        "possible consequences, and what is being done about it. What is not known yet can be sent later."
    )


class OfficerRule(DutyRule):
    """Whoever looks after data protection advises on the others."""

    within: Span = dt.timedelta(hours=1)
    say: str = "What happened, whose data it is, and since when it is known."


class PersonsRule(DutyRule):
    """Article 34: without undue delay, where the risk for them is high."""

    within: Span = dt.timedelta(hours=72)
    remind: tuple[Span, ...] = tuple(dt.timedelta(hours=one) for one in (24, 48))
    say: str = (
        "In plain words: what happened, whom they can ask, the possible consequences, and what they can do themselves."
    )


class BreachRules(BaseModel):
    """Who has to be told where personal data is concerned."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    authority: AuthorityRule = AuthorityRule()
    officer: OfficerRule = OfficerRule()
    persons: PersonsRule = PersonsRule()

    def of(self, duty: str) -> DutyRule:
        """That of `authority`, `officer` or `persons`."""
        found: DutyRule = getattr(self, duty)
        return found


class IncidentSettings(BaseModel):
    """What the policy says of incidents."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    clocks: IncidentClocks = IncidentClocks()
    breach: BreachRules = BreachRules()
