"""Circumstances in which a policy asks for more, and how far a number may move without asking again."""

import datetime as dt
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, NonNegativeInt, PositiveInt, model_validator

from bot.judgement import Circumstances, Risk
from bot.words import duration

STRICT = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)
CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
UNITS = {"m": 60, "h": 3600, "d": 86_400}


def known_zone(zone: str) -> str:
    """The zone. Raises `ValueError` if there is none of that name."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {zone}; name one as Europe/Madrid") from None
    return zone


def known_days(days: str) -> str:
    """Days as cron has them. Raises `ValueError`."""
    try:
        CronSim(f"0 0 * * {days}", dt.datetime(2026, 1, 1))  # noqa: DTZ001 - local by nature
    except CronSimError:
        raise ValueError(f"days has to be as in mon-fri or mon,thu, not {days}") from None
    return days


def _span(value: object) -> object:
    """`30m`, `4h`, `2d` → timedelta."""
    if isinstance(value, dt.timedelta):
        return value
    found = re.fullmatch(r"([1-9]\d{0,3})([mhd])", value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"write a duration as 30m, 4h or 2d, not {value!r}")
    return dt.timedelta(seconds=int(found[1]) * UNITS[found[2]])


Span = Annotated[dt.timedelta, BeforeValidator(_span)]


class Hours(BaseModel):
    """When people are at work, by the clock of one place."""

    model_config = STRICT

    begin: str = Field(pattern=CLOCK, alias="from")
    end: str = Field(pattern=CLOCK, alias="to")
    days: str = "mon-fri"
    zone: str

    @model_validator(mode="after")
    def _known(self) -> Self:
        known_zone(self.zone)
        known_days(self.days)
        if self.begin >= self.end:
            raise ValueError(f"from ({self.begin}) has to be before to ({self.end}), on the same day")
        return self

    def include(self, moment: dt.datetime) -> bool:
        local = moment.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        day = next(CronSim(f"0 0 * * {self.days}", midnight - dt.timedelta(minutes=1)))
        return day == midnight and self.begin <= f"{local:%H:%M}" < self.end

    def __str__(self) -> str:
        return f"{self.days} {self.begin}–{self.end} {self.zone}"


class Raise(BaseModel):
    """More is asked where all of what it names is so: the next risk, or what it says."""

    model_config = STRICT

    affected_above: NonNegativeInt | None = None
    amount_above: Annotated[Decimal, Field(ge=0)] | None = None
    outside: Hours | None = None
    first_time: bool = False
    to: Risk | None = None
    """The next one unless given."""
    quorum: PositiveInt | None = None
    """So many people besides the asker; without `to` what is less than high becomes high, and no more."""

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if not self._conditions():
            raise ValueError("say when, by affected_above, amount_above, outside or first_time")
        if self.to is not None and self.to.rank <= Risk.LOW.rank:
            raise ValueError("raise to medium, high or critical")
        return self

    def applies(self, now: Circumstances) -> bool:
        """What is not known of a request is not so."""
        return all(
            (
                self.affected_above is None or (now.affected is not None and now.affected > self.affected_above),
                self.amount_above is None or (now.amount is not None and now.amount > self.amount_above),
                self.outside is None or (now.at is not None and not self.outside.include(now.at)),
                now.first_time or not self.first_time,
            )
        )

    def raised(self, risk: Risk) -> Risk:
        """What a risk becomes; never less."""
        wanted = self.to or (Risk.HIGH if self.quorum else risk.next)
        return max(risk, wanted, key=lambda one: one.rank)

    def _conditions(self) -> list[str]:
        return [
            *([f"more than {self.affected_above:,} affected"] if self.affected_above is not None else ()),
            *([f"an amount above {self.amount_above:,}"] if self.amount_above is not None else ()),
            *([f"asked outside {self.outside}"] if self.outside is not None else ()),
            *(["the person who asks has not done this to this target before"] if self.first_time else ()),
        ]

    def __str__(self) -> str:
        return " and ".join(self._conditions())


def _share(value: object) -> object:
    found = re.fullmatch(r"(\d{1,2})%", value) if isinstance(value, str) else None
    if isinstance(value, str) and found is None:
        raise ValueError(f"write how far it may move as 2 or as 10%, not {value!r}")
    return Drift(share=int(found[1])) if found else Drift(number=value) if type(value) is int else value


class Drift(BaseModel):
    """How far a bound number may be from what was approved."""

    model_config = STRICT

    number: NonNegativeInt = 0
    share: NonNegativeInt = 0
    """Percent of what was approved."""

    def tolerates(self, approved: float, now: float) -> bool:
        return abs(now - approved) <= max(self.number, abs(approved) * self.share / 100)


Tolerated = Annotated[Drift, BeforeValidator(_share)]


def in_words(span: dt.timedelta) -> str:
    """`4 h`."""
    return duration(span, 2)


def highest(risk: Risk, rules: Sequence[Raise]) -> Risk:
    """What a risk becomes by all of these."""
    return max([risk, *(rule.raised(risk) for rule in rules)], key=lambda one: one.rank)
