"""What one request holds of many things ends as one message that counts; of a few, each is told by itself."""

from collections.abc import Callable
from typing import Any

from bot.demo.world import World, slack_id
from bot.holds.many import FEW
from tests.conftest import OPS, asked, cards, until
from tests.integration.test_bulk_undone import done, now

Sql = Callable[..., list[Any]]
TENANTS = "SELECT name FROM tenants WHERE status = 'active' ORDER BY name LIMIT %s"
TOLD = "SELECT count(*), count(DISTINCT projection), max(projection) FROM pmbot.messages WHERE key LIKE 'hold:%%'"
ENDED = "SELECT count(*) = %s FROM pmbot.holds WHERE verification = 'confirmed'"
SOON = "UPDATE pmbot.holds SET ends = now() + interval '4 minutes', starts = now() - interval '2 hours'"
OVER = "UPDATE pmbot.holds SET ends = now() - interval '1 s'"


async def paused(around: World, sql: Sql, number: int) -> dict[str, Any]:
    """The card of a pause of so many tenants for two hours, carried out."""
    names = ", ".join(name for (name,) in sql(TENANTS, number))
    typed = f"/pm tenant pause where {names} for 2h because complaints"
    await around.slack.command(slack_id("oncall"), OPS, typed)
    return await done(around, f"{number} tenants", "nadia")


def lines(around: World, says: str) -> list[str]:
    return [one["text"].replace("\u2060", "") for one in cards(around) if says in one["text"]]


async def test_many_end_as_one_line(bot_world: World, sql: Sql) -> None:
    """And are announced by one message before that."""
    number = FEW + 2
    first = await paused(bot_world, sql, number)
    sql(SOON)
    await until(lambda: sql(TOLD) == [(1, 1, "holds_end_soon")])
    sql(OVER)
    await until(lambda: sql(ENDED, number) == [(True,)])
    [line] = await until(lambda: lines(bot_world, f"all {number} temporary changes ended as planned (the latest "))
    assert f"Pause {number} tenants (request 1): all" in line
    await until(lambda: "The platform confirms it" in "".join(lines(bot_world, "temporary changes ended")))
    assert sql(TOLD) == [(2, 2, "holds_ended")]
    await until(lambda: "Ended as planned" in now(bot_world, first)["text"])


async def test_one_of_many_that_somebody_ends_is_counted(bot_world: World, sql: Sql) -> None:
    """By whom, and when the next one ends."""
    number = FEW + 1
    await paused(bot_world, sql, number)
    [(hold,)] = sql("SELECT id FROM pmbot.holds ORDER BY target LIMIT 1")
    ending = await asked(bot_world, f"/pm end {hold} because a mistake", "oncall")
    await bot_world.slack.click(slack_id("tomasz"), ending["ts"], OPS, "approve")
    [line] = await until(lambda: lines(bot_world, "temporary changes ended"))
    assert f"1 of {number} temporary changes ended (the latest " in line
    assert "The next one ends" in line
    assert "Ended early by " in line
    assert ": 1." in line


async def test_a_few_are_told_one_by_one(bot_world: World, sql: Sql) -> None:
    """Each with what is in force now."""
    await paused(bot_world, sql, FEW)
    sql(OVER)
    await until(lambda: sql(TOLD) == [(FEW, 1, "hold_ended")])
    assert lines(bot_world, "temporary changes ended") == []
