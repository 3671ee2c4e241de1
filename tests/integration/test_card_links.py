"""Links to cards: made of what the bot knows, leading to the very message."""

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.channels import Channels
from bot.demo.world import World
from bot.rendering import link
from bot.store import outbox
from bot.store.database import Database
from tests.conftest import OPS, asked


async def test_a_card_has_the_address_that_slack_gives_it(bot_world: World, database_url: str, sql) -> None:
    """The same as chat.getPermalink answers, without asking for each."""
    card = await asked(bot_world)
    client = AsyncWebClient(token=bot_world.slack.workspace.bot_token, base_url=f"{bot_world.slack_url}/api/")
    channels = Channels(client, {})
    assert channels.permalink(OPS, card["ts"]) is None
    await channels.learn_address()
    database = Database(database_url)
    [(key,)] = sql("SELECT key FROM pmbot.messages WHERE key LIKE 'proposal:%%'")
    async with database.snapshot() as session:
        address = channels.permalink(*await outbox.place_of(session, key))
    await database.close()
    assert address == (await client.chat_getPermalink(channel=OPS, message_ts=card["ts"]))["permalink"]
    assert link(address, "open")["type"] == "link"


@pytest.mark.parametrize(
    "address", [None, "", "javascript:alert(1)", "https://evil.example/x", "https://a/archives/C1/p1?x"]
)
def test_any_other_address_stays_text(address: str | None) -> None:
    """Nothing typed becomes a link."""
    assert link(address, "open") == {"type": "text", "text": "open"}
