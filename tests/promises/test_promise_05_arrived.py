"""Promise 5: what surely did not arrive is known as such and told, and only a person has it sent again, once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.channels import Channels
from bot.demo import world
from bot.drawing.cards.notices import Notices
from bot.drawing.cards.proposal import Cards
from bot.drawing.render import Renderer
from bot.errors import AlreadyDecided, NotPermitted, OutOfDate
from bot.integrations.base import ONCE
from bot.pipeline import effects, send_again
from bot.pipeline.telling import News
from bot.store.models import Proposal
from tests.conftest import until
from tests.promises import dying_worker
from tests.promises.bench import Bench, build
from tests.promises.charging import (
    INTEGRATION,
    Insurance,
    InsuranceClient,
    RevokeAndReport,
    executed,
    insured,
    key,
    run,
)

AGED = "UPDATE pmbot.effects SET sent = sent - interval '15 minutes'"
TOLD = "SELECT count(*) FROM pmbot.messages WHERE projection = 'told' AND subject LIKE '%unsent'"
SECRET = f'UPDATE pmbot.effects SET request = request || \'{{"{ONCE}": {{"answer_with": "x"}}}}\''
KEEPS = f"SELECT request ? '{ONCE}' FROM pmbot.effects"
AUDITED = "SELECT count(*) FROM pmbot.audit_log WHERE kind = :kind"


@pytest.fixture
async def insurance() -> AsyncIterator[tuple[Insurance, str]]:
    """It loses what it is told, and says surely of what it does not know that it has not come."""
    other = Insurance(mood="deaf", is_certain=True)
    async with other.serve() as url:
        yield other, url


@pytest.fixture
async def outside(database_url: str, insurance: tuple[Insurance, str]) -> AsyncIterator[tuple[Bench, Insurance]]:
    other, url = insurance
    async with insured(database_url, url) as made:
        yield made, other


async def lost(bench: Bench) -> Proposal:
    """A request whose call surely did not arrive."""
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    await bench.sql(AGED)
    assert await run(bench, proposal) == "failed"
    return proposal


async def again(bench: Bench, proposal: Proposal, by: str = "oncall") -> int:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        return await send_again.send_again(bench.core, session, operator, proposal.id)


async def found(bench: Bench, proposal: Proposal, *, arrived: bool, stripped: bool = False) -> int:
    """What security says of it; `stripped`: of all that it may."""
    operator = await bench.operator("security")
    if stripped:
        operator = replace(operator, permissions=frozenset())
    async with bench.database.transaction() as session:
        return await send_again.found(bench.core, session, operator, proposal.id, arrived=arrived)


async def shown(bench: Bench, proposal: Proposal, what: str = "card") -> str:
    about = (bench.core, Renderer(), Channels(AsyncWebClient(), {}), world.workspace().team_id)
    async with bench.database.snapshot() as session:
        if what == "card":
            return str(await Cards(*about).proposal(session, str(proposal.id)))
        if what == "told":
            return str(await Notices(*about).told(session, f"{proposal.id}:{News.UNSENT}"))
        return str(await Cards(*about).unknown_effect(session, str(proposal.id)))


# It surely did not arrive


async def test_what_is_not_there_is_unknown_at_first_and_then_surely_not_there(
    outside: tuple[Bench, Insurance],
) -> None:
    """What is on its way may still come; a quarter of an hour later it never will. Whoever asked is told, once."""
    bench, other = outside
    proposal = await executed(bench)
    assert [await run(bench, proposal) for _ in range(3)] == ["unknown"] * 3
    assert await bench.sql(TOLD) == [(0,)]
    await bench.sql(AGED)
    assert [await run(bench, proposal) for _ in range(2)] == ["failed"] * 2
    assert "report: did not arrive" in await shown(bench, proposal)
    assert "'text': 'Send again'" in await shown(bench, proposal)
    assert "report: did not arrive" in await shown(bench, proposal, "told")
    assert await bench.sql(TOLD) == [(1,)]
    assert other.reports == []


async def test_a_question_without_an_answer_is_no_proof_however_late(outside: tuple[Bench, Insurance]) -> None:
    bench, other = outside
    other.is_certain = False
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    await bench.sql(AGED)
    assert await run(bench, proposal) == "unknown"
    assert "Send again" not in await shown(bench, proposal)


async def test_it_is_asked_less_and_less_and_for_as_long_as_it_takes(outside: tuple[Bench, Insurance]) -> None:
    """Once a day at the least, also after years."""
    bench, other = outside
    other.is_certain = False
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    assert await run(bench, proposal, 10_000) == "unknown"
    latest = "SELECT max(extract(epoch FROM scheduled_at - now()))::float FROM pmbot.procrastinate_jobs"
    ((wait,),) = await bench.sql(latest)
    assert effects.AT_MOST - 60 < wait <= effects.AT_MOST


# Not yet


async def test_what_cannot_be_sent_for_a_day_is_given_up_and_told(outside: tuple[Bench, Insurance]) -> None:
    """Nothing was sent; the card says what it waited for. Its counter opens again, and somebody has it sent."""
    bench, other = outside
    other.mood = "later"
    proposal = await executed(bench)
    assert await run(bench, proposal, 5_000) == "planned"
    ((wait,),) = await bench.sql(
        "SELECT extract(epoch FROM max(scheduled_at) - now())::float FROM pmbot.procrastinate_jobs"
    )
    assert wait <= effects.RETRIED
    await bench.sql("UPDATE pmbot.effects SET planned = planned - interval '1 day'")
    assert await run(bench, proposal) == "failed"
    assert "not sent, although I tried for a day: its counter was closed" in await shown(bench, proposal)
    assert await bench.sql(TOLD) == [(1,)]
    other.mood = "well"
    assert await again(bench, proposal) == 1
    assert await run(bench, proposal) == "done"
    assert other.reports == [key(proposal)]


# Sent again


async def test_it_is_sent_again_once_however_often_somebody_clicks(outside: tuple[Bench, Insurance]) -> None:
    bench, other = outside
    proposal = await lost(bench)
    other.mood = "well"
    clicks = await asyncio.gather(*(again(bench, proposal) for _ in range(3)), return_exceptions=True)
    assert sorted(str(type(one)) for one in clicks) == sorted(map(str, [int, AlreadyDecided, AlreadyDecided]))
    assert [await run(bench, proposal) for _ in range(3)] == ["done"] * 3
    assert other.reports == [key(proposal)]
    assert await bench.sql(AUDITED, kind="sent_again") == [(1,)]
    assert "Sent again" in await shown(bench, proposal, "told")
    with pytest.raises(AlreadyDecided):
        await again(bench, proposal)


async def test_what_came_after_all_is_not_sent_a_second_time(outside: tuple[Bench, Insurance]) -> None:
    """Before it is sent again the other side is asked once more."""
    bench, other = outside
    proposal = await lost(bench)
    other.mood = "well"
    other.reports.append(key(proposal))
    await again(bench, proposal)
    assert await run(bench, proposal) == "done"
    assert other.reports == [key(proposal)]


async def test_what_is_lost_again_can_be_sent_again_and_is_told_again(outside: tuple[Bench, Insurance]) -> None:
    bench, other = outside
    proposal = await lost(bench)
    await again(bench, proposal)
    assert await run(bench, proposal) == "unknown"
    assert await run(bench, proposal) == "unknown"  # sent anew, it has its quarter of an hour
    await bench.sql(AGED)
    assert await run(bench, proposal) == "failed"
    assert await bench.sql(TOLD) == [(2,)]
    assert other.reports == []


async def test_a_look_of_before_does_not_undo_that_it_is_sent_again(
    outside: tuple[Bench, Insurance], monkeypatch
) -> None:
    """It was told that nothing had come, which somebody has acted on by the time it says so."""
    bench, other = outside
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    await bench.sql(AGED)
    look_up = InsuranceClient.look_up

    async def slowly(client: InsuranceClient, *arguments: object) -> object:
        monkeypatch.setattr(InsuranceClient, "look_up", look_up)
        assert await run(bench, proposal) == "failed"
        await again(bench, proposal)
        other.mood = "lost"
        other.knows_nothing = True
        assert await run(bench, proposal) == "unknown"
        return await look_up(client, *arguments)

    monkeypatch.setattr(InsuranceClient, "look_up", slowly)
    assert await run(bench, proposal) == "unknown"
    other.knows_nothing = False
    assert await run(bench, proposal) == "done"
    assert other.reports == [key(proposal)]


async def test_only_who_may_ask_for_it_has_it_sent_again_and_only_in_time(outside: tuple[Bench, Insurance]) -> None:
    bench, _ = outside
    proposal = await lost(bench)
    with pytest.raises(NotPermitted):
        await again(bench, proposal, by="dmitri")
    without = Bench(replace(bench.core, integrations={}))
    assert "Send again" not in await shown(without, proposal)
    with pytest.raises(AlreadyDecided):
        await again(without, proposal)
    await bench.sql("UPDATE pmbot.effects SET planned = planned - interval '8 days'")
    with pytest.raises(OutOfDate, match="7 days"):
        await again(bench, proposal)


# What somebody found


@pytest.mark.parametrize("said", ["report: done", "report: did not arrive"])
async def test_where_nobody_can_be_asked_somebody_looks_and_says_so(
    outside: tuple[Bench, Insurance], said: str
) -> None:
    """Then nothing asks any more, and what is not there can be sent again: only for that is its secret kept."""
    bench, other = outside
    arrived = said == "report: done"
    other.is_certain = False
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    assert await run(bench, proposal, effects.ESCALATE - 1) == "unknown"
    assert "Did not arrive" in await shown(bench, proposal, "unknown")
    await bench.sql(SECRET)
    with pytest.raises(NotPermitted):
        await found(bench, proposal, arrived=arrived, stripped=True)
    assert await found(bench, proposal, arrived=arrived) == 1
    with pytest.raises(AlreadyDecided):
        await found(bench, proposal, arrived=not arrived)
    assert said in await shown(bench, proposal)
    assert "Result known" in await shown(bench, proposal, "unknown")
    assert await run(bench, proposal) == ("done" if arrived else "failed")
    assert await bench.sql(AUDITED, kind="arrived") == [(1,)]
    assert ("'text': 'Send again'" in await shown(bench, proposal)) is not arrived
    assert await bench.sql(KEEPS) == [(not arrived,)]


async def test_who_can_be_asked_is_believed_and_nobody_else(outside: tuple[Bench, Insurance], monkeypatch) -> None:
    bench, _ = outside
    monkeypatch.setattr(InsuranceClient, "tells", True)
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    assert "Did not arrive" not in await shown(bench, proposal, "unknown")
    with pytest.raises(AlreadyDecided):
        await found(bench, proposal, arrived=True)


# kill -9


@pytest.mark.parametrize(
    ("point", "ends_as", "reported"),
    [
        ("commit of effects.run: before #1", "done", 1),
        ("commit of effects.run: after #1", "unknown", 0),
        ("call of insurance, look_up: before #1", "unknown", 0),
        ("call of insurance, send: after #1", "done", 1),
        ("commit of effects._settle: before #1", "done", 1),
    ],
)
async def test_kill_9_while_it_is_sent_again(
    database_url: str, insurance: tuple[Insurance, str], tmp_path: Path, point: str, ends_as: str, reported: int
) -> None:
    """Once at most, wherever the worker dies; and what was cut off before is known as lost a second time."""
    other, url = insurance
    bench = build(database_url, replaced=[RevokeAndReport], integrations={INTEGRATION: InsuranceClient(url)})
    proposal = await lost(bench)
    await again(bench, proposal)
    other.mood = "well"
    await bench.sql("DELETE FROM pmbot.procrastinate_jobs WHERE task_name <> 'effect' OR scheduled_at IS NOT NULL")
    async with world.around(database_url) as around:
        chosen = world.settings(database_url, around.slack, around.slack_url, around.platform_url).model_dump()
        with dying_worker.ended(
            dying_worker.start(chosen, notes=tmp_path / "points", at=point, insurance=url)
        ) as dying:
            await until(lambda: not dying.is_alive())
            assert dying.exitcode == -9
        with dying_worker.ended(dying_worker.start(chosen, insurance=url)):
            await until(lambda: settled(bench, ends_as))
    assert other.reports == [key(proposal)] * reported
    if not reported:
        await bench.sql(AGED)
        assert await run(bench, proposal) == "failed"
    await bench.database.engine.dispose()


async def settled(bench: Bench, state: str) -> bool:
    due = (
        "SELECT count(*) FROM pmbot.procrastinate_jobs WHERE task_name = 'effect'"
        " AND (status = 'doing' OR status = 'todo' AND coalesce(scheduled_at, now()) <= now())"
    )
    return await bench.sql("SELECT state FROM pmbot.effects") == [(state,)] and await bench.sql(due) == [(0,)]
