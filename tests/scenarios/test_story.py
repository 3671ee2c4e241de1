"""The story that is over when a visitor comes is as true as everything else on the screen."""

from collections.abc import Callable
from typing import Any

from bot.demo import clock, story
from bot.demo.scenarios.stage import Surroundings
from bot.demo.world import World
from localslack import moment
from tests.passing_time import movable

IN_FORCE = """
  SELECT count(*) FROM sessions AS s JOIN users AS u ON u.id = s.user_id
   WHERE u.email LIKE 'tomasz%' AND s.revoked IS NULL AND s.expires > now() AND s.created > now() - interval '1 minute'
"""


async def test_people_take_minutes(surroundings: World) -> None:
    """In the demo, whose clock begins earlier; it shows the machine's time when a visitor comes."""
    clock.install(surroundings.database_url, behind=story.LASTS)
    async with movable(surroundings) as around:
        where = Surroundings(around.slack, around.database_url, around.platform_url)
        await story.play(where, around.slack.passage.advance)
        [card] = [one for one in around.slack.messages(story.OPS) if one.get("bot_id")]
        assert "approved by Amara Okonkwo 3 min later" in card["text"]
        assert abs(moment.ahead()) < 1
        first, *_, last = (float(one["ts"]) for one in around.slack.messages(story.OPS))
        assert story.TO_ASK + story.TO_DECIDE + story.TO_SIGN_IN <= last - first < story.LASTS


async def test_who_says_that_they_have_signed_in_again_has(bot_world: World, sql: Callable[..., list[Any]]) -> None:
    """A card about them shows the session of which they spoke."""
    await story.play(Surroundings(bot_world.slack, bot_world.database_url, bot_world.platform_url))
    assert "signed in again" in bot_world.slack.messages(story.OPS)[-1]["text"]
    assert sql(IN_FORCE) == [(1,)]
