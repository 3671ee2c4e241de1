"""A rule, a setting or a limit of many tenants for a time: each ends by itself; an undo ends all of them together."""

import datetime as dt
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bot.actions.bulk import Bulk
from bot.drawing.masking import Clearance, masked_text
from bot.errors import NothingToDo
from bot.holds import engine
from bot.parameters.base import Lookup
from bot.parameters.time import Term
from bot.policy import Risk
from bot.store.database import Database
from tests.integration.action_examples import REGISTRY, done, example

Sql = Callable[..., list[Any]]
WEEK = Term(dt.timedelta(days=7))
OVER = "UPDATE pmbot.holds SET ends = now() - interval '1 second'"
ON_TRIAL = "(SELECT id FROM tenants WHERE status = 'trial')"
AS_IT_IS = {
    "tenant.policies": f"SELECT tenant_id, two_factor_required FROM tenant_policies WHERE tenant_id IN {ON_TRIAL}",
    "tenant.settings_several": "SELECT tenant_id, notify_on_security_alerts FROM tenant_config"
    f" WHERE tenant_id IN {ON_TRIAL}",
    "tenant.limits": "SELECT tenant_id, max_users FROM tenant_overrides"
    f" WHERE max_users IS NOT NULL AND tenant_id IN {ON_TRIAL}",
}
EACH = pytest.mark.parametrize("name", AS_IT_IS)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(autouse=True)
def weaker(sql: Sql) -> None:
    """Whoever is on trial signs in with one factor, and hears of nothing."""
    sql(f"UPDATE tenant_policies SET two_factor_required = false WHERE tenant_id IN {ON_TRIAL}")
    sql(f"UPDATE tenant_config SET notify_on_security_alerts = false WHERE tenant_id IN {ON_TRIAL}")


async def those_on_trial(name: str, database: Database, **given: Any) -> Bulk:
    async with database.snapshot() as session:
        kind: Any = REGISTRY.by_name[name].parameters()["selection"]
        chosen = await kind.resolve("selection", "status=trial", Lookup(session, "T0", 300, "", {}))
        action = await example(name, session, **{"selection": chosen, "duration": WEEK, **given})
    assert isinstance(action, Bulk)
    return action


async def run(action: Bulk, database: Database) -> list[tuple[Any, dict[str, Any]]]:
    """Its parts, each with its outcome."""
    async with database.snapshot() as session:
        parts = await action.steps(session)
    outcomes = []
    for part in parts:
        async with database.transaction() as session:
            outcomes.append((part, (await done(part, session)).data))
    return outcomes


@EACH
async def test_what_is_for_a_time_ends_by_itself(name: str, database: Database, sql: Sql) -> None:
    """Each of them has a hold of its own, and afterwards what it had before."""
    before = sorted(sql(AS_IT_IS[name]))
    outcomes = await run(await those_on_trial(name, database), database)
    number = sum(len(data["done"]) for _, data in outcomes)
    assert sorted(sql(AS_IT_IS[name])) != before
    assert sql("SELECT count(DISTINCT subject ->> 'id'), count(*) FROM pmbot.holds WHERE ended IS NULL") == [
        (number, number)
    ]
    sql(OVER)
    assert await engine.sweep(database) == number
    assert sorted(sql(AS_IT_IS[name])) == before


@EACH
async def test_it_is_taken_back_as_a_whole(name: str, database: Database, sql: Sql) -> None:
    """By ending what it holds: nothing is left that would end later."""
    before = sorted(sql(AS_IT_IS[name]))
    for part, data in await run(await those_on_trial(name, database), database):
        async with database.transaction() as session:
            await done(await REGISTRY.load(part.undo(data), session), session)
    assert sorted(sql(AS_IT_IS[name])) == before
    assert sql("SELECT count(*) FROM pmbot.holds WHERE ended IS NULL") == [(0,)]


@EACH
async def test_the_card_says_how_long(name: str, database: Database) -> None:
    action = await those_on_trial(name, database)
    async with database.snapshot() as session:
        facts = {one.label: masked_text(one.parts, Clearance.CHANNEL) for one in (await action.preview(session)).facts}
    assert re.search(r" for 7 d, then as before$", facts["After"])


@EACH
async def test_what_is_so_for_a_time_is_still_set_for_good(name: str, database: Database, sql: Sql) -> None:
    """And stays, once the time is over: nobody is left out who would be without it next week."""
    await run(await those_on_trial(name, database), database)
    held = sorted(sql(AS_IT_IS[name]))
    await run(await those_on_trial(name, database, duration=None), database)
    sql(OVER)
    await engine.sweep(database)
    assert sorted(sql(AS_IT_IS[name])) == held
    with pytest.raises(NothingToDo):
        await run(await those_on_trial(name, database), database)


@EACH
async def test_what_is_so_for_a_time_may_be_so_for_longer(name: str, database: Database, sql: Sql) -> None:
    await run(await those_on_trial(name, database, duration=Term(dt.timedelta(hours=1))), database)
    held = sorted(sql(AS_IT_IS[name]))
    await run(await those_on_trial(name, database), database)
    sql(f"{OVER} WHERE ends < now() + interval '2 hours'")
    await engine.sweep(database)
    assert sorted(sql(AS_IT_IS[name])) == held


async def test_many_limits_are_decided_by_finance_however_short(database: Database) -> None:
    """A month of one tenant is little; of many it is not."""
    assert (await those_on_trial("tenant.limits", database)).stakes.risk is Risk.HIGH


async def test_whether_it_is_weaker_is_known_of_each(database: Database, sql: Sql) -> None:
    """As of one: by that, its end is judged."""
    await run(await those_on_trial("tenant.policies", database), database)
    assert sql("SELECT DISTINCT subject ->> 'weaker' FROM pmbot.holds") == [("false",)]
