"""Maintenance: its messages, the two buttons on them, and what the clock sees to."""

import uuid
from collections.abc import Mapping

from sqlalchemy import select

from bot.alerts.rules import Rule
from bot.drawing.render import Renderer
from bot.errors import OutOfDate
from bot.handlers import commands
from bot.handlers.desk import Desk
from bot.handlers.feature import Feature
from bot.maintenance.cards import MaintenanceCards
from bot.maintenance.sweep import Sweep
from bot.policy import Policy
from bot.store.database import Database
from bot.store.models import MaintenanceWindow

OLD = "That button is from an older version of the bot. Use the newest message of this maintenance."
VERBS = {"end": "maintenance end", "extend": "maintenance extend"}


def feature(database: Database, renderer: Renderer, rules: Mapping[str, Rule], policy: Policy) -> Feature:
    """`rules`: of the alerts, which say what those are called that a window silenced."""
    return Feature(
        projections=MaintenanceCards(renderer, rules).projections(),
        buttons={"maintenance": pressed},
        chores={"maintenance": Sweep(database, policy).sweep},
    )


async def pressed(desk: Desk, window_id: uuid.UUID, what: str) -> None:
    """A button on a window's message: the command that it stands for. Raises `Refused`."""
    operator = await desk.operator()
    number = await desk.session.scalar(select(MaintenanceWindow.number).where(MaintenanceWindow.id == window_id))
    if what not in VERBS or number is None:
        raise OutOfDate(OLD)
    await commands.run(desk, operator, VERBS[what], {"window": str(number)}, once=f"{desk.source}:{what}")
