"""What every action promises, on the demo's platform: a new one is covered by being in the registry."""

import json
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import policy
from bot.actions.base import Action
from bot.actions.bulk import Bulk
from bot.actions.composite import whole
from bot.actions.flags.parameters import Whom
from bot.actions.impact import Impact, Step, fingerprint
from bot.actions.outside import Outside
from bot.demo.postgres import EmbeddedPostgres
from bot.drawing.cards import plan
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.errors import NothingToDo, Unavailable
from bot.integrations.platform.probe import PlatformProbe
from bot.pipeline.core import Core
from bot.pipeline.propose import preview
from bot.platform.schema import rights_sql
from bot.policy import Risk
from bot.store.database import Database
from bot.store.models import State, Verification
from bot.targets.base import Target
from tests.conftest import copied
from tests.integration.action_examples import (
    BEFORE,
    EXAMPLES,
    ON_PLATFORM,
    PLANS,
    REGISTRY,
    WHO,
    WRITING,
    done,
    example,
)
from tests.integration.as_it_was import AsItWas

EVERY = sorted(REGISTRY.by_name)
READ = [name for name in EVERY if REGISTRY.by_name[name].risk is Risk.READ]
each_writing = pytest.mark.parametrize("name", WRITING)
each_on_platform = pytest.mark.parametrize("name", ON_PLATFORM)


# What an undo does not bring back, and need not: sessions that were ended, and notes of when and why.
NOT_RESTORED = {"sessions", "admin_audit_log"}
# A hold that ended stays on record, and those concerned are told.
NOT_RESTORED |= {"queue_pauses", "pmbot.holds", "pmbot.audit_log", "pmbot.audit_details", "pmbot.messages"}
NOT_RESTORED |= {"pmbot.procrastinate_jobs", "pmbot.procrastinate_events"}
# A switch that holds have set stays on record as it is, and a switch that was never one does not matter.
NOT_RESTORED |= {"pmbot.held_switches"}
# An invitation that was taken back stays on record as that.
NOT_RESTORED |= {"tenant_invitations"}
# What an action makes is not unmade: it stays on record as over.
MAKES = {
    "sandbox.create": {"tenants"},
    "digest.subscribe": {"pmbot.digest_subscriptions", "pmbot.schedules"},
    "digest.unsubscribe": {"pmbot.digest_subscriptions", "pmbot.schedules"},
    "incident.declare": {"pmbot.incidents"},
    "oncall.swap": {"pmbot.on_call_swaps"},
    "oncall.assign": {"pmbot.on_call_swaps"},
    # When it was resolved, done or added is when that was said again.
    "incident.reopen": {"pmbot.incidents"},
    "incident.not_done": {"pmbot.incident_tasks"},
    "incident.detach": {"pmbot.incident_alerts"},
    "incident.remove_member": {"pmbot.incident_members"},
    "runbook.confirm": {"pmbot.runbook_confirmations"},
    "maintenance.start": {"pmbot.maintenance_windows"},
    "maintenance.announce": {"pmbot.maintenance_windows"},
    # Since when it waits for somebody begins anew.
    "alert.silence": {"pmbot.alerts"},
}
# A threshold that was changed back stays on record as over.
NOT_RESTORED |= {"pmbot.alert_thresholds"}
# A silence that was taken back stays on record as over, and so does what happened to its alert.
NOT_RESTORED |= {"pmbot.alert_events", "pmbot.alert_silences"}
# What happened in an incident stays on its timeline, and what is due begins anew.
NOT_RESTORED |= {"pmbot.incident_events", "pmbot.incident_clocks"}
# That customers were told stays on record.
NOT_RESTORED |= {"pmbot.incident_notices", "pmbot.public_updates"}
NOTES = ["wanted", "updated", "status_reason", "updated_by", "granted", "granted_by", "added", "added_by", "reason"]


