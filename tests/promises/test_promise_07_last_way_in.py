"""Promise 7: nothing shuts out the last active super admin, or leaves too few to decide; said when asked."""

import asyncio

import pytest

from bot.demo import world
from bot.demo.world import World
from bot.errors import LastWayIn, Refused
from bot.pipeline import execute as executing
from bot.store.models import Proposal, State
from tests.conftest import OPS, asked, card, cards, idle, until, whispers
from tests.promises.bench import IDS, Bench

GRANT = """
    INSERT INTO staff_member_roles (user_id, role_id)
    SELECT users.id, staff_roles.id FROM users, staff_roles WHERE users.id = %s AND staff_roles.name = %s
"""
DECIDERS = """
    SELECT count(DISTINCT users.id) FROM users
    JOIN staff_members ON staff_members.user_id = users.id AND staff_members.is_active
    JOIN staff_member_roles ON staff_member_roles.user_id = users.id
    JOIN staff_roles ON staff_roles.id = staff_member_roles.role_id
    WHERE users.status = 'active' AND staff_roles.name = ANY(%s)
"""


def deciders(sql, *roles: str) -> int:
    """How many active staff members hold one of the roles."""
    return sql(DECIDERS, list(roles))[0][0]


async def test_the_last_super_admin_is_not_suspended_and_whoever_asks_is_told_so(bot_world: World, sql) -> None:
    """A private answer says why and what to do instead; there is no card, and the account stays open."""
    await bot_world.slack.command(world.slack_id("oncall"), OPS, "/pm suspend @root because laptop stolen")
    answer = (await until(lambda: whispers(bot_world, "oncall")))[-1]
    assert "Ingrid Sørensen is the last active super admin" in answer
    assert "/pm revoke" in answer
    assert "make somebody else super admin" in answer
    assert cards(bot_world) == []
    assert sql("SELECT status FROM users WHERE id = %s", IDS["root"]) == [("active",)]
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(0,)]


async def test_the_next_step_is_one_click_away(bot_world: World) -> None:
    """The answer offers to sign them out instead, with the person and the reason as they were typed."""
    oncall = world.slack_id("oncall")
    await bot_world.slack.command(oncall, OPS, "/pm suspend @root because laptop stolen")
    await until(lambda: whispers(bot_world, "oncall"))
    answer = bot_world.slack.messages(OPS, oncall)[-1]
    await bot_world.slack.click(oncall, answer["ts"], OPS, "Request: sign out Ingrid Sørensen instead")
    await until(lambda: cards(bot_world))
    assert "Sign out Ingrid Sørensen everywhere" in card(bot_world)["text"]
    assert "laptop stolen" in card(bot_world)["text"]


async def test_the_last_super_admin_can_be_signed_out(bot_world: World, sql) -> None:
    """Signing out takes no access away: they sign in again."""
    pending = await asked(bot_world, "/pm revoke @root because laptop stolen")
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
    in_force = "SELECT count(*) FROM sessions WHERE user_id = %s AND revoked IS NULL AND expires > now()"
    assert sql(in_force, IDS["root"]) == [(0,)]
    assert sql("SELECT status FROM users WHERE id = %s", IDS["root"]) == [("active",)]


async def test_two_deciders_are_not_made_one(bench: Bench, sql) -> None:
    """Taking a suspension back needs one who asks and one who approves, so two always stay."""
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["nadia"])
    assert deciders(sql, "security", "super_admin") == 2
    with pytest.raises(LastWayIn, match=r"Two people are needed.*only Ingrid Sørensen could still do that") as refused:
        await bench.ask("oncall", "staff.suspend", "security")
    assert "Sign out Amara Okonkwo with /pm revoke instead" in str(refused.value)
    assert "first add the role security or super admin to somebody else" in str(refused.value)
    assert [one.label for one in refused.value.suggestions] == ["Sign out Amara Okonkwo instead"]


async def test_a_role_that_has_run_out_keeps_nobody_in(bench: Bench, sql) -> None:
    """A second super admin whose role has expired does not count."""
    sql(GRANT, IDS["tomasz"], "super_admin")
    sql(
        "UPDATE staff_member_roles SET expires = now() - interval '1 minute' WHERE user_id = %s AND role_id = "
        "(SELECT id FROM staff_roles WHERE name = 'super_admin')",
        IDS["tomasz"],
    )
    with pytest.raises(LastWayIn, match="last active super admin"):
        await bench.ask("oncall", "staff.suspend", "root")


async def test_somebody_who_cannot_be_asked_keeps_nobody_in(bench: Bench, sql) -> None:
    """A second super admin without an account in Slack does not count, nor one whose role ends tomorrow."""
    sql(GRANT, IDS["tomasz"], "super_admin")
    sql("DELETE FROM pmbot.staff_links WHERE staff_id = %s", IDS["tomasz"])
    with pytest.raises(LastWayIn, match="last active super admin"):
        await bench.ask("oncall", "staff.suspend", "root")
    sql(GRANT, IDS["finance"], "super_admin")
    sql("UPDATE staff_member_roles SET expires = now() + interval '1 day' WHERE user_id = %s", IDS["finance"])
    with pytest.raises(LastWayIn, match="last active super admin"):
        await bench.ask("oncall", "staff.suspend", "root")


