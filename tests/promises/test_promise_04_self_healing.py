"""Promise 4, where nobody decides: what the policy approves in advance is done as often as it says, and no more.

Self-healing (bot/alerts/healing.py): once for an alert, within the rule's limits, as long as the policy allows it, and
looked at afterwards by somebody who may decide such things.
"""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from bot.errors import NotPermitted
from bot.pipeline import pre_approved, review
from bot.pipeline.execute import execute
from bot.store.models import Proposal, State
from tests.promises.bench import Bench
from tests.promises.healing import ALLOWED, fire, healed, healer

CLOCKS = 4


async def asked_for(bench: Bench) -> Proposal:
    """What was asked for about one alert."""
    await fire(bench, ["email-sending"])
    await healer(bench.core).sweep()
    return await bench.read((await bench.sql("SELECT id FROM pmbot.proposals"))[0][0])


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has found that the limit allows one more takes long to ask for it."""
    ask = pre_approved.ask

    async def later(*given: Any) -> Proposal:
        await asyncio.sleep(0.3)
        return await ask(*given)

    monkeypatch.setattr(pre_approved, "ask", later)


@pytest.mark.usefixtures("slow")
async def test_alerts_of_the_same_instant_share_one_limit(bench: Bench) -> None:
    """However many clocks look at them: one is healed in 24 hours, and of the others it is said why not."""
    await fire(bench)
    await asyncio.gather(*(healer(bench.core, times_a_day=1).sweep() for _ in range(CLOCKS)))
    assert await healed(bench) == [True, False, False]
    said = await bench.sql("SELECT DISTINCT refused FROM pmbot.healings WHERE refused IS NOT NULL")
    assert said == [("this rule has done it once in the last 24 hours, and that is its limit",)]


@pytest.mark.usefixtures("slow")
async def test_so_do_they_share_the_share_of_tenants(bench: Bench) -> None:
    """Of what is asked for and has not run yet, too."""
    [(active,)] = await bench.sql("SELECT count(*) FROM tenants WHERE deleted IS NULL AND status = 'active'")
    await fire(bench)
    both = healer(bench.core, times_a_day=24, share_of_tenants=2 / active)
    await asyncio.gather(*(both.sweep() for _ in range(CLOCKS)))
    assert await healed(bench) == [True, True, False]


async def test_an_alert_is_healed_once(bench: Bench) -> None:
    """The database holds one row of each."""
    await asked_for(bench)
    again = "INSERT INTO pmbot.healings (alert_id, rule, refused) SELECT alert_id, rule, 'x' FROM pmbot.healings"
    with pytest.raises(IntegrityError, match="pk_healings"):
        await bench.sql(again)


async def test_it_runs_as_long_as_the_policy_allows_it(bench: Bench) -> None:
    """Taken out of the file in between, it waits for people."""
    proposal = await asked_for(bench)
    assert bench.core.policy.self_healing.allowed == ()
    assert (await bench.execute(proposal)).state == State.PENDING
    assert await bench.sql("SELECT count(*) FROM pmbot.holds") == [(0,)]


async def test_whoever_may_decide_such_things_looks_at_it(bench: Bench) -> None:
    """And nobody else; it waits for them until then."""
    proposal = await asked_for(bench)
    await execute(healer(bench.core).core, proposal.id)
    assert ALLOWED.self_healing.allowed
    for who, may in (("finance", False), ("oncall", True)):
        operator = await bench.operator(who)
        async with bench.database.transaction() as session:
            assert len(await review.to_review(session)) == 1
            if may:
                await review.review(bench.core, session, operator, proposal.id)
            else:
                with pytest.raises(NotPermitted):
                    await review.review(bench.core, session, operator, proposal.id)
    async with bench.database.transaction() as session:
        assert await review.to_review(session) == []
