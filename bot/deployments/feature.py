"""Deployments: their cards, the button that rolls one back, and what the clock measures."""

import uuid

from bot.deployments.cards import DeploymentCards
from bot.deployments.figures import Measuring
from bot.drawing.render import Renderer
from bot.errors import OutOfDate
from bot.handlers import commands
from bot.handlers.desk import Desk
from bot.handlers.feature import Feature
from bot.store.database import Database
from bot.store.models import Deployment


def feature(database: Database, renderer: Renderer) -> Feature:
    return Feature(
        projections=DeploymentCards(renderer).projections(),
        buttons={"deployment": pressed},
        chores={"deployments": Measuring(database).sweep},
    )


async def pressed(desk: Desk, deployment_id: uuid.UUID, what: str) -> None:
    """`back`: the form that rolls its service back. Raises `Refused`."""
    row = await desk.session.get(Deployment, deployment_id)
    if what != "back" or row is None:
        raise OutOfDate("That button is from an older version of the bot. Type /pm deployments to see them all.")
    await commands.run(desk, await desk.operator(), "deploy roll-back", {"service": row.service})