async def at_the_same_instant(bench: Bench, monkeypatch: pytest.MonkeyPatch, *proposals: Proposal) -> list[Proposal]:
    """Execute all of them, each stopped right before its change until the others are there too, or wait for it."""
    carry_out, here, looks = executing._carry_out, [], []

    async def all_met() -> bool:
        """All are here, or the others wait, and not only for a moment."""
        looks.append(len(here) + await bench.waiting() >= len(proposals))
        return len(here) == len(proposals) or looks[-5:] == [True] * 5

    async def together(*arguments, **named):
        here.append(arguments)
        await until(all_met)  # with the lock in place the second waits for it while the first is here
        return await carry_out(*arguments, **named)

    monkeypatch.setattr(executing, "_carry_out", together)
    await asyncio.gather(*(bench.execute(one) for one in proposals), return_exceptions=True)
    return [await bench.read(one.id) for one in proposals]


async def approved_suspensions(bench: Bench, approver: str, *names: str) -> list[Proposal]:
    """Suspensions that each were fine on their own when they were approved."""
    asked_for = [await bench.ask("oncall", "staff.suspend", name) for name in names]
    return [await bench.decide(approver, one) for one in asked_for]


async def test_two_suspensions_of_the_two_last_super_admins_at_once(bench: Bench, sql, monkeypatch) -> None:
    """Exactly one happens; the other has failed, and its card says that they are now the last."""
    sql(GRANT, IDS["tomasz"], "super_admin")
    approved = await approved_suspensions(bench, "security", "root", "tomasz")
    after = await at_the_same_instant(bench, monkeypatch, *approved)
    assert sorted(one.state for one in after) == [State.FAILED, State.SUCCEEDED]
    failed = next(one for one in after if one.state == State.FAILED)
    assert "last active super admin" in str(failed.cause)
    assert "Sign them out with /pm revoke" in str(failed.cause)
    assert deciders(sql, "super_admin") == 1
    assert await bench.sql("SELECT count(*) FROM pmbot.executions") == [(1,)]


async def test_two_suspensions_that_would_leave_one_decider_at_once(bench: Bench, sql, monkeypatch) -> None:
    """Three who may decide: of two suspensions approved in one moment, one happens, and two are left."""
    approved = await approved_suspensions(bench, "root", "security", "nadia")
    after = await at_the_same_instant(bench, monkeypatch, *approved)
    assert sorted(one.state for one in after) == [State.FAILED, State.SUCCEEDED]
    assert "only Ingrid Sørensen" in str(next(one for one in after if one.state == State.FAILED).cause)
    assert deciders(sql, "security", "super_admin") == 2


async def test_two_who_approve_the_suspension_of_each_other(bot_world: World, sql) -> None:
    """Whichever runs first voids the other's approval; however they interleave, one super admin stays."""
    sql(GRANT, IDS["tomasz"], "super_admin")
    first = await asked(bot_world, "/pm suspend @root because laptop stolen")
    second = await asked(bot_world, "/pm suspend @tomasz because laptop stolen")
    await asyncio.gather(
        bot_world.slack.click(world.slack_id("tomasz"), first["ts"], OPS, "approve"),
        bot_world.slack.click(world.slack_id("root"), second["ts"], OPS, "approve"),
    )
    await until(lambda: sql("SELECT count(*) FROM pmbot.executions") == [(1,)])
    await idle(sql)
    assert deciders(sql, "super_admin") == 1
    assert sql("SELECT count(*) FROM pmbot.executions") == [(1,)]


async def test_the_card_of_a_suspension_that_came_too_late_says_why(bot_world: World, sql) -> None:
    """What was fine when asked and is not any more ends as failed, with the reason where everybody looks."""
    sql(GRANT, IDS["tomasz"], "super_admin")
    pending = await asked(bot_world, "/pm suspend @root because laptop stolen")
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", IDS["tomasz"])
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    text = await until(lambda: "failed" in card(bot_world)["text"] and card(bot_world)["text"])
    assert "nothing was done" in text
    assert "last active super admin" in text
    assert sql("SELECT status FROM users WHERE id = %s", IDS["root"]) == [("active",)]


async def test_suspending_somebody_else_is_no_matter_of_this(bench: Bench) -> None:
    """Only who is needed is kept in."""
    proposal = await bench.ask("oncall", "staff.suspend", "staffer")
    assert (await bench.execute(await bench.decide("security", proposal))).state == State.SUCCEEDED


async def test_a_plan_of_two_suspensions_does_not_slip_through(bench: Bench, sql) -> None:
    """Each step of a plan is checked as it runs, not only all of them as the platform was before the first."""
    sql(GRANT, IDS["tomasz"], "super_admin")
    try:
        proposal = await bench.ask_for("oncall", [("staff.suspend", "root"), ("staff.suspend", "tomasz")])
        after = await bench.execute(await bench.decide("security", proposal))
    except Refused:
        return
    assert after.state == State.PARTLY
    assert deciders(sql, "super_admin") == 1
