"""The morning digest over the demo's platform: its figures, its order, its quiet nights, and what Slack makes of it."""

import datetime as dt
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from bot import cli, policy
from bot.audit import sealing, sightings
from bot.demo import data, world
from bot.demo.world import World
from bot.digests import found as reading
from bot.digests import slots
from bot.digests.reports import Reports
from bot.digests.schedule import timetables
from bot.digests.sections.access import Access
from bot.digests.sections.addresses import Addresses
from bot.digests.sections.base import SECTIONS, Level, Window
from bot.digests.sections.decisions import Decisions
from bot.digests.sections.logins import Logins
from bot.digests.sections.mails import Mails
from bot.digests.sections.queues import Queues
from bot.digests.sections.services import Services
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.reports import REPORTS
from bot.store.database import Database
from localslack.blockkit import check_blocks
from tests.conftest import OPS, cards, running_bot, until, whispers, with_digests, without_digests
from tests.promises.sealing import grown

MADRID = ZoneInfo("Europe/Madrid")
STAFF = {one.local_part: one.id for one in data.STAFF}
ROLLED_OUT = {"enabled": False, "rollout": 40}
FAILED = "FROM login_events WHERE NOT succeeded AND at >= %s::timestamptz AND at < %s::timestamptz"
# What makes the demo's platform a quiet one: nothing listed, nothing late, nobody waiting; mails go out until this
# moment, however long ago the template of the database was filled.
QUIET = (
    "UPDATE smtp_ip_addresses SET provider_blacklist_status = '{}', score = 95, reputation_state = 'good'",
    "UPDATE service_health SET status = 'healthy'",
    "UPDATE jobs SET run_at = now() WHERE status IN ('queued', 'migrated_to_redis')",
    "UPDATE jobs SET status = 'completed' WHERE status = 'failed'",
    "UPDATE staff_member_roles SET expires = NULL",
    "UPDATE tenant_feature_flags SET updated = now() - interval '30 days'",
    "UPDATE outbound_messages SET sent = sent + (SELECT now() - max(sent) FROM outbound_messages)",
)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def reports(database: Database) -> Reports:
    return Reports(database, Renderer(), policy.load())


async def facts(database: Database, now: dt.datetime | None = None) -> tuple[reading.Found, Window]:
    window = Window(now or dt.datetime.now(dt.UTC), MADRID)
    async with database.snapshot() as session:
        return await reading.read(session, REPORTS["morning"], window), window


def weeks_before(moment: dt.datetime, weeks: int) -> dt.datetime:
    """The same time on the clocks of Madrid, also across a change of them."""
    local = moment.astimezone(MADRID).replace(tzinfo=None)
    return (local - dt.timedelta(weeks=weeks)).replace(tzinfo=MADRID)


async def drawn(reports: Reports, clearance: Clearance = Clearance.CHANNEL) -> dict[str, Any]:
    async with reports.database.snapshot() as session:
        return await reports.draw(session, "morning", clearance)


def quieten(sql) -> None:
    for statement in QUIET:
        sql(statement)


