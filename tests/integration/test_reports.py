"""Reports of weeks and more: made of figures that are counted once a day, whoever counts them."""

import asyncio
import datetime as dt
import re
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest

from bot import policy
from bot.demo import seed_figures
from bot.digests.figures import counting
from bot.digests.reports import Reports
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.store.database import Database

ZONE = "Europe/Madrid"
NOW = dt.datetime.now(dt.UTC)
TODAY = NOW.astimezone(ZoneInfo(ZONE)).date()
COUNTED = "SELECT figure, subject, day, value FROM pmbot.daily_figures ORDER BY 1, 2, 3"
BY_HAND = """
    SELECT (sent AT TIME ZONE 'Europe/Madrid')::date, count(*)::float FROM outbound_messages
    WHERE (sent AT TIME ZONE 'Europe/Madrid')::date < %s GROUP BY 1 ORDER BY 1
"""


@pytest.fixture
async def database(database_url: str, sql) -> AsyncIterator[Database]:
    """Of which nobody has counted anything."""
    sql("DELETE FROM pmbot.figure_marks")
    sql("UPDATE users SET created = now() - interval '40 days' WHERE created < now() - interval '40 days'")
    sql("UPDATE tenants SET created = now() - interval '40 days' WHERE created < now() - interval '40 days'")
    database = Database(database_url)
    yield database
    await database.close()


async def whole(database: Database, now: dt.datetime = NOW) -> None:
    while await counting.count(database, ZONE, now):
        pass


async def test_days_that_are_over_are_counted_once_by_any_number_of_clocks(database, sql):
    """Each is what somebody would find by hand; counting again changes nothing."""
    await asyncio.gather(*(whole(database) for _ in range(3)))
    mails = sql("SELECT day, value FROM pmbot.daily_figures WHERE figure = 'mails.sent' ORDER BY 1")
    assert mails == sql(BY_HAND, TODAY)
    before = sql(COUNTED)
    sql("UPDATE pmbot.figure_marks SET until = since, settled = since")
    await whole(database)
    assert sql(COUNTED) == before


async def test_what_ends_after_its_day_is_counted_with_it(database, sql):
    """Yesterday is counted once more when today is over; what was counted before that stays."""
    await whole(database)
    sql(
        "UPDATE jobs SET status = 'completed', failed = NULL"
        " WHERE status = 'failed' AND (failed AT TIME ZONE %s)::date = %s",
        ZONE,
        TODAY - counting.DAY,
    )
    await whole(database, NOW + counting.DAY)
    yesterday = "SELECT sum(value) FROM pmbot.daily_figures WHERE figure = 'jobs.failed' AND day = %s"
    assert sql(yesterday, TODAY - counting.DAY) == [(None,)]
    assert sql("SELECT DISTINCT until, settled FROM pmbot.figure_marks") == [(TODAY + counting.DAY, TODAY)]


