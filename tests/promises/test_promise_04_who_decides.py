"""Promise 4: nobody decides their own or about themselves; whoever loses access loses open approvals and requests."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot import policy
from bot.delivery.channels import Channels
from bot.demo import world
from bot.demo.world import World
from bot.drawing.cards.proposal import Cards
from bot.drawing.render import Renderer
from bot.errors import AlreadyDecided, BotError, NotIdentified, NotTheirs
from bot.pipeline import linking
from bot.pipeline.review import review
from bot.policy import RiskRule
from bot.store.models import Decision, Proposal, State, Verdict
from tests.conftest import asked, idle, until
from tests.promises.bench import IDS, NAMES, Bench, build


@pytest.fixture
async def pair_bench(database_url: str) -> AsyncIterator[Bench]:
    """A policy that wants two people for a revocation, and lets nobody go alone."""
    rules = policy.load()
    needs_two = {**rules.actions, "staff.revoke_sessions": RiskRule(quorum=2, self_approval=())}
    made = build(database_url, rules=rules.model_copy(update={"actions": needs_two}))
    yield made
    await made.database.engine.dispose()


def take_role(sql: Callable, name: str, role: str) -> None:
    """As the platform's dashboard does it: the bot is not told."""
    sql(
        "DELETE FROM staff_member_roles WHERE user_id = %s AND role_id = (SELECT id FROM staff_roles WHERE name = %s)",
        IDS[name],
        role,
    )


def give_role(sql: Callable, name: str, role: str) -> None:
    sql(
        "INSERT INTO staff_member_roles (user_id, role_id) SELECT %s, id FROM staff_roles WHERE name = %s",
        IDS[name],
        role,
    )


async def words(bench: Bench, proposal: Proposal) -> list[tuple[uuid.UUID, bool]]:
    """Who said something to the current revision, and whether it counts."""
    return await bench.sql(
        "SELECT staff_id, voided IS NULL FROM pmbot.decisions WHERE revision_id = :id ORDER BY at",
        id=proposal.revision_id,
    )


# Who may not


async def test_nobody_approves_their_own_request(bench: Bench, sql) -> None:
    """Not even somebody who could approve it for anybody else."""
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["staffer"])
    proposal = await bench.ask("security", "staff.reinstate")
    with pytest.raises(NotTheirs, match="You asked for this yourself, so somebody else has to approve it"):
        await bench.decide("security", proposal)
    assert (await bench.execute(proposal)).state == State.PENDING


async def test_nobody_approves_what_is_about_themselves(bench: Bench) -> None:
    """The second security person cannot wave through what somebody wants done to them."""
    proposal = await bench.ask("oncall", about="nadia")
    with pytest.raises(NotTheirs, match="This is about you"):
        await bench.decide("nadia", proposal)
    assert (await bench.decide("security", proposal)).state == State.APPROVED


async def test_nobody_breaks_the_glass_for_what_is_about_themselves(bench: Bench) -> None:
    """On call or not."""
    proposal = await bench.ask("tomasz", about="oncall")
    with pytest.raises(NotTheirs, match="This is about you"):
        await bench.decide("oncall", proposal, Verdict.BREAK_GLASS)


async def test_a_role_that_does_not_reach_does_not_count(bench: Bench) -> None:
    """Finance cannot approve a revocation, and is told who can."""
    proposal = await bench.ask("oncall")
    with pytest.raises(NotTheirs, match=r"It needs security or super admin: .*Okonkwo.* can"):
        await bench.decide("finance", proposal)


async def test_whoever_it_is_about_does_not_turn_it_down(bench: Bench) -> None:
    """Or nobody whose role approves could ever be contained."""
    proposal = await bench.ask("oncall", about="nadia")
    with pytest.raises(NotTheirs, match="This is about you"):
        await bench.decide("nadia", proposal, Verdict.REJECT)
    assert (await bench.read(proposal.id)).state == State.PENDING
    assert (await bench.decide("security", proposal, Verdict.REJECT)).state == State.REJECTED


async def test_whoever_asked_may_withdraw_what_is_about_themselves(bench: Bench) -> None:
    """It is their request."""
    proposal = await bench.ask("nadia", "staff.suspend", about="nadia")
    if proposal.state == State.PENDING:
        assert (await bench.decide("nadia", proposal, Verdict.REJECT)).state == State.CANCELLED


