"""What is known of runbooks: their text, when each was last said to be right, which are stale."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Runbook, RunbookConfirmation

STALE = dt.timedelta(days=180)
"""Without anybody saying that it is still right."""


@dataclass(frozen=True)
class Page:
    """A runbook, and who confirmed it last."""

    row: Runbook
    confirmed: dt.datetime | None
    by: uuid.UUID | None

    @property
    def right(self) -> dt.datetime:
        """When it was surely right: confirmed, or written."""
        return max(self.row.written, self.confirmed or self.row.written)

    def stale(self, now: dt.datetime) -> bool:
        return now - self.right > STALE


async def pages(session: AsyncSession, name: str | None = None) -> list[Page]:
    """All that there are, by title, or the one of that name; one statement."""
    newest = (
        select(RunbookConfirmation.runbook, RunbookConfirmation.at, RunbookConfirmation.staff_id)
        .ext(distinct_on(RunbookConfirmation.runbook))
        .order_by(RunbookConfirmation.runbook, RunbookConfirmation.at.desc())
        .subquery()
    )
    asked = select(Runbook, newest.c.at, newest.c.staff_id).join(newest, newest.c.runbook == Runbook.name, isouter=True)
    asked = asked.where(Runbook.gone.is_(None)).order_by(func.lower(Runbook.title), Runbook.name)
    rows = await session.execute(asked.where(Runbook.name == name) if name is not None else asked)
    return [Page(*row) for row in rows]
