"""A flag that is watched: an alert takes it back by itself, otherwise it stays; and what is a tenant's own setting."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.actions.flags.parameters import Percent, Whom
from bot.actions.flags.rollout import Rollout
from bot.actions.flags.turn import TurnOn
from bot.actions.tenants.settings import ALERTS, ConfiguredTenant, SetTenantSetting, SettingName, SettingValue
from bot.actions.watching import Watching
from bot.demo.data import uid
from bot.demo.world import World, slack_id
from bot.errors import InvalidParameter, NothingToDo, Refused
from bot.holds import engine
from bot.parameters.base import Lookup, Reason
from bot.parameters.time import Term
from bot.store.database import Database
from bot.targets.flag import FlagKey
from tests.conftest import OPS, cards, until, whispers
from tests.integration.action_examples import REGISTRY, done
from tests.integration.test_settings import FIRES, OVER

ACME, LABS = uid("tenant", "acme-corp"), uid("tenant", "acme-labs")
DEFAULT = "SELECT rollout_percentage FROM feature_flags WHERE key = 'strict-dmarc'"
OWN = "SELECT enabled, expires FROM tenant_feature_flags WHERE flag_key = 'usage-billing' AND tenant_id = %s"
ENDS = "SELECT cause, subject ->> 'alarm' FROM pmbot.holds"
HALF_AN_HOUR = Watching(dt.timedelta(minutes=30))
WHY = Reason("it held for a week")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def carried_out(database: Database, action: Any) -> dict[str, Any]:
    async with database.transaction() as session:
        await action.preview(session)
        return (await done(action, session)).data


async def rolled_out(database: Database, **given: Any) -> tuple[Rollout, dict[str, Any]]:
    """To 30% of the tenants, where it were 10."""
    async with database.snapshot() as session:
        flag = await FlagKey.load("strict-dmarc", session)
    chosen = {"duration": None, "watching": HALF_AN_HOUR, **given}
    action = Rollout(flag=flag, share=Percent(30), reason=WHY, **chosen)
    return action, await carried_out(database, action)


async def taken_back(database: Database, action: Any, outcome: dict[str, Any]) -> None:
    async with database.snapshot() as session:
        inverse = await REGISTRY.load(action.undo(outcome), session)
    await carried_out(database, inverse)


class TestAskingForBoth:
    """A time and a watch exclude each other: said where it is typed, with both ways out."""

    async def test_a_form_says_so_at_its_field_and_stays_open(self, bot_world: World) -> None:
        """Nothing that was typed is lost."""
        root = slack_id("root")
        await bot_world.slack.command(root, OPS, "/pm flag on strict-dmarc for Acme Corp")
        view = (await until(lambda: bot_world.slack.views(root)))[-1]
        typed = {"duration": "2h", "watching": "30m", "reason": "they asked"}
        values = {name: {name: value} for name, value in typed.items()}
        reply = await bot_world.slack.submit(root, view["id"], values)
        assert [*reply.errors] == ["watching"]
        assert "limited time or watching, but not both" in reply.errors["watching"]
        assert bot_world.slack.views(root)[-1]["id"] == view["id"]
        values["duration"]["duration"] = ""
        await bot_world.slack.submit(root, view["id"], values)
        assert "Watched" in (await until(lambda: cards(bot_world)))[0]["text"]

    async def test_a_command_offers_either(self, bot_world: World) -> None:
        typed = "/pm flag on strict-dmarc for Acme Corp for 2h watching 30m because they asked"
        await bot_world.slack.command(slack_id("root"), OPS, typed)
        said = await until(lambda: whispers(bot_world, "root"))
        assert "limited time or watching, but not both" in said[-1]
        assert cards(bot_world) == []


class TestAWatchedFlag:
    async def test_it_stays_where_nothing_fires(self, database: Database, sql) -> None:
        await rolled_out(database)
        assert sql(DEFAULT) == [(30,)]
        sql(OVER)
        assert await engine.sweep(database) == 1
        assert sql(DEFAULT) == [(30,)]
        assert sql(ENDS) == [("planned", None)]

    async def test_an_alert_takes_it_back(self, database: Database, sql) -> None:
        """Also for one tenant: the platform forgets nothing by itself meanwhile."""
        async with database.snapshot() as session:
            flag = await FlagKey.load("usage-billing", session)
        whom = Whom("tenant", ACME, "Acme Corp")
        action = TurnOn(flag=flag, concerned=whom, duration=None, watching=HALF_AN_HOUR, reason=WHY)
        await carried_out(database, action)
        assert sql(OWN, ACME) == [(True, None)]
        sql(FIRES, "0 seconds")
        assert await engine.sweep(database) == 1
        assert sql(OWN, ACME) == []
        assert sql(ENDS) == [("alarmed", "queue-backlog · email-sending")]

    @pytest.mark.parametrize("over", [False, True])
    async def test_it_is_put_back_while_it_is_watched_and_afterwards(self, database: Database, sql, over: bool) -> None:  # noqa: FBT001
        """No watch brings anything back later."""
        action, outcome = await rolled_out(database)
        if over:
            sql(OVER)
            await engine.sweep(database)
        await taken_back(database, action, outcome)
        assert sql(DEFAULT) == [(10,)]
        sql(OVER)
        await engine.sweep(database)
        assert sql(DEFAULT) == [(10,)]
        assert sql("SELECT count(*) FROM pmbot.holds WHERE ended IS NULL") == [(0,)]

    async def test_what_an_alert_took_back_is_not_put_back_again(self, database: Database, sql) -> None:
        action, outcome = await rolled_out(database)
        sql(FIRES, "0 seconds")
        await engine.sweep(database)
        with pytest.raises(NothingToDo):
            await taken_back(database, action, outcome)

    async def test_it_is_for_a_time_or_watched_and_never_while_its_alert_fires(self, database: Database, sql) -> None:
        with pytest.raises(Refused, match="limited time or watching, but not both"):
            await rolled_out(database, duration=Term(dt.timedelta(hours=2)))
        sql(FIRES, "-1 minute")
        with pytest.raises(NothingToDo, match="queue-backlog is already firing, so I could not see"):
            await rolled_out(database)
        assert sql(DEFAULT) == [(10,)]


class TestATenantsOwnSetting:
    async def _of(self, database: Database, value: bool) -> SetTenantSetting:  # noqa: FBT001 - the value that is set
        async with database.snapshot() as session:
            tenant = await ConfiguredTenant.load(str(ACME), session)
        given = {"setting": SettingName(ALERTS), "to": SettingValue(value), "duration": None, "reason": WHY}
        return SetTenantSetting(tenant=tenant, **given)

    async def test_weaker_takes_security_and_stricter_whoever_asks(self, database: Database, sql) -> None:
        sql("UPDATE tenant_config SET notify_on_security_alerts = true")
        weaker = await self._of(database, value=False)
        assert (weaker.stakes.risk, weaker.stakes.containment) == ("high", False)
        await carried_out(database, weaker)
        assert sql("SELECT notify_on_security_alerts FROM tenant_config WHERE tenant_id = %s", ACME) == [(False,)]
        back = await self._of(database, value=True)
        assert (back.stakes.risk, back.stakes.containment) == ("medium", True)

    async def test_where_the_platform_has_no_row_it_is_refused(self, database: Database, sql) -> None:
        sql("DELETE FROM tenant_config WHERE tenant_id = %s", ACME)
        with pytest.raises(Refused, match="none of these settings for Acme Corp"):
            await carried_out(database, await self._of(database, value=True))

    async def test_what_it_cannot_be_is_named(self) -> None:
        asked = Lookup(None, "T0", 300, "tenant settings set", {"setting": "security-alerts"})  # type: ignore[arg-type]
        with pytest.raises(InvalidParameter, match="security-alerts takes on or off"):
            await SettingValue.resolve("to", "7", asked)
        with pytest.raises(InvalidParameter, match="There is no setting “colour”"):
            await SettingName.resolve("setting", "colour", asked)
