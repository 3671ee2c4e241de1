"""The job that tells PagerDuty of one alert, one call after the other, and never within a transaction."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update

from bot.alerts.cards import title_of
from bot.alerts.rules import Rule
from bot.drawing.render import Renderer
from bot.errors import Later
from bot.holds.reads import clock
from bot.integrations.base import EffectFailed
from bot.integrations.pagerduty.events import LONGEST_SUMMARY, Event, PagerDutyEvents
from bot.oncall import outages
from bot.oncall.paging import dedup_key
from bot.oncall.steps import begins_anew, following
from bot.runtime.jobs import Attempt
from bot.store.database import Database
from bot.store.models import Alert, Page

LEASE = dt.timedelta(seconds=30)  # after which a worker that calls is taken for dead; a call takes ten at most
BUSY, LONGEST = 2.0, 300.0  # seconds until another worker has done it; between two attempts
SEVERITIES = {"critical": "critical", "high": "error", "medium": "warning", "low": "info"}


@dataclass(frozen=True)
class Call:
    """One call, with the row in hand."""

    event: Event
    key: str
    payload: dict[str, Any] | None
    version: int


@dataclass(frozen=True)
class Pager:
    """Any number of workers; one at a time tells of an alert."""

    database: Database
    events: PagerDutyEvents
    renderer: Renderer
    rules: Mapping[str, Rule]

    async def page(self, attempt: Attempt, alert_id: str) -> None:
        """Say what is left to say, until nothing is. Raises `Later` where PagerDuty does not take it now."""
        one = uuid.UUID(alert_id)
        while call := await self._claim(one, attempt.job_id):
            try:
                await self.events.send(call.event, call.key, call.payload)
            except EffectFailed as error:
                await self._refused(one, call, str(error))
            except Later as later:
                await self._waits(one, attempt, later)
            else:
                await self._taken(one, call)

    async def _claim(self, alert_id: uuid.UUID, job_id: int) -> Call | None:
        """The next call, marked as tried before it is made; None: nothing is left to say."""
        async with self.database.transaction() as session:
            row = await session.get_one(Page, alert_id, with_for_update=True, populate_existing=True)
            event = None if row.refused == row.version else following(*_known(row))
            if event is None:
                return None
            moment = await clock(session)
            if row.working not in (None, job_id) and row.worked is not None and row.worked > moment - LEASE:
                raise Later(BUSY, "another worker tells PagerDuty of it")
            if begins_anew(event, Event(row.tried) if row.tried else None):
                row.generation += 1
            row.tried, row.working, row.worked = event, job_id, moment
            alert = await session.get_one(Alert, alert_id)
            payload = self._payload(alert) if event is Event.TRIGGER else None
            return Call(event, dedup_key(alert_id, row.generation), payload, row.version)

    def _payload(self, alert: Alert) -> dict[str, Any]:
        rule = self.rules.get(alert.rule)
        return {
            "summary": title_of(alert, rule)[:LONGEST_SUMMARY],
            "source": alert.subject,
            "severity": SEVERITIES.get(alert.severity or "", "error"),
            "class": alert.rule,
            "custom_details": {"runbook": alert.facts.get("group", {}).get("runbook") or rule.runbook} if rule else {},
        }

    async def _taken(self, alert_id: uuid.UUID, call: Call) -> None:
        async with self.database.transaction() as session:
            taken = update(Page).where(Page.alert_id == alert_id)
            await session.execute(taken.values(known=call.event, tried=None, working=None, failing=None))
            await outages.over(session)

    async def _refused(self, alert_id: uuid.UUID, call: Call, cause: str) -> None:
        """It will never take this: somebody has to know, and it is not said again before something changes."""
        async with self.database.transaction() as session:
            refused = update(Page).where(Page.alert_id == alert_id)
            await session.execute(refused.values(refused=call.version, tried=None, working=None))
            alert = await session.get_one(Alert, alert_id)
            title = title_of(alert, self.rules.get(alert.rule))
            await outages.refused(session, self.renderer, alert_id, call.version, title, call.event, cause)

    async def _waits(self, alert_id: uuid.UUID, attempt: Attempt, later: Later) -> None:
        """Let go of it, and come back: as PagerDuty asks, and less and less often."""
        async with self.database.transaction() as session:
            row = await session.get_one(Page, alert_id, with_for_update=True, populate_existing=True)
            since = row.failing or await clock(session)
            row.working, row.failing = None, since
            await session.flush()
            await outages.begin(session, since, str(later))
        raise Later(min(LONGEST, max(later.seconds, BUSY * 2 ** min(attempt.number, 7))), str(later)) from later


def _known(row: Page) -> tuple[Event, Event | None, Event | None]:
    return Event(row.wanted), Event(row.known) if row.known else None, Event(row.tried) if row.tried else None
