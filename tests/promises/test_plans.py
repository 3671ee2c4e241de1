"""A plan of several steps is drawn, bound, decided, resumed, undone and written down as what it is: all of them."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select

from bot.actions.staff.revoke_sessions import RevokeSessions
from bot.actions.staff.suspend import Suspend
from bot.delivery.channels import Channels
from bot.drawing.cards.plan_reviews import PlanReviews
from bot.drawing.cards.proposal import Cards
from bot.drawing.render import Renderer
from bot.errors import AskedAlready, NotTheirs, Refused
from bot.pipeline import execute, plan_review, sweep
from bot.pipeline.core import lock_proposal
from bot.pipeline.resume import resume
from bot.pipeline.undo import undo
from bot.store.models import JSON, AuditEntry, AuditKind, Proposal, State, Verdict
from localslack.blockkit import check_message
from tests.conftest import until
from tests.promises.bench import IDS, NAMES, Bench

STEPS = [("staff.suspend", "staffer"), ("staff.revoke_sessions", "finance")]
STAFFER, FINANCE = NAMES["staffer"], NAMES["finance"]
SUSPEND, SIGN_OUT = f"Suspend {STAFFER}", f"Sign out {FINANCE} everywhere"


async def drawn(bench: Bench, proposal: Proposal) -> JSON:
    """The card of the request, as its channel has it."""
    cards = Cards(bench.core, Renderer(), Channels(AsyncWebClient(), {"operations": "C0OPERATIONS"}), "T0PENGUIN")
    async with bench.database.snapshot() as session:
        content = await cards.proposal(session, str(proposal.id))
    assert check_message(content) == []
    return content


def labels(content: JSON) -> list[str]:
    """What its buttons say."""
    actions = next(block for block in content["blocks"] if block["type"] == "actions")
    return [one["text"]["text"] for one in actions["elements"] if one["type"] == "button"]


async def entry(bench: Bench, kind: AuditKind) -> AuditEntry:
    async with bench.database.snapshot() as session:
        return (await session.scalars(select(AuditEntry).where(AuditEntry.kind == kind))).one()


async def failing(self: RevokeSessions, *_: object) -> None:
    raise Refused("The platform takes no changes at the moment.")


async def done_in_part(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Proposal:
    """A plan whose second step turned out to be impossible."""
    monkeypatch.setattr(RevokeSessions, "execute", failing)
    proposal = await bench.ask_for("oncall", STEPS)
    await bench.decide("security", proposal)
    after = await bench.execute(proposal)
    assert after.state == State.PARTLY
    return after


async def test_the_card_says_all_that_it_would_do(bench: Bench) -> None:
    """Each step with what it is about, before anybody decides."""
    content = await drawn(bench, await bench.ask_for("oncall", STEPS))
    text = content["text"]
    assert text.startswith(f"{SUSPEND}; {SIGN_OUT}")
    assert text.index("Step 1") < text.index(SUSPEND, len(SUSPEND)) < text.index("Step 2")
    assert text.count("Account") == 2
    assert labels(content)[0] == "Do all 2 steps"


async def test_what_was_seen_of_a_later_step_binds_too(bench: Bench, sql) -> None:
    """Its approval is void when another account stands behind the name."""
    proposal = await bench.ask_for("oncall", STEPS)
    await bench.decide("security", proposal)
    sql("UPDATE users SET email = 'other@penguinmails.example' WHERE id = %s", IDS["finance"])
    after = await bench.execute(proposal)
    assert after.state == State.PENDING
    assert "approve again" in (await drawn(bench, after))["text"]


async def test_done_means_all_of_it(bench: Bench) -> None:
    proposal = await bench.ask_for("oncall", STEPS)
    await bench.decide("security", proposal)
    await bench.execute(proposal)
    text = (await drawn(bench, proposal))["text"]
    assert f"Suspended {STAFFER}; Signed out {FINANCE} everywhere" in text
    assert "not done" not in text


async def test_partly_done_says_which_steps_and_why_no_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """And offers to take back what was done."""
    content = await drawn(bench, await done_in_part(bench, monkeypatch))
    text = content["text"]
    assert "partly done: 1 of 2 steps" in text
    assert "The platform takes no changes at the moment." in text
    assert text.index("Step 1") < text.index(f"Suspended {STAFFER}") < text.index("Step 2, not done")
    assert labels(content) == ["Resume", "Undo what was done …", "Details"]


async def test_only_what_was_done_is_taken_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    partly = await done_in_part(bench, monkeypatch)
    operator = await bench.operator("security")
    async with bench.database.transaction() as session:
        asked = await undo(bench.core, session, operator, partly.id, "it was a mistake")
    await bench.decide("nadia", await bench.read(asked.id))
    await bench.execute(await bench.read(asked.id))
    assert await bench.sql(f"SELECT status FROM users WHERE id = '{IDS['staffer']}'") == [("active",)]
    assert (await bench.read(partly.id)).state == State.UNDONE


@pytest.mark.parametrize("kind", [AuditKind.ASKED, AuditKind.DECIDED])
async def test_what_was_asked_for_and_decided_is_written_down_whole(bench: Bench, kind: AuditKind) -> None:
    """An entry about several things is about the request, and names all of them."""
    proposal = await bench.ask_for("oncall", STEPS)
    await bench.decide("security", proposal)
    found = await entry(bench, kind)
    assert (found.action, found.target) == ("pipeline.plan", f"proposal:{proposal.id}")
    assert found.facts["steps"] == [[name, f"staff:{IDS[about]}"] for name, about in STEPS]


THREE = [("staff.suspend", "staffer"), ("staff.suspend", "finance"), ("staff.suspend", "support")]
Fail = Callable[[str | None], None]


@pytest.fixture
def fail_at(monkeypatch: pytest.MonkeyPatch) -> Fail:
    """Has the suspension of one person fail, as long as it says whom."""
    works, broken = Suspend.execute, set[str]()

    async def execute_or_fail(self: Suspend, session: Any, by: uuid.UUID) -> Any:
        if self.staffer.name in broken:
            raise Refused("The platform takes no changes at the moment.")
        return await works(self, session, by)

    def fail(whose: str | None) -> None:
        broken.clear()
        broken.update([NAMES[whose]] if whose else [])

    monkeypatch.setattr(Suspend, "execute", execute_or_fail)
    return fail


async def resumed(bench: Bench, proposal: Proposal, by: str = "oncall") -> Proposal:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        await resume(bench.core, session, operator, proposal.revision_id)
    return await bench.execute(proposal)


async def suspended(bench: Bench) -> set[str]:
    rows = await bench.sql("SELECT id FROM users WHERE status = 'suspended'")
    return {name for name, known in IDS.items() if (known,) in rows} & {about for _, about in THREE}


async def stuck(bench: Bench, fail_at: Fail, whose: str = "finance") -> Proposal:
    """Three suspensions, approved, of which one is refused."""
    fail_at(whose)
    proposal = await bench.ask_for("oncall", THREE)
    await bench.decide("security", proposal)
    return await bench.execute(proposal)


async def taken_back(bench: Bench, proposal: Proposal, fail_at: Fail) -> None:
    operator = await bench.operator("security")
    async with bench.database.transaction() as session:
        asked = await undo(bench.core, session, operator, proposal.id, "it was a mistake")
    await bench.decide("nadia", await bench.read(asked.id))
    assert (await bench.execute(await bench.read(asked.id))).state == State.SUCCEEDED
    assert (await bench.read(proposal.id)).state == State.UNDONE


@pytest.mark.parametrize("number", [0, 1, 2])
async def test_wherever_it_fails_it_is_resumed_there_and_undone_in_reverse(
    bench: Bench, fail_at: Fail, number: int
) -> None:
    """On the approval there is, each step once; what failed before anything was done is over."""
    proposal = await stuck(bench, fail_at, THREE[number][1])
    done = {about for _, about in THREE[:number]}
    assert await suspended(bench) == done
    assert proposal.state == (State.PARTLY if done else State.FAILED)
    if not done:
        return
    again = await resumed(bench, proposal)
    assert (again.state, await suspended(bench)) == (State.PARTLY, done), "the cause is still there"
    fail_at(None)
    assert (await resumed(bench, proposal)).state == State.SUCCEEDED
    executed = await bench.sql("SELECT step, target FROM pmbot.audit_log WHERE kind = 'executed' ORDER BY id")
    assert executed == [(step, f"staff:{IDS[about]}") for step, (_, about) in enumerate(THREE)]
    await taken_back(bench, proposal, fail_at)
    back = await bench.sql(
        "SELECT target FROM pmbot.audit_log WHERE action = 'staff.reinstate' AND kind = 'executed' ORDER BY id"
    )
    assert back == [(target,) for _, target in reversed(executed)]


async def test_an_undo_that_got_stuck_is_resumed_too(bench: Bench, fail_at: Fail, monkeypatch: Any) -> None:
    """What it has taken back already is no change that came after."""
    fail_at(None)
    proposal = await stuck(bench, fail_at, "nadia")
    operator = await bench.operator("security")
    async with bench.database.transaction() as session:
        asked = await undo(bench.core, session, operator, proposal.id, "it was a mistake")
    await bench.decide("nadia", await bench.read(asked.id))
    reinstate = bench.core.registry.by_name["staff.reinstate"]
    works = reinstate.execute

    async def once_only(self: Any, session: Any, by: uuid.UUID) -> Any:
        if self.staffer.name == FINANCE:
            raise Refused("The platform takes no changes at the moment.")
        return await works(self, session, by)

    with monkeypatch.context() as patched:
        patched.setattr(reinstate, "execute", once_only)
        stuck_undo = await bench.execute(await bench.read(asked.id))
    assert (stuck_undo.state, await suspended(bench)) == (State.PARTLY, {"staffer", "finance"})
    assert (await resumed(bench, stuck_undo, "security")).state == State.SUCCEEDED
    assert (await suspended(bench), (await bench.read(proposal.id)).state) == (set(), State.UNDONE)


async def test_a_step_that_somebody_did_by_hand_is_no_obstacle(bench: Bench, fail_at: Fail, sql: Any) -> None:
    """The rest is done without a new approval; what others did is not ours to take back."""
    proposal = await stuck(bench, fail_at)
    fail_at(None)
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["finance"])
    again = await resumed(bench, proposal)
    assert (again.state, await suspended(bench)) == (State.SUCCEEDED, {"staffer", "finance", "support"})
    assert f"Step 2 Suspend {FINANCE}: nothing to do, it was already like this." in (await drawn(bench, again))["text"]
    assert await bench.sql("SELECT count(*) FROM admin_audit_log WHERE action = 'staff.suspend'") == [(2,)]
    await taken_back(bench, proposal, fail_at)
    assert await suspended(bench) == {"finance"}


async def test_what_changed_meanwhile_is_asked_anew(bench: Bench, fail_at: Fail, sql: Any) -> None:
    """An approval is for what was shown: another account behind the name of a step that is left voids it."""
    proposal = await stuck(bench, fail_at)
    fail_at(None)
    sql("UPDATE users SET email = 'other@penguinmails.example' WHERE id = %s", IDS["support"])
    pending = await resumed(bench, proposal)
    assert (pending.state, await suspended(bench)) == (State.PENDING, {"staffer"})
    content = await drawn(bench, pending)
    assert "1 of 3 steps are done" in content["text"]
    assert "approve again" in content["text"]
    await bench.decide("security", pending)
    assert (await bench.execute(pending)).state == State.SUCCEEDED
    assert await suspended(bench) == {"staffer", "finance", "support"}


@pytest.mark.parametrize("ending", ["rejected", "expired"])
async def test_what_was_begun_never_ends_as_if_nothing_was_done(
    bench: Bench, fail_at: Fail, sql: Any, ending: str
) -> None:
    """Whoever is asked anew may turn the rest down, or nobody may answer: it stays partly done."""
    proposal = await stuck(bench, fail_at)
    sql("UPDATE users SET email = 'other@penguinmails.example' WHERE id = %s", IDS["support"])
    pending = await resumed(bench, proposal)
    if ending == "rejected":
        await bench.decide("security", pending, Verdict.REJECT)
    else:
        sql("UPDATE pmbot.proposals SET expires = now() WHERE id = %s", proposal.id)
        await sweep.expire(bench.core)
    over = await bench.read(proposal.id)
    assert over.state == State.PARTLY
    text = (await drawn(bench, over))["text"]
    assert "partly done: 1 of 3 steps" in text
    assert "nothing was done" not in text


async def test_whoever_may_not_ask_for_it_does_not_resume_it(bench: Bench, fail_at: Fail) -> None:
    """Nor whom it is about, nor while it is taken back, nor by a button of before."""
    proposal = await stuck(bench, fail_at)
    with pytest.raises(Refused, match="You can't use /pm suspend"):
        await resumed(bench, proposal, "maria.costa")
    operator = await bench.operator("security")
    async with bench.database.transaction() as session:
        asked = await undo(bench.core, session, operator, proposal.id, "it was a mistake")
    with pytest.raises(Refused, match=f"Request {asked.number} undoes"):
        await resumed(bench, proposal)
    await bench.decide("security", await bench.read(asked.id), Verdict.REJECT)
    fail_at(None)
    assert (await resumed(bench, proposal)).state == State.SUCCEEDED
    with pytest.raises(Refused, match="Already approved"):
        await resumed(bench, proposal)


async def test_whom_a_later_step_is_about_does_not_resume_it(bench: Bench, fail_at: Fail) -> None:
    """Or whoever is to be contained decides when."""
    fail_at("finance")
    proposal = await bench.ask_for("oncall", [*THREE[:2], ("staff.suspend", "nadia")])
    await bench.decide("security", proposal)
    assert (await bench.execute(proposal)).state == State.PARTLY
    fail_at(None)
    with pytest.raises(NotTheirs, match="This is about you"):
        await resumed(bench, proposal, "nadia")


async def test_what_is_resumed_late_has_its_time_again(bench: Bench, fail_at: Fail, sql: Any) -> None:
    """It would else end as expired where somebody has to decide anew."""
    proposal = await stuck(bench, fail_at)
    sql("UPDATE pmbot.proposals SET created = created - interval '1 day', expires = now()")
    await resumed(bench, proposal)
    assert sql("SELECT expires > now() + interval '1 hour' FROM pmbot.proposals") == [(True,)]


async def test_two_who_resume_it_at_once_resume_it_once(bench: Bench, fail_at: Fail) -> None:
    proposal = await stuck(bench, fail_at)
    operator = await bench.operator("oncall")

    async def press() -> None:
        async with bench.database.transaction() as session:
            await resume(bench.core, session, operator, proposal.revision_id)

    async with bench.database.transaction() as session:
        await lock_proposal(session, proposal.id)
        both = [asyncio.ensure_future(press()) for _ in range(2)]
        await until(lambda: _waits(bench, 2))
    said = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in said) == ["AlreadyDecided", "NoneType"]
    assert await bench.sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'resumed'") == [(1,)]


async def _waits(bench: Bench, number: int) -> bool:
    return await bench.waiting() >= number


async def test_what_was_asked_for_anew_is_not_resumed_beside_it(bench: Bench, fail_at: Fail, sql: Any) -> None:
    proposal = await stuck(bench, fail_at)
    sql("UPDATE users SET status = 'active' WHERE id = %s", IDS["staffer"])
    again = await bench.ask_for("oncall", THREE)
    with pytest.raises(AskedAlready) as refused:
        await resumed(bench, proposal)
    assert refused.value.card == again.id


async def test_a_kill_between_steps_repeats_none_and_skips_none(bench: Bench, fail_at: Fail) -> None:
    """Each step is one transaction: whoever comes next goes on with the one after."""
    fail_at(None)
    proposal = await bench.ask_for("oncall", THREE)
    await bench.decide("security", proposal)
    for done in ({"staffer"}, {"staffer", "finance"}):
        async with bench.database.transaction() as session:  # as much as a worker did before it was killed
            await execute._next_step(bench.core, session, proposal.id)
        assert await suspended(bench) == done
        assert (await bench.read(proposal.id)).state == State.EXECUTING
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    assert await bench.sql("SELECT count(*) FROM pmbot.executions") == [(3,)]


# An action that is a plan


async def locked_down(bench: Bench, by: str = "oncall") -> Proposal:
    return await bench.ask(by, "staff.lockdown")


async def test_what_leads_a_plan_speaks_for_it(bench: Bench) -> None:
    """Its words lead the card, its steps stand below with what else an approval rests on, and nothing twice."""
    content = await drawn(bench, await locked_down(bench))
    text = content["text"]
    assert text.startswith(f"Lock down {STAFFER}")
    assert text.index("Step 1") < text.index(f"Sign out {STAFFER}") < text.index("Step 2") < text.index(SUSPEND)
    assert text.count("Account") == 1
    assert labels(content)[0] == f"Lock down {STAFFER}"


async def test_what_leads_a_plan_decides_with_its_steps_who_decides(bench: Bench) -> None:
    """Operations need somebody of security; who may contain alone may do all of it alone."""
    asked = await locked_down(bench)
    assert (asked.requirement["self_approval"], asked.requirement["approvers"]) == (False, ["security", "super_admin"])
    own = await bench.ask("security", "staff.lockdown", "finance")
    await bench.decide("security", own)
    assert (await bench.execute(own)).state == State.SUCCEEDED


async def test_it_is_done_step_by_step_and_stands_in_the_trail_by_its_name(bench: Bench) -> None:
    """Asked for and decided as what it is; executed as its steps."""
    proposal = await locked_down(bench)
    await bench.decide("security", proposal)
    await bench.execute(proposal)
    rows = await bench.sql("SELECT kind, action, step FROM pmbot.audit_log WHERE proposal_id IS NOT NULL ORDER BY id")
    assert rows == [
        ("asked", "staff.lockdown", None),
        ("decided", "staff.lockdown", None),
        ("executed", "staff.revoke_sessions", 1),
        ("executed", "staff.suspend", 2),
    ]
    text = (await drawn(bench, proposal))["text"]
    assert text.startswith(f"Locked down {STAFFER}")
    assert "All sessions of" in text
    assert labels(await drawn(bench, proposal)) == ["Undo what was done …", "Details", "Activity"]
    assert "recorded, not verified" in text or "not yet confirmed by the platform" in text


async def test_a_lockdown_done_in_part_says_so(bench: Bench, fail_at: Fail) -> None:
    """And is resumed by whoever may ask for it."""
    fail_at("staffer")
    proposal = await locked_down(bench)
    await bench.decide("security", proposal)
    assert (await bench.execute(proposal)).state == State.PARTLY
    text = (await drawn(bench, proposal))["text"]
    assert text.startswith(f"Lock down {STAFFER}")
    assert "partly done: 1 of 2 steps" in text
    assert f"Step 2, not done {SUSPEND}" in text
    fail_at(None)
    assert (await resumed(bench, proposal, "tomasz")).state == State.SUCCEEDED


async def test_an_account_that_is_closed_already_is_locked_down_all_the_same(bench: Bench, sql: Any) -> None:
    """Its sessions end, and somebody looks at it."""
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["staffer"])
    proposal = await locked_down(bench)
    await bench.decide("security", proposal)
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    assert await bench.sql("SELECT step FROM pmbot.executions") == [(1,)]


async def test_somebody_not_involved_reviews_it(bench: Bench) -> None:
    """Asked once, in the security channel; neither whoever asked or approved, nor whom it is about."""
    proposal = await locked_down(bench)
    await bench.decide("security", proposal)
    await bench.execute(proposal)
    told = "SELECT channel FROM pmbot.messages WHERE projection = 'to_review'"
    assert await bench.sql(told) == [("security",)]
    for name, why in (("security", "You were part of this"), ("tomasz", "You can't review this")):
        with pytest.raises(Refused, match=why):
            await looked_at(bench, name, proposal)
    await bench.sql("UPDATE pmbot.proposals SET created = now() - interval '2 hours'")
    assert await waiting(bench) == 1
    await looked_at(bench, "nadia", proposal)
    assert await waiting(bench) == 0
    with pytest.raises(Refused, match="reviewed this already"):
        await looked_at(bench, "root", proposal)
    cards = PlanReviews(bench.core, Renderer(), Channels(AsyncWebClient(), {}), "T0PENGUIN")
    async with bench.database.snapshot() as session:
        for draw in (cards.to_review, cards.reminder):
            assert f"Reviewed by {NAMES['nadia']}" in (await draw(session, str(proposal.id)))["text"]


async def waiting(bench: Bench) -> int:
    """How many plans wait for a look, by the morning's reminder, which the list of reviews goes by too."""
    async with bench.database.transaction() as session:
        return await plan_review.remind(session, dt.date(2026, 11, 23))


async def looked_at(bench: Bench, by: str, proposal: Proposal) -> None:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        await plan_review.review(bench.core, session, operator, proposal.id)
