"""Queues and their jobs: what is read of them, what of it nobody reads, and changing many at once."""

import datetime as dt
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot import policy
from bot.actions.base import Action
from bot.actions.impact import Impact
from bot.actions.queues.delete import ClearFailed, DeleteJob
from bot.actions.queues.failed import FailedJobs, ShowJob
from bot.actions.queues.job_sets import MANY, FailedIn, OneJob, Priority, Waiting
from bot.actions.queues.overview import ShowQueue, ShowQueues
from bot.actions.queues.prioritise import Prioritise
from bot.actions.queues.retry import Retry, RetryFailed
from bot.drawing.buttons import shared_arguments
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.errors import InvalidParameter, NothingToDo
from bot.parameters.base import Lookup, Reason
from bot.platform.redaction import redacted
from bot.policy import Requirement
from bot.store.database import Database
from bot.targets.job import Job
from bot.targets.queue import Queue
from tests.integration.action_examples import REGISTRY, done

WHY = Reason("ticket 812")
QUEUE = "email-sending"
FLOOD = """
    INSERT INTO jobs (queue_name, status, failed, attempt_count, last_error_message, created)
    SELECT 'email-sending', 'failed', now() - interval '1 min', 3,
           'No mailbox for person' || n || '@inbox' || n % 3 || '.example at 203.0.113.' || n % 200, now()
    FROM generate_series(1, 1200) AS n
"""


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[AsyncSession]:
    database = Database(database_url)
    async with database.transaction() as session:
        yield session
    await database.close()


def lookup(session: AsyncSession) -> Lookup:
    return Lookup(session, "T0", 300, "retry", {})


async def read(action: Action, session: AsyncSession) -> str:
    impact = await action.preview(session)
    said = Renderer().message(
        f"actions/{action.name}.j2", Clearance.NONE, impact=impact, next_buttons=[], **impact.context
    )
    return str(said["text"]).replace("\u2060", "")


async def test_the_worst_queue_comes_first(session: AsyncSession, sql) -> None:
    """With its colour, its failures, and who paused it until when."""
    sql(FLOOD)
    sql(
        "INSERT INTO queue_pauses (queue_name, paused_by, ends) SELECT 'warmup:process', id, now() + interval '2 h'"
        " FROM users WHERE email = 'oncall@penguinmails.example'"
    )
    impact = await ShowQueues().preview(session)
    first, paused = impact.facts[0], next(one for one in impact.facts if one.label == "warmup:process")
    assert first.label == QUEUE
    assert first.text.startswith("red · 69 waiting")
    assert "1,202 failed in the last day" in first.text
    assert paused.text.startswith("yellow · ")
    assert "paused by Óscar Peñalver until" in paused.text
    assert impact.context["colours"]["red"] == 1


async def test_a_queue_says_why_its_jobs_fail_and_what_to_do(session: AsyncSession, sql) -> None:
    """Failures of one cause are one line, whatever address they name; the buttons carry the queue along."""
    sql(FLOOD)
    action = ShowQueue(queue=Queue(QUEUE))
    impact = await action.preview(session)
    assert impact.context["causes"][0]["number"] == 400
    assert "Held back   nothing" in await read(action, session)
    assert action.leads_to(impact) == ("pause", "retry failed", "jobs failed")
    assert shared_arguments(action, REGISTRY.by_verb["pause"]) == {"what": QUEUE}
    assert shared_arguments(action, REGISTRY.by_verb["retry failed"]) == {"queue": QUEUE}


async def test_no_address_and_no_payload_is_read(session: AsyncSession, sql) -> None:
    """Neither in lists nor of one job."""
    sql(FLOOD)
    said = await read(FailedJobs(queue=Queue(QUEUE)), session)
    assert "400 ×" in said
    assert "•••@inbox0.example at •" in said
    assert "person" not in said.replace("personal", "")
    [one] = await Job.find(session, "c8e75d0b")
    sql("UPDATE jobs SET payload = jsonb_build_object('to', 'kim@secret.example') WHERE id = %s", one.id)
    said = await read(ShowJob(job=one), session)
    assert "attempt 3: failed" in said
    assert "secret" not in said


@pytest.mark.parametrize(
    ("wrote", "shown"),
    [
        ("550 <kim.lee@inbox.example> unknown", "550 <•••@inbox.example> unknown"),
        ("from 203.0.113.9 and 2001:db8::1:2", "from • and •"),
        ("token sk-live-4f9a8b7c6d5e4f3a2b1c refused", "token • refused"),
        ("421 try again later", "421 try again later"),
        ("x" * 300, "x" * 119 + "…"),
        (None, ""),
    ],
)
def test_redacted(wrote: str | None, shown: str) -> None:
    """What is left says what went wrong, and to nobody's face."""
    assert redacted(wrote) == shown


async def failed(session: AsyncSession) -> FailedIn:
    return await FailedIn.resolve("queue", QUEUE, lookup(session))


