"""Tasks of incidents are followed until they are done: their owner is reminded a day before, and then every week."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents import facts
from bot.actions.incidents.facts import STAKEHOLDERS
from bot.drawing.buttons import button
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.people.identity import slack_ids
from bot.platform import staff
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import JSON, Incident, IncidentTask

BEFORE, AGAIN = dt.timedelta(days=1), dt.timedelta(days=7)
AT_ONCE = 50  # reminders of one round

_DUE = (
    select(IncidentTask)
    .where(
        IncidentTask.done.is_(None),
        IncidentTask.due <= func.clock_timestamp() + BEFORE,
        or_(IncidentTask.reminded.is_(None), IncidentTask.reminded <= func.clock_timestamp() - AGAIN),
    )
    .order_by(IncidentTask.due)
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True)
class Reminders:
    """Any number of processes look; each reminder is one's."""

    database: Database
    team_id: str

    async def sweep(self) -> int:
        """Remind of all that is due; how many."""
        async with self.database.transaction() as session:
            due = list(await session.scalars(_DUE))
            links = await slack_ids(session, self.team_id) if due else {}
            for task in due:
                task.reminded = func.clock_timestamp()
                await session.flush()
                await session.refresh(task)
                await outbox.show(
                    session,
                    f"incident_task:{task.id}:{task.reminded:%Y-%m-%d}",
                    channel=links.get(task.staff_id, STAKEHOLDERS),
                    projection="incident_task",
                    subject=str(task.id),
                )
            return len(due)


async def draw(session: AsyncSession, renderer: Renderer, subject: str) -> JSON:
    """To the owner: what they have to do; once it is done, that it is."""
    task = await session.get(IncidentTask, uuid.UUID(subject))
    row = await session.get(Incident, task.incident_id) if task else None
    if task is None or row is None:
        return renderer.message("incidents/task.j2", Clearance.CHANNEL, gone=True)
    return renderer.message(
        "incidents/task.j2",
        Clearance.CHANNEL,
        gone=False,
        task=task,
        row=row,
        title=facts.title(row),
        who=await staff.name_of(session, task.staff_id),
        done_by=await staff.name_of(session, task.done_by) if task.done_by else None,
        card_buttons=[] if task.done else [button("It is done", "incident:done", task.id, "primary")],
    )