class TestFigures:
    """Each is what somebody would find by hand."""

    async def test_services(self, database: Database, sql) -> None:
        found, _ = await facts(database)
        newest = sql("SELECT DISTINCT ON (service) service, status, p95_ms FROM service_health ORDER BY 1, at DESC")
        assert [(one.name, one.status, one.p95_ms) for one in found.of(Services).grid] == newest
        [(first, last)] = sql(
            "SELECT min(at), max(at) FROM service_health WHERE service = 'OLAP database' AND status <> 'healthy'"
        )
        [recovered] = found.of(Services).recovered
        assert (recovered.unwell_from, recovered.unwell_until) == (first, last)

    async def test_queues(self, database: Database, sql) -> None:
        sql("UPDATE jobs SET run_at = now() - interval '7 minutes' WHERE id = (SELECT id FROM jobs"
            " WHERE queue_name = 'email-sending' AND status = 'queued' LIMIT 1)")  # fmt: skip
        found, window = await facts(database)
        counted = sql(
            "SELECT q.name, count(j.id) FILTER (WHERE j.status IN ('queued', 'migrated_to_redis')),"
            " count(j.id) FILTER (WHERE j.status = 'failed' AND j.failed >= %s)"
            " FROM job_queues q LEFT JOIN jobs j ON j.queue_name = q.name GROUP BY 1 ORDER BY 1",
            window.day[0],
        )
        assert sorted((one.name, one.waiting, one.failed) for one in found.of(Queues).all) == sorted(counted)
        assert "email-sending" in [one.name for one in found.of(Queues).late]
        assert found.of(Queues).failed.count == sum(failed for _, _, failed in counted)

    async def test_a_queue_that_is_held_back_is_neither_late_nor_on_time(
        self, database: Database, sql, reports: Reports
    ) -> None:
        """One truth in every line: what a pause holds back, of all or of one tenant, is told as that and is not red."""
        flood = (
            "INSERT INTO jobs (queue_name, tenant_id, payload, run_at)"
            " SELECT %s, (SELECT id FROM tenants WHERE name = 'Acme Corp'), '{}', now() - interval '3 hours'"
            " FROM generate_series(1, 1200)"
        )
        sql("UPDATE jobs SET run_at = now() WHERE run_at < now()")  # nothing else has waited since the suite began
        for queue in ("email-sending", "email:processing"):
            sql(flood, queue)
        sql("UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        sql(
            "INSERT INTO queue_pauses (queue_name, tenant_id) SELECT 'email:processing', id FROM tenants"
            " WHERE name = 'Acme Corp'"
        )
        found, _ = await facts(database)
        states = {one.name: (one.held >= 1200, one.late) for one in found.of(Queues).all}
        assert states["email-sending"] == states["email:processing"] == (True, False)
        said = words(await drawn(reports))
        assert f"Queues · 2 held back by a pause, the other {len(states) - 2} within their limits" in said
        assert re.search(r"email-sending 1,2\d\d held back by a pause", said)
        assert "Red · Queue email" not in said

    async def test_failed_log_ins_and_the_weeks_before(self, database: Database, sql) -> None:
        found, window = await facts(database)
        by_hand = [
            sql(f"SELECT count(*) {FAILED}", *(weeks_before(moment, n) for moment in window.day))[0][0]
            for n in range(5)
        ]
        assert [found.of(Logins).failed.count, *found.of(Logins).failed.earlier] == by_hand

    async def test_mails_by_the_hour(self, database: Database, sql) -> None:
        found, window = await facts(database)
        begins, ends = window.night
        per_hour = dict(
            sql(
                "SELECT extract(hour FROM sent AT TIME ZONE 'Europe/Madrid')::int, count(*) FROM outbound_messages"
                " WHERE sent >= %s AND sent < %s GROUP BY 1",
                begins,
                ends,
            )
        )
        shown = dict(zip(found.of(Mails).hours, found.of(Mails).tonight.per_hour, strict=True))
        assert {hour: mails for hour, mails in shown.items() if mails} == per_hour  # an hour that just began has none
        assert len(found.of(Mails).earlier) == 4

    async def test_decisions(self, database: Database, sql) -> None:
        for state, seconds in (("succeeded", 100), ("succeeded", 40), ("rejected", 9), ("pending", None)):
            decide(sql, state, seconds)
        found, _ = await facts(database)
        asked = found.of(Decisions)
        assert (asked.asked.count, asked.approved, asked.rejected, asked.waiting) == (4, 2, 1, 1)
        assert asked.median == dt.timedelta(seconds=70)
        assert "1 request waits for a decision" in str(found.items)

    async def test_addresses(self, database: Database) -> None:
        found, _ = await facts(database)
        trouble = found.of(Addresses).trouble
        assert [(one.score, one.lists) for one in trouble] == [(41, ("blocklist.example",)), (66, ())]

    async def test_holds_say_what_who_and_until_when(self, database: Database, sql, reports: Reports) -> None:
        sql(
            "INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason, starts, ends)"
            " SELECT gen_random_uuid(), 'queue_pause', 'queue:email-sending:low',"
            " jsonb_build_object('queue', 'email-sending:low', 'tenant', null), id, 'x', now(), now() + interval '1 h'"
            " FROM users WHERE email = 'oncall@penguinmails.example'"
        )
        assert "Temporary changes · email-sending:low paused, by Óscar Peñalver until" in words(await drawn(reports))

    async def test_a_hold_of_a_role_and_of_a_flag_read_as_well(self, sql, reports: Reports) -> None:
        """Each kind says what it does; a user's address is not for a channel."""
        hold(sql, "role", {"staff": str(STAFF["maria.costa"]), "given": ["support", "finance"], "taken": []})
        hold(sql, "flag", {"flag": "ai-composer", "set": {"flag:ai-composer": ROLLED_OUT}, "off": False})
        said = words(await drawn(reports))
        assert "support and finance for Maria Costa, by Óscar Peñalver until" in said
        assert "ai-composer rolled out to 40%, by Óscar Peñalver until" in said

    async def test_roles_that_end_and_flags_that_were_overridden(self, database: Database, sql) -> None:
        """As the platform has them: also what nobody set through the bot; a flag counts once."""
        quieten(sql)
        found, window = await facts(database)
        assert (found.of(Access).ending, found.of(Access).overridden, found.of(Access).described) == (0, 0, "")
        ends(sql, "maria.costa", "user_manager", window.now + dt.timedelta(days=6, hours=23))
        ends(sql, "oncall", "operations", window.now + dt.timedelta(days=7, hours=1))
        ends(sql, "henrik", "super_admin", window.now + dt.timedelta(days=1))  # who has left has nothing to lose
        for tenant in ("Acme Corp", "Acme Labs"):
            override(sql, tenant, window.week_begins + dt.timedelta(seconds=1))
        found, _ = await facts(database, window.now)
        assert found.of(Access).described == "1 role ends within a week, 1 flag overridden since Monday"
        hold(sql, "flag", {"flag": "warmup-v2", "set": {"flag:warmup-v2": ROLLED_OUT}, "off": False})
        ends(sql, "oncall", "operations", window.now + dt.timedelta(hours=1))
        found, _ = await facts(database, window.now)
        assert found.of(Access).described == "2 roles end within a week, 2 flags overridden since Monday"

    async def test_the_week_begins_on_monday_where_the_digest_is_read(self, database: Database, sql) -> None:
        """At midnight in Madrid; what was done on Sunday night is last week's."""
        quieten(sql)
        thursday = dt.datetime(2026, 11, 19, 8, 30, tzinfo=MADRID)
        override(sql, "Acme Corp", dt.datetime(2026, 11, 15, 22, 59, tzinfo=dt.UTC))
        assert (await facts(database, thursday))[0].of(Access).overridden == 0
        override(sql, "Acme Corp", dt.datetime(2026, 11, 15, 23, 1, tzinfo=dt.UTC))
        assert (await facts(database, thursday))[0].of(Access).overridden == 1

    async def test_a_quiet_night_mentions_them_below(self, sql, reports: Reports) -> None:
        """Nobody has to do anything about them now."""
        quieten(sql)
        ends(sql, "maria.costa", "support", dt.datetime.now(dt.UTC) + dt.timedelta(days=2))
        first, second = words(await drawn(reports)).splitlines()
        assert first.startswith("Quiet night")
        assert second == "Roles and flags · 1 role ends within a week"


