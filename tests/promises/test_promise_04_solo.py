"""Promise 4, where few are on duty: what somebody announces to do alone waits for those who may stop it.

Delayed solo approval, only where the policy says `solo_after`: announced, stopped by anybody with the role, else run by
the clock, and reviewed afterwards.
"""

import asyncio
import dataclasses
import uuid
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import select

from bot import app, policy
from bot.errors import AlreadyDecided, Misconfigured, NotPermitted, NotTheirs, Refused
from bot.judgement import Circumstances, Stakes
from bot.pipeline import solo, standing, sweep
from bot.pipeline.review import review
from bot.policy import Policy, Risk
from bot.store.models import Decision, Proposal, State, Verdict
from tests.promises.bench import IDS, Bench, build

FILE = policy.load().source + '\n[actions."staff.revoke_sessions"]\nsolo_after = "15m"\nself_approval = []\n'
RULES = Policy.of(FILE.replace('[actions."staff.revoke_sessions"]\nself_approval = ["security", "super_admin"]\n', ""))


@pytest.fixture
async def small(database_url: str) -> AsyncIterator[Bench]:
    """A policy that lets a sign-out run after 15 minutes on the word of whoever asked, and nobody at once."""
    made = build(database_url, rules=RULES)
    yield made
    await made.database.engine.dispose()


async def announced(bench: Bench, about: str = "staffer") -> Proposal:
    return await bench.decide("security", await bench.ask("security", about=about), Verdict.SOLO)


async def pass_time(bench: Bench) -> None:
    """Fifteen minutes go by for everything that was announced."""
    await bench.sql("UPDATE pmbot.decisions SET runs = clock_timestamp() WHERE runs IS NOT NULL")


async def run(bench: Bench, proposal: Proposal) -> Proposal:
    """A tick of the clock, and the job that it may have deferred."""
    await solo.sweep(bench.core)
    return await bench.execute(proposal)


async def mentioned(bench: Bench) -> list[str]:
    return [key for (key,) in await bench.sql("SELECT key FROM pmbot.messages WHERE projection = 'solo'")]


def take_role(sql: Callable, name: str, role: str) -> None:
    sql(
        "DELETE FROM staff_member_roles WHERE user_id = %s AND role_id = (SELECT id FROM staff_roles WHERE name = %s)",
        IDS[name],
        role,
    )


async def test_it_waits_and_then_runs_by_the_clock(small: Bench) -> None:
    """Not a moment before its time; and everybody with the role hears of it when it is announced."""
    proposal = await announced(small)
    assert len(await mentioned(small)) == 1
    before = await run(small, proposal)
    assert (before.state, before.cause) == (State.PENDING, None)
    await pass_time(small)
    assert (await run(small, proposal)).state == State.SUCCEEDED


async def test_it_is_a_row_and_no_timer(small: Bench, database_url: str) -> None:
    """The process that took the word may be dead: any clock has it run, and several have it run once."""
    proposal = await announced(small)
    await pass_time(small)
    others = [build(database_url, rules=RULES) for _ in range(3)]
    assert sum(await asyncio.gather(*(solo.sweep(one.core) for one in others))) == 1
    assert (await others[0].execute(proposal)).state == State.SUCCEEDED
    assert (await run(small, proposal)).state == State.SUCCEEDED
    done = await small.sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'executed'")
    assert done == [(1,)]
    for one in others:
        await one.database.close()


@pytest.mark.parametrize("by", ["nadia", "root"])
async def test_anybody_with_the_role_stops_it(small: Bench, by: str) -> None:
    """Also at the last moment."""
    proposal = await announced(small)
    await pass_time(small)
    assert (await small.decide(by, proposal, Verdict.REJECT)).state == State.REJECTED
    assert (await run(small, proposal)).state == State.REJECTED


async def test_nobody_else_stops_it(small: Bench) -> None:
    """Neither somebody without the role, nor whoever it is about."""
    proposal = await announced(small, about="nadia")
    for name in ("finance", "nadia"):
        with pytest.raises(NotTheirs):
            await small.decide(name, proposal, Verdict.REJECT)
    await pass_time(small)
    assert (await run(small, proposal)).state == State.SUCCEEDED


