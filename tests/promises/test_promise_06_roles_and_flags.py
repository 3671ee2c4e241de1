"""Promise 6 for roles and flags: they end within 30 s of their time or of the restart, whatever dies meanwhile."""

import datetime as dt
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.demo import world
from bot.demo.data import AI_COMPOSER, uid
from bot.demo.world import World
from bot.holds import engine, flag, role
from bot.holds.flag import Switch
from bot.store.models import Hold, HoldCause, HoldKind
from tests.conftest import OPS, Processes, asked, cards, free_port, until
from tests.promises import dying_worker
from tests.promises.bench import IDS, Bench
from tests.promises.dying_worker import ended
from tests.promises.test_promise_06_ends_in_time import ENDS, IN_TIME, OVERDUE, POINTS, ready

KEY = AI_COMPOSER.key
ACME = uid("tenant", "acme-corp")
HOUR = dt.timedelta(hours=1)
TENANT, DEFAULT = Switch(KEY, "tenant", ACME).key, Switch(KEY).key
SUPPORT = role.switch(IDS["ines"], "support")
LENT = (
    "SELECT h.expires IS NULL FROM staff_member_roles h JOIN staff_roles r ON r.id = h.role_id"
    f" WHERE h.user_id = '{IDS['ines']}' AND r.name = 'support'"
)
OWN = f"SELECT enabled, expires IS NULL FROM tenant_feature_flags WHERE flag_key = '{KEY}' AND tenant_id = '{ACME}'"
SHARE = f"SELECT is_enabled, rollout_percentage FROM feature_flags WHERE key = '{KEY}'"


async def lend(bench: Bench, *names: str, lasts: dt.timedelta = HOUR) -> Hold:
    """Roles for Inês, for a time."""
    subject = role.subject_of(IDS["ines"], names or ("support",), ())
    return await place(bench, HoldKind.ROLE, f"staff:{IDS['ines']}", subject, lasts)


async def override(bench: Bench, values: Mapping[str, Any], *, off: bool = True, lasts: dt.timedelta = HOUR) -> Hold:
    return await place(bench, HoldKind.FLAG, DEFAULT, {"flag": KEY, "set": dict(values), "off": off}, lasts)


async def off_for_acme(bench: Bench) -> Hold:
    return await override(bench, {TENANT: flag.own(False, "spam")})


async def place(bench: Bench, kind: HoldKind, target: str, subject: Any, lasts: dt.timedelta) -> Hold:
    async with bench.database.transaction() as session:
        return await engine.place(
            session, kind, target=target, subject=subject, by=IDS["oncall"], reason="spam",
            ends=lambda now: now + lasts,
        )  # fmt: skip


async def for_good(bench: Bench, kind: HoldKind, key: str, value: Any) -> None:
    async with bench.database.transaction() as session:
        await engine.change(session, kind, key, value, by=IDS["tomasz"])


async def expire(bench: Bench, *ones: Hold) -> None:
    async with bench.database.transaction() as session:
        past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        await session.execute(update(Hold).where(Hold.id.in_([one.id for one in ones])).values(ends=past))


async def extend(bench: Bench, hold: Hold, lasts: dt.timedelta) -> None:
    async with bench.database.transaction() as session:
        await engine.lock(session)
        found = await session.get_one(Hold, hold.id)
        await engine.extend(session, found, found.starts + lasts)