# Statements that a preview may take: from the typed command's resolution to what is drawn, by the pipeline's `preview`.
STATEMENTS = 5
# What is about more than one thing, and answers that have a part for each thing there is of what they are about: as
# many statements as parts, each by its own index. None of them is what somebody decides about, but for the last.
IN_PARTS = {
    "bot.status": 10,  # workers, queue, alerts, holds, requests, and the asker's own
    "integrity.show": 9,  # one a rule
    "integrity.conflicts": 11,  # one a rule
    "request.list": 6,  # the asker, what waits for them, what they asked for
    "tenant.show": 14,  # status, plan, use, subscription, domains, mailboxes, campaigns, holds, pauses, flags, actions
    "queue.show": 9,  # load, last hour and day, pauses, tenants, causes of failures
    "user.show": 6,  # account, sessions, last sign-in, rules of its tenants, flags, holds
    "user.view_as": 7,  # flags, plan, use, campaigns, jobs
    "incident.show": 11,  # the row, its lines, alerts and requests each with who, roles, what is due
    "staff.offboard": 10,  # each part of the bot is asked what somebody leaves behind
}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def before(database_url: str) -> Iterator[AsItWas]:
    """The database as the test finds it."""
    with AsItWas(database_url) as found:
        yield found


@asynccontextmanager
async def taken_back(database: Database) -> AsyncIterator[AsyncSession]:
    """A transaction of which nothing stays."""
    async with database.transaction() as session:
        yield session
        session.expunge_all()  # what was read stays as it was read
        await session.rollback()


@pytest.fixture
def prepared(sql) -> Callable[[str], None]:
    def prepare(name: str) -> None:
        if name in BEFORE:
            sql(BEFORE[name])

    return prepare


def card(action: Action, impact: Impact, **context: Any) -> dict[str, Any]:
    """The whole card of a proposal, as bot/drawing/cards/proposal.py draws it."""
    return Renderer().message(
        "proposal.j2",
        Clearance.CHANNEL,
        **{
            "action_template": f"actions/{action.name}.j2",
            "icon": "🟡",
            "status": "needs security",
            "expires": 1795000000.0,
            "requester": "Óscar Peñalver",
            "requester_mention": "Óscar Peñalver",
            "reason": "laptop stolen",
            "cause": None,
            "words": [],
            "turned_down": [],
            "comments": [],
            "number": 7,
            "changes": [],
            "impact": impact,
            "glass": [],
            "effects": [],
            "approvers": ["Amara Okonkwo"],
            "self_approval": False,
            "needed": 1,
            "grave": True,
            "breakable": True,
            "undoable": False,
            "executed_at": None,
            "verified_at": None,
            "verification": Verification.PENDING,
            "outcome": {},
            "proposal": uuid.uuid4(),
            "revision": uuid.uuid4(),
            "next_buttons": [],
            **impact.context,
            **context,
        },
    )


@pytest.fixture(scope="module")
def as_prepared(
    request: pytest.FixtureRequest, postgres: EmbeddedPostgres, template: str, in_use: Callable[[], None]
) -> Iterator[tuple[str, str]]:
    """An action by its name, and one copy of the database for all that only reads there."""
    in_use()
    with copied(postgres, template) as url:
        if request.param in BEFORE:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(BEFORE[request.param])
        yield request.param, url


def reading(names: Iterable[str]) -> pytest.MarkDecorator:
    """For each of these actions."""
    return pytest.mark.parametrize("as_prepared", list(names), indirect=True)


class Reading:
    """Tests that change nothing: those of one action share a database."""

    @pytest.fixture
    def name(self, as_prepared: tuple[str, str]) -> str:
        return as_prepared[0]

    @pytest.fixture
    def database_url(self, as_prepared: tuple[str, str]) -> str:
        return as_prepared[1]


