"""Reports by name: drawn for a channel, for one person, or for the terminal; posted once for each slot."""

import datetime as dt
import uuid
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.audit import sealing, sightings
from bot.digests import found
from bot.digests.recipients import Recipient, recipient
from bot.digests.sections.base import SECTIONS, Window, sections_of
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.errors import OutOfDate
from bot.pipeline.core import now
from bot.policy import Policy
from bot.reports import REPORTS, Span
from bot.store import outbox, subscriptions
from bot.store.database import Database
from bot.store.models import JSON, Slot
from bot.words import duration

LATE = dt.timedelta(minutes=5)  # a slot taken later than that says so

log = structlog.get_logger()


@dataclass(frozen=True)
class Reports:
    """All reports, with what it takes to draw and to send them."""

    database: Database
    renderer: Renderer
    policy: Policy
    team_id: str = ""
    """Of the workspace in which people are sent their own."""

    async def post(self, schedule: str, local_date: dt.date, local_time: dt.time) -> None:
        """What a slot's job does: one message where the schedule goes, however often it runs (promise 12)."""
        async with self.database.snapshot() as session:
            to = await recipient(session, self.policy, schedule, self.team_id)
            if to is None:
                log.warning("a slot's schedule is no longer there", schedule=schedule)
                return
            slot = await session.get_one(Slot, (schedule, local_date, local_time))
            if to.refused:
                content = self.renderer.message("note.j2", text=to.refused, **NOTE)
            else:
                content = await self._draw(session, to.report, to.rule.zone, to.clearance, slot)
        await self._send(schedule, slot.id, to, content)

    async def _send(self, schedule: str, slot: uuid.UUID, to: Recipient, content: JSON) -> None:
        async with self.database.transaction() as session:
            one = await subscriptions.by_schedule(session, schedule) if to.refused else None
            if one is not None:
                log.info("a subscription ends", subscription=str(one.id), because=to.refused)
                subscriptions.end(one)
            if to.channel is not None:
                await outbox.post(session, f"slot:{slot}", content, channel=to.channel)

    async def draw(self, session: AsyncSession, name: str, clearance: Clearance) -> JSON:
        """A report as a message, as of now. Raises `ValueError` if there is none of that name."""
        if name not in REPORTS:
            raise ValueError(f"there is no report {name}")
        return await self._draw(session, name, self._zone(name), clearance, None)

    async def details(self, session: AsyncSession, section: str, clearance: Clearance) -> JSON:
        """What a report's button opens: the section as it is now. Raises `OutOfDate`."""
        kind = SECTIONS.get(section)
        if kind is None or not kind.shows:
            raise OutOfDate("That is no longer part of the digest. /pm digest morning sends you the newest.")
        span = next((one.span for one in REPORTS.values() if kind in sections_of(one)), Span.NIGHT)
        facts = await kind.details(session, Window(await now(session), ZoneInfo(self._zone("morning")), span))
        return self.renderer.message("digests/details.j2", clearance, title=kind.title, facts_found=facts)

    def _zone(self, report: str) -> str:
        """Where the report's days begin: as its first schedule says, or else the policy."""
        of_it = [one.zone for name, one in sorted(self.policy.digests.items()) if self.policy.report(name) == report]
        return of_it[0] if of_it else self.policy.zone

    async def _draw(self, session: AsyncSession, name: str, zone: str, clearance: Clearance, slot: Slot | None) -> JSON:
        report = REPORTS[name]
        window = Window(await now(session), ZoneInfo(zone), report.span)
        seal = await sealing.newest(session) if report.witnesses else None
        return self.renderer.message(
            report.template,
            clearance,
            facts_of=await found.read(session, report, window),
            duration=duration,
            late=late(slot),
            sealed=sightings.root_text(seal) if seal else None,
            id=slot.id if slot else uuid.uuid4(),
        )


NOTE: JSON = {"card": None, "next_buttons": [], "reference": None, "commands": []}


def late(slot: Slot | None) -> JSON | None:
    """When a slot was due that is posted late, and which were missed before it."""
    if slot is None or slot.taken - slot.due < LATE:
        return None
    return {"due": slot.due, "missed": slot.missed}
