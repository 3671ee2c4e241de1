# ruff: noqa: F401, F811 - fixtures are imported, and asked for by their names
"""Self-healing: a containment that the policy approves in advance; limited, announced, over, reviewed."""

import asyncio
import datetime as dt
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.incidents import timeline
from bot.alerts.healing import Healer
from bot.app import Bot, build
from bot.demo import world
from bot.demo.world import World
from bot.digests.sections.base import Window
from bot.digests.sections.healings import Healings
from bot.pipeline import pre_approved
from bot.pipeline.core import Core
from bot.pipeline.execute import execute
from bot.policy import Policy
from bot.reports.base import Span
from bot.store.models import Incident, Proposal
from tests.conftest import cards, until, whispers
from tests.integration.test_alerts import (
    POLICY,
    QUEUE,
    RULES,
    Alerting,
    alerting,
    click,
    root,
    running,
    shown,
    thread,
)
from tests.promises import dying_worker
from tests.promises.dying_worker import ended

HEALS = """
[rules.backlog.heals]
offer = "everybody"
lasts = "30m"
times_a_day = {times}
share_of_tenants = {share}
severities = ["critical"]
"""
ALLOWED = '\n[self_healing]\nallowed = ["backlog"]\n'
SECURITY = "C0SECURITY"
ID = uuid.uuid4()


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The rule contains whatever its subject is, a queue or a tenant; one that may do it for a tenth of all tenants."""
    (tmp_path / "rules.toml").write_text(RULES + HEALS.format(times=2, share=1), "utf-8")
    (tmp_path / "policy.toml").write_text(POLICY + ALLOWED, "utf-8")
    return tmp_path / "policy.toml"


@dataclass
class Healing:
    """The bot that heals, with no clock but the test's."""

    bot: Bot
    team_id: str
    alerting: Alerting
    sql: Any

    @property
    def healer(self) -> Healer:
        return Healer(self.bot.core, self.bot.alerting, self.team_id)

    async def fire(self, *subjects: str) -> None:
        """These are critical from now on, for as long as nothing else is said; then whatever waits is healed."""
        self.alerting.values.clear()
        self.alerting.values.update({one: {"value": 1500, "held": 0} for one in subjects})
        async with self.alerting.evaluator.database.transaction() as session:
            await self.alerting.evaluator.evaluate(session, self.alerting.now)
        await self.healer.sweep()

    def share(self, of_tenants: float) -> None:
        """So many of all tenants may be contained at a time."""
        rule = self.bot.alerting["backlog"]
        heals = rule.heals.model_copy(update={"share_of_tenants": of_tenants})
        self.bot = replace(
            self.bot, alerting={**self.bot.alerting, "backlog": rule.model_copy(update={"heals": heals})}
        )

    async def execute(self) -> None:
        for (one,) in self.sql("SELECT id FROM pmbot.proposals WHERE state = 'approved'"):
            await execute(self.bot.core, one)

    async def week(self) -> Healings:
        """What the weekly report of tomorrow says of it."""
        tomorrow = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
        async with self.bot.core.database.transaction() as session:
            return await Healings.read(session, Window(tomorrow, ZoneInfo("Europe/Madrid"), Span.WEEK))

    def healed(self) -> list[tuple[str, bool, str | None]]:
        """By alert: its subject, whether something was asked for, and why not."""
        return self.sql(
            "SELECT subject, proposal_id IS NOT NULL, refused FROM pmbot.healings JOIN pmbot.alerts ON id = alert_id"
            " ORDER BY at"
        )

    def pauses(self) -> list[tuple[str | None, Any, Any]]:
        """On the platform: the queue, who did it, and whether it ends."""
        return self.sql(
            "SELECT queue_name, paused_by, ends IS NOT NULL FROM queue_pauses WHERE reason LIKE '%backing%'"
        )


