"""Read-only mode: nothing is changed but what limits damage or ends something, whoever was faster."""

import asyncio
import contextlib
import uuid
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from bot.actions.impact import Step
from bot.demo.postgres import EmbeddedPostgres
from bot.errors import NothingToDo, ReadOnlyNow, Refused
from bot.holds import engine
from bot.pipeline import read_only
from bot.pipeline.execute import execute
from bot.store.models import Proposal, State, Verdict
from tests.conftest import until
from tests.promises.asking_for_roles import ask_for, ask_for_roles, taken_back
from tests.promises.bench import Bench, build


async def switching(bench: Bench, on: str, by: str = "security", lasts: str | None = None) -> Proposal:
    """Ask to switch it on or off."""
    duration = {"duration": lasts} if lasts else {}
    return await ask_for(
        bench, by, [Step(action=f"bot.readonly_{on}", parameters={"reason": "key leaked", **duration})]
    )


async def switched(bench: Bench, on: str, lasts: str | None = None) -> Proposal:
    asked = await switching(bench, on, lasts=lasts)
    return await bench.execute(await bench.decide("security" if on == "on" else "nadia", asked))


async def cards(bench: Bench) -> int:
    """Versions of all cards together."""
    rows = await bench.sql("SELECT coalesce(sum(version), 0) FROM pmbot.messages WHERE projection = 'proposal'")
    return int(rows[0][0])


class TestAsking:
    async def test_it_is_refused_and_says_who_why_and_who_can_help(self, bench: Bench) -> None:
        await switched(bench, "on", "7200s")
        with pytest.raises(ReadOnlyNow) as refused:
            await ask_for_roles(bench, "security", "add", "kofi", "support")
        said = str(refused.value)
        assert "Amara Okonkwo switched that on because “key leaked”." in said
        assert "It ends automatically in 1 h 59 min." in said or "It ends automatically in 2 h." in said
        assert "Security or a super admin can switch it off." in said
        assert [one.verb for one in refused.value.suggestions] == ["readonly off"]

    async def test_containment_and_ends_go_on(self, bench: Bench) -> None:
        """Signing out, suspending, and taking a role; and the end of what is temporary."""
        lent = await ask_for_roles(bench, "maria.costa", "add", "kofi", "operations", "7200s")
        await bench.execute(await bench.decide("security", lent))
        await switched(bench, "on")
        for action in ("staff.revoke_sessions", "staff.suspend"):
            asked = await bench.decide("security", await bench.ask("oncall", action))
            assert (await bench.execute(asked)).state == State.SUCCEEDED
        taking = await ask_for_roles(bench, "security", "remove", "finance", "finance")
        assert (await bench.execute(await bench.decide("nadia", taking))).state == State.SUCCEEDED
        [(hold,)] = await bench.sql("SELECT id FROM pmbot.holds WHERE kind = 'role'")
        ending = await ask_for(bench, "maria.costa", [Step(action="hold.end", parameters={"hold": str(hold)})])
        if ending.state == State.PENDING:
            ending = await bench.decide("security", ending)
        assert (await bench.execute(ending)).state == State.SUCCEEDED

    @pytest.mark.parametrize("action", ["staff.lockdown", "staff.offboard"])
    async def test_a_plan_that_only_contains_goes_on(self, bench: Bench, action: str) -> None:
        """Each of its steps limits damage; what leads it changes nothing itself."""
        await switched(bench, "on")
        asked = await bench.decide("nadia", await bench.ask("security", action, "ines"))
        assert (await bench.execute(asked)).state == State.SUCCEEDED

    async def test_an_undo_is_refused_like_what_it_would_do(self, bench: Bench) -> None:
        done = await bench.execute(await bench.decide("security", await bench.ask("oncall", "staff.suspend")))
        await switched(bench, "on")
        with pytest.raises(ReadOnlyNow):
            await taken_back(bench, "security", done)

    async def test_it_is_on_once_for_as_long_as_was_asked(self, bench: Bench) -> None:
        """What would end no later is pointless; what lasts longer counts, and switching off ends both."""
        await switched(bench, "on", "3600s")
        with pytest.raises(NothingToDo, match="Read-only mode is on already by Amara Okonkwo, for another"):
            await switching(bench, "on", lasts="600s")
        await switched(bench, "on")
        assert (await switched(bench, "off")).state == State.SUCCEEDED
        assert await bench.sql("SELECT count(*) FROM pmbot.holds WHERE ended IS NULL") == [(0,)]
        with pytest.raises(NothingToDo, match="off already"):
            await switching(bench, "off")

    async def test_nobody_switches_it_off_alone(self, bench: Bench) -> None:
        await switched(bench, "on")
        asked = await switching(bench, "off")
        with pytest.raises(Refused, match="somebody else has to approve"):
            await bench.decide("security", asked)

    async def test_it_ends_by_itself(self, bench: Bench) -> None:
        """And nobody on the platform is asked whether it did."""
        on = await switched(bench, "on", "3600s")
        await bench.sql("UPDATE pmbot.holds SET ends = clock_timestamp()")
        assert await engine.sweep(bench.database) == 1
        await ask_for_roles(bench, "security", "add", "kofi", "support")
        own = [("own",)]
        assert await bench.sql("SELECT verification FROM pmbot.executions WHERE proposal_id = :id", id=on.id) == own
        assert await bench.sql("SELECT verification FROM pmbot.holds") == own
        jobs = "SELECT count(*) FROM pmbot.procrastinate_jobs WHERE task_name LIKE 'verify%%' AND args::text LIKE :id"
        assert await bench.sql(jobs, id=f"%{on.id}%") == [(0,)]