async def test_whoever_it_was_about_does_not_review_the_broken_glass(bench: Bench) -> None:
    """Nor does whoever broke it or asked for it."""
    proposal = await bench.decide("oncall", await bench.ask("tomasz", about="nadia"), Verdict.BREAK_GLASS)
    for name in ("nadia", "oncall", "tomasz"):
        with pytest.raises(BotError):
            await reviewed(bench, name, proposal)
    await reviewed(bench, "security", proposal)


async def test_whoever_asked_for_it_does_not_review_the_broken_glass(bench: Bench) -> None:
    """Also somebody who could review any other: it was done on their wish."""
    proposal = await bench.decide("oncall", await bench.ask("security"), Verdict.BREAK_GLASS)
    with pytest.raises(NotTheirs, match="part of this"):
        await reviewed(bench, "security", proposal)
    await reviewed(bench, "nadia", proposal)


async def test_whoever_broke_the_glass_is_on_call_when_it_runs(bench: Bench, database_url: str) -> None:
    """Else it needs somebody's approval, as if nobody had broken it."""
    proposal = await bench.decide("oncall", await bench.ask("tomasz"), Verdict.BREAK_GLASS)
    later = build(database_url, rules=policy.load().model_copy(update={"on_call": ()}))
    assert not later.core.policy.ever_on_call("oncall@penguinmails.example")
    after = await later.execute(proposal)
    await later.database.engine.dispose()
    assert (after.state, await words(bench, after)) == (State.PENDING, [(IDS["oncall"], False)])
    await bench.decide("security", after)
    assert (await bench.execute(after)).state == State.SUCCEEDED


async def reviewed(bench: Bench, name: str, proposal: Proposal) -> None:
    operator = await bench.operator(name)
    async with bench.database.transaction() as session:
        await review(bench.core, session, operator, proposal.id)


# A person counts once


async def test_a_person_counts_once(pair_bench: Bench) -> None:
    """Of two approvals that are needed, one person gives one."""
    proposal = await pair_bench.ask("oncall")
    await pair_bench.decide("security", proposal)
    with pytest.raises(AlreadyDecided, match="You have already approved this"):
        await pair_bench.decide("security", proposal)
    assert (await pair_bench.execute(proposal)).state == State.PENDING
    assert (await pair_bench.decide("nadia", proposal)).state == State.APPROVED


async def test_two_clicks_of_one_person_at_the_same_instant_count_once(pair_bench: Bench) -> None:
    """However they arrive, the second one finds the first."""
    proposal = await pair_bench.ask("oncall")
    clicks = [pair_bench.decide("security", proposal) for _ in range(6)]
    answers = await asyncio.gather(*clicks, return_exceptions=True)
    assert sum(isinstance(answer, AlreadyDecided) for answer in answers) == 5, answers
    assert await words(pair_bench, proposal) == [(IDS["security"], True)]
    assert (await pair_bench.read(proposal.id)).state == State.PENDING


async def test_the_database_holds_one_word_of_a_person_that_counts(bench: Bench) -> None:
    """Whatever the code forgets."""
    proposal = await bench.ask("oncall")
    word = "INSERT INTO pmbot.decisions (id, revision_id, staff_id, verdict) VALUES (:id, :revision, :staff, 'approve')"
    values = {"revision": proposal.revision_id, "staff": IDS["security"]}
    await bench.sql(word, id=uuid.uuid4(), **values)
    with pytest.raises(Exception, match="uq_decisions_revision_id_staff_id") as refused:
        await bench.sql(word, id=uuid.uuid4(), **values)
    assert isinstance(getattr(refused.value, "orig", None), psycopg.errors.UniqueViolation)


async def test_whoever_approved_may_still_turn_it_down(pair_bench: Bench) -> None:
    """A second thought replaces the first one; both stay on record."""
    proposal = await pair_bench.ask("oncall")
    await pair_bench.decide("security", proposal)
    assert (await pair_bench.decide("security", proposal, Verdict.REJECT)).state == State.REJECTED
    assert await words(pair_bench, proposal) == [(IDS["security"], False), (IDS["security"], True)]


