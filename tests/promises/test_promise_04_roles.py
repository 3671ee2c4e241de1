"""Promise 4 for roles: who decides about which, nobody about their own, and what rests on a role goes with it."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest

from bot import policy
from bot.actions.impact import Step
from bot.demo import world
from bot.demo.world import World
from bot.errors import AlreadyDecided, NotTheirs, Refused
from bot.holds import engine
from bot.policy import RiskRule
from bot.store.models import Proposal, State, Verdict
from tests.conftest import OPS, asked, card, cards, idle, until
from tests.promises.asking_for_roles import ask_for, ask_for_roles, roles_of, taken_back
from tests.promises.bench import IDS, Bench, build
from tests.promises.test_promise_04_who_decides import give_role, take_role, words

REFRESHED = "SELECT version FROM pmbot.messages WHERE key = :key"


@pytest.fixture
def super_admins(sql) -> None:
    """Three of them, so that two can decide what the third asks for."""
    for name in ("tomasz", "hana"):
        give_role(sql, name, "super_admin")


@pytest.fixture
async def pair_bench(database_url: str) -> AsyncIterator[Bench]:
    """A policy that wants two people for a revocation, so that one word leaves it open."""
    rules = policy.load()
    needs_two = {**rules.actions, "staff.revoke_sessions": RiskRule(quorum=2, self_approval=())}
    made = build(database_url, rules=rules.model_copy(update={"actions": needs_two}))
    yield made
    await made.database.engine.dispose()


class TestTwoPeople:
    @pytest.mark.usefixtures("super_admins")
    @pytest.mark.parametrize(("role", "asker"), [("super_admin", "maria.costa"), ("security", "root")])
    async def test_it_takes_two_super_admins_for_what_only_they_decide(
        self, bench: Bench, role: str, asker: str
    ) -> None:
        """One is not enough, whoever asks; nobody counts twice."""
        proposal = await ask_for_roles(bench, asker, "add", "kofi", role)
        assert (await bench.decide("tomasz", proposal)).state == State.PENDING
        with pytest.raises(AlreadyDecided, match="waits for one more person"):
            await bench.decide("tomasz", proposal)
        assert (await bench.execute(proposal)).state == State.PENDING
        await bench.decide("hana", proposal)
        assert (await bench.execute(proposal)).state == State.SUCCEEDED
        assert role in await roles_of(bench, "kofi")

    async def test_it_takes_two_for_finance(self, bench: Bench) -> None:
        """Security may be one or both of them."""
        proposal = await ask_for_roles(bench, "maria.costa", "add", "kofi", "finance")
        assert (await bench.decide("security", proposal)).state == State.PENDING
        assert (await bench.decide("nadia", proposal)).state == State.APPROVED

    @pytest.mark.parametrize("what", ["add", "set"])
    async def test_one_such_role_among_others_makes_all_of_it_so(self, bench: Bench, what: str) -> None:
        proposal = await ask_for_roles(bench, "maria.costa", what, "kofi", "finance, support")
        assert proposal.requirement["quorum"] == 2

    async def test_one_is_enough_for_any_other(self, bench: Bench) -> None:
        proposal = await ask_for_roles(bench, "maria.costa", "add", "kofi", "support")
        assert (await bench.decide("security", proposal)).state == State.APPROVED

    async def test_where_too_few_could_decide_nothing_is_asked_for(self, bench: Bench) -> None:
        """Of the only super admin nobody can make two."""
        with pytest.raises(Refused, match=r"It needs 2 active super admin\. You and the"):
            await ask_for_roles(bench, "maria.costa", "add", "kofi", "super_admin")
        assert await bench.sql("SELECT count(*) FROM pmbot.proposals") == [(0,)]


@pytest.mark.usefixtures("super_admins")
class TestWhatOneCouldNotDecide:
    @pytest.mark.parametrize("role", ["security", "super_admin"])
    async def test_security_does_not_approve_more_of_its_own_or_above(self, bench: Bench, role: str) -> None:
        proposal = await ask_for_roles(bench, "security", "add", "kofi", role)
        with pytest.raises(NotTheirs, match=r"\(your roles: security\)\. It needs super admin"):
            await bench.decide("nadia", proposal)

    async def test_security_does_not_approve_taking_it_from_one_of_them(self, bench: Bench) -> None:
        """Roles below its own are another matter."""
        proposal = await ask_for_roles(bench, "maria.costa", "remove", "nadia", "security")
        with pytest.raises(NotTheirs, match="It needs super admin"):
            await bench.decide("security", proposal)
        below = await ask_for_roles(bench, "maria.costa", "remove", "kofi", "engineering")
        assert (await bench.decide("security", below)).state == State.APPROVED

    async def test_setting_one_below_is_no_way_round(self, bench: Bench) -> None:
        """It takes security from somebody, which security does not decide."""
        proposal = await ask_for_roles(bench, "maria.costa", "set", "nadia", "support")
        with pytest.raises(NotTheirs, match="It needs super admin"):
            await bench.decide("security", proposal)

    async def test_a_role_that_came_meanwhile_is_decided_by_those_who_may(self, bench: Bench, sql) -> None:
        """All roles of somebody who was in support alone, and is in security now."""
        proposal = await ask_for_roles(bench, "maria.costa", "remove", "support", "all")
        give_role(sql, "support", "security")
        await bench.decide("nadia", proposal)
        assert (await bench.execute(proposal)).state == State.PENDING
        assert "security" in await roles_of(bench, "support")


class TestOneself:
    async def test_whoever_would_get_it_needs_anothers_word(self, bench: Bench) -> None:
        """Also one who could decide it for anybody else."""
        proposal = await ask_for_roles(bench, "security", "add", "security", "support")
        with pytest.raises(NotTheirs, match="You asked for this yourself"):
            await bench.decide("security", proposal)
        assert (await bench.decide("nadia", proposal)).state == State.APPROVED

    async def test_nobody_approves_what_they_would_get(self, bench: Bench) -> None:
        proposal = await ask_for_roles(bench, "maria.costa", "add", "nadia", "support")
        with pytest.raises(NotTheirs, match="This is about you"):
            await bench.decide("nadia", proposal)

    async def test_nobody_approves_that_they_keep_what_they_were_lent(self, bench: Bench) -> None:
        """Whoever lent it to them."""
        lent = await ask_for_roles(bench, "maria.costa", "add", "nadia", "support", "7200s")
        await bench.execute(await bench.decide("security", lent))
        [(hold,)] = await bench.sql("SELECT id FROM pmbot.holds")
        parameters = {"hold": str(hold), "duration": "3600s"}
        longer = await ask_for(bench, "security", [Step(action="hold.extend", parameters=parameters)])
        with pytest.raises(NotTheirs, match="This is about you"):
            await bench.decide("nadia", longer)

    async def test_whoever_gives_one_up_needs_nobody(self, bench: Bench) -> None:
        """Their own confirmation, and no more."""
        proposal = await ask_for_roles(bench, "maria.costa", "remove", "maria.costa", "support")
        assert (await bench.decide("maria.costa", proposal)).state == State.APPROVED
        assert (await bench.execute(proposal)).state == State.SUCCEEDED
        assert await roles_of(bench, "maria.costa") == {"user_manager"}

    async def test_a_change_that_gives_something_too_is_no_giving_up(self, bench: Bench) -> None:
        proposal = await ask_for_roles(bench, "maria.costa", "set", "maria.costa", "support, data_admin")
        with pytest.raises(NotTheirs, match="You asked for this yourself"):
            await bench.decide("maria.costa", proposal)


class TestExclusions:
    @pytest.mark.parametrize(
        ("what", "who", "roles", "rule"),
        [
            ("add", "security", "finance", "security and finance together: who moves money"),
            ("add", "finance", "support, security", "security and finance together: who moves money"),
            ("add", "maria.lindgren", "admin", "qa and admin together: quality works on sandboxes"),
            ("set", "kofi", "finance, security", "security and finance together: who moves money"),
        ],
    )
    @pytest.mark.usefixtures("super_admins")
    async def test_what_excludes_each_other_is_refused_with_the_rule(
        self, bench: Bench, what: str, who: str, roles: str, rule: str
    ) -> None:
        with pytest.raises(Refused, match=f"Nobody may have {rule}.*Nothing was done"):
            await ask_for_roles(bench, "root", what, who, roles)

    async def test_one_that_came_meanwhile_is_found_when_it_runs(self, bench: Bench, sql) -> None:
        """Approved while it was fine."""
        proposal = await ask_for_roles(bench, "maria.costa", "add", "kofi", "finance")
        for name in ("security", "nadia"):
            await bench.decide(name, proposal)
        give_role(sql, "kofi", "qa")
        after = await bench.execute(proposal)
        assert (after.state, "Nobody may have qa and finance together" in after.cause) == (State.FAILED, True)
        assert "finance" not in await roles_of(bench, "kofi")

    @pytest.mark.usefixtures("super_admins")
    async def test_what_is_only_taken_for_a_time_comes_back(self, bench: Bench) -> None:
        """Or the clock would bring together what nobody may hold together."""
        away = await ask_for_roles(bench, "maria.costa", "remove", "finance", "finance", "7200s")
        await bench.decide("security", away)
        await bench.execute(away)
        assert await roles_of(bench, "finance") == set()
        with pytest.raises(Refused, match="Nobody may have security and finance together"):
            await ask_for_roles(bench, "root", "add", "finance", "security")

    async def test_two_that_only_a_third_excludes_may_be_held(self, bench: Bench) -> None:
        """Quality is kept apart from admin and from finance, not these from each other."""
        assert {"admin", "finance"} <= await roles_of(bench, "staffer")
        proposal = await ask_for_roles(bench, "maria.costa", "add", "staffer", "support")
        assert proposal.state == State.PENDING

    async def test_taking_one_of_them_away_is_never_refused(self, bench: Bench, sql) -> None:
        """Whoever holds both by the platform's own doing loses the one that is named."""
        give_role(sql, "finance", "qa")
        proposal = await ask_for_roles(bench, "maria.costa", "remove", "finance", "qa")
        assert (await bench.decide("security", proposal)).state == State.APPROVED


