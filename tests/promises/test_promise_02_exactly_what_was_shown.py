"""Promise 2: a decision counts for exactly the plan shown; what changed comes back, and approvals are void."""

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from bot.actions.impact import Impact, Step, changes, fact, fingerprint
from bot.errors import OutOfDate
from bot.store.models import State, Verdict
from tests.conftest import until
from tests.promises.bench import IDS, Bench
from tests.promises.test_locks import decided, proposed

WORDS = st.text(max_size=12)
FACTS = st.lists(st.tuples(WORDS, WORDS), max_size=4)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
STEPS = st.builds(Step, action=WORDS, parameters=st.dictionaries(WORDS, JSONS, max_size=3))
PLANS = st.lists(STEPS, min_size=1, max_size=3)


def impact(bound: list[tuple[str, str]], shown: list[tuple[str, str]] = ()) -> Impact:  # type: ignore[assignment]
    return Impact(
        facts=(*(fact(label, text, bound=True) for label, text in bound), *(fact(label, text) for label, text in shown))
    )


@given(plan=PLANS, other=PLANS)
def test_a_digest_is_of_exactly_one_plan(plan, other) -> None:
    """Two plans have the same fingerprint only if they are the same."""
    same = json.dumps([step.model_dump() for step in plan], sort_keys=True) == json.dumps(
        [step.model_dump() for step in other], sort_keys=True
    )
    assert (fingerprint(plan, []) == fingerprint(other, [])) == same


@given(plan=PLANS, before=st.lists(FACTS, max_size=3), after=st.lists(FACTS, max_size=3))
def test_any_change_of_a_bound_fact_changes_the_digest(plan, before, after) -> None:
    """Label, text, number and order of the bound facts of each step all count."""
    digests = {fingerprint(plan, [impact(bound) for bound in facts]) for facts in (before, after)}
    assert (len(digests) == 1) == (before == after)


@given(plan=PLANS, bound=FACTS, shown=FACTS)
def test_facts_that_are_only_shown_do_not_count(plan, bound, shown) -> None:
    """One more session than when it was approved is no other plan."""
    assert fingerprint(plan, [impact(bound, shown)]) == fingerprint(plan, [impact(bound)])


@given(step=STEPS)
def test_the_order_of_parameters_does_not_count(step: Step) -> None:
    """JSON objects have no order, and a database may give them back in another."""
    turned = Step(action=step.action, parameters=dict(reversed(step.parameters.items())))
    assert fingerprint([step], []) == fingerprint([turned], [])


@given(before=st.lists(st.dictionaries(WORDS, WORDS, max_size=3), max_size=3), data=st.data())
def test_a_changed_digest_always_has_a_change_to_show(before, data) -> None:
    """Whatever voids an approval can be named: "3 → 41 tenants", for each step by itself."""
    after = data.draw(st.permutations(before)) if before else []
    old, new = ([impact(list(facts.items())) for facts in facts_of] for facts_of in (before, after))
    assert bool(changes(old, new)) == (before != after)


async def approved(bench: Bench, action: str = "staff.revoke_sessions"):
    proposal = await bench.ask("oncall" if action == "staff.revoke_sessions" else "security", action)
    return await bench.decide("nadia", proposal)


async def suspended(bench: Bench) -> None:
    """As the dashboard does it."""
    await bench.sql("UPDATE users SET status = 'suspended' WHERE id = :id", id=IDS["staffer"])


@pytest.mark.parametrize(
    ("column", "value"), [("email", "someone.else@penguinmails.example"), ("name", "Somebody Else")]
)
async def test_another_person_behind_the_account_voids_the_approval(bench: Bench, sql, column, value) -> None:
    """Who is meant is bound: the plan comes back as a new revision, pending, and says what changed."""
    proposal = await approved(bench)
    sql(f"UPDATE users SET {column} = %s WHERE id = %s", value, IDS["staffer"])
    after = await bench.execute(proposal)
    assert after.state == State.PENDING
    assert after.revision_id != proposal.revision_id
    assert "changed since it was approved" in str(after.cause)
    ((number, shown),) = await bench.sql(
        "SELECT number, changes FROM pmbot.revisions WHERE id = :id", id=after.revision_id
    )
    assert number == 2
    assert [change["label"] for change in shown] == ["Account"]
    assert value in str(shown[0]["after"])
    assert value not in str(shown[0]["before"])
    assert await bench.sql("SELECT count(*) FROM pmbot.executions") == [(0,)]
    assert sql(
        "SELECT count(*) FROM sessions WHERE user_id = %s AND revoked > now() - interval '1 min'", IDS["staffer"]
    ) == [(0,)]


