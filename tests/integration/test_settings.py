"""Settings: typed, masked, set, rolled back; promoted ones that an alert takes back, whoever dies on the way."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.settings.baseline import AgreeBaseline, Drift, ShowBaseline
from bot.actions.settings.change import ChangedSetting, RollBack, SetValue
from bot.actions.settings.parameters import NewValue
from bot.actions.settings.promote import CheckStaged, Promote, Stage, StagedSetting
from bot.actions.settings.show import ShowSetting, ShowSettings
from bot.demo.data import uid
from bot.errors import InvalidParameter, NothingToDo
from bot.holds import engine, telling
from bot.parameters.base import Lookup, Reason
from bot.people import identity
from bot.platform import compliance
from bot.platform.settings import RULES, Rule
from bot.store.database import Database
from bot.targets.setting import SettingKey
from tests.integration.action_examples import REGISTRY, done

STEP, IDLE = "sending.warmup_step", "staff.session_idle_minutes"
VALUE = "SELECT value FROM system_config WHERE key = %s"
OVER = "UPDATE pmbot.holds SET ends = now() - interval '1 millisecond', starts = now() - interval '1 hour'"
FIRES = """
    INSERT INTO pmbot.alerts (id, rule, subject, state, severity, worst, breached, value, peak, measured, facts, since,
                              fired, waiting_since)
    VALUES (gen_random_uuid(), 'queue-backlog', 'email-sending', 'firing', 'high', 'high', '{}', 1, 1,
            clock_timestamp(), '{}', clock_timestamp(), clock_timestamp() + %s::interval, clock_timestamp())
"""
WHY = Reason("too slow")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def key(session: AsyncSession, name: str, kind: type[SettingKey] = SettingKey) -> Any:
    return await kind.load(name, session)


async def carried_out(database: Database, action: Action) -> dict[str, Any]:
    """As the pipeline does, with the row in the platform's compliance log."""
    async with database.transaction() as session:
        outcome = await done(action, session)
        await compliance.record(
            session,
            actor_id=uid("user", "root@penguinmails.example"),
            action=action.name,
            resource_type="setting",
            resource_id=action.target.partition(":")[2],
            tenant_id=None,
            old=outcome.old,
            new=outcome.new,
            metadata={},
        )
    return outcome.data


async def set_to(database: Database, name: str, text: str) -> tuple[SetValue, dict[str, Any]]:
    async with database.snapshot() as session:
        action = SetValue(setting=await key(session, name), to=NewValue(text), reason=WHY)
    return action, await carried_out(database, action)


async def promoted(database: Database, text: str = "8") -> tuple[Promote, dict[str, Any]]:
    """A warm-up step of 5 becomes another one."""
    async with database.snapshot() as session:
        stage = Stage(setting=await key(session, STEP), to=NewValue(text), reason=WHY)
    await carried_out(database, stage)
    async with database.snapshot() as session:
        action = Promote(setting=await key(session, STEP, StagedSetting), watching=None, reason=WHY)
        await action.preview(session)
    return action, await carried_out(database, action)


