"""Promise 3: an approved step happens once, and everybody who clicked gets a visible answer."""

import asyncio
import socket
import uuid
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy.exc import IntegrityError

from bot.audit import trail
from bot.demo import world
from bot.demo.world import World
from bot.errors import AlreadyDecided, NothingToDo
from bot.pipeline import linking
from bot.pipeline.undo import undo
from bot.store.models import AuditKind, Execution, Proposal, State, Verdict
from localslack import Person
from tests.conftest import OPS, Processes, asked, card, cards, idle, until, whispers
from tests.promises.asking_for_roles import ask_for_roles
from tests.promises.bench import IDS, Bench
from tests.promises.unlocked import no_proposal_lock

APPROVERS = 10
AUDIT = "SELECT count(*) FROM pmbot.audit_log WHERE kind = 'executed'"


async def both_at_the_door(bench: Bench, proposal: Proposal) -> list[Proposal | BaseException]:
    """Two workers execute it; the account is held by somebody else until both have come as far as they can."""
    async with bench.database.transaction() as session:
        await (await bench.action(session, "staff.revoke_sessions", "staffer")).lock(session)
        workers = [asyncio.create_task(bench.execute(proposal)) for _ in range(2)]
        await until(lambda: two_waiting(bench))
    return await asyncio.gather(*workers, return_exceptions=True)


async def two_waiting(bench: Bench) -> bool:
    return await bench.sql("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(2,)]


async def test_two_workers_with_the_same_job_execute_once(bench: Bench) -> None:
    """The proposal's row is locked before its state is read: the second worker finds it done."""
    proposal = await bench.decide("security", await bench.ask("oncall"))
    after = await both_at_the_door(bench, proposal)
    assert [getattr(one, "state", one) for one in after] == [State.SUCCEEDED, State.SUCCEEDED]
    assert await bench.sql("SELECT count(*) FROM pmbot.executions") == [(1,)]
    assert await bench.sql(AUDIT) == [(1,)]


async def test_without_the_lock_the_key_stops_the_second_run(bench: Bench, monkeypatch) -> None:
    """The key of `executions` is the second line: whoever read the state too early fails, with all it changed."""
    no_proposal_lock(monkeypatch)
    proposal = await bench.decide("security", await bench.ask("oncall"))
    after = await both_at_the_door(bench, proposal)
    (late,) = [one for one in after if isinstance(one, BaseException)]
    assert "pk_executions" in str(late)
    assert await bench.sql("SELECT count(*) FROM pmbot.executions") == [(1,)]
    assert await bench.sql("SELECT count(DISTINCT revoked) FROM sessions WHERE revoked > now() - interval '1 min'") == [
        (1,)
    ]
    assert (await bench.execute(proposal)).state == State.SUCCEEDED, "its retry finds it done"


async def test_an_execution_has_one_audit_entry(bench: Bench) -> None:
    """A second one for the same step is refused by the database."""
    proposal = await bench.decide("security", await bench.ask("oncall"))
    await bench.execute(proposal)

    async def once_more() -> None:
        async with bench.database.transaction() as session:
            await trail.append(
                session,
                AuditKind.EXECUTED,
                actor_id=IDS["oncall"],
                action="staff.revoke_sessions",
                target=f"staff:{IDS['staffer']}",
                proposal_id=proposal.id,
                step=0,
            )

    with pytest.raises(IntegrityError, match="uq_audit_log_executed"):
        await once_more()


async def test_approvers_at_the_same_instant_are_answered_one_by_one(bench: Bench) -> None:
    """One carries it; the others learn who did. One job is deferred, not two."""
    proposal = await bench.ask("oncall")
    people = ("security", "nadia", "root") * 2
    answers = await asyncio.gather(*(bench.decide(name, proposal) for name in people), return_exceptions=True)
    late = [str(answer) for answer in answers if isinstance(answer, AlreadyDecided)]
    assert len(late) == len(people) - 1, answers
    assert len({*late}) == 1
    assert late[0].startswith("Already approved by ")
    assert await bench.sql("SELECT count(*) FROM pmbot.procrastinate_jobs WHERE task_name = 'execute'") == [(1,)]


async def test_approve_and_reject_at_the_same_instant_agree(bench: Bench) -> None:
    """It is either approved or rejected, and whoever was second hears it."""
    proposal = await bench.ask("oncall")
    answers = await asyncio.gather(
        bench.decide("security", proposal),
        bench.decide("nadia", proposal, Verdict.REJECT),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, AlreadyDecided) for answer in answers) == 1, answers
    after = await bench.execute(proposal)
    executed = await bench.sql("SELECT count(*) FROM pmbot.executions")
    assert (after.state, executed) in [(State.SUCCEEDED, [(1,)]), (State.REJECTED, [(0,)])]