class TestTakenForGood:
    """What limits damage does not wait for the end of what was lent."""

    async def test_a_role_that_was_lent_is_gone_at_once(self, bench: Bench) -> None:
        """And with it the hold, ended by whoever took it."""
        await lend(bench)
        await for_good(bench, HoldKind.ROLE, SUPPORT, role.NOT_HELD)
        assert await bench.sql(LENT) == []
        assert await bench.sql("SELECT cause, ended_by FROM pmbot.holds") == [(HoldCause.RESUMED, IDS["tomasz"])]
        assert await bench.sql(ENDS) == [(1,)]

    async def test_of_two_that_were_lent_together_the_other_stays(self, bench: Bench) -> None:
        """The hold goes on with what is left of it, and ends that."""
        hold = await lend(bench, "support", "data_admin")
        await for_good(bench, HoldKind.ROLE, SUPPORT, role.NOT_HELD)
        assert await bench.sql(LENT) == []
        assert await bench.sql("SELECT ended, subject->'given' FROM pmbot.holds") == [(None, ["data_admin"])]
        await expire(bench, hold)
        await engine.sweep(bench.database)
        held = f"SELECT count(*) FROM staff_member_roles WHERE user_id = '{IDS['ines']}'"
        assert await bench.sql(held) == [(1,)]

    async def test_one_that_is_given_back_meanwhile_stays_taken_for_the_other_hold(self, bench: Bench) -> None:
        """Only what gives lets go: a hold that takes the role for a time goes on taking it."""
        subject = role.subject_of(IDS["ines"], (), ("customer_success",))
        await place(bench, HoldKind.ROLE, f"staff:{IDS['ines']}", subject, HOUR)
        key = role.switch(IDS["ines"], "customer_success")
        await for_good(bench, HoldKind.ROLE, key, role.NOT_HELD)
        assert await bench.sql("SELECT ended FROM pmbot.holds") == [(None,)]

    async def test_a_flag_that_was_on_for_a_time_is_off_at_once(self, bench: Bench) -> None:
        on = {TENANT: flag.own(True, "trial")}
        await override(bench, on, off=False)
        await for_good(bench, HoldKind.FLAG, TENANT, flag.own(False, "spam"))
        assert await bench.sql(OWN) == [(False, True)]
        assert await bench.sql(ENDS) == [(1,)]


class TestExtending:
    async def test_it_leaves_what_somebody_changed_on_the_platform(self, bench: Bench, sql) -> None:
        """Also where nobody had noticed yet."""
        hold = await off_for_acme(bench)
        sql("UPDATE tenant_feature_flags SET enabled = true WHERE flag_key = %s AND tenant_id = %s", KEY, ACME)
        await extend(bench, hold, 2 * HOUR)
        assert (await bench.sql(OWN))[0][0] is True
        assert await bench.sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'hold_changed'") == [(1,)]

    async def test_the_platform_gets_the_new_end(self, bench: Bench) -> None:
        """Or it would end the role by its own clock."""
        hold = await lend(bench)
        await extend(bench, hold, 30 * HOUR)
        assert await bench.sql("SELECT expires - interval '30 hours' = :starts FROM staff_member_roles"
                               " WHERE expires > now() AND user_id = :who",
                               starts=hold.starts, who=IDS["ines"]) == [(True,)]  # fmt: skip


async def test_everybody_and_a_quarter_are_a_quarter(bench: Bench) -> None:
    """The smaller share is the stricter, whether it is said as a default or as a percentage."""
    await override(bench, {DEFAULT: flag.default_of(enabled=True, rollout=0)}, off=False)
    await override(bench, {DEFAULT: flag.default_of(enabled=False, rollout=25)}, off=False)
    assert await bench.sql(SHARE) == [(False, 25)]


@pytest.mark.parametrize("first", [None, False])
async def test_off_is_stricter_than_no_value_of_ones_own(bench: Bench, *, first: bool | None) -> None:
    """Whichever comes first: without a value of their own a rule might give it to them."""
    for enabled in (first, False if first is None else None):
        await override(bench, {TENANT: flag.own(enabled, "spam")})
    assert [enabled for enabled, _ in await bench.sql(OWN)] == [False]


# Processes that die


@dataclass(frozen=True)
class Lapse:
    """Something temporary: how it is placed, and the rows that show it."""

    place: Callable[[Bench], Any]
    rows: str
    during: list[Any]
    after: list[Any]