# What rested on a role


async def approved_removal(bench: Bench, who: str, role: str) -> None:
    proposal = await ask_for_roles(bench, "maria.costa", "remove", who, role)
    await bench.decide("root", proposal)
    assert (await bench.execute(proposal)).state == State.SUCCEEDED


async def version(bench: Bench, proposal: Proposal) -> int:
    return (await bench.sql(REFRESHED, key=f"proposal:{proposal.id}"))[0][0]


class TestWhatRestedOnIt:
    async def test_a_role_that_is_removed_voids_the_words_that_rested_on_it(self, pair_bench: Bench, sql) -> None:
        """At once, not only when it would run; a word that they could still give stays."""
        give_role(sql, "nadia", "engineering")
        rested = await pair_bench.ask("oncall")
        await pair_bench.decide("nadia", rested)
        await approved_removal(pair_bench, "nadia", "engineering")
        assert await words(pair_bench, rested) == [(IDS["nadia"], True)]
        await approved_removal(pair_bench, "nadia", "security")
        assert await words(pair_bench, rested) == [(IDS["nadia"], False)]
        after = await pair_bench.read(rested.id)
        assert (after.state, after.cause) == (State.PENDING, "The approval of Nadia El-Haddad no longer counts.")

    async def test_it_voids_exactly_the_requests_that_rested_on_it(self, bench: Bench, sql) -> None:
        """Those that they could no longer ask for, approved or not; what they could, stays."""
        give_role(sql, "oncall", "user_manager")
        revoking, approved = await bench.ask("oncall"), await bench.ask("oncall", about="hana")
        await bench.decide("nadia", approved)
        lending = await ask_for_roles(bench, "oncall", "add", "kofi", "support")
        await approved_removal(bench, "oncall", "operations")
        for proposal in (revoking, approved):
            after = await bench.execute(proposal)
            assert after.state == State.CANCELLED
            assert after.cause == "Óscar Peñalver, who asked for it, no longer has the access needed for it."
        assert (await bench.read(lending.id)).state == State.PENDING
        voided = "SELECT proposal_id FROM pmbot.audit_log WHERE kind = 'voided'"
        assert set(await bench.sql(voided)) == {(revoking.id,), (approved.id,)}

    async def test_one_that_has_run_out_gives_nothing(self, bench: Bench, sql) -> None:
        """Also while its row is still there: nobody has to come and take it away."""
        proposal = await bench.ask("oncall")
        sql("UPDATE staff_member_roles SET expires = now() - interval '1 second' WHERE user_id = %s", IDS["security"])
        assert await roles_of(bench, "security") == set()
        with pytest.raises(Refused, match="can't approve"):
            await bench.decide("security", proposal)

    async def test_one_that_ends_by_the_clock_does_the_same(self, pair_bench: Bench) -> None:
        """Lent for a time: with its end goes what rested on it, and nothing else."""
        lent = await ask_for_roles(pair_bench, "maria.costa", "add", "kofi", "operations", "7200s")
        await pair_bench.decide("security", lent)
        await pair_bench.execute(lent)
        mine, other = await pair_bench.ask("kofi"), await pair_bench.ask("tomasz", about="hana")
        await pair_bench.decide("security", mine)
        await pair_bench.decide("security", other)
        before = await version(pair_bench, other)
        past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
        await pair_bench.sql("UPDATE pmbot.holds SET ends = :past", past=past)
        assert await engine.sweep(pair_bench.database) == 1
        await pair_bench.follow()
        assert await roles_of(pair_bench, "kofi") == {"engineering"}
        assert (await pair_bench.read(mine.id)).state == State.CANCELLED
        assert (await pair_bench.read(other.id)).state == State.PENDING
        assert await words(pair_bench, other) == [(IDS["security"], True)]
        assert await version(pair_bench, other) > before  # it names who may approve

    async def test_a_lent_role_that_is_ended_early_does_the_same(self, pair_bench: Bench, sql) -> None:
        """An approval that rested on it no longer counts."""
        lent = await ask_for_roles(pair_bench, "maria.costa", "add", "kofi", "operations", "7200s")
        await pair_bench.decide("security", lent)
        await pair_bench.execute(lent)
        mine = await pair_bench.ask("kofi")
        ending = await taken_back(pair_bench, "nadia", lent)
        await pair_bench.decide("security", ending)
        assert (await pair_bench.execute(ending)).state == State.SUCCEEDED
        assert (await pair_bench.read(mine.id)).state == State.CANCELLED

    async def test_a_role_that_is_left_over_keeps_what_rested_on_either(self, pair_bench: Bench, sql) -> None:
        """A super admin who is also in security and loses that approves as before."""
        give_role(sql, "nadia", "super_admin")
        other = await pair_bench.ask("oncall")
        await pair_bench.decide("nadia", other)
        await approved_removal(pair_bench, "nadia", "security")
        assert await words(pair_bench, other) == [(IDS["nadia"], True)]

    async def test_a_change_of_roles_that_runs_first_stops_an_approval_that_runs_after(self, bench: Bench) -> None:
        """Approved by somebody who has lost the role since: pending again, and nothing done."""
        proposal = await bench.decide("nadia", await bench.ask("oncall"))
        await approved_removal(bench, "nadia", "security")
        assert (await bench.execute(proposal)).state == State.PENDING
        assert await bench.sql("SELECT count(*) FROM pmbot.executions WHERE proposal_id = :id", id=proposal.id) == [
            (0,)
        ]


