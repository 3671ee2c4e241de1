"""Promise 3, whatever the order: hypothesis calls the pipeline's functions at random and looks for what must not be."""

import asyncio
import contextlib
import uuid
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.actions.base import Action
from bot.actions.registry import registry
from bot.demo.postgres import EmbeddedPostgres
from bot.errors import Refused
from bot.pipeline import sweep
from bot.pipeline.resume import resume
from bot.pipeline.undo import undo
from bot.store.models import OPEN, State, Verdict
from tests.promises.bench import IDS, Bench, build

ENDED = {State.SUCCEEDED, State.FAILED, State.REJECTED, State.EXPIRED, State.CANCELLED, State.UNDONE, State.PARTLY}
PEOPLE = st.sampled_from(["oncall", "tomasz", "security", "nadia", "root", "finance", "staffer"])
ACTIONS = st.sampled_from(["staff.revoke_sessions", "staff.suspend", "staff.reinstate"])
TARGETS = st.sampled_from(["staffer", "finance", "nadia", "oncall"])
VERDICTS = st.sampled_from([Verdict.APPROVE, Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT, Verdict.BREAK_GLASS])
AFTERWARDS = {State.SUCCEEDED: {State.UNDONE}, State.PARTLY: {*OPEN, State.SUCCEEDED, State.UNDONE}}
STATES = "SELECT id, state FROM pmbot.proposals"
EXECUTED = """
    SELECT p.id, p.requester_id, p.requirement, e.step, r.plan,
           ARRAY(SELECT d.staff_id FROM pmbot.decisions d WHERE d.revision_id = r.id AND d.verdict <> 'reject'
                 AND (d.voided IS NULL OR d.voided > e.at)),
           (SELECT count(*) FROM pmbot.audit_log a
             WHERE a.kind = 'executed' AND a.proposal_id = p.id AND a.step = e.step)
    FROM pmbot.executions e JOIN pmbot.proposals p ON p.id = e.proposal_id
    JOIN LATERAL (SELECT * FROM pmbot.revisions of WHERE of.proposal_id = p.id AND of.created <= e.at
                  ORDER BY number DESC LIMIT 1) r ON true  -- the one of that moment: what is resumed may be asked anew
"""


class Stuck:
    """Whatever is done to one of them is refused, for as long as this says whom."""

    at: uuid.UUID | None = None

    @classmethod
    def wrap(cls, works: Any) -> Any:
        async def execute_or_refuse(action: Action, session: Any, by: uuid.UUID) -> Any:
            if action.about == cls.at:
                raise Refused("The platform takes no changes at the moment.")
            return await works(action, session, by)

        return execute_or_refuse


