"""Promise 1: what was acknowledged is handled, once."""

import asyncio

from bot.demo import world
from bot.demo.world import World
from tests.conftest import OPS, cards, until


async def test_the_same_payload_five_times_is_stored_and_handled_once(bot_world: World, sql) -> None:
    """Slack repeats what it believes lost; one proposal comes of it."""
    reply = await bot_world.slack.command(world.slack_id("oncall"), OPS, "/pm revoke @staffer because laptop stolen")
    repeated = await bot_world.slack.repeat(reply.delivery_id, 5, at_once=True)
    assert [one.status for one in repeated] == [200] * 5
    await until(lambda: cards(bot_world))
    await asyncio.sleep(0.5)
    assert sql("SELECT count(*), count(handled) FROM pmbot.inbox") == [(1, 1)]
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(1,)]
    assert len(cards(bot_world)) == 1