class TestDrawn:
    @pytest.fixture
    def reports(self, database: Database) -> Reports:
        return Reports(database, Renderer(), policy.load())

    async def text(self, reports: Reports, name: str) -> str:
        async with reports.database.snapshot() as session:
            message = await reports.draw(session, name, Clearance.CHANNEL)
        return str(message["text"]).replace("\u2060", "")

    async def test_the_week_begins_with_what_is_unusual(self, reports, database_url):
        """Then what is usual, and what to expect."""
        seed_figures.fill(database_url, ZONE)
        said = await self.text(reports, "weekly")
        assert "Unusual · " in said
        assert "the usual week" in said
        assert "Mails sent · " in said
        assert "a day four weeks from now (on 80% of the days between" in said
        assert said.index("Unusual") < said.index("Mails sent · ")
        assert "Not measured yet · processor, memory and disk" in said

    async def test_the_morning_says_what_is_open_and_late(self, reports, sql):
        """How many tickets there are and came; those past their time need somebody."""
        said = await self.text(reports, "morning")
        assert "Tickets · 2 open · 2 opened in the last day" in said
        assert "overdue" not in said
        sql("UPDATE pmbot.tickets SET due = now() - interval '1 min' WHERE number = 1")
        said = await self.text(reports, "morning")
        assert "Yellow · 1 ticket is overdue" in said
        assert "Tickets · 2 open, 1 of them overdue" in said

    async def test_a_problem_that_comes_back_needs_somebody(self, reports, sql):
        """Three tickets of one category about one tenant in the week; and what second people said of closed ones."""
        sql(
            "INSERT INTO pmbot.tickets (id, category, severity, title, reason, tenant_id, asked_by, asked, team, due)"
            " SELECT gen_random_uuid(), 'sync-issue', 'high', 'x', 'x', tenants.id, gen_random_uuid(),"
            " %s::date - n * interval '1 day', 'engineering', now() + interval '1 day'"
            " FROM tenants, generate_series(1, 3) AS n WHERE name = 'Acme Corp'",
            TODAY,
        )
        said = await self.text(reports, "weekly")
        assert "Acme Corp: sync issue, 3 tickets; look for the cause that they share" in said
        assert re.search(r"Tickets · [3-5] opened, 0 closed", said)  # the demo's own were opened some hours ago
        assert "handled well" not in said
        sql(
            "INSERT INTO pmbot.ticket_samples (ticket_id, staff_id, verdict, note, answered)"
            " SELECT id, asked_by, 'good', 'x', %s::date - interval '1 day' FROM pmbot.tickets WHERE number = 3",
            TODAY,
        )
        assert "1 of 1 that was looked at again was handled well" in await self.text(reports, "weekly")

    async def test_without_counted_days_it_says_so(self, reports, sql):
        """And makes nothing up."""
        said = await self.text(reports, "weekly")
        assert "not yet counted for the whole time: mails sent" in said
        assert "mails sent: no forecast yet (0 days counted, 28 are needed)" in said

    async def test_noisy_rules_have_a_threshold_that_would_help(self, reports, sql):
        sql(
            "INSERT INTO pmbot.alerts (id, rule, subject, state, breached, value, peak, measured, facts, since, fired,"
            " acknowledged, resolved)"
            " SELECT gen_random_uuid(), 'queue-backlog', n::text, 'resolved', '{}', 0, 10000 + n, now(), '{}', now(),"
            " %s::date - interval '2 days' - n %% 3 * interval '1 day', "
            " CASE WHEN n = 10 THEN now() END, now() FROM generate_series(1, 10) AS n",
            TODAY,
        )
        said = await self.text(reports, "weekly")
        assert (
            "Rule queue-backlog is noisy: 10 alerts, of which 9 ended before anybody acknowledged them; a threshold of"
            " 10,009 would have stopped 9 of these needless alerts, and no important alert" in said
        )

    async def test_the_scorecard_counts_escalations(self, reports, sql):
        """Closed for good, of all that were escalated: the demo's own is, one is open, one was reopened before."""
        was = "Escalated tickets that stayed closed · "
        assert f"{was}100.0% of 1" in await self.text(reports, "scorecard")
        sql("UPDATE pmbot.tickets SET escalated = %s::date - interval '2 days' WHERE number = 1", TODAY)
        assert f"{was}50.0% of 2" in await self.text(reports, "scorecard")
        sql("UPDATE pmbot.tickets SET reopened = 1 WHERE number = 3")
        assert f"{was}0.0% of 2" in await self.text(reports, "scorecard")

    async def test_the_scorecard_says_who_found_incidents_first(self, reports, sql):
        """An alert that fired before the first ticket did; an incident without one was not found by us."""
        was = "Found before customers told us · "
        sql(
            "INSERT INTO pmbot.alerts (id, rule, subject, state, breached, value, peak, measured, facts, since, fired,"
            " resolved) SELECT gen_random_uuid(), 'x', 'y', 'resolved', '{}', 1, 1, now(), '{}', began, began, now()"
            " FROM pmbot.incidents WHERE number = 1"
        )
        assert f"{was}0.0% of 2" in await self.text(reports, "scorecard")
        sql(
            "INSERT INTO pmbot.incident_alerts (incident_id, alert_id, is_open)"
            " SELECT incidents.id, alerts.id, false FROM pmbot.incidents, pmbot.alerts WHERE number = 1"
        )
        assert f"{was}50.0% of 2" in await self.text(reports, "scorecard")
        sql(
            "UPDATE pmbot.tickets SET incident_id = incidents.id, asked = began - interval '1 min' FROM pmbot.incidents"
            " WHERE tickets.number = 1 AND incidents.number = 1"
        )
        assert f"{was}0.0% of 2" in await self.text(reports, "scorecard")

    async def test_the_scorecard_says_what_cannot_be_measured(self, reports, database_url, sql):
        seed_figures.fill(database_url, ZONE)
        sql("UPDATE pmbot.deployments SET state = 'rolled_back' WHERE version = '2.40.0'")
        said = await self.text(reports, "scorecard")
        assert "Quality of the code, technical debt · not measured: not measurable from here" in said
        assert "Stripe's events that were handled · " in said
        assert re.search(
            r"and those that were rolled back · [67]\d\.\d% of [34] succeeded, 1 rolled back",
            said,
        )