class Pipeline(RuleBasedStateMachine):
    """Several people and workers, in any order, on one database for each run."""

    postgres: EmbeddedPostgres
    template: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.name = f"machine_{uuid.uuid4().hex[:12]}"
        self.bench: Bench = build(self.postgres.create_database(self.name, self.template))
        Stuck.at = None
        self.ids: list[uuid.UUID] = []
        self.ended: dict[uuid.UUID, str] = {}

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """What a person may be refused, they are refused; anything else is a failure."""
        with contextlib.suppress(Refused):
            return self.runner.run(work)
        return None

    def teardown(self) -> None:
        self.runner.run(self.bench.database.engine.dispose())
        self.runner.close()
        self.postgres.drop_database(self.name)

    def pick(self, data: st.DataObject) -> uuid.UUID:
        return data.draw(st.sampled_from(self.ids))

    @rule(by=PEOPLE, action=ACTIONS, about=TARGETS)
    def propose(self, by: str, action: str, about: str) -> None:
        made = self.run(self.bench.ask(by, action, about))
        if made is not None:
            self.ids.append(made.id)

    @rule(by=PEOPLE, steps=st.lists(st.tuples(ACTIONS, TARGETS), min_size=2, max_size=4, unique=True))
    def propose_a_plan(self, by: str, steps: list[tuple[str, str]]) -> None:
        made = self.run(self.bench.ask_for(by, steps))
        if made is not None:
            self.ids.append(made.id)

    @rule(about=st.one_of(st.none(), TARGETS))
    def stands_in_the_way(self, about: str | None) -> None:
        """From now on nothing can be done to one of them, or to everybody again."""
        Stuck.at = IDS[about] if about else None

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), by=PEOPLE)
    def resume(self, data: st.DataObject, by: str) -> None:
        async def carry_on() -> None:
            operator, proposal = await self.bench.operator(by), await self.bench.read(chosen)
            async with self.bench.database.transaction() as session:
                await resume(self.bench.core, session, operator, proposal.revision_id)

        chosen = self.pick(data)
        self.run(carry_on())

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), by=PEOPLE, verdict=VERDICTS)
    def decide(self, data: st.DataObject, by: str, verdict: Verdict) -> None:
        proposal = self.run(self.bench.read(self.pick(data)))
        self.run(self.bench.decide(by, proposal, verdict))

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), people=st.lists(PEOPLE, min_size=2, max_size=3), workers=st.integers(1, 3))
    def decide_and_execute_at_once(self, data: st.DataObject, people: list[str], workers: int) -> None:
        """Clicks of several people while workers try already."""

        async def all_together() -> None:
            proposal = await self.bench.read(self.pick(data))
            work = [self.bench.decide(name, proposal) for name in people]
            work += [self.bench.execute(proposal) for _ in range(workers)]
            answers = await asyncio.gather(*work, return_exceptions=True)
            unexpected = [one for one in answers if isinstance(one, BaseException) and not isinstance(one, Refused)]
            assert not unexpected, unexpected

        self.run(all_together())

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def execute(self, data: st.DataObject) -> None:
        self.run(self.bench.execute(self.run(self.bench.read(self.pick(data)))))

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def time_passes(self, data: st.DataObject) -> None:
        late = "UPDATE pmbot.proposals SET expires = now() - interval '1 second' WHERE id = :id"
        self.run(self.bench.sql(late, id=self.pick(data)))
        self.run(sweep.expire(self.bench.core))

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), by=PEOPLE)
    def take_back(self, data: st.DataObject, by: str) -> None:
        async def ask() -> uuid.UUID:
            operator = await self.bench.operator(by)
            async with self.bench.database.transaction() as session:
                return (await undo(self.bench.core, session, operator, chosen, "a mistake")).id

        chosen = self.pick(data)
        made = self.run(ask())
        if made is not None:
            self.ids.append(made)

    @invariant()
    def what_ended_stays_ended(self) -> None:
        """But for what succeeded, which may be taken back, and what was done in part, which may be resumed."""
        states = dict(self.runner.run(self.bench.sql(STATES)))
        for ended, before in self.ended.items():
            allowed = {before, *AFTERWARDS.get(State(before), ())}
            assert states[ended] in allowed, f"{before} → {states[ended]}"
        self.ended = {one: state for one, state in states.items() if state in ENDED}

    @invariant()
    def what_ran_ran_once_with_enough_words(self) -> None:
        """One audit entry for each execution, and the people it needed, none of them concerned."""
        rows = self.runner.run(self.bench.sql(EXECUTED))
        assert len({(row[0], row[3]) for row in rows}) == len(rows)
        for _, requester, needs, step, plan, people, audited in rows:
            assert audited == 1
            about = uuid.UUID(plan[step]["parameters"]["staffer"])
            others = set(people) - {requester, about}
            on_call = IDS["oncall"] in people and needs["break_glass"]
            alone = needs["self_approval"] and requester in people
            assert needs["no_approval"] or alone or on_call or len(others) >= needs["quorum"]


def test_whatever_the_order_each_step_runs_once(
    postgres: EmbeddedPostgres, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ask, decide, execute, expire, resume and undo, by several people and workers, also at the same time."""
    for name in ("staff.revoke_sessions", "staff.suspend", "staff.reinstate"):
        action = registry.by_name[name]
        monkeypatch.setattr(action, "execute", Stuck.wrap(action.execute))
    Pipeline.postgres, Pipeline.template = postgres, template
    chosen = settings(
        max_examples=15,
        stateful_step_count=12,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Pipeline, settings=chosen)