@pytest.fixture
async def healing(alerting: Alerting, surroundings: World, policy: Path, sql) -> AsyncIterator[Healing]:
    around = surroundings
    bot = build(world.settings(around.database_url, around.slack, around.slack_url, None, pm_policy=policy))
    yield Healing(bot, around.slack.workspace.team_id, alerting, sql)
    await bot.close()


class TestTheWholeStory:
    async def test_it_is_contained_told_over_and_reviewed(self, alerting: Alerting, running: World, sql) -> None:
        await alerting.tick(1500, seconds=0)
        await until(lambda: sql("SELECT state FROM pmbot.proposals") == [("succeeded",)])
        [(queue, by, ends)] = sql(
            "SELECT queue_name, paused_by, ends - paused FROM queue_pauses WHERE reason LIKE '%back%'"
        )
        assert (queue, by, str(ends)) == (QUEUE, None, "0:30:00")
        await shown(running, "I started")
        await click(running, "oncall", "alert:why")
        [why] = await until(lambda: whispers(running, "oncall"))
        assert "at critical, the bot itself runs pause for 30 min, at most twice in 24 hours" in why
        await until(lambda: any("I started request 1 automatically, for 30 min" in line for line in thread(running)))
        await alerting.tick(1500, seconds=1)
        await until(lambda: any("The bot itself paused email-sending" in line for line in thread(running)))
        card = await until(lambda: [one for one in cards(running) if "Approved in advance" in str(one["blocks"])])
        assert "lets the alert rule backlog do this automatically, at most twice in 24 hours, for 30 min" in str(
            card[0]["blocks"]
        )
        assert "asked by the bot itself" in str(card[0]["blocks"])
        review = await until(lambda: [one for one in cards(running, SECURITY) if "Self-healing" in str(one["blocks"])])
        await until(lambda: "Needs review" in str(cards(running, SECURITY)[-1]["blocks"]))
        await running.slack.click(world.slack_id("oncall"), review[0]["ts"], SECURITY, "review")
        await until(lambda: "Reviewed by" in str(cards(running, SECURITY)[-1]["blocks"]))
        sql("UPDATE pmbot.holds SET ends = now()")
        await until(lambda: sql("SELECT cause FROM pmbot.holds") == [("planned",)])
        assert sql("SELECT is_active FROM job_queues WHERE name = %s", QUEUE) == [(True,)]

    async def test_nothing_is_done_where_the_policy_does_not_allow_it(self, healing: Healing, policy: Path) -> None:
        healing.bot = replace(healing.bot, core=replace(healing.bot.core, policy=Policy.of(POLICY)))
        await healing.fire(QUEUE)
        assert (healing.healed(), healing.pauses()) == ([], [])

    async def test_the_trail_says_by_which_policy(self, healing: Healing, sql) -> None:
        await healing.fire(QUEUE)
        await healing.execute()
        found = sql(
            "SELECT kind, actor_id, facts->>'verdict', facts->>'rule', facts->>'policy' FROM pmbot.audit_log"
            " WHERE proposal_id IS NOT NULL ORDER BY id"
        )
        assert [row[0] for row in found] == ["asked", "decided", "executed"]
        assert found[1][2:] == ("pre_approved", "backlog", healing.bot.core.policy.digest)
        assert healing.pauses() == [(QUEUE, None, True)]

    async def test_the_week_counts_it(self, healing: Healing, sql) -> None:
        """How often, by which rule, whether all is reviewed; and nothing of a week without."""
        assert (await healing.week()).rules == ()
        await healing.fire(QUEUE, "email:processing", "warmup:process")
        await healing.execute()
        found = await healing.week()
        assert (
            found.described
            == "twice: backlog twice; 2 wait for a review; once not done automatically, so people had to decide"
        )
        sql("UPDATE pmbot.decisions SET reviewed = now(), reviewed_by = staff_id")
        assert (
            (await healing.week()).described
            == "twice: backlog twice; all of it is reviewed; once not done automatically, so people had to decide"
        )

    async def test_it_is_in_the_timeline_of_the_alerts_incident(self, healing: Healing, sql) -> None:
        """Also of one that was declared afterwards."""
        await healing.fire(QUEUE)
        sql(
            "INSERT INTO pmbot.incidents (id, title, severity, state, declared_by) VALUES (%s, 'x', 'P2', 'open', %s)",
            ID,
            ID,
        )
        sql("INSERT INTO pmbot.incident_alerts (incident_id, alert_id) SELECT %s, id FROM pmbot.alerts", ID)
        async with healing.bot.core.database.transaction() as session:
            lines = await timeline.of(session, await session.get_one(Incident, ID))
        assert f"Alert backlog on {QUEUE}: request 1 started automatically." in [one.text for one in lines]


