"""Incidents: a room with a card each, clocks that are told of when due."""

import uuid
from collections.abc import Mapping

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy.ext.asyncio import AsyncSession

from bot.alerts.rules import Rule
from bot.delivery.channels import Channels
from bot.drawing.render import Renderer
from bot.handlers.feature import Feature
from bot.incidents import reminders
from bot.incidents.buttons import buttons
from bot.incidents.cards import IncidentCards
from bot.incidents.clocks import Clocks
from bot.incidents.duties import PROJECTION as DUTY
from bot.incidents.duties import Duties
from bot.incidents.marks import Marks
from bot.incidents.rooms import Rooms
from bot.policy import Policy
from bot.runtime.jobs import Attempt, Job
from bot.store.database import Database
from bot.store.models import JSON
from bot.store.orphans import Orphans, adopt
from bot.store.rooms import MARK, PRIVATE, PROJECTION, ROOM

ROOMS = Orphans(ROOM, "incidents", "wanted > made", "incident_id", "incidents.id::text")


def feature(
    database: Database,
    client: AsyncWebClient,
    renderer: Renderer,
    channels: Channels,
    rules: Mapping[str, Rule],
    policy: Policy,
    team_id: str,
) -> Feature:
    made = Rooms(database, client, channels, renderer, policy, team_id)

    async def room(attempt: Attempt, incident_id: str) -> None:
        await made.make(uuid.UUID(incident_id), attempt.job_id)

    duties, marks = Duties(database, renderer, policy, team_id), Marks(database, client, team_id)

    async def task(session: AsyncSession, subject: str) -> JSON:
        return await reminders.draw(session, renderer, subject)

    return Feature(
        projections={
            **IncidentCards(renderer, policy, team_id).projections(),
            "incident_task": task,
            DUTY: duties.draw,
        },
        buttons=buttons(rules),
        jobs=[Job(ROOM, room, counted=True), Job(MARK, marks.look)],
        chores={
            "incident_clocks": Clocks(database, policy.incidents.clocks).sweep,
            "incident_duties": duties.sweep,
            "incident_rooms": lambda: adopt(database, [ROOMS]),
            "incident_tasks": reminders.Reminders(database, team_id).sweep,
        },
        moved={PROJECTION: made.moved, PRIVATE: made.moved},
    )
