"""Nobody looks people up or asks for things more often than one person needs to, whichever process they meet."""

import asyncio
import datetime as dt
import inspect

import pytest

from bot import actions
from bot.actions.impact import Step
from bot.actions.registry import discover
from bot.demo import world
from bot.errors import NothingToDo, TooOften
from bot.pipeline.limits import Limit, Limits
from bot.pipeline.propose import Ask, propose
from bot.policy import Risk
from bot.targets.staff import Asker, Staffer
from bot.targets.user import User
from tests.conftest import OPS, running_bot, until, whispers
from tests.promises import bench
from tests.promises.bench import Bench

READING = [one for one in discover(actions).by_name.values() if one.risk is Risk.READ]
BRIEF = Limit("brief", 3, dt.timedelta(seconds=1), "done it 3 times", "")


async def counted(it: Bench, limit: Limit, by: str = "support") -> bool:
    operator = await it.operator(by)
    try:
        async with it.database.transaction() as session:
            await limit.count(session, operator)
    except TooOften:
        return False
    return True


async def test_two_processes_at_once_cannot_exceed_it(database_url: str) -> None:
    """Forty at the same instant, by two processes: as many as are allowed, and of each person as many."""
    limit, both = Limits(lookups=15).looking_up, [bench.build(database_url), bench.build(database_url)]
    done = await asyncio.gather(*(counted(both[n % 2], limit) for n in range(40)), counted(both[0], limit, "security"))
    assert sum(done[:-1]) == 15
    assert done[-1]
    for one in both:
        await one.database.close()


async def test_it_is_any_span_of_that_length_not_a_minute_by_the_clock(database_url: str) -> None:
    it = bench.build(database_url)
    assert [await counted(it, BRIEF) for _ in range(4)] == [True, True, True, False]
    await it.sql("UPDATE recent_uses SET at[1] = at[1] - interval '1 second'")
    assert [await counted(it, BRIEF) for _ in range(2)] == [True, False]
    fewer = Limit("brief", 1, dt.timedelta(seconds=30), "", "")  # a limit that was set lower since
    assert not await counted(it, fewer)
    await it.database.close()


async def asks(it: Bench, role: str, to: str) -> None:
    operator = await it.operator("security")
    async with it.database.transaction() as session:
        parameters = {"staffer": str(bench.IDS[to]), "roles": role, "reason": "month end"}
        action = await it.core.registry.load(Step(action="staff.add_role", parameters=parameters), session)
        await propose(it.core, session, operator, [action], Ask(channel="operations", reason="month end"))


async def test_it_says_when_the_next_is_possible(database_url: str) -> None:
    """What was refused for another reason does not count."""
    it = bench.build(database_url, limits=Limits(requests=1))
    with pytest.raises(NothingToDo):
        await asks(it, "support", "support")
    await asks(it, "engineering", "support")
    with pytest.raises(TooOften, match=r"^You have made 1 request in 10 min\. .* Try again in (10 min|9 min \d+ s)\."):
        await asks(it, "engineering", "staffer")
    await it.database.close()


async def test_containment_is_never_counted(database_url: str) -> None:
    it = bench.build(database_url, limits=Limits(requests=1))
    for about in ("staffer", "support", "root"):
        await it.ask("security", about=about)
    assert await it.sql("SELECT * FROM recent_uses") == []
    await it.database.close()


async def test_a_plan_is_counted_unless_all_of_it_is_containment(database_url: str) -> None:
    it = bench.build(database_url, limits=Limits(requests=1))
    operator = await it.operator("security")
    async with it.database.transaction() as session:
        both = [await it.action(session, name, "staffer") for name in ("staff.revoke_sessions", "staff.reinstate")]
        await it.core.limits.ask(session, operator, both[:1])
        await it.core.limits.ask(session, operator, both)
        with pytest.raises(TooOften):
            await it.core.limits.ask(session, operator, both)
    await it.database.close()


@pytest.mark.parametrize("action", READING, ids=lambda one: one.name)
def test_whatever_looks_somebody_up_is_marked(action) -> None:
    """It takes a person as its parameter, other than whoever asks."""
    people = [kind for kind in action.parameters().values() if issubclass(kind, Staffer | User) and kind is not Asker]
    assert action.shows_people or not people, inspect.getfile(action)


async def test_who_looks_up_too_many_is_told_so(surroundings, sql) -> None:
    """What was refused is not written down as a look: nothing was shown."""
    async with running_bot(surroundings, pm_lookups_per_minute=1):
        for said in ("Recent activity", "You have looked up 1 person in 1 min. That is the limit"):
            await surroundings.slack.command(world.slack_id("support"), OPS, "/pm who @staffer")
            await until(lambda said=said: any(said in one for one in whispers(surroundings, "support")))
    assert sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'looked'") == [(1,)]