def needs(action: Action, role: str) -> Requirement:
    return policy.load().requirement(action.stakes, roles=frozenset({role}), on_self=False)


async def test_what_was_retried_meanwhile_is_counted_and_left_alone(session: AsyncSession, sql) -> None:
    """As is what failed after somebody asked."""
    meant = await failed(session)
    retry = RetryFailed(queue=meant, reason=WHY)
    assert needs(retry, "engineering").no_approval
    await session.execute(text("UPDATE jobs SET status = 'running' WHERE id::text LIKE 'c8e75d0b%'"))
    sql(FLOOD.replace("now() - interval '1 min'", "now() + interval '1 min'"))
    outcome = await done(retry, session)
    assert (outcome.data["done"], outcome.data["skipped"]) == (1, 1)
    [left] = await session.scalars(
        text("SELECT count(*) FROM jobs WHERE queue_name = 'email-sending' AND status = 'failed'")
    )
    assert left == 1200
    lines = list(
        await session.scalars(text("SELECT log_message FROM job_logs WHERE status = 'retry' AND attempt_number = 0"))
    )
    assert lines == ["tried again by an operator"]


async def test_above_a_thousand_somebody_confirms(session: AsyncSession, sql) -> None:
    """Their own word is enough; deleting takes another, however few they are."""
    sql(FLOOD)
    meant = await failed(session)
    assert meant.number > MANY
    asked = needs(RetryFailed(queue=meant, reason=WHY), "operations")
    assert (asked.no_approval, asked.self_approval) == (False, True)
    assert not needs(ClearFailed(queue=meant, reason=WHY), "operations").self_approval
    outcome = await done(ClearFailed(queue=meant, reason=WHY), session)
    assert outcome.data["done"] == 1202
    assert len(outcome.data["asked"][QUEUE]) <= 100


async def test_one_that_a_worker_has_is_not_deleted(session: AsyncSession) -> None:
    [one] = await Job.find(session, "c8e75d0b")
    await session.execute(text("UPDATE jobs SET status = 'running' WHERE id = :id"), {"id": one.id})
    with pytest.raises(NothingToDo, match="already runs or is about to start"):
        await DeleteJob(job=OneJob(one.id, None), reason=WHY).preview(session)
    with pytest.raises(NothingToDo, match="has not failed, it is running"):
        await Retry(job=one, reason=WHY).preview(session)


async def moved(session: AsyncSession, typed: str) -> tuple[Action, Impact]:
    action = Prioritise(
        jobs=await Waiting.resolve("jobs", typed, lookup(session)),
        priority=await Priority.resolve("priority", "high", lookup(session)),
        reason=WHY,
    )
    return action, await action.preview(session)


async def test_each_job_gets_its_own_priority_back(session: AsyncSession) -> None:
    """But for one that somebody has moved since."""
    waits = "FROM jobs WHERE queue_name = 'email-sending' AND status = 'queued'"
    await session.execute(
        text("UPDATE jobs SET priority = 120 WHERE id IN (SELECT id " + waits + " ORDER BY id LIMIT 20)")
    )
    before = dict((await session.execute(text(f"SELECT id, priority {waits}"))).all())
    action, impact = await moved(session, QUEUE)
    assert "38 with 100 (normal), 20 with 120 (normal)" in [one.text for one in impact.facts]
    outcome = await done(action, session)
    assert outcome.new == {"priorities": {"25": 58}}
    other = next(iter(before))
    await session.execute(text("UPDATE jobs SET priority = 7 WHERE id = :id"), {"id": other})
    step = action.undo(outcome.data)
    assert step is not None
    back = await done(await REGISTRY.load(step, session), session)
    assert (back.data["done"], back.data["skipped"]) == (57, 1)
    after = dict((await session.execute(text(f"SELECT id, priority {waits}"))).all())
    assert after == {**before, other: 7}


async def test_a_tenant_in_a_queue_and_one_job_are_meant_by_their_words(session: AsyncSession) -> None:
    waits = "jobs.status = 'queued' AND queue_name = 'email-sending'"
    found = text(f"SELECT name FROM tenants JOIN jobs ON tenant_id = tenants.id WHERE {waits} LIMIT 1")
    tenant = await session.scalar(found)
    action, _ = await moved(session, f"{tenant} in {QUEUE}")
    assert action.target.startswith("tenant:")
    assert action.target.endswith("/email-sending")
    action, _ = await moved(session, "eef39537")
    assert action.target == "job:eef39537-2216-5dda-85ea-88fca9873bdf"
    with pytest.raises(InvalidParameter, match="no queue or tenant"):
        await moved(session, "nobody in email-sending")


async def test_what_is_asked_again_is_what_was_asked(session: AsyncSession) -> None:
    """A plan keeps the moment and the number."""
    meant = await failed(session)
    assert await FailedIn.load(meant.dump(), session) == meant
    assert meant.before.tzinfo is not None
    assert dt.datetime.now(dt.UTC) - meant.before < dt.timedelta(minutes=5)