def hold(sql, kind: str, subject: dict[str, Any]) -> None:
    """An open hold of the person on call, for an hour."""
    sql(
        "INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason, starts, ends)"
        " VALUES (gen_random_uuid(), %s, 'x', %s, %s, 'x', now(), now() + interval '1 h')",
        kind,
        json.dumps(subject),
        STAFF["oncall"],
    )


def ends(sql, local_part: str, role: str, expires: dt.datetime) -> None:
    sql(
        "UPDATE staff_member_roles SET expires = %s"
        " WHERE user_id = %s AND role_id = (SELECT id FROM staff_roles WHERE name = %s)",
        expires,
        STAFF[local_part],
        role,
    )


def override(sql, tenant: str, updated: dt.datetime) -> None:
    sql(
        "INSERT INTO tenant_feature_flags (tenant_id, flag_key, enabled, updated)"
        " SELECT id, 'ai-composer', false, %s FROM tenants WHERE name = %s"
        " ON CONFLICT (tenant_id, flag_key) DO UPDATE SET updated = excluded.updated",
        updated,
        tenant,
    )


def decide(sql, state: str, seconds: float | None) -> None:
    """A request of an hour ago, decided after so many seconds."""
    sql(
        """
        WITH asked AS (
            INSERT INTO pmbot.proposals
                (id, requester_id, state, revision_id, requirement, reason, channel, created, expires)
            VALUES (gen_random_uuid(), gen_random_uuid(), %s, gen_random_uuid(), '{"no_approval": false}', 'x',
                    'operations', now() - interval '1 h', now() + interval '3 h')
            RETURNING id, revision_id
        ), shown AS (
            INSERT INTO pmbot.revisions (id, proposal_id, number, plan, impacts, digest)
            SELECT revision_id, id, 1, '[{"action": "staff.suspend"}]', '[{}]', 'x' FROM asked RETURNING id
        )
        INSERT INTO pmbot.decisions (id, revision_id, staff_id, verdict, at)
        SELECT gen_random_uuid(), id, gen_random_uuid(), %s, now() - interval '1 h' + make_interval(secs => %s)
        FROM shown WHERE %s
        """,
        state,
        "reject" if state == "rejected" else "approve",
        seconds or 0,
        seconds is not None,
    )


