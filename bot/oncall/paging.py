"""PagerDuty follows the alerts: what it should know of each is a row, kept true by the clock and sent by a job.

An alert that is worth it begins there when somebody has to act, is acknowledged when somebody does (or it is contained,
silenced, or told on another one's message), and resolved when it is over. The row says what was wanted, tried and
taken, so that a worker that dies between leaves what the next one goes on with.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rules import DEFAULT_PAGES, Rule
from bot.integrations.pagerduty.events import Event
from bot.store.database import Database
from bot.store.models import Alert, AlertState, Page
from bot.store.orphans import Orphans
from bot.store.queue import Task, defer

PAGE = Task("page", 20)
LEFT = Orphans(
    PAGE,
    "pages",
    "(tried IS NOT NULL OR wanted IS DISTINCT FROM known"
    " AND NOT (wanted <> 'trigger' AND coalesce(known, 'resolve') = 'resolve')) AND refused IS DISTINCT FROM version",
    "alert_id",
    "pages.alert_id::text",
)
"""Those of which something is left to say (`steps.following`)."""
CALM = (AlertState.ACKNOWLEDGED, AlertState.CONTAINED)
_CONCERNED = union_all(
    select(Alert.id).where(Alert.state != AlertState.RESOLVED),  # by the index of those that are open
    select(Page.alert_id).where(Page.wanted != Event.RESOLVE),
)
_LOOKED_AT = (
    select(Alert, Page.wanted)
    .outerjoin(Page, Page.alert_id == Alert.id)
    .where(Alert.id.in_(_CONCERNED), Alert.state != AlertState.PENDING)
    .order_by(Alert.id)
)


def wanted_of(alert: Alert, pages: Collection[str]) -> Event | None:
    """What PagerDuty should say of it; None: what it says already. `pages`: the severities that are told."""
    if alert.state == AlertState.RESOLVED:
        return Event.RESOLVE
    if alert.state in CALM or alert.silenced_until is not None or alert.part_of is not None:
        return Event.ACKNOWLEDGE
    return Event.TRIGGER if alert.severity in pages else None


@dataclass(frozen=True)
class Paging:
    """Any number of clocks look; what they find is the same."""

    database: Database
    rules: Mapping[str, Rule]

    async def sweep(self) -> int:
        """Note what has changed, with a job for each; how many."""
        async with self.database.transaction() as session:
            found = (await session.execute(_LOOKED_AT)).all()
            return sum([await self._noted(session, alert, before) for alert, before in found])

    async def _noted(self, session: AsyncSession, alert: Alert, before: str | None) -> bool:
        rule = self.rules.get(alert.rule)
        wanted = wanted_of(alert, rule.pages if rule else DEFAULT_PAGES)
        if wanted is None or wanted == before or (before is None and wanted is not Event.TRIGGER):
            return False
        row = insert(Page).values(alert_id=alert.id, wanted=wanted)
        changed = row.on_conflict_do_update(
            index_elements=["alert_id"],
            set_={"wanted": wanted, "version": Page.version + 1},
            where=Page.wanted != wanted,
        )
        if await session.scalar(changed.returning(Page.version)) is None:
            return False  # another clock was first
        await defer(session, PAGE, alert_id=str(alert.id))
        return True


def dedup_key(alert_id: uuid.UUID, generation: int) -> str:
    """By which PagerDuty knows it."""
    return f"penguinmails:{alert_id}:{generation}"