async def test_a_plan_of_two_steps_does_each_once(bench: Bench) -> None:
    """Workers that share the steps of one plan neither skip nor repeat one."""
    proposal = await bench.ask_for("security", [("staff.revoke_sessions", "staffer"), ("staff.suspend", "finance")])
    await bench.decide("nadia", proposal)
    await asyncio.gather(*(bench.execute(proposal) for _ in range(4)))
    assert await bench.sql("SELECT step FROM pmbot.executions ORDER BY step") == [(0,), (1,)]
    assert await bench.sql("SELECT step FROM pmbot.audit_log WHERE kind = 'executed' ORDER BY step") == [(0,), (1,)]
    assert (await bench.read(proposal.id)).state == State.SUCCEEDED


async def test_an_undo_is_asked_for_once(bench: Bench) -> None:
    """Two clicks on Undo make one request; once it is taken back there is nothing more to take back."""
    done = await bench.ask("security", "staff.suspend")
    await bench.decide("security", done)
    await bench.execute(done)
    operator = await bench.operator("security")

    async def click() -> uuid.UUID:
        async with bench.database.transaction() as session:
            return (await undo(bench.core, session, operator, done.id, "a mistake")).id

    answers = await asyncio.gather(*(click() for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(answer, AlreadyDecided) for answer in answers) == 3, answers
    (asked_for,) = [answer for answer in answers if isinstance(answer, uuid.UUID)]
    await bench.decide("nadia", await bench.read(asked_for))
    assert (await bench.execute(await bench.read(asked_for))).state == State.SUCCEEDED
    assert (await bench.read(done.id)).state == State.UNDONE
    with pytest.raises(NothingToDo):
        await click()


async def test_the_database_holds_one_open_undo(bench: Bench) -> None:
    """Whatever the code forgets."""
    done = await bench.ask("security", "staff.suspend")
    await bench.decide("security", done)
    await bench.execute(done)
    operator = await bench.operator("security")
    async with bench.database.transaction() as session:
        first = await undo(bench.core, session, operator, done.id, "a mistake")
    copied = (
        "INSERT INTO pmbot.proposals (id, requester_id, state, revision_id, requirement, reason, channel, expires,"
        " undoes_id) SELECT gen_random_uuid(), requester_id, state, revision_id, requirement, reason, channel,"
        " expires, undoes_id FROM pmbot.proposals WHERE id = :id"
    )
    with pytest.raises(IntegrityError, match="uq_proposals_undoes_open"):
        await bench.sql(copied, id=first.id)


async def test_executions_are_never_written_twice_by_hand_either(bench: Bench) -> None:
    """The key is proposal and step."""
    proposal = await bench.decide("security", await bench.ask("oncall"))
    await bench.execute(proposal)

    async def once_more() -> None:
        async with bench.database.transaction() as session:
            session.add(Execution(proposal_id=proposal.id, step=0, outcome={}))

    with pytest.raises(IntegrityError, match="pk_executions"):
        await once_more()


# Ten approvers, two web processes (the third "Show")


def hire(around: World, sql: Callable, number: int) -> str:
    """Another active security person; their Slack id."""
    email, slack_id = f"guard{number}@penguinmails.example", world.slack_id(f"guard{number}")
    ((user_id,),) = sql("INSERT INTO users (name, email) VALUES (%s, %s) RETURNING id", f"Guard {number}", email)
    sql("INSERT INTO staff_members (user_id) VALUES (%s)", user_id)
    sql(
        "INSERT INTO staff_member_roles (user_id, role_id) SELECT %s, id FROM staff_roles WHERE name = 'security'",
        user_id,
    )
    person = Person(id=slack_id, name=f"guard{number}", real_name=f"Guard {number}", email=email)
    around.slack.workspace.people.append(person)
    around.slack.state.people[slack_id] = person
    return slack_id


async def test_ten_approvers_clicking_twice_each_through_two_web_processes(
    surroundings: World, processes: Processes, sql, unused_tcp_port_factory
) -> None:
    """One execution, one audit entry for it, and each of the other nineteen clicks is told who was first."""
    slack = surroundings.slack
    guards = [hire(surroundings, sql, number) for number in range(APPROVERS)]
    for number, guard in enumerate(guards):
        email = f"guard{number}@penguinmails.example"
        await linking.confirm(surroundings.database_url, slack.workspace.team_id, guard, email)
    ports = [unused_tcp_port_factory() for _ in range(2)]
    for port in ports:
        processes.start("serve", PORT=str(port))
    for _ in range(2):
        processes.start("worker")
    urls = [f"http://127.0.0.1:{port}/slack/events" for port in ports]
    await until(lambda: all(listening(port) for port in ports), 20)
    slack.request_url = urls[0]
    asking = await asked(surroundings)

    async def click(guard: str, url: str) -> int:
        slack.request_url = url  # read when the click is sent, before anything else can run
        return (await slack.click(guard, asking["ts"], OPS, "approve")).status

    clicks = [click(guard, urls[turn]) for turn in range(2) for guard in guards]
    assert await asyncio.gather(*clicks) == [200] * (2 * APPROVERS)
    assert [await accepted(url) for url in urls] == [APPROVERS, APPROVERS], "each process took half of them"

    def answers() -> list[str]:
        return [text for number in range(APPROVERS) for text in whispers(surroundings, f"guard{number}")]

    await until(lambda: len(answers()) == 2 * APPROVERS - 1)
    await until(lambda: "confirmed by the platform" in str(card(surroundings)))
    ((winner,),) = sql("SELECT u.name FROM pmbot.decisions d JOIN users u ON u.id = d.staff_id")
    assert len(answers()) == 2 * APPROVERS - 1
    assert all(f"Already approved by {winner}" in answer for answer in answers()), answers()
    assert sql("SELECT count(*) FROM pmbot.executions") == [(1,)]
    assert sql(AUDIT) == [(1,)]
    assert sql("SELECT count(*), count(handled) FROM pmbot.inbox") == [(2 * APPROVERS + 1, 2 * APPROVERS + 1)]
    assert len(cards(surroundings)) == 1


async def accepted(url: str) -> int:
    """Clicks that the web process behind this URL stored."""
    async with httpx.AsyncClient(trust_env=False) as client:
        page = (await client.get(url.replace("/slack/events", "/metrics"))).text
    (line,) = [line for line in page.splitlines() if line.startswith('pm_accepted_total{kind="click"}')]
    return int(float(line.split()[-1]))


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class TestUndoOfItsOwn:
    """An undo takes back its own act, never what somebody else did after it."""

    async def test_a_later_suspension_is_not_lifted_by_the_undo_of_an_earlier_one(self, bench: Bench) -> None:
        """Suspended, reinstated, suspended for another reason: the first card's button refuses, by name."""
        first = await suspended(bench)
        reinstated = await bench.decide("root", await bench.ask("security", "staff.reinstate"))
        assert (await bench.execute(reinstated)).state == State.SUCCEEDED
        last = await suspended(bench)
        with pytest.raises(NothingToDo, match=f"Request {last.number} later changed the same thing"):
            await undone(bench, "security", first)
        assert (await undone(bench, "security", last)).state == State.PENDING

    async def test_what_changed_something_else_of_them_is_no_reason_against_it(self, bench: Bench) -> None:
        """Their roles are one thing, whether they may sign in is another."""
        first = await suspended(bench)
        removal = await ask_for_roles(bench, "security", "remove", "staffer", "finance")
        assert (await bench.execute(await bench.decide("root", removal))).state == State.SUCCEEDED
        assert (await undone(bench, "security", first)).state == State.PENDING

    async def test_what_came_between_asking_and_running_counts_too(self, bench: Bench) -> None:
        """The undo was asked for in time and approved too late: the same was a step of a longer plan."""
        first = await suspended(bench)
        taking_back = await bench.decide("root", await undone(bench, "security", first))
        plan = [("staff.reinstate", "staffer"), ("staff.revoke_sessions", "hana")]
        await bench.execute(await bench.decide("root", await bench.ask_for("security", plan)))
        await suspended(bench)
        after = await bench.execute(taking_back)
        assert after.state == State.FAILED
        assert "later changed the same thing" in str(after.cause)


async def suspended(bench: Bench) -> Proposal:
    return await bench.execute(await bench.decide("security", await bench.ask("security", "staff.suspend")))


async def undone(bench: Bench, by: str, proposal: Proposal) -> Proposal:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        return await undo(bench.core, session, operator, proposal.id, "a mistake")


async def test_a_next_step_that_is_pressed_three_times_is_asked_for_once(bot_world: World, sql) -> None:
    """Each press opens the form; what is asked for is what was sent."""
    shown = await asked(bot_world)
    security = world.slack_id("security")
    await bot_world.slack.click(security, shown["ts"], OPS, "approve")
    await until(lambda: "next:suspend" in str(card(bot_world)["blocks"]))
    await asyncio.gather(*[bot_world.slack.click(security, shown["ts"], OPS, "next:suspend") for _ in range(3)])
    await idle(sql)
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(1,)]
    form = bot_world.slack.views(security)[-1]
    (person,) = [one["element"]["initial_option"] for one in form["blocks"] if one.get("block_id") == "staffer"]
    values = {"staffer": {"staffer": person}, "reason": {"reason": "to be sure"}}
    await bot_world.slack.submit(security, form["id"], values)
    await idle(sql)
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(2,)]