LAPSES = {
    "role": Lapse(lend, LENT, [(False,)], []),
    "flag": Lapse(off_for_acme, OWN, [(False, False)], []),
}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", LAPSES)
async def test_kill_9_of_a_clock_at_every_commit(
    surroundings: World, bench: Bench, tmp_path: Path, kind: str, point: str
) -> None:
    """The next clock finishes what is left; each end is there once, and so is each message of it."""
    lapse = LAPSES[kind]
    held = [await lapse.place(bench), await lapse.place(bench)]
    assert await bench.sql(lapse.rows) == lapse.during
    await expire(bench, *held)
    chosen = world.settings(
        surroundings.database_url, surroundings.slack, surroundings.slack_url, surroundings.platform_url
    ).model_dump()
    with ended(dying_worker.start(chosen, part="clock", notes=tmp_path / "points", at=point)) as dying:
        await until(lambda: not dying.is_alive())
        assert dying.exitcode == -signal.SIGKILL
    done = point.startswith("commit of engine._alone: after") + point.endswith("#2")
    assert await bench.sql(ENDS) == [(done,)]
    assert (await bench.sql(lapse.rows) == lapse.after) is (done == 2)

    async def all_ended() -> bool:
        return await bench.sql(ENDS) == [(2,)]

    with ended(dying_worker.start(chosen, part="clock")):
        await until(all_ended, IN_TIME)
    assert await bench.sql(lapse.rows) == lapse.after
    messages = "SELECT split_part(key, ':', 4), count(*), max(version) FROM pmbot.messages"
    told = await bench.sql(f"{messages} WHERE split_part(key, ':', 3) = 'ended' GROUP BY 1 ORDER BY 1")
    people = [world.slack_id(name) for name in ("ines", "oncall")] if kind == "role" else []
    assert sorted(told) == sorted((who, 2, 1) for who in ["", *people])


async def test_a_role_and_a_flag_end_in_time_with_kills_between(surroundings: World, processes: Processes, sql) -> None:
    """Lent and turned off through Slack; processes die before the end, at it and after it, and it is said once."""
    port = free_port()
    processes.start("serve", PORT=port)
    worker, clock = processes.start("worker"), processes.start("clock")
    surroundings.slack.request_url = f"http://127.0.0.1:{port}/slack/events"
    await until(lambda: ready(port), 60)
    await confirmed(surroundings, "security", "nadia", "/pm role add support to @ines for 2h because holidays")
    await confirmed(surroundings, "kofi", "kofi", f'/pm flag off {KEY} for "Acme Corp" for 2h because spam')
    surroundings.gateway.memory.forget_all()
    assert sql(LENT) == [(False,)]
    assert sql(OWN) == [(False, False)]

    worker.kill()
    clock.kill()
    clock.wait()
    sql(OVERDUE, 1)
    processes.start("clock")  # from the restart on it takes 30 s at most, without any worker
    await until(lambda: sql(LENT) == [], IN_TIME)
    processes.start("worker")
    sql(OVERDUE, 2)
    await until(lambda: sql(OWN) == [], IN_TIME)
    await said(surroundings, "The role support of Inês Teixeira ended as planned")
    await said(surroundings, f"The change of {KEY} (off for Acme Corp) ended as planned")
    assert sql(ENDS) == [(2,)]
    lines = "SELECT count(*) FROM pmbot.messages WHERE split_part(key, ':', 3) = 'ended'"
    assert sql(f"{lines} AND split_part(key, ':', 4) = ''") == [(2,)]


async def confirmed(around: World, asker: str, decider: str, text: str) -> None:
    """Asked for, decided, and in force by what the platform says."""
    shown = await asked(around, text, asker)
    index = len(cards(around)) - 1
    await around.slack.click(world.slack_id(decider), shown["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in cards(around)[index]["text"], IN_TIME)


async def said(around: World, text: str) -> None:
    await until(lambda: any(text in one["text"] for one in cards(around)), IN_TIME)