class TestDeciding:
    async def test_what_is_open_waits(self, bench: Bench) -> None:
        """No approval and no override; a no is heard; afterwards it is approved as if nothing had been."""
        asked = await ask_for_roles(bench, "maria.costa", "add", "kofi", "support")
        other = await ask_for_roles(bench, "maria.costa", "add", "kofi", "data_admin")
        before = await cards(bench)
        await switched(bench, "on")
        assert await cards(bench) > before + 2  # each says so
        with pytest.raises(ReadOnlyNow):
            await bench.decide("security", asked)
        assert (await bench.decide("security", other, Verdict.REJECT)).state == State.REJECTED
        await switched(bench, "off")
        assert (await bench.execute(await bench.decide("security", asked))).state == State.SUCCEEDED

    async def test_what_was_approved_before_does_not_run(self, bench: Bench) -> None:
        """It ends, and its card says why: nothing runs by itself once the mode is off."""
        asked = await bench.decide("security", await ask_for_roles(bench, "maria.costa", "add", "kofi", "support"))
        await switched(bench, "on")
        after = await bench.execute(asked)
        assert after.state == State.FAILED
        assert after.cause == (
            "Amara Okonkwo switched on read-only mode before this could run, because “key leaked”. "
            "When it is off, ask for this again."
        )
        await switched(bench, "off")
        assert (await bench.execute(asked)).state == State.FAILED

    async def test_switching_it_on_waits_for_what_is_at_work(self, bench: Bench) -> None:
        """Once its card says that it is on, nothing comes after."""
        asked = await bench.decide("security", await switching(bench, "on"))
        async with bench.database.transaction() as at_work:
            await at_work.execute(read_only.SHARED)
            turning = asyncio.ensure_future(bench.execute(asked))
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory'"
            await until(lambda: _counts(bench, waiting))
            assert await bench.sql("SELECT count(*) FROM pmbot.holds") == [(0,)]
        assert (await turning).state == State.SUCCEEDED


async def _counts(bench: Bench, query: str) -> bool:
    return bool((await bench.sql(query))[0][0])


ORDER = "SELECT action FROM pmbot.audit_log WHERE kind = 'executed' ORDER BY id"


class Switching(RuleBasedStateMachine):
    """People ask and approve, workers run and are killed, while the mode is switched on and off."""

    postgres: EmbeddedPostgres
    template: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.name = f"read_only_{uuid.uuid4().hex[:12]}"
        self.bench: Bench = build(self.postgres.create_database(self.name, self.template))
        self.approved: list[Proposal] = []

    def teardown(self) -> None:
        self.runner.run(self.bench.database.engine.dispose())
        self.runner.close()
        self.postgres.drop_database(self.name)

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        with contextlib.suppress(Refused):
            return self.runner.run(work)
        return None

    async def _approved(self, asking: Coroutine[Any, Any, Proposal], by: str) -> None:
        self.approved.append(await self.bench.decide(by, await asking))

    @rule(role=st.sampled_from(["support", "data_admin", "customer_success"]))
    def a_role_is_approved(self, role: str) -> None:
        self.run(self._approved(ask_for_roles(self.bench, "maria.costa", "add", "kofi", role), "security"))

    @rule(about=st.sampled_from(["staffer", "kofi", "finance"]))
    def a_sign_out_is_approved(self, about: str) -> None:
        self.run(self._approved(self.bench.ask("oncall", about=about), "security"))

    @rule(on=st.booleans())
    def a_switch_is_approved(self, *, on: bool) -> None:
        word = "on" if on else "off"
        self.run(self._approved(switching(self.bench, word), "security" if on else "nadia"))

    @rule(kill_after=st.sampled_from([None, None, 0.002, 0.006, 0.01]))
    def workers_run_all_at_once(self, kill_after: float | None) -> None:
        """Those that are killed in the middle leave nothing, and others come again."""

        async def all_together() -> None:
            work = [asyncio.ensure_future(execute(self.bench.core, one.id)) for one in self.approved]
            if kill_after is not None:
                await asyncio.sleep(kill_after)
                for one in work:
                    one.cancel()
            answers = await asyncio.gather(*work, return_exceptions=True)
            expected = (Refused, asyncio.CancelledError)
            assert not [one for one in answers if isinstance(one, BaseException) and not isinstance(one, expected)]

        self.runner.run(all_together())

    @invariant()
    def nothing_but_containment_between_on_and_off(self) -> None:
        on = False
        for (action,) in self.runner.run(self.bench.sql(ORDER)):
            assert not (on and action == "staff.add_role")
            on = {"bot.readonly_on": True, "bot.readonly_off": False}.get(action, on)
        [(held,)] = self.runner.run(self.bench.sql("SELECT count(*) FROM pmbot.holds WHERE ended IS NULL"))
        assert on == bool(held)


def test_whatever_the_order_nothing_is_changed_while_it_is_on(postgres: EmbeddedPostgres, template: str) -> None:
    """By the order of the audit trail, which is that of the locks."""
    Switching.postgres, Switching.template = postgres, template
    chosen = settings(
        max_examples=8,
        stateful_step_count=10,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Switching, settings=chosen)
