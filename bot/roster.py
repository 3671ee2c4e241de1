"""Who is on call when, by the roster of the policy file: pure functions of a moment, the same in every process.

A layer passes on from person to person at hand-overs: certain days at certain times, by the clock of its zone. Which
turn it is follows from counting them, so no process keeps a place in the rotation. Each local time becomes the instant
at which it falls (`schedules.instant`); the nights on which clocks change leave no gap and no overlap.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from bot.raising import CLOCK, known_days, known_zone
from bot.schedules import instant

STRICT = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)
DAYS = re.compile(r"\*|[a-z]{3}(-[a-z]{3})?(,[a-z]{3}(-[a-z]{3})?)*")
WEEK, DAY = 7, dt.timedelta(days=1)
JUST_BEFORE = dt.timedelta(microseconds=1)
FAR = dt.timedelta(days=400)
"""Whoever is on call without an end within this has none, as people read it."""
FIXED = "on call"
"""The layer of a policy that has a list instead of a roster."""


def _address(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[^@\s]+@[^@\s]+", value.strip()):
        raise ValueError(f"{value!r} is not an address; name people as oncall@penguinmails.example")
    return value.strip().lower() if isinstance(value, str) else value


Address = Annotated[str, BeforeValidator(_address)]


def _times(value: object) -> object:
    return (value,) if isinstance(value, str) else value


class OverrideRule(BaseModel):
    """Somebody stands in for a while, whoever's turn it is."""

    model_config = STRICT

    who: Address
    begins: dt.datetime = Field(alias="from")
    ends: dt.datetime = Field(alias="to")
    """By the clock of the layer's zone, where they name no offset."""

    def within(self, zone: ZoneInfo) -> "Override":
        return Override(self.who, _at(self.begins, zone), _at(self.ends, zone))


