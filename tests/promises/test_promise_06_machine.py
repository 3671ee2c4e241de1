"""Promise 6, whatever the order: pauses overlap, end, are resumed and changed from outside, against a simple model."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import update

from bot.demo.data import uid
from bot.demo.postgres import EmbeddedPostgres
from bot.holds import engine, queue_pause
from bot.platform.queues import Scope
from bot.store.models import Hold, HoldCause
from tests.promises.bench import IDS, Bench, build, pause

ACME, LABS = uid("tenant", "acme-corp"), uid("tenant", "acme-labs")
QUEUES = ["email-sending", "bounce:process"]
SCOPES = [Scope(queue, tenant) for queue in (None, *QUEUES) for tenant in (None, ACME, LABS)]


@dataclass
class Switch:
    """A queue's own switch, as it should be."""

    on: bool = True
    base: bool = True
    theirs: bool = False
    """Somebody else has set it while a pause was on it."""


@dataclass
class Model:
    """What should be: the open pauses, and each queue's switch."""

    open: dict[uuid.UUID, Scope] = field(default_factory=dict)
    lifted: set[uuid.UUID] = field(default_factory=set)
    """Open ones whose pause somebody lifted on the platform."""
    ended: int = 0
    switches: dict[str, Switch] = field(default_factory=lambda: {name: Switch() for name in QUEUES})

    def holding(self, queue: str) -> bool:
        return Scope(queue, None) in self.open.values()

    def placed(self, hold_id: uuid.UUID, scope: Scope) -> None:
        if scope.whole_queue:
            switch = self.switches[scope.whole_queue]
            if not self.holding(scope.whole_queue):
                switch.base, switch.theirs = switch.on, False
            switch.on = switch.on if switch.theirs else False
        self.open[hold_id] = scope

    def end(self, hold_id: uuid.UUID) -> None:
        scope = self.open.pop(hold_id)
        self.lifted.discard(hold_id)
        self.ended += 1
        if scope.whole_queue and not self.holding(scope.whole_queue):
            switch = self.switches[scope.whole_queue]
            switch.on = switch.on if switch.theirs else switch.base

    def in_force(self, scope: Scope) -> bool:
        rows = [one for key, one in self.open.items() if key not in self.lifted]
        off = scope.queue is not None and not self.switches[scope.queue].on
        return off or any(one.covers(scope) for one in rows)


