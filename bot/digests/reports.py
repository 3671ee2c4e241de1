"""Reports by name: drawn for a channel, for one person, or for the terminal; posted once for each slot."""

import datetime as dt
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.digests import morning
from bot.digests.sections.base import SECTIONS, Window
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.errors import OutOfDate
from bot.pipeline.core import now
from bot.policy import Policy
from bot.schedules import ReportName
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import JSON, Slot
from bot.words import duration

REPORTS = {ReportName.MORNING: morning}
LATE = dt.timedelta(minutes=5)  # a slot taken later than that says so

log = structlog.get_logger()


@dataclass(frozen=True)
class Reports:
    """The reports of the policy file, with what it takes to draw them."""

    database: Database
    renderer: Renderer
    policy: Policy

    async def post(self, schedule: str, local_date: dt.date, local_time: dt.time) -> None:
        """What a slot's job does: one message in the schedule's channel, however often it runs (promise 12)."""
        rule = self.policy.digests.get(schedule)
        if rule is None:
            log.warning("a slot's schedule is no longer in the policy", schedule=schedule)
            return
        async with self.database.snapshot() as session:
            slot = await session.get_one(Slot, (schedule, local_date, local_time))
            report = ReportName(self.policy.report(schedule))
            content = await self._draw(session, report, rule.zone, Clearance.CHANNEL, slot)
        async with self.database.transaction() as session:
            await outbox.post(session, f"slot:{slot.id}", content, channel=rule.channel)

    async def draw(self, session: AsyncSession, name: str, clearance: Clearance) -> JSON:
        """A report as a message, as of now. Raises `ValueError` if there is none of that name."""
        report = ReportName(name)
        return await self._draw(session, report, self._zone(report), clearance, None)

    async def details(self, session: AsyncSession, section: str, clearance: Clearance) -> JSON:
        """What a report's button opens: the section as it is now. Raises `OutOfDate`."""
        kind = SECTIONS.get(section)
        if kind is None or not kind.shows:
            raise OutOfDate("That is no longer part of the digest. /pm digest morning sends you the newest.")
        facts = await kind.details(session, Window(await now(session), ZoneInfo(self._zone(ReportName.MORNING))))
        return self.renderer.message("digests/details.j2", clearance, title=kind.title, facts_found=facts)

    def _zone(self, report: ReportName) -> str:
        """Where the report's days begin: as its first schedule says."""
        of_it = [one.zone for name, one in sorted(self.policy.digests.items()) if self.policy.report(name) == report]
        return of_it[0] if of_it else "UTC"

    async def _draw(
        self, session: AsyncSession, name: ReportName, zone: str, clearance: Clearance, slot: Slot | None
    ) -> JSON:
        window = Window(await now(session), ZoneInfo(zone))
        facts = await REPORTS[name].read(session, window)
        return self.renderer.message(
            REPORTS[name].TEMPLATE,
            clearance,
            facts_of=facts,
            duration=duration,
            late=late(slot),
            id=slot.id if slot else uuid.uuid4(),
        )


def late(slot: Slot | None) -> JSON | None:
    """When a slot was due that is posted late, and which were missed before it."""
    if slot is None or slot.taken - slot.due < LATE:
        return None
    return {"due": slot.due, "missed": slot.missed}
