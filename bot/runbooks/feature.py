"""Runbooks: what is indexed by the clock, and the buttons that open or confirm one."""

import uuid
from pathlib import Path

from bot.errors import OutOfDate
from bot.handlers import commands
from bot.handlers.desk import Desk
from bot.handlers.feature import Feature
from bot.runbooks.shelf import Shelf
from bot.store.database import Database

VERBS = {"show": "runbook", "right": "runbook confirm"}


def feature(database: Database, folder: Path | None) -> Feature:
    """`folder`: of one's own; None: only what the package has."""
    return Feature(buttons={"runbook": pressed}, chores={"runbooks": Shelf(database, folder).sweep})


async def pressed(desk: Desk, about: uuid.UUID, what: str) -> None:
    """`show:NAME` on an alert, `right:NAME` below a runbook. Raises `Refused`."""
    verb, _, name = what.partition(":")
    if verb not in VERBS or not name:
        raise OutOfDate("That button is from an older version of the bot. Type /pm runbooks to see them all.")
    await commands.run(desk, await desk.operator(), VERBS[verb], {"runbook": name}, once=f"{desk.source}:{verb}")