def words(message: dict[str, Any]) -> str:
    return message["text"].replace("\u2060", "")


class TestWhatItSays:
    async def test_red_comes_first_then_yellow(self, database: Database, sql, reports: Reports) -> None:
        """However the sections are ordered."""
        sql("UPDATE jobs SET run_at = now() WHERE status IN ('queued', 'migrated_to_redis')")  # none late by now
        sql("UPDATE service_health SET status = 'degraded' WHERE service = 'Redis'")
        sql("UPDATE service_health SET status = 'down' WHERE service = 'Vault'")
        found, _ = await facts(database)
        levels = [item.level for item in found.items]
        assert levels == sorted(levels, key=lambda level: level.rank)
        assert levels[:2] == [Level.RED, Level.RED]
        lines = words(await drawn(reports)).splitlines()
        assert lines[0] == "4 things need attention, 2 of them now"
        assert lines[1].startswith("Red · Vault is down for")
        assert lines[2].startswith("Red · IP 203.0.113.65: listed at blocklist.example")
        assert lines[3].startswith("Yellow · Redis is degraded")

    async def test_a_quiet_night_is_one_line(self, sql, reports: Reports) -> None:
        quieten(sql)
        message = await drawn(reports)
        assert words(message) == (
            "Quiet night: 8 of 8 services healthy, queues within their limits, nothing waits for a decision."
        )
        assert len(message["blocks"]) == 1

    async def test_its_foot_is_a_witness_of_the_audit_trail(self, database: Database, sql, reports: Reports) -> None:
        """The newest sealed root, as `pm audit verify --root` takes it; a quiet night stays one line."""
        assert "Audit trail sealed" not in words(await drawn(reports))
        await grown(database, rounds=1)
        async with database.transaction() as session:
            seal = await sealing.newest(session)
        assert seal is not None
        assert words(await drawn(reports)).endswith(f"Audit trail sealed · {sightings.root_text(seal)}")
        quieten(sql)
        assert "Audit trail" not in words(await drawn(reports))

    async def test_an_attack_on_log_ins_is_said_without_an_address(self, sql, reports: Reports) -> None:
        """A channel sees the network; who was tried and from where only opens by role."""
        attack(sql)
        said = words(await drawn(reports))
        assert "failed sign-ins (usually" in said
        assert "290 from the network 198.18.7.•" in said
        assert "198.18.7.0" not in said
        assert "from the network 198.18.7.0" in words(await drawn(reports, Clearance.FULL))

    async def test_log_ins_as_usual_are_no_news(self, database: Database) -> None:
        found, _ = await facts(database)
        assert not found.of(Logins).unusual
        assert found.of(Logins).failed.usual

    async def test_without_history_nothing_is_compared(self, database: Database, sql) -> None:
        """A platform of three weeks has no fourth; one of yesterday has none."""
        sql("DELETE FROM outbound_messages WHERE sent < now() - interval '20 days'")
        found, _ = await facts(database)
        assert len(found.of(Mails).earlier) == 2
        sql("DELETE FROM outbound_messages")
        sql("DELETE FROM login_events")
        found, _ = await facts(database)
        assert (found.of(Mails).earlier, found.of(Logins).failed.earlier, found.of(Logins).failed.usual) == (
            (),
            (),
            None,
        )

    @pytest.mark.parametrize("hour", [3, 8, 12, 19, 21])
    async def test_every_block_is_one_that_slack_takes(
        self, database: Database, sql, reports: Reports, hour: int
    ) -> None:
        """At any time of day, quiet or not, and all that its buttons open."""
        attack(sql)
        noon = dt.datetime.now(MADRID).replace(hour=hour, minute=20)
        found, _ = await facts(database, noon)
        assert 1 <= len(found.of(Mails).hours) <= 12
        message = await drawn(reports)
        assert check_blocks(message["blocks"], "message") == []
        async with database.snapshot() as session:
            for section in [name for name, kind in SECTIONS.items() if kind.shows]:
                details = await reports.details(session, section, Clearance.FULL)
                assert check_blocks(details["blocks"], "message") == []
        quieten(sql)
        assert check_blocks((await drawn(reports))["blocks"], "message") == []