class Pauses(RuleBasedStateMachine):
    """People, clocks and others on the platform, in any order, on one database for each run."""

    postgres: EmbeddedPostgres
    template: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.name = f"pauses_{uuid.uuid4().hex[:12]}"
        self.bench: Bench = build(self.postgres.create_database(self.name, self.template))
        self.model = Model()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.bench.database.engine.dispose())
        self.runner.close()
        self.postgres.drop_database(self.name)

    def pick(self, data: st.DataObject, **size: int) -> list[uuid.UUID]:
        return data.draw(st.lists(st.sampled_from(sorted(self.model.open)), unique=True, **size))

    def swept(self) -> None:
        """What any sweep sees: pauses lifted outside are over."""
        for hold_id in sorted(self.model.lifted):
            self.model.end(hold_id)

    @rule(scope=st.sampled_from(SCOPES), hours=st.none() | st.integers(1, 3))
    def pause(self, scope: Scope, hours: int | None) -> None:
        self.place(scope, hours)

    def place(self, scope: Scope, hours: int | None = None) -> uuid.UUID:
        async def place() -> Hold:
            async with self.bench.database.transaction() as session:
                return await pause(session, scope, lasts=dt.timedelta(hours=hours) if hours else None)

        placed = self.run(place()).id
        self.model.placed(placed, scope)
        return placed

    @precondition(lambda self: self.model.open)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        self.end(*self.pick(data, min_size=1))

    def end(self, *holds: uuid.UUID) -> None:
        """One or several in one transaction."""

        async def end() -> None:
            async with self.bench.database.transaction() as session:
                await engine.lock(session)
                found = [await session.get_one(Hold, one) for one in holds]
                await engine.end_together(session, found, HoldCause.RESUMED, IDS["tomasz"])

        self.run(end())
        for one in holds:
            self.model.end(one)

    @rule(queue=st.sampled_from(QUEUES), on=st.booleans(), back=st.none() | st.booleans())
    def an_episode_that_others_changed_and_another(self, queue: str, on: bool, back: bool | None) -> None:  # noqa: FBT001
        """What single steps hardly reach: paused, set by others, over, perhaps set once more, paused and over again."""
        first = self.place(Scope(queue, None))
        self.outside(queue, on=on)
        self.end(first)
        if back is not None:
            self.outside(queue, on=back)
        self.end(self.place(Scope(queue, None)))

    @precondition(lambda self: self.model.open)
    @rule(data=st.data(), clocks=st.integers(1, 3))
    def time_passes(self, data: st.DataObject, clocks: int) -> None:
        """Some are due; several clocks notice at once."""
        chosen = self.pick(data, max_size=3)

        async def all_together() -> None:
            async with self.bench.database.transaction() as session:
                past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
                await session.execute(update(Hold).where(Hold.id.in_(chosen)).values(ends=past))
            await asyncio.gather(*(engine.sweep(self.bench.database) for _ in range(clocks)))

        self.run(all_together())
        for hold_id in chosen:
            self.model.end(hold_id)
        self.swept()

    @rule(queue=st.sampled_from(QUEUES), on=st.booleans(), noticed=st.booleans())
    def set_outside(self, queue: str, on: bool, noticed: bool) -> None:  # noqa: FBT001 - hypothesis passes by name
        """A change that is taken back before any clock looked was none."""
        self.outside(queue, on=on, noticed=noticed)

    def outside(self, queue: str, *, on: bool, noticed: bool = False) -> None:
        switch = self.model.switches[queue]
        self.run(self.bench.sql("UPDATE job_queues SET is_active = :on WHERE name = :queue", on=on, queue=queue))
        if self.model.holding(queue) and on != switch.on:
            switch.theirs = True
            self.run(engine.sweep(self.bench.database))
            self.swept()
        elif noticed:
            self.run(engine.sweep(self.bench.database))
            self.swept()
        switch.on = on

    @precondition(lambda self: self.model.open)
    @rule(data=st.data())
    def lift_outside(self, data: st.DataObject) -> None:
        for chosen in self.pick(data, min_size=1, max_size=1):
            lift = (
                "UPDATE queue_pauses SET lifted = now() WHERE lifted IS NULL AND id ="
                " (SELECT (subject->>'pause')::uuid FROM pmbot.holds WHERE id = :id)"
            )
            self.run(self.bench.sql(lift, id=chosen))
            self.model.lifted.add(chosen)

    @invariant()
    def the_platform_is_as_the_model_says(self) -> None:
        rows = self.run(self.bench.sql("SELECT name, is_active FROM job_queues WHERE name = ANY(:names)", names=QUEUES))
        assert dict(rows) == {name: switch.on for name, switch in self.model.switches.items()}
        open_rows = self.run(self.bench.sql("SELECT count(*) FROM queue_pauses WHERE lifted IS NULL"))
        assert open_rows == [(len(self.model.open) - len(self.model.lifted),)]

    @invariant()
    def what_is_in_force_is_the_strictest(self) -> None:
        async def read() -> dict[Scope, bool]:
            async with self.bench.database.transaction() as session:
                return {scope: (await queue_pause.in_force(session, scope)).paused for scope in SCOPES}

        if not self.model.lifted:
            assert self.run(read()) == {scope: self.model.in_force(scope) for scope in SCOPES}

    @invariant()
    def each_end_is_told_and_audited_once(self) -> None:
        audited = self.run(self.bench.sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'hold_ended'"))
        told = self.run(self.bench.sql("SELECT count(*) FROM pmbot.messages WHERE key LIKE '%ended'"))
        assert audited == told == [(self.model.ended,)]


def test_whatever_the_order_the_strictest_open_hold_is_in_force(postgres: EmbeddedPostgres, template: str) -> None:
    """Pause, resume, time, clocks and others on the platform; the switch ends as it was, or as others set it."""
    Pauses.postgres, Pauses.template = postgres, template
    chosen = settings(
        max_examples=12,
        stateful_step_count=15,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Pauses, settings=chosen)
