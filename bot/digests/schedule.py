"""When something scheduled is due: pure functions of a given moment, the same in every process.

cronsim computes the local times, free of any zone; each becomes the instant at which it falls (`schedules.instant`).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cronsim import CronSim

from bot.policy import Policy
from bot.schedules import MINUTE, DigestRule, instant
from bot.store import subscriptions
from bot.store.models import DigestSubscription

# Local midnight two days before is a start that no zone's offset or change of clocks can push past what is due.
EARLIER = dt.timedelta(days=2)


@dataclass(frozen=True, order=True)
class Due:
    """One slot: its name for all processes, and the instant (UTC) at which it falls."""

    at: dt.datetime
    schedule: str
    local_date: dt.date
    local_time: dt.time

    @property
    def local(self) -> str:
        return f"{self.local_date} {self.local_time:%H:%M}"


@dataclass(frozen=True)
class Timetable:
    """A schedule of the policy file, or what somebody subscribed to: which days at what time, where."""

    name: str
    rule: DigestRule

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.rule.zone)

    def due(self, after: dt.datetime, until: dt.datetime) -> list[Due]:
        """All slots with after < instant <= until, oldest first."""
        found: list[Due] = []
        for local in self._local_times(after):
            at = instant(local, self.zone)
            if at > until:
                break
            if at > after:
                found.append(Due(at, self.name, local.date(), local.time()))
        return found

    def _local_times(self, after: dt.datetime) -> Iterator[dt.datetime]:
        start = after.astimezone(self.zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0) - EARLIER
        return CronSim(self.rule.cron, start - MINUTE)


def timetables(policy: Policy) -> list[Timetable]:
    """All schedules of the policy file."""
    return [Timetable(name, rule) for name, rule in sorted(policy.digests.items())]


def subscribed(to: Sequence[DigestSubscription]) -> list[Timetable]:
    """Those of subscriptions."""
    return [Timetable(subscriptions.schedule_of(one.id), subscriptions.rule_of(one)) for one in to]