class TestPreview(Reading):
    @reading(EVERY)
    async def test_it_only_reads(self, name: str, database: Database, before: AsItWas) -> None:
        """It runs where nothing can be written, and afterwards nothing is different."""
        async with database.snapshot() as session:
            await (await example(name, session)).preview(session)
        assert before.touched() == set()

    @reading(EVERY)
    async def test_it_takes_few_statements(self, name: str, database: Database) -> None:
        """Also what the pipeline looks up of every request: the last way in, and what becomes void."""
        core = Core(database, REGISTRY, policy.load(), platform=None)
        async with database.snapshot() as session:
            action = await example(name, session)
        asked: list[str] = []
        async with database.snapshot() as session:  # where nothing of the parameters is at hand any more
            event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
            await preview(core, session, [action])
        assert len(asked) <= IN_PARTS.get(name, STATEMENTS), "\n".join(asked)

    @reading(EVERY)
    async def test_it_is_data(self, name: str, database: Database) -> None:
        """Facts and context survive being stored as JSON, word for word."""
        async with database.snapshot() as session:
            impact = await (await example(name, session)).preview(session)
        assert impact.facts
        stored = json.loads(json.dumps(impact.model_dump(mode="json")))
        assert Impact.model_validate(stored) == impact

    @reading(EVERY)
    async def test_its_times_are_by_the_readers_clock(self, name: str, database: Database) -> None:
        """No zone is written into a fact: the card beside it shows the same time differently."""
        async with database.snapshot() as session:
            impact = await (await example(name, session)).preview(session)
        for one in (*impact.facts, *impact.details):
            assert not [part for part in one.parts if isinstance(part, str) and "UTC" in part]

    @reading(EVERY)
    async def test_the_same_twice_is_the_same(self, name: str, database: Database) -> None:
        """Or every approval would be void by itself."""
        digests = set()
        for _ in range(2):
            async with database.snapshot() as session:
                action = await example(name, session)
                digests.add(fingerprint([action.step()], [await action.preview(session)]))
        assert len(digests) == 1

    @reading(WRITING)
    async def test_it_binds_what_is_meant(self, name: str, database: Database) -> None:
        """At least one fact voids the approval when it changes: who or what it is done to."""
        async with database.snapshot() as session:
            assert (await (await example(name, session)).preview(session)).bound()

    @reading(EVERY)
    async def test_a_step_is_the_action_again(self, name: str, database: Database) -> None:
        """Plans are stored as JSON; what is read from them is what was asked for."""
        async with database.snapshot() as session:
            action = await example(name, session)
            step = Step.model_validate(json.loads(json.dumps(action.step().model_dump(mode="json"))))
            again = await REGISTRY.load(step, session)
        assert type(again) is type(action)
        assert vars(again) == vars(action)
        assert again.target == action.target
        kind, _, identifier = action.target.partition(":")
        assert kind
        assert identifier


class TestPlans(Reading):
    @reading(PLANS)
    async def test_its_steps_are_actions_of_their_own(self, name: str, database: Database) -> None:
        """None is a plan itself, each has a preview as things are, and where the plan limits damage, so does each."""
        async with database.snapshot() as session:
            lead = await example(name, session)
            _, *steps = await whole(session, [lead])
            assert steps
            assert not set(PLANS) & {one.name for one in steps}
            assert all(one.stakes.containment for one in steps) or not lead.containment
            assert all([(await one.preview(session)).bound() for one in steps])

    @reading(one for one in PLANS if not issubclass(REGISTRY.by_name[one], Bulk))
    async def test_its_words_lead_the_card(self, name: str, database: Database) -> None:
        """And each step stands there; its button says what all of it is."""
        async with database.snapshot() as session:
            actions = await whole(session, [await example(name, session)])
            impacts = [await one.preview(session) for one in actions]
        steps = [one.step() for one in actions]
        both = plan.together(Renderer(), steps, impacts)
        drawn = card(actions[0], both, state=State.PENDING, **plan.words_for(steps, impacts))
        title = Renderer().title(f"actions/{name}.j2", impacts[0].context)
        assert drawn["blocks"][0]["text"]["text"] == title
        [row] = [block for block in drawn["blocks"] if block["type"] == "actions"]
        assert actions[0].words() in row["elements"][0]["text"]["text"].lower()
        for number, one in enumerate(steps[1:], start=1):
            said = Renderer().title(f"actions/{one.action}.j2", impacts[number].context)
            assert f"Step {number}" in drawn["text"]
            assert said in drawn["text"]