class TestReading:
    async def test_sensitive_values_are_masked(self, database: Database, sql) -> None:
        """They are not even read: the database gives the bot's role null."""
        async with database.snapshot() as session:
            shown = await ShowSettings(category=None).preview(session)
            one = await ShowSetting(setting=await key(session, "stripe.webhook_secret")).preview(session)
        facts = {fact.label: fact.text for fact in shown.facts}
        assert facts["stripe.webhook_secret"] == "•••"
        assert facts[IDLE] == "30 minutes"
        assert "stripe/webhook" not in str([shown, one])

    async def test_a_sensitive_one_is_not_set(self, database: Database) -> None:
        async with database.snapshot() as session:
            action = SetValue(setting=await key(session, "stripe.webhook_secret"), to=NewValue("x"), reason=WHY)
            with pytest.raises(InvalidParameter, match="is sensitive"):
                await action.preview(session)

    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            (IDLE, "20 minutes", 20),
            (IDLE, "5", 5),
            ("data.encryption_at_rest", "OFF", False),
            ("data.default_classification", "Confidential", "confidential"),
            ("flags.cache_seconds", "1,000", 1000),
            ("maintenance.window", '{"day": "monday"}', {"day": "monday"}),
        ],
    )
    async def test_a_text_means_a_value_of_its_type(self, name: str, text: str, value: Any, database: Database) -> None:
        async with database.snapshot() as session:
            assert (await key(session, name)).state.typed(text) == value

    @pytest.mark.parametrize(
        ("name", "text", "answer"),
        [
            (IDLE, "31", "It may be a whole number from 5 to 30 (minutes)."),
            (IDLE, "1,0", "It may be a whole number from 5 to 30"),
            (IDLE, "many", "It may be a whole number from 5 to 30"),
            ("audit.retention_years", "1", "from 7 to 100 (years)"),
            ("data.encryption_at_rest", "maybe", "It may be on or off."),
            ("data.default_classification", "secret", "It may be public, internal, confidential or restricted."),
            ("flags.cache_seconds", "true", "It is a number now, and has to stay one."),
            ("maintenance.window", "[1]", "It is an object as JSON now"),
            ("maintenance.window", "{", "It is an object as JSON now"),
        ],
    )
    async def test_anything_else_is_refused(self, name: str, text: str, answer: str, database: Database) -> None:
        async with database.snapshot() as session:
            lookup = Lookup(session, "T0", 300, "setting set", {"setting": name})
            with pytest.raises(InvalidParameter) as refused:
                await NewValue.resolve("to", text, lookup)
        assert answer in str(refused.value)

    async def test_what_the_demo_has_is_as_the_rules_have_it(self, database: Database) -> None:
        async with database.snapshot() as session:
            for name in RULES:
                if (found := await SettingKey.get(session, name)) is not None:
                    assert found.state.typed(found.state.in_words) == found.state.value
        assert Rule(words=("a", "b")).typed(" A ") == "a"


class TestSetting:
    async def test_it_is_set_and_rolled_back(self, database: Database, sql) -> None:
        """By its newest change, which stands in the platform's own log."""
        await set_to(database, IDLE, "20")
        async with database.snapshot() as session:
            back = RollBack(setting=await key(session, IDLE, ChangedSetting), before=None, reason=WHY)
            await back.preview(session)
        await carried_out(database, back)
        assert sql(VALUE, IDLE) == [(30,)]

    async def test_what_was_set_on_the_platform_since_is_not_rolled_back(self, database: Database, sql) -> None:
        action, outcome = await set_to(database, IDLE, "20")
        sql("UPDATE system_config SET value = '25' WHERE key = %s", IDLE)
        async with database.snapshot() as session:
            with pytest.raises(NothingToDo, match="Rolling back would also undo that newer change"):
                await (await REGISTRY.load(action.undo(outcome), session)).preview(session)

    async def test_security_sets_what_is_about_security(self, database: Database) -> None:
        async with database.snapshot() as session:
            security = await identity.operator_by_id(session, uid("user", "security@penguinmails.example"))
            assert security is not None
            allowed = {
                name: SetValue(setting=await key(session, name), to=NewValue("9"), reason=WHY).allowed(security)
                for name in (IDLE, STEP)
            }
        assert allowed == {IDLE: True, STEP: False}