async def test_open_cards_name_only_who_may_still_approve(bot_world: World, sql) -> None:
    """Drawn anew when somebody loses the role."""
    await asked(bot_world, "/pm revoke @staffer because laptop stolen")
    assert f"<@{world.slack_id('nadia')}>" in card(bot_world)["text"]
    removal = await asked(bot_world, "/pm role remove security from @nadia because moves on", "maria.costa")
    await bot_world.slack.click(world.slack_id("root"), removal["ts"], OPS, "approve")
    await until(lambda: f"<@{world.slack_id('nadia')}>" not in cards(bot_world)[0]["text"])
    await idle(sql)
    assert f"<@{world.slack_id('security')}>" in cards(bot_world)[0]["text"]


class TestBreakingTheGlass:
    async def test_on_call_takes_a_role_alone(self, bench: Bench) -> None:
        """What limits damage; it is put in the queue for review."""
        proposal = await ask_for_roles(bench, "maria.costa", "remove", "kofi", "engineering")
        after = await bench.decide("oncall", proposal, Verdict.BREAK_GLASS)
        assert after.state == State.APPROVED
        assert (await bench.execute(proposal)).state == State.SUCCEEDED
        assert await roles_of(bench, "kofi") == set()
        announced = "SELECT channel FROM pmbot.messages WHERE projection = 'break_glass'"
        assert await bench.sql(announced) == [("security",)]

    @pytest.mark.parametrize("roles", ["support", "finance"])
    async def test_nobody_gives_one_that_way(self, bench: Bench, roles: str) -> None:
        proposal = await ask_for_roles(bench, "maria.costa", "add", "kofi", roles)
        with pytest.raises(NotTheirs, match="only for actions that limit damage"):
            await bench.decide("oncall", proposal, Verdict.BREAK_GLASS)

    async def test_nobody_who_is_not_on_call_does(self, bench: Bench) -> None:
        proposal = await ask_for_roles(bench, "maria.costa", "remove", "kofi", "engineering")
        with pytest.raises(NotTheirs, match="Only the person on call"):
            await bench.decide("tomasz", proposal, Verdict.BREAK_GLASS)

    async def test_not_about_themselves(self, bench: Bench) -> None:
        proposal = await ask_for_roles(bench, "maria.costa", "remove", "oncall", "operations")
        with pytest.raises(NotTheirs, match="This is about you"):
            await bench.decide("oncall", proposal, Verdict.BREAK_GLASS)


async def test_an_approver_who_lost_the_role_of_deciding_does_not_carry_a_grant(bench: Bench, sql) -> None:
    """As the platform's own dashboard takes it: found when it runs."""
    proposal = await ask_for_roles(bench, "maria.costa", "add", "kofi", "finance")
    for name in ("security", "nadia"):
        await bench.decide(name, proposal)
    take_role(sql, "nadia", "security")
    assert (await bench.execute(proposal)).state == State.PENDING
    assert await words(bench, proposal) == [(IDS["security"], True), (IDS["nadia"], False)]