async def test_whoever_announced_it_takes_it_back(small: Bench) -> None:
    proposal = await announced(small)
    assert (await small.decide("security", proposal, Verdict.REJECT)).state == State.CANCELLED
    await pass_time(small)
    assert (await run(small, proposal)).state == State.CANCELLED


async def test_nothing_runs_if_whoever_announced_it_lost_the_role(small: Bench, sql) -> None:
    """Meanwhile, and unknown to the bot until it looks; the next look says so on the card."""
    proposal = await announced(small)
    take_role(sql, "security", "security")
    sql("INSERT INTO staff_member_roles SELECT %s, id FROM staff_roles WHERE name = 'operations'", IDS["security"])
    await pass_time(small)
    found = await run(small, proposal)
    assert (found.state, found.cause) == (
        State.PENDING,
        "An approver is no longer allowed to approve this, so it needs a new approval.",
    )
    await pass_time(small)
    assert (await run(small, proposal)).state == State.PENDING


async def test_a_look_before_its_time_finds_it_too(small: Bench, sql) -> None:
    proposal = await announced(small)
    take_role(sql, "security", "security")
    sql("INSERT INTO staff_member_roles SELECT %s, id FROM staff_roles WHERE name = 'operations'", IDS["security"])
    await standing.recheck(small.core, standing.staff_target(IDS["security"]))
    assert "no longer counts" in ((await small.read(proposal.id)).cause or "")
    await pass_time(small)
    assert (await run(small, proposal)).state == State.PENDING


async def test_nothing_runs_that_would_do_something_else_by_now(small: Bench, sql) -> None:
    """What is bound is compared when it runs, as ever."""
    proposal = await announced(small)
    sql("UPDATE users SET email = 'renamed@penguinmails.example' WHERE id = %s", IDS["staffer"])
    await pass_time(small)
    found = await run(small, proposal)
    assert (found.state, found.revision_id == proposal.revision_id) == (State.PENDING, False)
    assert (await run(small, found)).state == State.PENDING


async def test_another_may_approve_it_meanwhile(small: Bench) -> None:
    """Then it runs at once, on their word, and there is nothing to review."""
    proposal = await announced(small)
    assert (await small.decide("root", proposal)).state == State.APPROVED
    assert (await run(small, proposal)).state == State.SUCCEEDED
    counted = await small.sql("SELECT verdict FROM pmbot.decisions WHERE voided IS NULL")
    assert counted == [("approve",)]


async def test_an_expired_one_does_not_run(small: Bench) -> None:
    proposal = await announced(small)
    await small.sql("UPDATE pmbot.proposals SET expires = clock_timestamp()")
    assert await sweep.expire(small.core) == 1
    await pass_time(small)
    assert (await run(small, proposal)).state == State.EXPIRED