async def test_more_roles_than_were_approved_void_the_reinstatement(bench: Bench, sql) -> None:
    """Reinstating gives power back, so the approval is for exactly the roles that were shown."""
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["staffer"])
    proposal = await approved(bench, "staff.reinstate")
    sql(
        "INSERT INTO staff_member_roles (user_id, role_id) SELECT %s, id FROM staff_roles WHERE name = 'super_admin'",
        IDS["staffer"],
    )
    after = await bench.execute(proposal)
    assert after.state == State.PENDING
    ((shown,),) = await bench.sql("SELECT changes FROM pmbot.revisions WHERE id = :id", id=after.revision_id)
    assert shown == [{"label": "Roles", "before": ["admin and finance"], "after": ["admin, finance and super admin"]}]
    assert sql("SELECT status FROM users WHERE id = %s", IDS["staffer"]) == [("suspended",)]


async def test_old_words_do_not_count_for_the_new_revision(bench: Bench, sql) -> None:
    """An approval of revision 1 is none of revision 2, however often the job runs; a fresh one is."""
    proposal = await approved(bench)
    sql("UPDATE users SET name = 'Somebody Else' WHERE id = %s", IDS["staffer"])
    changed = await bench.execute(proposal)
    assert (await bench.execute(proposal)).state == State.PENDING
    again = await bench.decide("nadia", changed)
    assert (await bench.execute(again)).state == State.SUCCEEDED
    assert await bench.sql("SELECT count(*) FROM pmbot.executions") == [(1,)]


@pytest.mark.parametrize("verdict", list(Verdict))
async def test_the_buttons_of_an_old_card_say_so(bench: Bench, sql, verdict: Verdict) -> None:
    """A click on a card drawn before the change counts for nothing, whatever it says."""
    proposal = await approved(bench)
    sql("UPDATE users SET name = 'Somebody Else' WHERE id = %s", IDS["staffer"])
    await bench.execute(proposal)
    by = "oncall" if verdict is Verdict.BREAK_GLASS else "security"
    with pytest.raises(OutOfDate, match="has changed since you saw its card"):
        await bench.decide(by, proposal, verdict)
    assert (await bench.read(proposal.id)).state == State.PENDING


async def test_one_more_session_does_not_save_an_intruder(bench: Bench, sql) -> None:
    """How many sessions there are is shown, not bound: all of them die."""
    proposal = await approved(bench)
    sql(
        "INSERT INTO sessions (user_id, kind, token_hash, expires) VALUES (%s, 'staff', 'new', now() + interval '1 h')",
        IDS["staffer"],
    )
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    assert sql(
        "SELECT count(*) FROM sessions WHERE user_id = %s AND revoked IS NULL AND expires > now()", IDS["staffer"]
    ) == [(0,)]


async def test_a_change_during_the_execution_waits_for_it(bench: Bench, sql) -> None:
    """The facts are read under the lock of the account: who changes it afterwards changes what is already done."""
    proposal = await approved(bench)
    async with bench.database.transaction() as session:
        action = await bench.action(session, "staff.revoke_sessions", "staffer")
        await action.lock(session)
        assert sql("SELECT 1 FROM users WHERE id = %s FOR UPDATE SKIP LOCKED", IDS["staffer"]) == []
    assert (await bench.execute(proposal)).state == State.SUCCEEDED


async def test_a_change_of_what_is_no_account_is_waited_for_and_seen_too(bench: Bench) -> None:
    """The flag is held before it is looked at: what somebody else is just changing asks anew."""
    approved = await decided(bench, await proposed(bench, "flag.rollout"))
    assert approved.state == State.APPROVED
    async with bench.database.transaction() as session:
        await session.execute(text("UPDATE feature_flags SET rollout_percentage = 60 WHERE key = 'ai-composer'"))
        running = asyncio.create_task(bench.execute(approved))
        await until(bench.waiting)
    assert (await running).state == State.PENDING
    assert (await bench.read(approved.id)).revision_id != approved.revision_id
