"""`/pm user export`: a file for whoever asked, without what proves a session, and gone after a day."""

import json

from bot.demo.world import World, slack_id
from tests.conftest import OPS, asked, card, until

KOFI = "kofi.castano@acme-corp.example"


async def test_it_is_sent_to_whoever_asked_and_deleted_after_a_day(bot_world: World, sql) -> None:
    sql(
        "INSERT INTO sessions (user_id, token_hash, expires) SELECT id, 'the proof', now() FROM users WHERE email = %s",
        KOFI,
    )
    proposed = await asked(bot_world, f"/pm user export {KOFI} because ticket 4712", "dmitri")
    await bot_world.slack.click(slack_id("root"), proposed["ts"], OPS, "approve")
    await until(lambda: "file to whoever asked: done" in card(bot_world)["text"])
    [file] = bot_world.slack.state.files.values()
    read = json.loads(file.content)
    assert read["accounts"][0]["email"] == KOFI
    assert read["sessions"]
    assert read["memberships"]
    assert "the proof" not in file.content.decode()
    direct = bot_world.slack.state.direct([slack_id("dmitri")]).id
    assert [*file.shares] == [direct]
    sql("UPDATE pmbot.effects SET changed = changed - interval '25 hours'")
    await until(lambda: not bot_world.slack.state.files)
    await until(lambda: sql("SELECT answer FROM pmbot.effects") == [(None,)])