def attack(sql) -> None:
    sql(
        "INSERT INTO login_events (email, succeeded, ip, at)"
        " SELECT 'root@penguinmails.example', false, '198.18.7.' || 7 + n % 2, now() - interval '2 h'"
        " FROM generate_series(1, 290) AS n"
    )


async def due(around: World, minutes_late: float = 0) -> None:
    """Have a clock find the schedule's newest slot; the bot's own finds none while the test runs."""
    with_digests(around.database_url)
    database = Database(around.database_url)
    chosen = timetables(policy.load())
    now = dt.datetime.now(dt.UTC)
    [*_, newest] = chosen[0].due(now - dt.timedelta(days=5), now)
    await slots.take(database, chosen, newest.at - dt.timedelta(minutes=1))
    assert await slots.take(database, chosen, newest.at + dt.timedelta(minutes=minutes_late)) == 1
    await database.close()
    without_digests(around.database_url)


class TestInSlack:
    """From the slot to the screen, and what its buttons open."""

    async def test_a_slot_becomes_one_message_with_a_chart(self, surroundings: World, sql) -> None:
        await due(surroundings)
        async with running_bot(surroundings):
            await until(lambda: cards(surroundings))
        [message] = cards(surroundings)
        assert "things need attention" in message["text"]
        assert "data_visualization" in [block["type"] for block in message["blocks"]]
        assert "posted late" not in message["text"]

    async def test_it_is_drawn_for_everybody_in_the_channel(self, surroundings: World, sql) -> None:
        """From where somebody tried to sign in is for those who may see that, each for themselves."""
        attack(sql)
        await due(surroundings)
        async with running_bot(surroundings):
            await until(lambda: cards(surroundings))
        assert "198.18.7.•" in cards(surroundings)[0]["text"].replace("\u2060", "")
        assert "198.18.7.0" not in cards(surroundings)[0]["text"].replace("\u2060", "")

    async def test_details_open_for_the_viewer_alone_and_are_recorded(self, bot_world: World, sql) -> None:
        """By role, and with a note in the trail."""
        attack(sql)
        await digest_to(bot_world, "oncall")
        [message] = directs(bot_world, "oncall")
        place = (message["ts"], message["channel"], "menu:digest")
        await bot_world.slack.click(world.slack_id("oncall"), *place, option="Show the sign-ins")
        await until(lambda: any("Failed sign-ins" in text for text in whispers_in_dm(bot_world, "oncall")))
        assert "root@penguinmails.example: 290" in whispers_in_dm(bot_world, "oncall")[-1]
        assert sql("SELECT count(*) FROM pmbot.audit_log WHERE action = 'digest.details'") == [(1,)]

    async def test_digest_morning_comes_as_a_direct_message(self, bot_world: World) -> None:
        """The channel where it was typed sees nothing of it."""
        await digest_to(bot_world, "security")
        await until(lambda: whispers(bot_world, "security"))
        assert "I am sending you the morning digest as a direct message" in whispers(bot_world, "security")[-1]
        assert cards(bot_world) == []

    async def test_who_may_not_read_digests_is_told_so(self, bot_world: World) -> None:
        await bot_world.slack.command(world.slack_id("support"), OPS, "/pm digest morning")
        await until(lambda: whispers(bot_world, "support"))
        assert "You can't use /pm digest" in whispers(bot_world, "support")[-1]
        assert directs(bot_world, "support") == []

    async def test_an_unknown_digest_is_answered_with_those_there_are(self, bot_world: World) -> None:
        await bot_world.slack.command(world.slack_id("oncall"), OPS, "/pm digest nightly")
        await until(lambda: whispers(bot_world, "oncall"))
        assert "no digest “nightly”. Available: end-of-day, morning, weekly" in whispers(bot_world, "oncall")[-1]

    async def test_where_charts_are_refused_a_picture_is_uploaded(self, bot_world: World) -> None:
        """The same figures, drawn by us."""
        bot_world.slack.workspace.refused_blocks = frozenset({"data_visualization"})
        await digest_to(bot_world, "oncall")
        [message] = directs(bot_world, "oncall")
        [image] = [block for block in message["blocks"] if block["type"] == "image"]
        uploaded = bot_world.slack.state.files[image["slack_file"]["id"]]
        assert uploaded.content.startswith(b"\x89PNG")
        assert "tonight" in image["alt_text"]

    async def test_where_pictures_are_refused_too_words_remain(self, bot_world: World) -> None:
        """A digest is never lost for want of its chart."""
        bot_world.slack.workspace.refused_blocks = frozenset({"data_visualization"})
        bot_world.slack.fault("files.getUploadURLExternal", "refuse", error="missing_scope")
        await digest_to(bot_world, "oncall")
        [message] = directs(bot_world, "oncall")
        assert {"image", "data_visualization"}.isdisjoint(block["type"] for block in message["blocks"])
        assert any("▁" <= letter <= "█" for letter in str(message["blocks"]))