class TestTemplate(Reading):
    @reading(WRITING)
    async def test_a_pending_card_says_on_its_button_what_happens(self, name: str, database: Database) -> None:
        """Not “Approve”: it says so as the action does, or begins as the card's title."""
        async with database.snapshot() as session:
            action = await example(name, session)
            drawn = card(action, await action.preview(session), state=State.PENDING)
        [row] = [block for block in drawn["blocks"] if block["type"] == "actions"]
        first = row["elements"][0]
        assert first["action_id"] == "approve"
        said, title = first["text"]["text"], drawn["blocks"][0]["text"]["text"]
        assert action.words() in said.lower() or said.partition(" ")[0] == title.partition(" ")[0]
        assert len(first["text"]["text"]) <= 75

    @reading(WRITING)
    async def test_no_customer_is_named_on_a_card(self, name: str, database: Database, sql) -> None:
        """A whole channel reads it: tenants by their name, whoever works there by nothing."""
        customers = sql("SELECT id, name, email FROM users WHERE id NOT IN (SELECT user_id FROM staff_members)")
        async with database.snapshot() as session:
            about = await Whom.load(customers[0][0], session)
            given = {one: about for one, kind in REGISTRY.by_name[name].parameters().items() if kind is Whom}
            try:
                action = await example(name, session, **given)
                impact = await action.preview(session)
            except NothingToDo:  # a customer has no override to clear: with the tenant, then
                action = await example(name, session)
                impact = await action.preview(session)
        drawn = json.dumps(card(action, impact, state=State.PENDING), ensure_ascii=False)
        assert not [one for _, *said in customers for one in said if one and one in drawn]

    @pytest.mark.parametrize("clearance", list(Clearance))
    @reading(READ)
    async def test_an_answer_can_be_drawn(self, name: str, clearance: Clearance, database: Database) -> None:
        """For every clearance; addresses only for those who may see them."""
        async with database.snapshot() as session:
            action = await example(name, session)
            impact = await action.preview(session)
        heard = await action.asked(Outside(), impact)
        drawn = Renderer().message(
            f"actions/{name}.j2", clearance, impact=impact, next_buttons=[], **impact.context, **heard
        )
        assert drawn["text"]
        assert len(drawn["blocks"]) <= 50
        assert (WHO in json.dumps(drawn)) is (clearance is Clearance.FULL and hasattr(action, "staffer"))


class TestStates(Reading):
    @reading(WRITING)
    async def test_the_card_can_be_drawn_in_every_state(self, name: str, database: Database) -> None:
        """With a real impact and a real outcome; everything it says is in the text for screen readers too."""
        async with taken_back(database) as session:
            action = await example(name, session)
            impact = await action.preview(session)
            outcome = json.loads(json.dumps((await done(action, session)).data))
        title = Renderer().title(f"actions/{name}.j2", impact.context)
        assert 0 < len(title) <= 150
        for state in State:
            over = state in (State.SUCCEEDED, State.UNDONE)
            for verification in Verification:
                executed = (
                    {"executed_at": 1795000000.0, "verified_at": 1795000001.0, "outcome": outcome} if over else {}
                )
                undoable = over and action.undo(outcome) is not None
                drawn = card(action, impact, state=state, verification=verification, undoable=undoable, **executed)
                header = drawn["blocks"][0]["text"]["text"]
                assert header
                assert (header == title) is not over
                assert len(drawn["blocks"]) <= 50
                assert drawn["text"].replace("\u2060", "").startswith(header)  # what marks nothing up
        assert "laptop stolen" in drawn["text"]


