"""The public status page: what everybody reads, and nothing of ours; written whole, also by many at once."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.demo.world import World, slack_id
from bot.drawing.render import templates_folder
from bot.statuspage.page import Page, PublicIncident, Service, Update, Work
from bot.statuspage.writer import StatusPage, draw
from bot.store.database import Database
from tests.conftest import OPS, asked, card, until, whispers
from tests.integration.test_incidents import declared

CALLED = {"SMTP service": "Sending of mail", "API server": "API"}
HOSTILE = "</li><script>alert(1)</script>\u202eoops\n<img src=x onerror=alert(1)> {{ 7 * 7 }}"
SECRET = "smtp-01 of db-secret.internal"
VOID = {"meta", "br", "link", "img"}


class Nested(HTMLParser):
    """Every element is closed, in order; which there are, and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        self.names |= {name for name, _ in attrs}
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


def page_in(database: Database, folder: Path) -> StatusPage:
    return StatusPage(database, folder, CALLED, templates_folder())


def published(sql: Any, said: str = HOSTILE, phase: str = "identified", ago: str = "1 hour") -> None:
    """An update of the incident whose own title nobody outside reads."""
    sql("UPDATE pmbot.incidents SET title = %s, state = 'open', is_open = true, resolved = NULL", SECRET)
    sql(
        f"""INSERT INTO pmbot.public_updates (id, incident_id, headline, phase, said, staff_id, at)
            SELECT gen_random_uuid(), id, %s, %s, %s, declared_by, now() - interval '{ago}'
            FROM pmbot.incidents WHERE number = 1""",
        f"Mail {HOSTILE}",
        phase,
        said,
    )


async def test_whatever_was_typed_is_text_and_nothing_internal_is_there(
    database: Database, sql: Any, tmp_path: Path
) -> None:
    """Also of maintenance, whose reason is ours; a queue, or a service that is not listed, is nobody's business."""
    published(sql)
    sql("DELETE FROM pmbot.maintenance_windows WHERE scope = 'everything'")  # the demo announces one
    for scope, subject in (("service", "SMTP service"), ("service", "Vault"), ("queue", "email-sending")):
        sql(
            """INSERT INTO pmbot.maintenance_windows (id, scope, subject, reason, starts, ends, staff_id, announced)
               SELECT gen_random_uuid(), %s, %s, %s, now() + interval '1 day', now() + interval '25 hours', id, now()
               FROM users LIMIT 1""",
            scope,
            subject,
            SECRET,
        )
    assert await page_in(database, tmp_path).write()
    page, data = (tmp_path / "index.html").read_text(), json.loads((tmp_path / "status.json").read_text())
    parsed = Nested()
    parsed.feed(page)
    assert parsed.open == []
    assert {"script", "img"}.isdisjoint(parsed.seen)
    assert not [name for name in parsed.names if name.startswith("on")]
    assert "&lt;script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert "\u202e" not in page
    for ours in (SECRET, "smtp-01", "Vault", "email-sending", "SMTP service", "P1", "Óscar"):
        assert ours not in page + json.dumps(data, ensure_ascii=False)
    assert [one["on"] for one in data["maintenance"]] == ["Sending of mail"]
    assert [one["name"] for one in data["services"]] == ["Sending of mail", "API"]


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


async def test_many_write_and_every_reader_finds_a_whole_page(database: Database, sql: Any, tmp_path: Path) -> None:
    """What has not changed is left alone; nothing but the two files stays."""
    page, others = page_in(database, tmp_path), [page_in(database, tmp_path) for _ in range(4)]
    await page.write()
    before = (tmp_path / "status.json").stat().st_mtime_ns
    for number in range(6):
        published(sql, said=f"{number}" * 20_000)
        await asyncio.gather(page.write(), *(one.write() for one in others))
        assert json.loads((tmp_path / "status.json").read_text())["incidents"][0]["updates"]
        assert (tmp_path / "index.html").read_text().rstrip().endswith("</html>")
    assert (tmp_path / "status.json").stat().st_mtime_ns > before
    assert names(tmp_path) == ["index.html", "status.json"]
    assert (tmp_path / "index.html").stat().st_mode & 0o777 == 0o644


async def test_what_is_over_is_history_for_90_days(database: Database, sql: Any, tmp_path: Path) -> None:
    """And an incident that nobody said is over stays, whatever we call it inside."""
    published(sql, said="it is mended", phase="resolved", ago="89 days")
    await page_in(database, tmp_path).write()
    assert "it is mended" in (tmp_path / "index.html").read_text()
    sql("UPDATE pmbot.public_updates SET at = at - interval '2 days'")
    await page_in(database, tmp_path).write()
    assert json.loads((tmp_path / "status.json").read_text())["history"] == []
    published(sql, said="again", ago="1 minute")
    sql("UPDATE pmbot.incidents SET state = 'resolved', is_open = false, resolved = now()")
    await page_in(database, tmp_path).write()
    assert [one["updates"][0]["text"] for one in json.loads((tmp_path / "status.json").read_text())["incidents"]] == [
        "again"
    ]


def test_the_worst_is_said_first() -> None:
    now = dt.datetime(2026, 1, 5, 10, 2, tzinfo=dt.UTC)
    down, works = Service("API", "down"), Service("Web app", "works")
    work = Work("API", now, now, under_way=True)
    late = PublicIncident("Mail is late", [Update(now, "identified", "x")])
    said = [
        Page(now, [works, down], [late], [work], []).summary,
        Page(now, [works], [late], [work], []).summary,
        Page(now, [works], [], [work], []).summary,
        Page(now, [works], [], [], []).summary,
        Page(now, [Service("API", "not known")], [], [], []).summary,
    ]
    assert said == [
        "Something is down",
        "Something does not work as it should",
        "Maintenance is under way",
        "Everything works",
        "No incident is known",
    ]
    assert "10:02 UTC" in draw(Page(now, [works], [], [], []), templates_folder())


async def test_an_update_is_approved_by_another_and_taken_off_again(bot_world: World, sql: Any) -> None:
    """It stands on the timeline; the first one needs a headline."""
    await declared(bot_world)
    publish = "/pm incident publish 3 investigating {}saying Mails leave late."
    await bot_world.slack.command(slack_id("oncall"), OPS, publish.format(""))
    await until(lambda: bot_world.slack.views(slack_id("oncall")) or whispers(bot_world, "oncall"))
    shown = (await asked(bot_world, publish.format("headline Late mails ")))["text"]
    assert "Everybody reads Mails leave late." in " ".join(shown.split())
    await bot_world.slack.click(slack_id("ines"), card(bot_world)["ts"], OPS, "approve")
    stands = "SELECT headline, phase, retracted IS NULL FROM pmbot.public_updates"
    await until(lambda: sql(stands) == [("Late mails", "investigating", True)])
    await asked(bot_world, "/pm incident retract 3 because wrong")
    await bot_world.slack.click(slack_id("ines"), card(bot_world)["ts"], OPS, "approve")
    await until(lambda: sql(stands) == [("Late mails", "investigating", False)])
