"""Promise 7 for roles: taking or setting them leaves the last super admin, and two who can decide."""

import datetime as dt

import pytest

from bot.actions.impact import Step
from bot.errors import LastWayIn, Refused
from bot.holds import engine, role
from bot.store.models import HoldKind, Proposal, State
from tests.promises.asking_for_roles import ask_for, ask_for_roles, roles_of, taken_back
from tests.promises.bench import IDS, Bench
from tests.promises.test_promise_04_who_decides import give_role
from tests.promises.test_promise_07_last_way_in import at_the_same_instant, deciders


async def approved(bench: Bench, proposal: Proposal, *by: str) -> Proposal:
    for name in by:
        proposal = await bench.decide(name, proposal)
    assert proposal.state == State.APPROVED
    return proposal


WAYS = [("remove", "super_admin"), ("remove", "all"), ("set", "support")]


class TestTheLastSuperAdmin:
    @pytest.mark.parametrize(("what", "roles"), WAYS)
    @pytest.mark.parametrize("lasts", [None, "7200s"])
    async def test_stays_whatever_is_asked_for(self, bench: Bench, what: str, roles: str, lasts: str | None) -> None:
        """For good or for a time; by whom it may be."""
        for asker in ("maria.costa", "root"):
            with pytest.raises(LastWayIn, match="Ingrid Sørensen is the last active super admin"):
                await ask_for_roles(bench, asker, what, "root", roles, lasts)

    async def test_another_role_of_theirs_may_go(self, bench: Bench, sql) -> None:
        give_role(sql, "root", "support")
        proposal = await ask_for_roles(bench, "maria.costa", "remove", "root", "support")
        await bench.execute(await approved(bench, proposal, "security"))
        assert await roles_of(bench, "root") == {"super_admin"}

    async def test_one_who_is_it_for_a_time_keeps_nobody_in(self, bench: Bench, sql) -> None:
        """Tomorrow there would be none."""
        give_role(sql, "tomasz", "super_admin")
        sql(
            "UPDATE staff_member_roles SET expires = now() + interval '1 day' WHERE user_id = %s"
            " AND role_id = (SELECT id FROM staff_roles WHERE name = 'super_admin')",
            IDS["tomasz"],
        )
        with pytest.raises(LastWayIn, match="last active super admin"):
            await ask_for_roles(bench, "tomasz", "remove", "root", "super_admin")

    async def test_one_who_is_it_for_a_time_may_lose_it(self, bench: Bench, sql) -> None:
        """By the clock or before."""
        for name in ("tomasz", "hana"):
            give_role(sql, name, "super_admin")
        lent = await ask_for_roles(bench, "root", "add", "kofi", "super_admin", "7200s")
        await bench.execute(await approved(bench, lent, "tomasz", "hana"))
        ending = await approved(bench, await taken_back(bench, "root", lent), "tomasz")
        assert (await bench.execute(ending)).state == State.SUCCEEDED
        assert await roles_of(bench, "kofi") == {"engineering"}


class TestTwoDeciders:
    @pytest.mark.parametrize(("what", "roles"), [("remove", "security"), ("remove", "all"), ("set", "support")])
    async def test_stay(self, bench: Bench, sql, what: str, roles: str) -> None:
        """One to ask and one to approve, or nobody comes back in."""
        sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["nadia"])
        with pytest.raises(LastWayIn, match=r"Two people are needed.*only Ingrid Sørensen could still do that"):
            await ask_for_roles(bench, "maria.costa", what, "security", roles)

    async def test_of_three_one_may_go(self, bench: Bench, sql) -> None:
        proposal = await ask_for_roles(bench, "maria.costa", "remove", "nadia", "security")
        assert (await bench.execute(await approved(bench, proposal, "root"))).state == State.SUCCEEDED
        assert deciders(sql, "security", "super_admin") == 2

    async def test_their_own_wish_is_no_exception(self, bench: Bench, sql) -> None:
        sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["nadia"])
        with pytest.raises(LastWayIn, match="Two people are needed"):
            await ask_for_roles(bench, "security", "remove", "security", "security")


