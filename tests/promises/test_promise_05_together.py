"""Promise 5: effect and audit commit together; what goes outside happens at most once, and is never guessed."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from bot.actions.base import EffectRequest
from bot.audit import trail
from bot.delivery.channels import Channels
from bot.demo import world
from bot.drawing.cards.proposal import Cards
from bot.drawing.render import Renderer
from bot.pipeline import effects, execute, verify
from bot.store.models import Effect, Proposal, State
from tests.conftest import until
from tests.promises import dying_worker
from tests.promises.bench import IDS, Bench, build
from tests.promises.charging import (
    INTEGRATION,
    Insurance,
    InsuranceClient,
    RevokeAndFail,
    RevokeAndReport,
    executed,
    insured,
    key,
    run,
)

ALIVE = "SELECT count(*) FROM sessions WHERE user_id = :id AND revoked IS NULL AND expires > now()"
AUDITED = "SELECT count(*) FROM pmbot.audit_log WHERE kind = 'executed'"
JOBS = "SELECT count(*) FROM pmbot.procrastinate_jobs WHERE task_name = :task"
STATE = "SELECT state FROM pmbot.effects"


@pytest.fixture
async def insurance() -> AsyncIterator[tuple[Insurance, str]]:
    other = Insurance()
    async with other.serve() as url:
        yield other, url


@pytest.fixture
async def outside(database_url: str, insurance: tuple[Insurance, str]) -> AsyncIterator[tuple[Bench, Insurance]]:
    """A bench whose revocation has an effect on the insurance."""
    other, url = insurance
    async with insured(database_url, url) as made:
        yield made, other


# One transaction


async def nothing_was_done(bench: Bench, proposal: Proposal) -> None:
    """Neither the change nor any word of it, and no job that would follow."""
    assert await bench.sql(ALIVE, id=IDS["staffer"]) == [(4,)]
    assert await bench.sql(AUDITED) == [(0,)]
    assert await bench.sql("SELECT count(*) FROM pmbot.executions") == [(0,)]
    assert await bench.sql("SELECT count(*) FROM admin_audit_log WHERE action = 'staff.revoke_sessions'") == [(0,)]
    assert await bench.sql(JOBS, task="verify") == [(0,)]
    assert (await bench.read(proposal.id)).state == State.APPROVED


async def test_an_error_in_the_action_leaves_nothing(database_url: str) -> None:
    """What it had changed by then is gone too; the job may try again."""
    bench = build(database_url, replaced=[RevokeAndFail])
    proposal = await bench.decide("security", await bench.ask("oncall"))
    with pytest.raises(ZeroDivisionError):
        await bench.execute(proposal)
    await nothing_was_done(bench, proposal)
    await bench.database.engine.dispose()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (trail, "append"),
        (execute.compliance, "record"),
        (effects, "plan"),
        (execute, "distrust"),
        (execute, "defer"),
    ],
)
async def test_an_error_after_the_action_leaves_nothing_either(bench: Bench, monkeypatch, module, name: str) -> None:
    """Audit entry, compliance row, effects, what becomes void and the jobs: any of them fails, all of it does."""
    proposal = await bench.decide("security", await bench.ask("oncall"))

    async def broken(*_arguments: object, **_named: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(module, name, broken)
        with pytest.raises(ZeroDivisionError):
            await bench.execute(proposal)
    await nothing_was_done(bench, proposal)
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    assert await bench.sql(ALIVE, id=IDS["staffer"]) == [(0,)]
    assert await bench.sql(AUDITED) == [(1,)]


async def test_nobody_sees_the_change_before_its_audit_entry(bench: Bench, sql, monkeypatch) -> None:
    """Seen from outside, both appear at the same instant."""
    proposal = await bench.decide("security", await bench.ask("oncall"))
    seen = []
    record = execute.compliance.record

    async def look(*arguments: object, **named: object) -> None:
        await record(*arguments, **named)
        seen.append(
            sql(
                "SELECT count(*) FROM sessions WHERE user_id = %s AND revoked > now() - interval '1 min'",
                IDS["staffer"],
            )
            + sql(AUDITED)
        )

    monkeypatch.setattr(execute.compliance, "record", look)
    await bench.execute(proposal)
    assert seen == [[(0,), (0,)]]
    assert sql(AUDITED) == [(1,)]


async def test_two_who_ask_the_platform_at_once_put_one_answer_on_record(bench: Bench, monkeypatch) -> None:
    """Both have it before either has written it down."""
    done = await executed(bench)
    settle, together = verify._settle, asyncio.Barrier(2)

    async def at_once(*arguments: Any) -> None:
        await together.wait()
        await settle(*arguments)

    monkeypatch.setattr(verify, "_settle", at_once)
    await asyncio.gather(*(verify.verify(bench.core, done.id, 0, 0) for _ in range(2)))
    assert await bench.sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'verified'") == [(1,)]


# Outside calls


async def test_an_effect_is_sent_once_however_often_its_job_runs(outside: tuple[Bench, Insurance]) -> None:
    """Planned with the step, sent with its key, its answer kept."""
    bench, other = outside
    proposal = await executed(bench)
    assert await bench.sql(STATE) == [("planned",)]
    assert await bench.sql(JOBS, task="effect") == [(1,)]
    for _ in range(3):
        assert await run(bench, proposal) == "done"
    assert other.reports == [key(proposal)]
    assert await bench.sql("SELECT answer FROM pmbot.effects") == [({"claim": "C-1"},)]


async def test_two_workers_with_the_same_effect_send_it_once(outside: tuple[Bench, Insurance]) -> None:
    """Both get the job; one sends, the other sees that it was sent and only asks."""
    bench, other = outside
    proposal = await executed(bench)

    async def all_at_the_door() -> bool:
        return await bench.waiting() == len(runs)

    async with bench.database.transaction() as session:
        await session.execute(select(Effect).with_for_update())
        runs = [asyncio.create_task(effects.run(bench.core, key(proposal))) for _ in range(4)]
        await until(all_at_the_door)
    await asyncio.gather(*runs)
    assert other.reports == [key(proposal)]
    assert await run(bench, proposal) == "done"


async def test_what_cannot_be_sent_yet_is_sent_later_and_once(outside: tuple[Bench, Insurance]) -> None:
    """It is as planned as before, and asked for again in a moment, each time a little later."""
    bench, insurance = outside
    proposal, insurance.mood = await executed(bench), "later"
    before = await bench.sql(JOBS, task="effect")
    assert await run(bench, proposal) == "planned"
    assert await bench.sql(JOBS, task="effect") == [(before[0][0] + 1,)]
    insurance.mood = "well"
    assert await run(bench, proposal) == await run(bench, proposal) == "done"
    assert insurance.reports == [key(proposal)]


async def test_a_refused_effect_has_failed(outside: tuple[Bench, Insurance]) -> None:
    """The other side said no: nothing happened there, and it is not tried again."""
    bench, other = outside
    other.mood = "no"
    proposal = await executed(bench)
    assert await run(bench, proposal) == "failed"
    assert await bench.sql("SELECT answer FROM pmbot.effects") == [({"cause": "the policy has ended"},)]
    other.mood = "well"
    assert await run(bench, proposal) == "failed"
    assert other.reports == []


async def test_what_is_not_set_up_is_not_called_and_the_card_says_so(database_url: str) -> None:
    """Nobody refused anything; and settings that come later do not send what is over."""
    bench = build(database_url, replaced=[RevokeAndReport])
    proposal = await executed(bench)
    assert await run(bench, proposal) == "failed"
    assert "report: not sent: the bot has no settings for that system" in await shown(bench, proposal)
    await bench.database.engine.dispose()


async def test_what_was_sent_before_its_settings_went_is_not_called_unsent(outside: tuple[Bench, Insurance]) -> None:
    """It may have happened, and nobody can be asked now."""
    bench, other = outside
    other.mood = "lost"
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    without = Bench(replace(bench.core, integrations={}))
    assert await run(without, proposal) == "unknown"
    assert "report: result unknown" in await shown(without, proposal)


async def shown(bench: Bench, proposal: Proposal) -> str:
    """What its card says."""
    cards = Cards(bench.core, Renderer(), Channels(AsyncWebClient(), {}), world.workspace().team_id)
    async with bench.database.snapshot() as session:
        return str((await cards.proposal(session, str(proposal.id)))["text"])


async def test_a_lost_answer_is_looked_up_and_not_repeated(outside: tuple[Bench, Insurance]) -> None:
    """Unknown, until the other side can tell."""
    bench, other = outside
    other.mood, other.knows_nothing = "lost", True
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    assert await run(bench, proposal) == "unknown"
    other.knows_nothing = False
    assert await run(bench, proposal) == "done"
    assert other.reports == [key(proposal)]


async def test_what_never_arrived_stays_unknown_and_is_asked_about_again(outside: tuple[Bench, Insurance]) -> None:
    """No answer is no proof: it is never sent a second time by itself, and a job will ask once more."""
    bench, other = outside
    other.mood = "deaf"
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    other.mood = "well"
    assert await run(bench, proposal) == "unknown"
    assert other.reports == []
    later = "SELECT count(*) FROM pmbot.procrastinate_jobs WHERE task_name = 'effect' AND scheduled_at > now()"
    assert await bench.sql(later) == [(2,)]


async def test_what_stays_unknown_is_asked_less_and_less_and_told_to_security_once(
    outside: tuple[Bench, Insurance],
) -> None:
    """A card that would say the same is not drawn anew; once it is known, the card and what security read say so."""
    bench, other = outside
    other.mood = "deaf"
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    version = f"SELECT version FROM pmbot.messages WHERE key = 'proposal:{proposal.id}'"
    told = "SELECT channel, version FROM pmbot.messages WHERE projection = 'unknown_effect'"
    drawn = await bench.sql(version)
    other.mood = "well"
    for looks in range(effects.ESCALATE + 7):
        assert await bench.sql(told) == ([("security", 1)] if looks >= effects.ESCALATE else [])
        await effects.run(bench.core, key(proposal), looks)
    assert await bench.sql(version) == drawn
    waits = [
        wait
        for (wait,) in await bench.sql(
            "SELECT extract(epoch FROM scheduled_at - now())::float FROM pmbot.procrastinate_jobs"
            " WHERE task_name = 'effect' AND scheduled_at IS NOT NULL ORDER BY id"
        )
    ]
    assert all(later > 1.5 * before for before, later in itertools.pairwise(waits[1 : effects.ESCALATE - 1]))
    assert effects.AT_MOST / 2 < max(waits) <= effects.AT_MOST
    other.reports.append(key(proposal))  # it had arrived after all, and the other side says so now
    assert await run(bench, proposal) == "done"
    assert await bench.sql(told) == [("security", 2)]
    assert await bench.sql(version) == [(drawn[0][0] + 1,)]


async def test_what_is_known_of_a_call_is_not_forgotten_by_a_look_that_ends_later(
    outside: tuple[Bench, Insurance], monkeypatch
) -> None:
    """Two look at the same time; one is told that it happened, the other has been told nothing."""
    bench, other = outside
    other.mood, other.knows_nothing = "lost", True
    proposal = await executed(bench)
    assert await run(bench, proposal) == "unknown"
    look_up = InsuranceClient.look_up

    async def slowly(client: InsuranceClient, *arguments: object) -> object:
        found = await look_up(client, *arguments)
        monkeypatch.setattr(InsuranceClient, "look_up", look_up)
        other.knows_nothing = False
        assert await run(bench, proposal) == "done"
        return found

    monkeypatch.setattr(InsuranceClient, "look_up", slowly)
    assert await run(bench, proposal) == "done"


async def test_it_is_marked_as_sent_before_it_is_sent(outside: tuple[Bench, Insurance], sql, monkeypatch) -> None:
    """Whoever looks while the call is under way sees that it may have happened."""
    bench, _ = outside
    proposal = await executed(bench)
    seen = []
    send = InsuranceClient.send

    async def look(client: InsuranceClient, *arguments: object) -> object:
        seen.append(sql(STATE))
        return await send(client, *arguments)

    monkeypatch.setattr(InsuranceClient, "send", look)
    await run(bench, proposal)
    assert seen == [[("sent",)]]


async def test_a_run_cut_off_between_call_and_answer_is_reconciled(
    outside: tuple[Bench, Insurance], monkeypatch
) -> None:
    """As after a kill: the call arrived, nobody noted the answer, the next run asks for it."""
    bench, other = outside
    proposal = await executed(bench)
    send = InsuranceClient.send

    async def cut_off(client: InsuranceClient, *arguments: object) -> object:
        await send(client, *arguments)
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(InsuranceClient, "send", cut_off)
        with contextlib.suppress(asyncio.CancelledError):
            await effects.run(bench.core, key(proposal))
    assert await bench.sql(STATE) == [("sent",)]
    assert await run(bench, proposal) == "done"
    assert other.reports == [key(proposal)]


async def test_an_effect_has_one_row(outside: tuple[Bench, Insurance]) -> None:
    """The key of `effects` is proposal, step and name: planned twice it is an error, with all that planned it."""
    bench, _ = outside
    proposal = await executed(bench)
    again = [EffectRequest("report", INTEGRATION, {})]

    async def plan_again() -> None:
        async with bench.database.transaction() as session:
            await effects.plan(session, proposal.id, 0, again)

    with pytest.raises(IntegrityError, match="pk_effects"):
        await plan_again()


# kill -9


@pytest.mark.parametrize(
    ("point", "ends_as", "reported"),
    [
        ("job effect, fetch: after #1", "done", 1),
        ("commit of effects.run: before #1", "done", 1),
        ("commit of effects.run: after #1", "unknown", 0),
        ("call of insurance, send: before #1", "unknown", 0),
        ("call of insurance, send: after #1", "done", 1),
        ("commit of effects._settle: before #1", "done", 1),
        ("commit of effects._settle: after #1", "done", 1),
        ("job effect, finish_job: before #1", "done", 1),
    ],
)
async def test_kill_9_around_the_call(
    database_url: str, insurance: tuple[Insurance, str], tmp_path: Path, point: str, ends_as: str, reported: int
) -> None:
    """Sent at most once wherever the worker dies; what may have happened is asked for, and else shown as unknown."""
    other, url = insurance
    bench = build(database_url, replaced=[RevokeAndReport])
    proposal = await executed(bench)
    await bench.sql("DELETE FROM pmbot.procrastinate_jobs WHERE task_name <> 'effect'")
    async with world.around(database_url) as around:
        chosen = world.settings(database_url, around.slack, around.slack_url, around.platform_url).model_dump()
        with dying_worker.ended(
            dying_worker.start(chosen, notes=tmp_path / "points", at=point, insurance=url)
        ) as dying:
            await until(lambda: not dying.is_alive())
            assert dying.exitcode == -9
        with dying_worker.ended(dying_worker.start(chosen, insurance=url)):
            await until(lambda: settled(database_url, ends_as))
    assert other.reports == [key(proposal)] * reported
    await bench.database.engine.dispose()


def settled(url: str, state: str) -> bool:
    """The effect is there, and its job has been put back and ended at least once; it may be due again later."""
    with psycopg.connect(url, autocommit=True) as connection:
        due = (
            "SELECT count(*) FROM pmbot.procrastinate_jobs WHERE task_name = 'effect'"
            " AND (status = 'doing' OR status = 'todo' AND coalesce(scheduled_at, now()) <= now())"
        )
        return connection.execute(STATE).fetchall() == [(state,)] and connection.execute(due).fetchone() == (0,)