OUT = {
    "suspended": "UPDATE users SET status = 'suspended' WHERE id = %s",
    "deleted": "UPDATE users SET status = 'deleted', deleted = now() WHERE id = %s",
    "inactive": "UPDATE staff_members SET is_active = false WHERE user_id = %s",
}


@pytest.mark.parametrize("how", OUT)
async def test_whoever_is_out_is_nobody_here(bench: Bench, sql, how: str) -> None:
    """They neither ask nor decide, and nobody is told that they could."""
    proposal = await bench.ask("oncall")
    sql(OUT[how], IDS["nadia"])
    with pytest.raises(NotIdentified):
        await bench.decide("nadia", proposal)
    with pytest.raises(NotTheirs) as refused:
        await bench.decide("oncall", proposal)
    assert "Okonkwo" in str(refused.value)
    assert NAMES["nadia"] not in str(refused.value)


async def test_a_role_that_has_run_out_is_none(bench: Bench, sql) -> None:
    """From that moment on, whether or not anybody has taken the row away."""
    proposal = await bench.ask("oncall")
    sql(
        "UPDATE staff_member_roles SET granted = now() - interval '2 days', expires = now() - interval '1 second'"
        " WHERE user_id = %s",
        IDS["nadia"],
    )
    assert (await bench.operator("nadia")).roles == frozenset()
    with pytest.raises(NotTheirs, match="your roles: none"):
        await bench.decide("nadia", proposal)


# Checked again when it runs


@pytest.mark.parametrize("loss", ["role", "suspended", "inactive"])
async def test_an_approver_who_lost_it_between_click_and_run_does_not_count(bench: Bench, sql, loss: str) -> None:
    """The proposal is pending again, nothing was done, and somebody else's approval carries it."""
    proposal = await bench.decide("nadia", await bench.ask("oncall"))
    if loss == "role":
        take_role(sql, "nadia", "security")
    elif loss == "suspended":
        sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["nadia"])
    else:
        sql("UPDATE staff_members SET is_active = false WHERE user_id = %s", IDS["nadia"])
    after = await bench.execute(proposal)
    assert after.state == State.PENDING
    assert after.cause == "An approver is no longer allowed to approve this, so it needs a new approval."
    assert await words(bench, proposal) == [(IDS["nadia"], False)]
    assert await bench.sql("SELECT count(*) FROM pmbot.executions") == [(0,)]
    await bench.decide("security", after)
    assert (await bench.execute(after)).state == State.SUCCEEDED


async def test_whoever_was_signed_out_meanwhile_may_approve_afterwards(bench: Bench) -> None:
    """What they say once they have signed in again is theirs, also of what was asked for before."""
    proposal = await bench.ask("oncall")
    signed_out = await bench.decide("security", await bench.ask("tomasz", about="nadia"))
    assert (await bench.execute(signed_out)).state == State.SUCCEEDED
    assert (await bench.execute(await bench.decide("nadia", proposal))).state == State.SUCCEEDED


async def test_an_approver_who_got_it_back_may_approve_again(bench: Bench, sql) -> None:
    """A void word is no word: it does not stand in the way of a new one."""
    proposal = await bench.decide("nadia", await bench.ask("oncall"))
    take_role(sql, "nadia", "security")
    await bench.execute(proposal)
    give_role(sql, "nadia", "security")
    await bench.decide("nadia", proposal)
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    assert await words(bench, proposal) == [(IDS["nadia"], False), (IDS["nadia"], True)]


async def test_a_requester_who_lost_the_permission_gets_nothing_done(bench: Bench, sql) -> None:
    """Approved or not: what they asked for ends without effect."""
    proposal = await bench.decide("nadia", await bench.ask("oncall"))
    take_role(sql, "oncall", "operations")
    after = await bench.execute(proposal)
    assert (after.state, after.cause) == (State.CANCELLED, "The person who asked is no longer allowed to do this.")


async def test_who_may_no_longer_go_alone_needs_somebody_else(bench: Bench, sql) -> None:
    """Security confirms their own revocations; whoever was moved to operations meanwhile does not."""
    proposal = await bench.ask("security")
    take_role(sql, "security", "security")
    give_role(sql, "security", "operations")
    with pytest.raises(NotTheirs, match="You asked for this yourself"):
        await bench.decide("security", proposal)


