"""A report on the terminal."""

import asyncio
from pathlib import Path

from bot import policy
from bot.digests.reports import Reports
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.drawing.terminal import as_text
from bot.store.database import Database


def preview(database_url: str, policy_file: Path | None, name: str) -> str:
    """The report as text, as everybody in a channel may see it."""
    return asyncio.run(_preview(database_url, policy_file, name))


async def _preview(database_url: str, policy_file: Path | None, name: str) -> str:
    database = Database(database_url, pool_size=1, name="pm-preview")
    try:
        reports = Reports(database, Renderer(), policy.load(policy_file))
        async with database.snapshot() as session:
            message = await reports.draw(session, name, Clearance.CHANNEL)
    finally:
        await database.close()
    return as_text(message["blocks"])
