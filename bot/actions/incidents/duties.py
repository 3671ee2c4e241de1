"""Who has to be told where personal data is concerned (articles 33 and 34 of the GDPR), and until when."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents import clocks
from bot.actions.incidents.parameters import DUTIES
from bot.errors import NothingToDo
from bot.schedules import DutyRule
from bot.store import outbox, rooms
from bot.store.models import Duty, Incident, IncidentBreach, IncidentDuty
from bot.words import duration


@dataclass(frozen=True)
class ToTell:
    """One of them, as people read it."""

    duty: Duty
    due: dt.datetime
    rule: DutyRule

    NOBODY: ClassVar[str] = "the policy does not say who that is"

    @property
    def within(self) -> str:
        return duration(self.rule.within, 2)

    def as_data(self) -> dict[str, Any]:
        """For a context: JSON."""
        return {
            "what": DUTIES[self.duty],
            "who": self.rule.who or self.NOBODY,
            "say": self.rule.say,
            "due": self.due.timestamp(),
        }


async def of(session: AsyncSession, incident_id: uuid.UUID) -> list[IncidentDuty]:
    """All of an incident, in the order in which they are due; none where no personal data is concerned."""
    mine = select(IncidentDuty).where(IncidentDuty.incident_id == incident_id)
    return list(await session.scalars(mine.order_by(IncidentDuty.due, IncidentDuty.duty)))


async def asked(session: AsyncSession, known: dt.datetime, *, high_risk: bool) -> list[ToTell]:
    """Whom the law and the policy want told, the most urgent first."""
    rules = (await clocks.settings(session)).breach
    wanted = [one for one in Duty if one is not Duty.PERSONS or high_risk]
    found = [ToTell(one, known + rules.of(one).within, rules.of(one)) for one in wanted]
    return sorted(found, key=lambda one: one.due)


async def begin(session: AsyncSession, breach: IncidentBreach, wanted: Sequence[ToTell], at: dt.datetime) -> None:
    """Start the clocks; those that run already go on."""
    running = {one.duty for one in await of(session, breach.incident_id)}
    for one in wanted:
        if one.duty not in running:
            soon = one.rule.next_reminder(breach.known, at)
            session.add(IncidentDuty(incident_id=breach.incident_id, duty=one.duty, due=one.due, next=soon))
    await session.flush()


async def one_of(session: AsyncSession, row: Incident, duty: str) -> IncidentDuty:
    """The row as it is now. Raises `NothingToDo` where nobody is to be told."""
    found = await session.get(IncidentDuty, (row.id, duty), populate_existing=True)
    if found is None:
        raise NothingToDo(await _why_not(session, row, duty))
    return found


async def _why_not(session: AsyncSession, row: Incident, duty: str) -> str:
    breach = await session.get(IncidentBreach, row.id)
    if breach is None:
        return (
            f"Nobody has said that incident {row.number} concerns personal data, so nothing was done. If it does, type "
            f"/pm incident breach {row.number} low saying … "
            "If the risk is high for the people whose data it is, type high instead of low."
        )
    return (
        f"By law, you do not have to tell {DUTIES[duty]}: nobody has said that the risk for them is high. Nothing was "
        f"done. If the risk is high, type /pm incident breach {row.number} high saying …"
    )


def key_of(incident_id: uuid.UUID, duty: str, reminded: int) -> str:
    """Names the message of a reminder."""
    return f"{rooms.card_key(incident_id)}:duty:{duty}:{reminded}"


async def redraw(session: AsyncSession, one: IncidentDuty) -> None:
    """Have what was said of it drawn anew: the last reminder, and the one before."""
    for number in range(max(1, one.reminded - 1), one.reminded + 1):
        await outbox.refresh(session, key_of(one.incident_id, one.duty, number))
