"""`/pm request`: a role for a time, asked for by whoever needs it, given by whoever may; and how a no leads to it."""

import pytest

from bot.actions.impact import Step
from bot.demo.world import slack_id
from bot.errors import NotPermitted, NotTheirs, Refused
from bot.pipeline.propose import Ask, authorize, propose
from bot.policy import Requirement
from bot.store.models import Proposal, State
from tests.conftest import OPS, card, cards, until, whispers
from tests.promises import bench
from tests.promises.bench import Bench


@pytest.fixture
async def it(database_url: str):
    made = bench.build(database_url)
    yield made
    await made.database.close()


async def requested(it: Bench, role: str, by: str = "support") -> Proposal:
    operator = await it.operator(by)
    parameters = {"roles": role, "staffer": str(operator.id), "duration": "14400s", "reason": "month end"}
    async with it.database.transaction() as session:
        action = await it.core.registry.load(Step(action="staff.request_role", parameters=parameters), session)
        return await propose(it.core, session, operator, [action], Ask(channel="security", reason="month end"))


async def test_it_is_judged_as_adding_the_role(it: Bench) -> None:
    """A critical one takes two; nobody gives themselves one, also not security."""
    assert Requirement.model_validate((await requested(it, "engineering")).requirement).quorum == 1
    assert Requirement.model_validate((await requested(it, "finance")).requirement).quorum == 2
    own = await requested(it, "operations", by="security")
    with pytest.raises(NotTheirs):
        await it.decide("security", own)


async def test_it_ends_by_itself(it: Bench) -> None:
    done = await it.execute(await it.decide("security", await requested(it, "engineering")))
    assert done.state == State.SUCCEEDED
    holds = await it.sql("SELECT kind, ended, ends - starts = interval '4 hours' FROM holds")
    assert holds == [("role", None, True)]
    assert "engineering" in (await it.operator("support")).roles


async def test_roles_that_exclude_each_other_are_not_lent(it: Bench) -> None:
    with pytest.raises(Refused, match="Nobody may have"):
        await requested(it, "finance", by="security")


@pytest.mark.parametrize(
    ("by", "action", "role"),
    [
        ("support", "staff.revoke_sessions", "operations"),  # security could, too, but may do more
        ("support", "flag.turn_on", "engineering"),
        ("support", "staff.reinstate", "security"),  # a critical one, since nobody else may
        ("support", "tenant.limit", "admin"),  # finance may do less, but is critical
        ("finance", "bot.readonly_on", "super_admin"),  # security may do less, but nobody holds it beside finance
    ],
)
async def test_a_no_offers_the_smallest_role_that_would_do(it: Bench, by: str, action: str, role: str) -> None:
    operator, rule = await it.operator(by), r"It needs the permission \w+\.\w+\. Roles that have it: .*super admin"
    async with it.database.transaction() as session:
        with pytest.raises(NotPermitted, match=rule) as no:
            await authorize(it.core, session, operator, it.core.registry.by_name[action])
    [offered] = no.value.suggestions
    assert (offered.verb, offered.arguments) == ("request", {"roles": role, "duration": "4h"})


async def test_from_the_no_to_the_role(bot_world, sql) -> None:
    """The button, which help has too, opens the form filled in; the card goes to those who decide."""
    support = slack_id("support")
    await bot_world.slack.command(support, OPS, "/pm help pause")
    await until(lambda: any("You can't use it with your roles" in one for one in whispers(bot_world, "support")))
    assert "Request the role engineering …" in str(bot_world.slack.messages(OPS, support)[-1]["blocks"])
    await bot_world.slack.command(support, OPS, "/pm pause email-sending because it backs up")
    await until(lambda: any("It needs the permission queue.pause" in one for one in whispers(bot_world, "support")))
    whisper = [one for one in bot_world.slack.messages(OPS, support) if one.get("is_ephemeral")][-1]
    await bot_world.slack.click(support, whisper["ts"], OPS, "Request the role engineering …")
    form = (await until(lambda: bot_world.slack.views(support)))[-1]
    filled = {one["block_id"]: one["element"] for one in form["blocks"] if one["type"] == "input"}
    assert list(filled) == ["roles", "duration", "reason"]
    assert filled["duration"]["initial_value"] == "4h"
    chosen = filled["roles"]["initial_option"]
    values = {"roles": {"roles": chosen}, "duration": {"duration": "4h"}, "reason": {"reason": "on duty tonight"}}
    await bot_world.slack.submit(support, form["id"], values)
    await until(lambda: cards(bot_world))
    assert "Give engineering to Léa Marchand for 4 h (they asked for it)" in card(bot_world)["text"]
    await bot_world.slack.click(slack_id("security"), card(bot_world)["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