def _at(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    return moment.astimezone(dt.UTC) if moment.tzinfo else instant(moment, zone)


class Layer(BaseModel):
    """People who take turns. The first layer is told first, the next ones when nobody acknowledges."""

    model_config = STRICT

    name: str = Field(alias="layer", pattern=r"^[a-z][a-z0-9 -]{0,29}$")
    people: tuple[Address, ...] = Field(min_length=1)
    """In the order of their turns; whoever has two weeks in a row stands there twice."""
    days: str = "mon"
    """On which days it is handed over, as cron has them: `mon`, `mon,fri`, `*`."""
    at: Annotated[tuple[Annotated[str, Field(pattern=CLOCK)], ...], BeforeValidator(_times)] = ("09:00",)
    """At which times on such a day."""
    zone: str | None = None
    """By whose clock; the policy's zone unless given."""
    since: dt.date = dt.date(2024, 1, 1)
    """The first hand-over from this day on begins the turn of the first one."""
    pagerduty: str | None = Field(default=None, pattern=r"^P[A-Z0-9]{4,}$")
    """The schedule there that says who it is, where PagerDuty is asked; the layer's own turns when it is away."""
    overrides: tuple[OverrideRule, ...] = ()

    @field_validator("days")
    @classmethod
    def _weekly(cls, days: str) -> str:
        if not DAYS.fullmatch(days.lower()):
            raise ValueError(f"days has to be as in mon or mon,fri or *, not {days}")
        return known_days(days)

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        return known_zone(zone) if zone is not None else None

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if not self.at or len(set(self.at)) < len(self.at):
            raise ValueError("at has to name at least one time, each of them once")
        place = ZoneInfo(self.zone or "UTC")
        for one in self.overrides:
            if (one.begins.tzinfo is None) != (one.ends.tzinfo is None) or one.within(place).empty:
                raise ValueError(f"the override of {one.who}: from has to be before to, both with an offset or none")
        return self


@dataclass(frozen=True)
class Override:
    """Somebody stands in, from one moment to another."""

    who: str
    begins: dt.datetime
    ends: dt.datetime

    @property
    def empty(self) -> bool:
        return self.begins >= self.ends

    def covers(self, moment: dt.datetime) -> bool:
        return self.begins <= moment < self.ends


@dataclass(frozen=True)
class Shift:
    """Who is on call in a layer, from when to when; None: for as long as anybody can tell."""

    who: str
    begins: dt.datetime | None
    ends: dt.datetime | None
    instead_of: str | None = None
    """Whose turn it is, where somebody stands in."""


@dataclass(frozen=True)
class Rotation:
    """A layer with all that stands in its way. Of overrides that overlap the last one counts."""

    layer: Layer
    zone: ZoneInfo
    swaps: Sequence[Override] = ()
    """Those made in Slack; they come after the file's."""

    def turn(self, moment: dt.datetime) -> Shift:
        """Whose turn it is by the rotation alone, between two hand-overs; instants in UTC."""
        before = after = None
        for number, at in self._handovers(moment):
            if at <= moment:
                before = number, at
            else:
                after = at
                break
        assert before is not None  # noqa: S101 - the fortnight around a moment has a hand-over on either side
        people = self.layer.people
        who = people[(before[0] - self._first) % len(people)]
        return Shift(who, before[1], after)

    def shift(self, moment: dt.datetime) -> Shift:
        """Who is on call, and since when and until when they are, however often it is handed over to themselves."""
        who = self._who(moment)
        turn = self.turn(moment).who
        return Shift(who, self._since(moment, who), self._until(moment, who), turn if turn != who else None)

    def following(self, moment: dt.datetime) -> Shift | None:
        """Who is next; None where nobody is in sight."""
        ends = self.shift(moment).ends
        return self.shift(ends) if ends else None

    @cached_property
    def _overrides(self) -> list[Override]:
        return [*(one.within(self.zone) for one in self.layer.overrides), *self.swaps]

    def _who(self, moment: dt.datetime) -> str:
        standing_in = [one.who for one in self._overrides if one.covers(moment)]
        return standing_in[-1] if standing_in else self.turn(moment).who

    def _until(self, moment: dt.datetime, who: str) -> dt.datetime | None:
        at = moment
        while at - moment <= FAR:
            at = min(self._edges(at, later=True))
            if self._who(at) != who:
                return at
            if self._settled and all(one.ends <= at for one in self._overrides):
                return None
        return None

    def _since(self, moment: dt.datetime, who: str) -> dt.datetime | None:
        at = moment
        while moment - at <= FAR:
            at = max(self._edges(at, later=False))
            if self._who(at - JUST_BEFORE) != who:
                return at
            if self._settled and all(one.begins >= at for one in self._overrides):
                return None
            at -= JUST_BEFORE
        return None

    @property
    def _settled(self) -> bool:
        """The layer is one person's: nothing changes but by somebody who stands in."""
        return len(set(self.layer.people)) == 1

    def _edges(self, moment: dt.datetime, *, later: bool) -> Iterator[dt.datetime]:
        """Moments at which it may change: after this one, or at it and before."""
        turn = self.turn(moment)
        assert turn.begins is not None and turn.ends is not None  # noqa: S101, PT018 - as `turn` says it
        yield turn.ends if later else turn.begins
        for one in self._overrides:
            yield from (at for at in (one.begins, one.ends) if (at > moment if later else at <= moment))

    def _handovers(self, moment: dt.datetime) -> Iterator[tuple[int, dt.datetime]]:
        """Those around a moment, each with its number."""
        day = moment.astimezone(self.zone).date() - (WEEK + 2) * DAY
        for _ in range(2 * WEEK + 4):
            for place, time in enumerate(self._times if day.weekday() in self._weekdays else ()):
                yield self._number(day) + place, instant(dt.datetime.combine(day, time), self.zone)
            day += DAY

    def _number(self, day: dt.date) -> int:
        """How many hand-overs there were before a day, counted from the first Monday of the calendar."""
        weeks, weekday = divmod(day.toordinal() - 1, WEEK)
        a_week = len(self._weekdays)
        return (weeks * a_week + sum(one < weekday for one in self._weekdays)) * len(self._times)

    @cached_property
    def _first(self) -> int:
        return self._number(self.layer.since)

    @cached_property
    def _times(self) -> list[dt.time]:
        return sorted(dt.time.fromisoformat(one) for one in self.layer.at)

    @cached_property
    def _weekdays(self) -> frozenset[int]:
        monday = dt.datetime(2024, 1, 1)  # noqa: DTZ001 - local by nature
        days = CronSim(f"0 0 * * {self.layer.days}", monday - DAY / 24)
        return frozenset(next(days).weekday() for _ in range(WEEK))
