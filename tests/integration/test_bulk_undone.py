"""Taking back what was done to many says who comes back, who does not, and in the end what became of each."""

import csv
from collections.abc import Callable
from typing import Any

from bot.demo.world import World, slack_id
from tests.conftest import OPS, card, cards, undo, until

Sql = Callable[..., list[Any]]
KNOWN = "SELECT email FROM users WHERE email LIKE '%%@acme-labs.example' ORDER BY email LIMIT 3"


def now(around: World, asked: dict[str, Any]) -> dict[str, Any]:
    """That card as it is by now: what ends with it is told below it."""
    return next(one for one in cards(around) if one["ts"] == asked["ts"])


async def done(around: World, said: str, by: str) -> dict[str, Any]:
    """The newest card, once what it asks for was confirmed and its file is there."""
    await until(lambda: cards(around))
    asked: dict[str, Any] = card(around)
    assert said in asked["text"]
    await around.slack.click(slack_id(by), asked["ts"], OPS, "approve")
    await until(lambda: "results of each: done" in now(around, asked)["text"])
    return asked


def rows(around: World) -> list[list[str]]:
    """Of the newest file: outcome and why, with their numbers."""
    *_, newest = [one for one in around.slack.state.files.values() if one.name.startswith("results-")]
    _, *found = csv.reader(newest.content.decode().splitlines())
    return sorted(found)


async def test_who_comes_back_is_named_and_who_was_changed_since_is_left_out(bot_world: World, sql: Sql) -> None:
    (one,), (two,), (three,) = sql(KNOWN)
    typed = f"/pm user suspend where {one}, {two}, {three} because a stolen list"
    await bot_world.slack.command(slack_id("security"), OPS, typed)
    first = await done(bot_world, "Suspend 3 users", "security")
    sql("UPDATE users SET status = 'active' WHERE email = %s RETURNING id", one)
    await undo(bot_world, first["ts"], "security")
    asked = await until(lambda: found if (found := card(bot_world))["ts"] != first["ts"] else None)
    domain = one.partition("@")[2]
    for words in ("Left out 1 changed in the meantime", f"•••@{domain}"):
        assert words in asked["text"].replace("\u2060", "").replace("   ", " ")
    await done(bot_world, "3 users", "root")
    became = {row[1]: (row[2], row[3]) for row in rows(bot_world)}
    ids = [str(user) for (user,) in sql("SELECT id FROM users WHERE email = ANY(%s) ORDER BY email", [one, two, three])]
    assert became == {
        ids[0]: ("left out", "changed in the meantime"),
        ids[1]: ("done", ""),
        ids[2]: ("done", ""),
    }


async def test_of_what_is_held_the_things_are_named_and_not_the_holds(bot_world: World, sql: Sql) -> None:
    """Their pauses end; the file tells of tenants."""
    names = [name for (name,) in sql("SELECT name FROM tenants WHERE status = 'active' ORDER BY name LIMIT 2")]
    typed = f"/pm tenant pause where {', '.join(names)} because complaints"
    await bot_world.slack.command(slack_id("oncall"), OPS, typed)
    first = await done(bot_world, "2 tenants", "nadia")
    await undo(bot_world, first["ts"], "oncall")
    asked = await until(lambda: found if (found := card(bot_world))["ts"] != first["ts"] else None)
    assert all(name in asked["text"].replace("\u2060", "") for name in names)
    await done(bot_world, "2 temporary changes", "root")
    assert [row[0] for row in rows(bot_world)] == names
    assert {row[2] for row in rows(bot_world)} == {"done"}