async def digest_to(around: World, local_part: str) -> None:
    await around.slack.command(world.slack_id(local_part), OPS, "/pm digest morning")
    await until(lambda: directs(around, local_part))


def directs(around: World, local_part: str) -> list[dict[str, Any]]:
    """Direct messages of the bot to somebody, with their channel."""
    user = world.slack_id(local_part)
    channel = "D" + user.removeprefix("U")
    return [
        {**item, "channel": channel}
        for item in around.slack.messages(channel, user)
        if not item.get("is_ephemeral") and item.get("metadata")
    ]


def whispers_in_dm(around: World, local_part: str) -> list[str]:
    return [text.replace("\u2060", "") for text in whispers(around, local_part, "D" + world.slack_id(local_part)[1:])]


class TestPreview:
    def test_it_prints_the_digest(self, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """As a channel would see it, with the buttons and the chart in words."""
        monkeypatch.setenv("DATABASE_URL", database_url)
        printed = CliRunner().invoke(cli.main, ["digest", "preview", "morning"], catch_exceptions=False)
        assert printed.exit_code == 0
        assert "things need attention" in printed.output.splitlines()[0]
        assert "[ Show the sending IPs ]" in printed.output
        assert "Mails sent per hour of the night: tonight" in printed.output

    def test_it_names_what_there_is(self) -> None:
        printed = CliRunner().invoke(cli.main, ["digest", "preview", "nightly"])
        assert printed.exit_code == 2
        assert "morning" in printed.output


@pytest.mark.parametrize("name", REPORTS)
async def test_every_report_can_be_drawn(name: str, reports: Reports) -> None:
    """Of sections that there are, each once, as Slack takes it; it begins as it says."""
    report = REPORTS[name]
    assert len(set(report.sections)) == len(report.sections)
    assert set(report.sections) <= set(SECTIONS)
    async with reports.database.snapshot() as session:
        message = await reports.draw(session, name, Clearance.CHANNEL)
    assert check_blocks(message["blocks"], "message") == []
    assert re.match(r"(Quiet \w+|\d+ things need attention|\d+ figures? (is|are) unusual|Scorecard )", words(message))