class TestAtTheSameInstant:
    async def test_of_two_last_super_admins_one_stays(self, bench: Bench, sql, monkeypatch) -> None:
        """Each removal was fine when it was approved."""
        give_role(sql, "tomasz", "super_admin")
        removals = [
            await approved(bench, await ask_for_roles(bench, "maria.costa", what, name, roles), by)
            for what, name, roles, by in (
                ("remove", "root", "super_admin", "tomasz"),
                ("set", "tomasz", "operations", "root"),
            )
        ]
        after = await at_the_same_instant(bench, monkeypatch, *removals)
        # The one that ran took its word from the other, or found the last one: either way one of them stays.
        assert sorted(one.state for one in after)[1:] == [State.SUCCEEDED]
        assert deciders(sql, "super_admin") == 1

    async def test_of_three_deciders_two_stay(self, bench: Bench, sql, monkeypatch) -> None:
        """A role that goes and an account that is suspended are held apart by the same lock."""
        going = await approved(bench, await ask_for_roles(bench, "maria.costa", "remove", "nadia", "security"), "root")
        suspended = await bench.decide("root", await bench.ask("oncall", "staff.suspend", "security"))
        after = await at_the_same_instant(bench, monkeypatch, going, suspended)
        assert sorted(one.state for one in after) == [State.FAILED, State.SUCCEEDED]
        assert "only Ingrid Sørensen" in str(next(one for one in after if one.state == State.FAILED).cause)
        assert deciders(sql, "security", "super_admin") == 2

    async def test_a_plan_of_two_removals_does_not_slip_through(self, bench: Bench, sql) -> None:
        """Each step is checked as it runs."""
        give_role(sql, "tomasz", "super_admin")
        steps = [
            Step(
                action="staff.remove_role",
                parameters={"roles": "super_admin", "staffer": str(IDS[name]), "reason": "x"},
            )
            for name in ("root", "tomasz")
        ]
        with pytest.raises(Refused):  # nobody is left who could decide about both
            await ask_for(bench, "maria.costa", steps)
        assert deciders(sql, "super_admin") == 2


async def test_the_clock_shuts_nobody_out_who_was_needed(bench: Bench, sql) -> None:
    """The last pair of deciders is made of roles that do not end: what ends by itself was never counted."""
    lent = await ask_for_roles(bench, "maria.costa", "add", "kofi", "user_manager", "7200s")
    await bench.execute(await approved(bench, lent, "security"))
    sql("UPDATE pmbot.holds SET ends = %s", dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1))
    before = deciders(sql, "security", "super_admin")
    assert await engine.sweep(bench.database) == 1
    assert deciders(sql, "security", "super_admin") == before


async def test_ending_a_loan_that_was_made_permanent_is_not_refused(bench: Bench, sql) -> None:
    """The only super admin was lent the role once, and holds it for good by now: the end of the loan takes nothing."""
    person = IDS["tomasz"]
    async with bench.database.transaction() as session:
        lent = await engine.place(
            session,
            HoldKind.ROLE,
            target=f"staff:{person}",
            subject=role.subject_of(person, ["super_admin"], []),
            by=IDS["root"],
            reason="x",
            ends=lambda now: now + dt.timedelta(hours=2),
        )
    async with bench.database.transaction() as session:
        switch = role.switch(person, "super_admin")
        await engine.change(session, HoldKind.ROLE, switch, role.held_until(None, IDS["root"]), by=IDS["root"])
    sql("DELETE FROM pmbot.staff_links WHERE staff_id = %s", IDS["root"])  # who decides, and counts as no way in
    ending = await ask_for(bench, "nadia", [Step(action="hold.end", parameters={"hold": str(lent.id)})])
    ended = await bench.execute(await approved(bench, ending, "root"))
    assert (ended.state, "super_admin" in await roles_of(bench, "tomasz")) == (State.SUCCEEDED, True), ended.cause
