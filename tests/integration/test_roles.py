"""Roles: what people see, from the command to what the platform then allows, each verb once."""

from typing import Any

import httpx
import pytest

from bot.demo import world
from bot.demo.data import token_for, uid
from bot.demo.world import World, slack_id
from bot.runtime import clock
from tests.conftest import OPS, asked, card, cards, undo, until, whispers

LEA = uid("user", "support@penguinmails.example")
ROLES = """
    SELECT r.name FROM staff_member_roles AS m JOIN staff_roles AS r ON r.id = m.role_id
    JOIN users AS u ON u.id = m.user_id WHERE u.email = %s ORDER BY r.name
"""


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "INTERVAL", 0.3)


async def decided(around: World, text: str, by: str, *deciders: str) -> dict[str, Any]:
    """Ask for it, have it approved, and wait until the platform has confirmed it."""
    await asked(around, text, by)
    return await approved(around, *deciders)


async def approved(around: World, *deciders: str) -> dict[str, Any]:
    place = len(cards(around)) - 1
    for who in deciders:
        await around.slack.click(slack_id(who), cards(around)[place]["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in cards(around)[place]["text"])
    return cards(around)[place]


async def taken_back(around: World, done: dict[str, Any], by: str, *deciders: str) -> dict[str, Any]:
    before = len(cards(around))
    await undo(around, done["ts"], by)
    await until(lambda: len(cards(around)) > before)
    return await approved(around, *deciders)


async def hears(around: World, who: str, text: str) -> str:
    return await until(lambda: next((one for one in whispers(around, who) if text in one), None))


async def looks(around: World, who: str, command: str, expected: str) -> str:
    await around.slack.command(slack_id(who), OPS, command)
    return await hears(around, who, expected)


async def may(around: World, token: str) -> list[str]:
    """What the platform's pages offer in this session."""
    async with httpx.AsyncClient(trust_env=False, base_url=around.platform_url) as client:
        answer = await client.get("/dashboard/me", headers={"Authorization": f"Bearer {token}"})
    return answer.json().get("may", [])


async def signed_in(around: World, local_part: str) -> str:
    async with httpx.AsyncClient(trust_env=False, base_url=around.platform_url) as client:
        answer = await client.post("/login", json={"email": f"{local_part}@penguinmails.example"})
    return str(answer.json()["token"])


async def test_a_role_is_added_and_taken_back(bot_world: World, sql) -> None:
    """What it adds first; in force from the next sign-in; the undo says whose request it takes back."""
    await asked(bot_world, "/pm role add user_manager to @support because promoted", "security")
    shown = card(bot_world)["text"]
    for part in ("Now   support", "After   support and user manager", "/pm role add", "when they next sign in"):
        assert part in shown
    done = await approved(bot_world, "root")
    assert "(confirmed" in done["text"]
    assert "The role works after their next sign-in." in done["text"]
    assert await may(bot_world, token_for("support", 1)) == []
    anew = await signed_in(bot_world, "support")
    assert await may(bot_world, anew) == ["ban_user", "bulk_edit"]
    undone = await taken_back(bot_world, done, "security", "root")
    assert "no longer needed" in undone["text"]
    assert await may(bot_world, anew) == []
    assert sql(ROLES, "support@penguinmails.example") == [("support",)]


async def test_roles_are_removed_and_given_back(bot_world: World, sql) -> None:
    """Without any role admin access is over at once; what was critical to give takes two to give back."""
    done = await decided(bot_world, "/pm role remove all from @staffer because leaves", "security", "nadia")
    assert "admin access and 4 sessions ended" in done["text"]
    assert await may(bot_world, token_for("staffer", 1)) == []
    undone = await taken_back(bot_world, done, "security", "root", "nadia")
    assert "Roles of Priya Raghunathan set: gets admin and finance" in undone["text"]
    assert sql(ROLES, "staffer@penguinmails.example") == [("admin",), ("finance",)]


async def test_roles_are_set_and_put_back(bot_world: World, sql) -> None:
    """One command for what is given and what is taken."""
    done = await decided(bot_world, "/pm role set support for @maria.costa because moves", "security", "root")
    assert "Roles of Maria Costa set: loses user manager" in done["text"]
    await taken_back(bot_world, done, "security", "root")
    assert sql(ROLES, "maria.costa@penguinmails.example") == [("support",), ("user_manager",)]


async def test_a_role_for_a_time_is_listed_moved_and_ended(bot_world: World, sql) -> None:
    """`/pm holds` shows it, `/pm extend` is a grant of its own, and ending it takes the role away at once."""
    done = await decided(bot_world, "/pm role add user_manager to @support for 14d because x", "security", "root")
    assert "Ends automatically" in done["text"]
    listed = await looks(bot_world, "security", "/pm holds", "Temporary changes")
    assert "1 · user manager for Léa Marchand · by Amara Okonkwo · ends" in listed
    await decided(bot_world, "/pm extend 1 by 2d because not back yet", "security", "root")
    ((left,),) = sql("SELECT ends - starts FROM pmbot.holds")
    assert left.days == 16
    await decided(bot_world, "/pm end 1 because back", "security", "root")
    await until(lambda: [one for one in cards(bot_world) if "ended early" in one["text"]])
    assert sql(ROLES, "support@penguinmails.example") == [("support",)]
    assert "No temporary changes" in await looks(bot_world, "security", "/pm holds", "No temporary changes")


async def test_who_holds_what_is_masked_for_support(bot_world: World) -> None:
    """Names of others are; one's own is not."""
    assert "Amara Okonkwo" in await looks(bot_world, "oncall", "/pm roles", "Roles and who has them")
    masked = await looks(bot_world, "support", "/pm roles", "Roles and who has them")
    assert "A••• O•••" in masked
    assert "Okonkwo" not in masked
    own = await looks(bot_world, "support", "/pm my access", "Your access")
    assert "Léa Marchand · s•••@penguinmails.example" in own
    assert "Personal data   masked" in own
    assert not [one for one in cards(bot_world) if "Your access" in one["text"]]


async def test_what_nobody_may_hold_together_is_refused(bot_world: World) -> None:
    """With the rule; and what the rule does not mention may be held together, as it always was."""
    await bot_world.slack.command(
        slack_id("security"), OPS, "/pm role add finance to @maria.lindgren because helps out"
    )
    refused = await hears(bot_world, "security", "Nobody may have")
    assert "qa and finance together: quality works on sandboxes and made-up data only" in refused
    assert world.slack_id("maria.lindgren") not in refused


async def test_who_may_not_is_told_who_may(bot_world: World) -> None:
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm role add user_manager to @support because x")
    assert await hears(bot_world, "oncall", "You can't use /pm role")
    assert cards(bot_world) == []


async def test_what_was_lent_comes_back_until_its_end(bot_world: World, sql) -> None:
    """Maria holds support for five days; taking that away and back makes it no longer."""
    ((ends,),) = sql("SELECT expires FROM staff_member_roles WHERE expires IS NOT NULL")
    done = await decided(bot_world, "/pm role remove support from @maria.costa because moved", "security", "root")
    undone = await taken_back(bot_world, done, "security", "root")
    assert "Added support to Maria Costa until" in undone["text"]
    assert sql("SELECT expires FROM staff_member_roles WHERE expires IS NOT NULL") == [(ends,)]


async def test_whoever_has_something_in_common_loses_a_role_together(bot_world: World, sql) -> None:
    """Those who do not hold it are left out; each of the others is a step on the card."""
    both = "SELECT email FROM users JOIN staff_member_roles ON user_id = users.id JOIN staff_roles r ON r.id = role_id"
    sql("""
        INSERT INTO staff_member_roles (user_id, role_id)
        SELECT u.id, r.id FROM users u, staff_roles r WHERE r.name = 'support'
        AND u.email IN ('finance@penguinmails.example', 'oncall@penguinmails.example') ON CONFLICT DO NOTHING
    """)
    proposed = await asked(bot_world, "/pm roles remove support where role=finance because year end", "security")
    assert "Remove support from 1 person" in proposed["text"]
    assert sql(f"{both} WHERE r.name = 'support' AND email LIKE 'finance@%%'")
    await bot_world.slack.click(slack_id("nadia"), proposed["ts"], OPS, "approve")
    await until(lambda: not sql(f"{both} WHERE r.name = 'support' AND email LIKE 'finance@%%'"))
    assert sql(f"{both} WHERE r.name = 'support' AND email LIKE 'oncall@%%'")