class TestExecution(Reading):
    @reading(WRITING)
    async def test_its_outcome_is_data(self, name: str, database: Database, before: AsItWas) -> None:
        """It changes something, and what undo and verify need of it survives being stored as JSON."""
        async with taken_back(database) as session:
            outcome = await done(await example(name, session), session)
            touched = await before.touched_in(session)
        for part in (outcome.data, outcome.old, outcome.new):
            assert json.loads(json.dumps(part)) == part
        assert outcome.old != outcome.new
        assert touched or outcome.effects

    @reading(ON_PLATFORM)
    async def test_verifying_asks_the_platform(self, name: str, database: Database) -> None:
        """With nobody to answer it is not confirmed by anything else."""
        async with taken_back(database) as session:
            action = await example(name, session)
            outcome = await done(action, session)
            expected = await action.expects(session, json.loads(json.dumps(outcome.data)))
        probe = PlatformProbe("http://127.0.0.1:1", "token")
        with pytest.raises(Unavailable):
            await action.verify(expected, probe)
        await probe.close()

    @reading(ON_PLATFORM)
    async def test_its_lock_holds_the_target(self, name: str, database: Database) -> None:
        """Nobody changes what it is about between the check and the change."""
        async with taken_back(database) as holder:
            action = await example(name, holder)
            await action.lock(holder)
            async with database.transaction() as other:
                held = await other.execute(
                    text("SELECT id FROM users WHERE email = :who FOR UPDATE SKIP LOCKED"), {"who": WHO}
                )
                assert held.first() is None or not hasattr(action, "staffer")

    @reading(WRITING)
    async def test_nobody_does_the_same_meanwhile(self, name: str, database: Database) -> None:
        """A second one waits until the first is committed, and then sees what it did."""
        async with taken_back(database) as holder:
            await (await example(name, holder)).lock(holder)
            async with database.transaction() as other:
                await other.execute(text("SET LOCAL lock_timeout = '20ms'"))
                second = await example(name, other)
                with pytest.raises(OperationalError, match="lock timeout"):
                    await done(second, other)


class TestUndo:
    @each_writing
    async def test_undo_restores(self, name: str, database: Database, database_url: str, prepared) -> None:
        """What it changed is as it was, but for ended sessions; or it says that nothing can be taken back."""
        prepared(name)
        with AsItWas(database_url) as before:
            await self._there_and_back(name, database, before)

    async def _there_and_back(self, name: str, database: Database, before: AsItWas) -> None:
        async with database.transaction() as session:
            action = await example(name, session)
            outcome = await done(action, session)
        step = action.undo(json.loads(json.dumps(outcome.data)))
        if step is None:
            template, _, _ = Renderer()._environment.loader.get_source(Renderer()._environment, f"actions/{name}.j2")
            said = ("This cannot be undone.", "There is no Undo button.", "make a new request.")
            assert any(one in template for one in said)
            return
        async with database.transaction() as session:
            inverse = await REGISTRY.load(step, session)
            await inverse.preview(session)
            await done(inverse, session)
        differing = {table.removeprefix("public.") for table in before.differing(NOTES)}
        assert differing <= NOT_RESTORED | MAKES.get(name, set())


class TestRights:
    """The bot's role may write what actions declare (bot/grants.py): here it has the rights of one action alone."""

    @each_writing
    async def test_it_writes_what_it_declares(self, name: str, database: Database, sql, prepared) -> None:
        """No table and no column that only another action has declared; and so does what takes it back."""
        prepared(name)
        sql(rights_sql(REGISTRY.by_name[name].writes))
        async with database.transaction() as session:
            action = await example(name, session)
            outcome = await done(action, session)
        if (step := action.undo(json.loads(json.dumps(outcome.data)))) is not None:
            sql(rights_sql(REGISTRY.by_name[step.action].writes))
            async with database.transaction() as session:
                await done(await REGISTRY.load(step, session), session)

    @each_on_platform
    async def test_what_it_does_not_declare_it_cannot_write(self, name: str, database: Database, sql, prepared) -> None:
        """Nothing else gives the role those rights."""
        prepared(name)
        sql(rights_sql(()))
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with database.transaction() as session:
                await done(await example(name, session), session)


def test_every_type_of_parameter_has_an_example() -> None:
    """So that no action escapes these tests."""
    used = {kind for action in REGISTRY.by_name.values() for kind in action.parameters().values()}
    assert all(kind in EXAMPLES or issubclass(kind, Target) or kind.example for kind in used)
    assert set(BEFORE) <= REGISTRY.by_name.keys()