async def test_who_went_alone_is_checked_again_when_it_runs(bench: Bench, sql) -> None:
    """The same, between the confirmation and the run."""
    proposal = await bench.decide("security", await bench.ask("security"))
    assert proposal.state == State.APPROVED
    take_role(sql, "security", "security")
    give_role(sql, "security", "operations")
    assert (await bench.execute(proposal)).state == State.PENDING


# Whoever loses access loses what is open


async def contain(bench: Bench, action: str, about: str) -> None:
    """Somebody is signed out or suspended, with everybody's blessing."""
    proposal = await bench.ask("tomasz", action, about=about)
    for name in ("root", "security"):
        if (await bench.read(proposal.id)).state == State.PENDING:
            await bench.decide(name, proposal)
    assert (await bench.execute(proposal)).state == State.SUCCEEDED


@pytest.mark.parametrize("action", ["staff.revoke_sessions", "staff.suspend"])
async def test_whoever_is_signed_out_or_suspended_loses_open_approvals(pair_bench: Bench, action: str) -> None:
    """Their approval of something else is void at once, and the audit trail says so."""
    other = await pair_bench.ask("oncall")
    await pair_bench.decide("nadia", other)
    await contain(pair_bench, action, "nadia")
    assert await words(pair_bench, other) == [(IDS["nadia"], False)]
    assert (await pair_bench.read(other.id)).cause == "The approval of Nadia El-Haddad no longer counts."
    assert await pair_bench.sql(
        "SELECT count(*) FROM pmbot.audit_log WHERE kind = 'voided' AND proposal_id = :id", id=other.id
    ) == [(1,)]


async def test_what_they_approved_and_did_not_run_yet_waits_again(bench: Bench) -> None:
    """The job that was on its way finds nothing to do."""
    other = await bench.decide("nadia", await bench.ask("oncall"))
    await contain(bench, "staff.revoke_sessions", "nadia")
    assert (await bench.execute(other)).state == State.PENDING
    assert await bench.sql("SELECT count(*) FROM pmbot.executions WHERE proposal_id = :id", id=other.id) == [(0,)]


@pytest.mark.parametrize("action", ["staff.revoke_sessions", "staff.suspend"])
async def test_whoever_is_signed_out_or_suspended_loses_open_requests(bench: Bench, action: str) -> None:
    """Approved or not; what has run stays as it is."""
    done = await bench.decide("nadia", await bench.ask("oncall"))
    await bench.execute(done)
    waiting, approved = [await bench.ask("oncall", about=one) for one in ("hana", "tomasz")]
    await bench.decide("nadia", approved)
    await contain(bench, action, "oncall")
    for proposal in (waiting, approved):
        after = await bench.execute(proposal)
        assert after.state == State.CANCELLED
        assert after.cause == "Óscar Peñalver, who asked for it, no longer has the access needed for it."
    assert (await bench.read(done.id)).state == State.SUCCEEDED


async def test_whoever_is_deactivated_in_slack_loses_both(bot_world: World, sql) -> None:
    """They can click no more, and what they clicked no longer counts."""
    await asked(bot_world)
    await asked(bot_world, "/pm revoke @finance because laptop stolen", by="tomasz")
    (mine, other) = sql("SELECT id, revision_id FROM pmbot.proposals ORDER BY number")
    sql(
        "INSERT INTO pmbot.decisions (id, revision_id, staff_id, verdict)"
        " VALUES (gen_random_uuid(), %s, %s, 'approve')",
        other[1],
        IDS["oncall"],
    )
    await bot_world.slack.deactivate(world.slack_id("oncall"))
    await until(lambda: sql("SELECT 1 FROM pmbot.proposals WHERE id = %s AND state = 'cancelled'", mine[0]))
    await idle(sql)
    assert sql("SELECT voided IS NOT NULL FROM pmbot.decisions") == [(True,)]
    assert sql("SELECT state FROM pmbot.proposals WHERE id = %s", other[0]) == [("pending",)]


