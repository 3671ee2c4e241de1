"""A report on the terminal."""

import asyncio
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

from bot import policy
from bot.delivery import charts
from bot.digests.reports import Reports
from bot.drawing.elements import plain
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.policy import ReportName
from bot.store.database import Database
from bot.store.models import JSON

WIDTH = 100


def preview(database_url: str, policy_file: Path | None, name: ReportName) -> str:
    """The report as text, as everybody in a channel may see it."""
    return asyncio.run(_preview(database_url, policy_file, name))


async def _preview(database_url: str, policy_file: Path | None, name: ReportName) -> str:
    database = Database(database_url, pool_size=1, name="pm-preview")
    try:
        reports = Reports(database, Renderer(), policy.load(policy_file))
        async with database.snapshot() as session:
            message = await reports.draw(session, name, Clearance.CHANNEL)
    finally:
        await database.close()
    return as_text(message["blocks"])


def as_text(blocks: Iterable[JSON]) -> str:
    """What the blocks say, a line each; buttons and entries of menus in brackets."""
    return "\n".join(textwrap.fill(line, WIDTH, subsequent_indent="  ") for block in blocks for line in _lines(block))


def _offered(element: JSON) -> list[JSON]:
    """What a button says, or each entry of a menu."""
    return [option["text"] for option in element["options"]] if "options" in element else [element["text"]]


def _lines(block: JSON) -> Iterator[str]:
    match block["type"]:
        case "header":
            yield block["text"]["text"]
        case "rich_text":
            yield from (plain(section["elements"]) for section in block["elements"])
        case "context":
            yield from (item["text"] for item in block["elements"])
        case "actions":
            yield "  ".join(f"[ {text['text']} ]" for item in block["elements"] for text in _offered(item))
        case charts.KIND:
            yield charts.words(block)
