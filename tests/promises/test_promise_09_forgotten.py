"""Promise 9: what was shown of people is kept as long as somebody decides by it, and a week."""

from bot.actions.impact import Impact, Step, fingerprint
from bot.pipeline import sweep
from bot.store.models import State
from tests.integration.action_examples import BEFORE
from tests.promises.bench import Bench
from tests.promises.test_promise_04_who_decides import give_role
from tests.promises.test_promise_11_gone import everything

SHOWN = "SELECT count(*) FROM pmbot.revisions WHERE impacts::text LIKE '%%staffer@penguinmails.example%%'"
AGES = (
    "UPDATE pmbot.revisions SET created = created - interval '8 days'",
    "UPDATE pmbot.proposals SET ended = ended - interval '8 days'",
)


async def test_what_is_over_for_a_week_is_cleared_and_can_be_drawn(bench: Bench, sql) -> None:
    """Card, Home and details: by the title alone. What is open, or over since today, is whole."""
    old = await bench.execute(await bench.decide("security", await bench.ask("oncall")))
    assert old.state == State.SUCCEEDED
    for age in AGES:
        sql(age)
    await bench.ask("tomasz", "staff.suspend")
    assert sql(SHOWN) == [(2,)]
    assert await sweep.forget(bench.core) == 1
    assert sql(SHOWN) == [(1,)]
    assert any("Signed out Priya Raghunathan everywhere" in text for text in await everything(bench, old))
    assert await sweep.forget(bench.core) == 0


async def test_what_was_replaced_is_cleared_while_the_newer_is_open(bench: Bench, sql) -> None:
    """And the newer one is decided and runs."""
    sql(BEFORE["staff.reinstate"])
    proposal = await bench.decide("nadia", await bench.ask("security", "staff.reinstate"))
    give_role(sql, "staffer", "support")
    changed = await bench.execute(proposal)
    sql(AGES[0])
    assert await sweep.forget(bench.core) == 1
    assert (await bench.execute(await bench.decide("nadia", changed))).state == State.SUCCEEDED


async def test_the_fingerprints_of_decisions_are_proven_by_the_trail_alone(bench: Bench, sql) -> None:
    """Each word says what it was about, and what that was stands in the details of the trail, revised or not."""
    sql(BEFORE["staff.reinstate"])
    proposal = await bench.decide("nadia", await bench.ask("security", "staff.reinstate"))
    give_role(sql, "staffer", "support")
    changed = await bench.execute(proposal)
    await bench.decide("nadia", changed)
    plan = [Step.model_validate(one) for one in sql("SELECT plan FROM pmbot.revisions LIMIT 1")[0][0]]
    for age in AGES:
        sql(age)
    await sweep.forget(bench.core)
    said = sql("SELECT facts->>'fingerprint' FROM pmbot.audit_log WHERE kind = 'decided' ORDER BY id")
    shown = sql(
        "SELECT d.body->'impacts' FROM pmbot.audit_details d JOIN pmbot.audit_log a ON a.id = d.audit_id"
        " WHERE d.body ? 'impacts' ORDER BY a.id"
    )
    proven = [(fingerprint(plan, [Impact.model_validate(one) for one in impacts]),) for (impacts,) in shown]
    assert said == proven
    assert len(set(said)) == 2
