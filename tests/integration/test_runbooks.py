"""Runbooks: indexed as their files are, found by words, confirmed, and stale after 180 days."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import policy
from bot.demo.world import slack_id
from bot.digests.reports import Reports
from bot.digests.sections.runbooks import Runbooks
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.runbooks.shelf import Shelf
from bot.store.database import Database
from tests.conftest import OPS, cards, until, whispers

TOLD = "SELECT name, title, gone IS NULL FROM pmbot.runbooks WHERE name IN ('smtp', 'on-call') ORDER BY name"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def test_rows_are_what_the_files_are(database: Database, sql, tmp_path: Path) -> None:
    """Changed, it was written anew; gone, it keeps who confirmed it; the package's comes back."""
    (tmp_path / "smtp").with_suffix(".md").write_text("# Our mail\n\nLook.", "utf-8")
    (tmp_path / "on-call").with_suffix(".md").write_text("Call.", "utf-8")
    shelf = Shelf(database, tmp_path)
    await shelf.sweep()
    assert sql(TOLD) == [("on-call", "On call", True), ("smtp", "Our mail", True)]
    assert sql("SELECT now() - written < '1 min' FROM pmbot.runbooks WHERE name = 'smtp'") == [(True,)]
    assert sql("SELECT now() - written > '80 days' FROM pmbot.runbooks WHERE name = 'queues'") == [(True,)]
    (tmp_path / "smtp").with_suffix(".md").unlink()
    (tmp_path / "on-call").with_suffix(".md").unlink()
    await shelf.sweep()
    assert sql(TOLD) == [("on-call", "On call", False), ("smtp", "Mail is not going out", True)]
    assert sql("SELECT count(*) FROM pmbot.runbook_confirmations") == [(1,)]


async def test_it_is_found_shown_and_confirmed(bot_world, sql) -> None:
    """By name, by words in it, by nearly its name; who confirmed it stands below, and on record."""
    for typed in ("runbook smtp", "runbook bounce logs", "runbook bakcups"):
        await bot_world.slack.command(slack_id("oncall"), OPS, f"/pm {typed}")
    told = await until(lambda: found if len(found := whispers(bot_world, "oncall")) == 3 else None)
    assert sum("Mail is not going out" in one and "Confirmed" in one for one in told) == 2
    assert any("Did you mean backups" in one for one in told)
    await bot_world.slack.command(slack_id("kofi"), OPS, "/pm runbook backups")
    [stale] = await until(lambda: whispers(bot_world, "kofi"))
    assert "This runbook may be out of date" in stale
    await bot_world.slack.command(slack_id("kofi"), OPS, "/pm runbook confirm backups")
    await until(lambda: any("Runbook backups is still right" in one["text"] for one in cards(bot_world)))
    assert sql("SELECT count(*) FROM pmbot.runbook_confirmations WHERE runbook = 'backups'") == [(1,)]


async def test_an_alert_has_a_button_for_it(bot_world, sql) -> None:
    """The name is in the button; one that is gone is answered with what there is."""
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm runbook qeueus")
    [answer] = await until(lambda: whispers(bot_world, "oncall"))
    assert "Did you mean queues?" in answer


async def test_stale_ones_stand_in_the_weekly_report(database_url: str, database: Database, sql) -> None:
    async with database.snapshot() as session:
        reports = Reports(database, Renderer(), policy.load())
        drawn = await reports.draw(session, "weekly", Clearance.CHANNEL)
    assert "1 of 9 runbooks was not confirmed for 180 days: backups" in drawn["text"].replace("\u2060", "")
    assert Runbooks.name == "runbooks"