class TestLimits:
    async def test_as_often_as_the_rule_says_in_a_day(self, healing: Healing, sql) -> None:
        await healing.fire(QUEUE, "email:processing", "warmup:process")
        assert [one[1] for one in healing.healed()] == [True, True, False]
        assert healing.healed()[2][2] == "this rule has done it twice in the last 24 hours, and that is its limit"
        await healing.healer.sweep()
        assert len(healing.healed()) == 3  # it is said once
        sql("UPDATE pmbot.healings SET at = at - interval '25 hours' WHERE proposal_id IS NOT NULL")
        await healing.fire(QUEUE, "email:processing", "warmup:process", "bounce:process")
        assert healing.healed()[-1][1]

    async def test_no_more_tenants_at_a_time_than_their_share(self, healing: Healing, sql) -> None:
        healing.share(0.1)
        sql("UPDATE tenants SET status = 'active'")
        ids = [str(one) for (one,) in sql("SELECT id FROM tenants WHERE deleted IS NULL ORDER BY id")]
        sql("UPDATE tenants SET status = 'churned' WHERE id <> ALL(%s)", ids[:10])
        await healing.fire(ids[0])
        await healing.fire(ids[0], ids[1])
        assert [one[1] for one in healing.healed()] == [True, False]
        said = "automatic actions would then affect 2 of 10 tenants, and this rule allows at most 10% of the tenants at"
        assert healing.healed()[1][2] == f"{said} a time"
        await healing.execute()
        sql("UPDATE pmbot.holds SET ended = now(), cause = 'planned'")
        await healing.fire(ids[0], ids[1], ids[2])
        assert healing.healed()[2][1]

    async def test_what_is_no_single_tenants_contains_all(self, healing: Healing, sql) -> None:
        """A share below all of them does not let a rule pause a queue, nor one more tenant while a queue is paused."""
        tenant = str(sql("SELECT id FROM tenants WHERE status = 'active' AND deleted IS NULL LIMIT 1")[0][0])
        healing.share(0.5)
        await healing.fire(QUEUE)
        said = "automatic actions would then affect all tenants, and this rule allows at most 50% of the tenants at a"
        assert healing.healed() == [(QUEUE, False, f"{said} time")]
        healing.share(1)
        await healing.fire(QUEUE, "email:processing")
        healing.share(0.5)
        await healing.fire(QUEUE, "email:processing", tenant)
        assert [(one, did) for one, did, _ in healing.healed()[1:]] == [("email:processing", True), (tenant, False)]

    async def test_a_mistake_of_ours_is_said_with_a_reference(self, healing: Healing, monkeypatch) -> None:
        """It is not tried for ever, and keeps no other alert from its turn."""
        ask = pre_approved.ask

        async def mistaken(core: Core, session: AsyncSession, action: Action, *asked: Any) -> Proposal:
            if action.target.endswith(QUEUE):
                raise RuntimeError("nobody foresaw this")
            return await ask(core, session, action, *asked)

        monkeypatch.setattr(pre_approved, "ask", mistaken)
        await healing.fire(QUEUE, "email:processing")
        found = {subject: (did, why) for subject, did, why in healing.healed()}
        assert found["email:processing"] == (True, None)
        assert re.fullmatch(r"something went wrong on my side \(ref [0-9A-F]{6}\)", found[QUEUE][1] or "")

    async def test_a_read_only_bot_does_nothing_and_says_so(self, healing: Healing, sql) -> None:
        read_only(sql)
        await healing.fire(QUEUE)
        assert healing.healed() == [(QUEUE, False, "I am in read-only mode")]

    async def test_nor_what_was_asked_for_before(self, healing: Healing, sql) -> None:
        await healing.fire(QUEUE)
        read_only(sql)
        await healing.execute()
        assert sql("SELECT state FROM pmbot.proposals") == [("failed",)]
        assert healing.pauses() == []

    async def test_what_the_policy_no_longer_allows_waits_for_people(self, healing: Healing, sql) -> None:
        await healing.fire(QUEUE)
        core = replace(healing.bot.core, policy=Policy.of(POLICY))
        for (one,) in sql("SELECT id FROM pmbot.proposals"):
            await execute(core, one)
        assert sql("SELECT state FROM pmbot.proposals") == [("pending",)]
        assert healing.pauses() == []

    async def test_whoever_takes_it_on_is_left_to_it(self, healing: Healing, sql) -> None:
        """Acknowledged, silenced, explained by another one, or not measured any more."""
        for change in (
            "state = 'acknowledged'",
            "silenced_until = now() + interval '1 hour'",
            "facts = '{\"absent\": 1}'",
        ):
            async with healing.alerting.evaluator.database.transaction() as session:
                healing.alerting.values[QUEUE] = {"value": 1500, "held": 0}
                await healing.alerting.evaluator.evaluate(session, healing.alerting.now)
            sql(f"UPDATE pmbot.alerts SET {change}")
            await healing.healer.sweep()
            assert healing.healed() == []
            sql("DELETE FROM pmbot.alert_events; DELETE FROM pmbot.alerts")