async def test_a_click_while_the_access_goes_counts_before_or_not_at_all(bench: Bench) -> None:
    """Approving and being suspended at the same instant never ends with an execution on that approval."""
    proposal = await bench.ask("oncall")
    leaving = await bench.ask("tomasz", "staff.suspend", about="nadia")
    await bench.decide("root", leaving)

    async def click() -> None:
        with contextlib.suppress(BotError):
            await bench.decide("nadia", proposal)

    await asyncio.gather(click(), bench.execute(leaving))
    assert (await bench.execute(proposal)).state == State.PENDING
    assert await bench.sql("SELECT count(*) FROM pmbot.executions WHERE proposal_id = :id", id=proposal.id) == [(0,)]


# An account that is linked anew


async def test_what_was_said_through_a_wrong_link_does_not_count(pair_bench: Bench, database_url: str) -> None:
    """The account stood for Nadia and turns out to be Tomasz's: her word may have been his, and the trail says so."""
    proposal = await pair_bench.ask("oncall")
    await pair_bench.decide("nadia", proposal)
    waiting = await pair_bench.ask("nadia", about="finance")
    team = world.workspace().team_id
    await linking.confirm(database_url, team, world.slack_id("nadia"), "tomasz@penguinmails.example")
    await pair_bench.follow()
    assert await words(pair_bench, proposal) == [(IDS["nadia"], False)]
    assert (await pair_bench.read(waiting.id)).state == State.CANCELLED
    unlinked = "SELECT target FROM pmbot.audit_log WHERE action = 'identity.unlink' ORDER BY target"
    both = sorted((f"staff:{IDS[name]}",) for name in ("nadia", "tomasz"))  # his old account stands for nobody now
    assert await pair_bench.sql(unlinked) == both


async def test_what_was_said_through_an_account_that_was_replaced_does_not_count(
    pair_bench: Bench, database_url: str
) -> None:
    """Somebody gets another Slack account: whoever has the old one may have spoken for them."""
    proposal = await pair_bench.ask("oncall")
    await pair_bench.decide("nadia", proposal)
    await linking.confirm(database_url, world.workspace().team_id, "U0NEW", "nadia@penguinmails.example")
    await pair_bench.follow()
    assert await words(pair_bench, proposal) == [(IDS["nadia"], False)]


async def test_the_same_link_once_more_changes_nothing(pair_bench: Bench, database_url: str) -> None:
    """A command that is repeated takes no word away."""
    proposal = await pair_bench.ask("oncall")
    await pair_bench.decide("nadia", proposal)
    team = world.workspace().team_id
    await linking.confirm(database_url, team, world.slack_id("nadia"), "nadia@penguinmails.example")
    await pair_bench.follow()
    assert await words(pair_bench, proposal) == [(IDS["nadia"], True)]


# What was announced of a broken glass


async def test_the_announcement_says_what_became_of_it(bench: Bench, sql) -> None:
    """Ordered alone, and changed before it ran: it is drawn, and does not say that it was run."""
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["staffer"])
    proposal = await bench.ask("security", "staff.reinstate")
    await bench.decide("oncall", proposal, Verdict.BREAK_GLASS)
    assert "chose to run request" in await announced(bench)
    take_role(sql, "staffer", "finance")
    assert (await bench.execute(proposal)).state == State.PENDING
    text = await announced(bench)
    assert "Not run: things have changed, so it would no longer do what the card showed." in text
    after = await bench.decide("nadia", await bench.read(proposal.id))
    assert (await bench.execute(after)).state == State.SUCCEEDED
    assert "Not run" in await announced(bench)
    assert await bench.sql("SELECT version FROM pmbot.messages WHERE projection = 'break_glass'") > [(2,)]


async def test_what_ran_alone_says_so(bench: Bench) -> None:
    """Once it has run, and not before."""
    proposal = await bench.ask("tomasz")
    await bench.decide("oncall", proposal, Verdict.BREAK_GLASS)
    await bench.execute(proposal)
    text = await announced(bench)
    assert "Signed out Priya Raghunathan everywhere" in text
    assert "ran request" in text
    assert "Needs review by somebody not involved" in text


async def announced(bench: Bench) -> str:
    """The announcement in the security channel, as it would be drawn now."""
    channels = Channels(AsyncWebClient(), {})
    cards = Cards(bench.core, Renderer(), channels, world.workspace().team_id)
    async with bench.database.transaction() as session:
        word = (await session.scalars(select(Decision).where(Decision.verdict == Verdict.BREAK_GLASS))).one()
        return str((await cards.break_glass(session, str(word.id)))["text"])