class TestPromotion:
    async def test_an_alert_takes_it_back(self, database: Database, sql) -> None:
        """And the line says which."""
        await promoted(database)
        assert sql(VALUE, STEP) == [(8,)]
        sql(FIRES, "0")
        assert await engine.sweep(database) == 1
        assert sql(VALUE, STEP) == [(5,)]
        assert sql("SELECT cause, subject ->> 'alarm' FROM pmbot.holds") == [
            ("alarmed", "queue-backlog · email-sending")
        ]

    async def test_without_one_it_stays(self, database: Database, sql) -> None:
        action, outcome = await promoted(database)
        sql(OVER)
        assert await engine.sweep(database) == 1
        assert sql(VALUE, STEP) == [(8,)]
        sql(FIRES, "0")  # afterwards
        await engine.sweep(database)
        assert sql(VALUE, STEP) == [(8,)]
        async with database.transaction() as session:  # and it can still be taken back
            await done(await REGISTRY.load(action.undo(outcome), session), session)
        assert sql(VALUE, STEP) == [(5,)]

    async def test_one_that_fired_before_does_not_count(self, database: Database, sql) -> None:
        """It could not warn: nothing is promoted while it fires."""
        sql(FIRES, "-1 minute")
        with pytest.raises(NothingToDo, match="queue-backlog is already firing, so I could not see"):
            await promoted(database)
        async with database.snapshot() as session:
            checked = await CheckStaged().preview(session)
        assert "queue-backlog is already firing" in checked.facts[0].text

    async def test_what_somebody_set_on_the_platform_is_left(self, database: Database, sql) -> None:
        await promoted(database)
        sql("UPDATE system_config SET value = '9' WHERE key = %s", STEP)
        sql(FIRES, "0")
        await engine.sweep(database)
        assert sql(VALUE, STEP) == [(9,)]

    async def test_nothing_else_is_set_while_it_is_watched(self, database: Database) -> None:
        await promoted(database)
        async with database.snapshot() as session:
            action = SetValue(setting=await key(session, STEP), to=NewValue("9"), reason=WHY)
            with pytest.raises(NothingToDo, match="was promoted, and its alerts are still watched"):
                await action.preview(session)

    @pytest.mark.parametrize("stage", ["_line", "_refresh_notices"])
    async def test_a_clock_that_dies_on_the_way_leaves_it_to_the_next(
        self, stage: str, database: Database, sql, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """After the value was written, before it is committed: nothing of it is kept, and the next one does it."""
        await promoted(database)
        sql(FIRES, "0")
        with monkeypatch.context() as patched:
            patched.setattr(telling, stage, _dies)
            assert await engine.sweep(database) == 0
        assert sql(VALUE, STEP) == [(8,)]
        assert await engine.sweep(database) == 1
        assert sql(VALUE, STEP) == [(5,)]

    async def test_two_clocks_take_it_back_once(self, database: Database, sql) -> None:
        await promoted(database)
        sql(FIRES, "0")
        assert sum(await asyncio.gather(engine.sweep(database), engine.sweep(database))) == 1
        assert sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'hold_ended'") == [(1,)]

    async def test_what_was_staged_meanwhile_is_not_promoted_unseen(self, database: Database) -> None:
        """Somebody else staged another value after the card was shown."""
        async with database.snapshot() as session:
            first = Stage(setting=await key(session, STEP), to=NewValue("8"), reason=WHY)
        await carried_out(database, first)
        async with database.snapshot() as session:
            action = Promote(setting=await key(session, STEP, StagedSetting), watching=None, reason=WHY)
            second = Stage(setting=await key(session, STEP), to=NewValue("80"), reason=WHY)
        await carried_out(database, second)
        with pytest.raises(NothingToDo, match="was staged in the meantime"):
            await carried_out(database, action)


class TestBaseline:
    async def test_what_left_the_agreed_configuration_is_named(self, database: Database, sql) -> None:
        """Settings, flags and tenants' rules, each as agreed and as it is; nothing sensitive."""
        async with database.snapshot() as session:
            assert "nobody has agreed" in (await Drift().preview(session)).facts[0].text
        await carried_out(database, AgreeBaseline(reason=WHY))
        async with database.snapshot() as session:
            assert (await Drift().preview(session)).context["drifted"] == 0
        sql("UPDATE system_config SET value = '20' WHERE key = %s", IDLE)
        sql("UPDATE system_config SET value = '1' WHERE key = 'stripe.webhook_secret'")
        sql("UPDATE feature_flags SET rollout_percentage = 77 WHERE key = 'ai-composer'")
        sql("""UPDATE tenant_policies SET max_login_attempts = 19
               WHERE tenant_id = (SELECT id FROM tenants WHERE name = 'Acme Corp')""")
        async with database.snapshot() as session:
            found = await Drift().preview(session)
        said = {one.label: one.text for one in found.facts[1:]}
        assert said.pop(f"Setting {IDLE}") == "30 → 20"
        assert said.pop("Flag ai-composer").endswith("→ off, rollout 77%")
        assert "attempts 19 tries" in said.pop("Tenant's policy Acme Corp").partition("→")[2]
        assert not said

    async def test_another_one_counts_from_then_on(self, database: Database, sql) -> None:
        await carried_out(database, AgreeBaseline(reason=WHY))
        sql("UPDATE system_config SET value = '20' WHERE key = %s", IDLE)
        await carried_out(database, AgreeBaseline(reason=WHY))
        async with database.snapshot() as session:
            shown = await ShowBaseline().preview(session)
        assert shown.facts[2].text == "nothing changed"


async def _dies(*_: Any) -> None:
    raise ConnectionError("killed")
