"""An event of a deployment becomes its newest state: once, never backwards, on its card and on open incidents."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints, ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import Malformed, Unavailable
from bot.pipeline.core import lock_proposal, show_card
from bot.store import outbox, rooms
from bot.store.database import Database
from bot.store.models import (
    Deployment,
    DeploymentEvent,
    DeploymentState,
    Effect,
    EffectState,
    Incident,
    IncidentEvent,
    IncidentHappened,
    IncidentState,
)

CHANNEL, PROJECTION = "operations", "deployment"
WORDS = {
    DeploymentState.STARTED: "began",
    DeploymentState.SUCCEEDED: "succeeded",
    DeploymentState.FAILED: "failed",
    DeploymentState.ROLLED_BACK: "was rolled back",
}
Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Event(BaseModel):
    """What CI sends."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: Short
    """Of the event: sent again, it is the same one."""
    deployment: Short
    """Of the deployment, the same in all of its events."""
    service: Short
    version: Short
    state: DeploymentState
    at: AwareDatetime
    by: Short | None = None
    url: Annotated[str, StringConstraints(max_length=500)] | None = None
    request: Short | None = None
    """As it came with the call that asked for it."""


def read(body: bytes) -> Event:
    """Raises `Malformed`, saying what is wrong."""
    try:
        return Event.model_validate_json(body.replace(b"\\u0000", b""))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Malformed(f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from None


@dataclass(frozen=True)
class Events:
    """Any number of processes take them; each is one transaction, done before it is acknowledged."""

    database: Database

    async def take(self, event: Event) -> bool:
        """Store it and what follows from it; False if it was stored before. Raises `Unavailable`, nothing stored."""
        try:
            async with self.database.transaction() as session:
                return await _take(session, event)
        except DBAPIError as error:
            raise Unavailable("the database cannot be reached") from error


async def _take(session: AsyncSession, event: Event) -> bool:
    payload = event.model_dump(mode="json")
    new = insert(DeploymentEvent).values(key=event.id, payload=payload).on_conflict_do_nothing()
    if await session.scalar(new.returning(DeploymentEvent.key)) is None:
        return False
    row = await _row(session, event)
    if _advance(row, event):
        await session.flush()
        await _arrived(session, row)  # requests first, messages last: the order of `bot/store/locks.py`
        await _on_incidents(session, row, event)
        await outbox.show(session, f"deployment:{row.id}", channel=CHANNEL, projection=PROJECTION, subject=str(row.id))
    return True


async def _row(session: AsyncSession, event: Event) -> Deployment:
    """The deployment, held; as begun where this is the first that is heard of it."""
    begun = {
        "key": event.deployment,
        "service": event.service,
        "version": event.version,
        "state": DeploymentState.STARTED,
        "started": event.at,
    }
    await session.execute(insert(Deployment).values(id=uuid.uuid4(), **begun).on_conflict_do_nothing())
    held = select(Deployment).where(Deployment.key == event.deployment).with_for_update()
    return (await session.scalars(held.execution_options(populate_existing=True))).one()


def _advance(row: Deployment, event: Event) -> bool:
    """Take over what is newer; whether anything is."""
    row.started = min(row.started, event.at)
    row.by, row.url, row.request = event.by or row.by, event.url or row.url, event.request or row.request
    before = DeploymentState(row.state)
    if event.state.rank < before.rank or (event.state.rank == before.rank and event.state is not before):
        return False
    row.state = event.state
    if event.state is not DeploymentState.STARTED:
        row.finished = row.finished or event.at
    return True


async def _on_incidents(session: AsyncSession, row: Deployment, event: Event) -> None:
    """A line on the timeline of each incident that is open, once for each state."""
    opened = select(Incident.id).where(Incident.state == IncidentState.OPEN).order_by(Incident.id)
    for incident_id in (await session.scalars(opened)).all():
        line = insert(IncidentEvent).values(
            incident_id=incident_id,
            what=IncidentHappened.DEPLOYED,
            facts={"service": row.service, "version": row.version, "words": WORDS[event.state], "by": row.by},
            source=f"deployment:{row.id}:{event.state}",
        )
        await session.execute(line.on_conflict_do_nothing())
        await rooms.redraw(session, incident_id)


async def _arrived(session: AsyncSession, row: Deployment) -> None:
    """The request that it came of says what became of it: that CI heard of it is no longer in doubt."""
    whose = select(Effect.proposal_id).where(Effect.key == row.request)
    proposal_id = await session.scalar(whose) if row.request else None
    if proposal_id is None:
        return
    proposal = await lock_proposal(session, proposal_id)
    effect = (await session.scalars(select(Effect).where(Effect.key == row.request).with_for_update())).one()
    effect.state = EffectState.DONE
    effect.answer = {"said": f"deployment {row.number} of {row.version} {WORDS[DeploymentState(row.state)]}"}
    await session.flush()
    await show_card(session, proposal)


def lasted(row: Deployment) -> dt.timedelta | None:
    return row.finished - row.started if row.finished else None