class TestWhoMayAnnounceIt:
    async def test_whoever_asked_and_nobody_else(self, small: Bench) -> None:
        proposal = await small.ask("security")
        with pytest.raises(NotTheirs, match=r"Only .*Okonkwo, who asked for this, can let it run"):
            await small.decide("root", proposal, Verdict.SOLO)

    async def test_only_with_a_role_that_decides(self, small: Bench) -> None:
        with pytest.raises(NotTheirs, match="It needs security or super admin"):
            await small.decide("oncall", await small.ask("oncall"), Verdict.SOLO)

    async def test_only_where_the_policy_says_so(self, bench: Bench, sql) -> None:
        sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["staffer"])
        proposal = await bench.ask("security", "staff.reinstate")
        with pytest.raises(NotTheirs, match="The policy does not let one person run this alone"):
            await bench.decide("security", proposal, Verdict.SOLO)

    async def test_only_where_it_says_so_by_now(self, small: Bench) -> None:
        """The policy has changed since it was asked for: this process goes by the new one."""
        proposal = await small.ask("oncall")
        of_security = await small.ask("security", about="support")
        other = Bench(dataclasses.replace(small.core, policy=policy.load()))
        for by, asked in (("oncall", proposal), ("security", of_security)):
            with pytest.raises(NotTheirs, match="You can't run this alone"):
                await other.decide(by, asked, Verdict.SOLO)

    async def test_not_where_nobody_could_stop_it(self, small: Bench, sql) -> None:
        proposal = await small.ask("security")
        sql("UPDATE staff_members SET is_active = user_id = %s", IDS["security"])
        with pytest.raises(NotTheirs, match="nobody else has a role that could stop it"):
            await small.decide("security", proposal, Verdict.SOLO)

    async def test_once(self, small: Bench) -> None:
        """A second click does not begin the wait anew, nor end it."""
        proposal = await announced(small)
        with pytest.raises(AlreadyDecided, match="announced this already"):
            await small.decide("security", proposal, Verdict.SOLO)
        assert len(await mentioned(small)) == 1

    async def test_not_where_it_expires_before(self, small: Bench) -> None:
        proposal = await small.ask("security")
        await small.sql("UPDATE pmbot.proposals SET expires = clock_timestamp() + interval '10 minutes'")
        with pytest.raises(Refused, match="expires before it could run"):
            await small.decide("security", proposal, Verdict.SOLO)


async def test_it_is_reviewed_by_somebody_not_involved(small: Bench) -> None:
    """As an emergency override is."""
    proposal = await announced(small, about="nadia")
    await pass_time(small)
    await run(small, proposal)
    for name, refusal in (("security", NotTheirs), ("nadia", NotTheirs), ("finance", NotPermitted)):
        with pytest.raises(refusal):
            await reviewed(small, name, proposal.id)
    word = await reviewed(small, "root", proposal.id)
    assert word.reviewed_by == IDS["root"]


async def reviewed(bench: Bench, by: str, proposal_id: uuid.UUID) -> Decision:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        await review(bench.core, session, operator, proposal_id)
    async with bench.database.transaction() as session:
        return (await session.scalars(select(Decision).where(Decision.verdict == Verdict.SOLO))).one()


class TestNeverForWhatTakesMore:
    """Whatever a file says."""

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            ('[risks.critical]\nsolo_after = "15m"', "line 2, risks.critical.solo_after: only an action of high risk"),
            (
                '[actions."staff.add_role"]\nsolo_after = "15m"',
                "staff.add_role gives somebody a role, and such an action never",
            ),
            ('[risks.high]\nsolo_after = "14m"', "line 2, risks.high.solo_after: others need at least 15m to stop it"),
        ],
    )
    def test_a_file_that_wants_it_is_refused(self, tmp_path, content: str, why: str) -> None:
        file = tmp_path / "policy.toml"
        file.write_text(content)
        with pytest.raises(Misconfigured) as error:
            app.read_rules(file)
        assert why in str(error.value)

    @pytest.mark.parametrize(
        "stakes",
        [
            Stakes("any.thing", Risk.CRITICAL),
            Stakes("any.thing", Risk.HIGH, grants=frozenset({"qa"}), concerns=frozenset({"qa"})),
            Stakes("any.thing", Risk.HIGH, grants=frozenset({"finance"}), concerns=frozenset({"finance"})),
        ],
    )
    def test_nor_is_it_asked_for(self, stakes: Stakes) -> None:
        rules = Policy.of('[actions."any.thing"]\nsolo_after = "15m"\n[roles.finance]\ncritical = true\n')
        assert rules.requirement(stakes, roles=frozenset({"security"}), on_self=False).solo_after is None

    def test_what_was_raised_to_critical_does_not_wait(self) -> None:
        rules = Policy.of(
            '[actions."any.thing"]\nsolo_after = "15m"\n[[actions."any.thing".raise]]\nfirst_time = true\n'
        )
        for first_time, solo_after in ((False, 900), (True, None)):
            judged = rules.judge(
                Stakes("any.thing", Risk.HIGH),
                roles=frozenset(),
                on_self=False,
                now=Circumstances(first_time=first_time),
            )
            assert judged.requirement.solo_after == solo_after