def read_only(sql: Any) -> None:
    sql(
        "INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason)"
        " VALUES (gen_random_uuid(), 'read_only', 'bot:read_only', '{}', gen_random_uuid(), 'key leaked')"
    )


class TestOnce:
    async def test_two_clocks_at_once(self, healing: Healing, sql) -> None:
        async with healing.alerting.evaluator.database.transaction() as session:
            healing.alerting.values[QUEUE] = {"value": 1500, "held": 0}
            await healing.alerting.evaluator.evaluate(session, healing.alerting.now)
        await asyncio.gather(*(healing.healer.sweep() for _ in range(4)))
        assert sql("SELECT count(*) FROM pmbot.proposals") == [(1,)]
        assert len(healing.healed()) == 1

    @pytest.mark.parametrize("when", ["before", "after"])
    async def test_a_clock_that_dies_in_between(
        self, healing: Healing, surroundings: World, policy: Path, sql, tmp_path: Path, when: str
    ) -> None:
        async with healing.alerting.evaluator.database.transaction() as session:
            healing.alerting.values[QUEUE] = {"value": 1500, "held": 0}
            await healing.alerting.evaluator.evaluate(session, healing.alerting.now)
        rules = policy.with_name("rules.toml")
        rules.write_text(rules.read_text("utf-8").replace("test.value", "queue.waiting"), "utf-8")  # theirs alone here
        around = surroundings
        settings = world.settings(around.database_url, around.slack, around.slack_url, None, pm_policy=policy)
        values = settings.model_dump()
        point = f"commit of healing.Healer._alone: {when} #1"
        dying = dying_worker.start(values, part="clock", notes=tmp_path / "points", at=point)
        with ended(dying):
            await asyncio.to_thread(dying.join, 60)
            assert dying.exitcode == -9
        assert len(healing.healed()) == (1 if when == "after" else 0)
        with ended(dying_worker.start(values, part="clock")), ended(dying_worker.start(values)):
            await until(lambda: healing.pauses() == [(QUEUE, None, True)])
        assert sql("SELECT count(*) FROM pmbot.proposals") == [(1,)]
        assert len(healing.healed()) == 1
