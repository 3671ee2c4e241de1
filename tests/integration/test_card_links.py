"""Links to cards: made of what the bot knows, leading to the very message."""

import datetime as dt
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.channels import Channels
from bot.demo.world import World, slack_id
from bot.drawing import links
from bot.drawing.elements import link
from bot.store import outbox
from bot.store.database import Database
from tests.conftest import OPS, asked, cards, undo, until
from tests.integration.test_notices import told


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


async def card_with(around: World, words: str, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """The card that says this, once there is one; `but`: other than at these timestamps."""
    return await until(
        lambda: next((one for one in cards(around) if words in one["text"] and one["ts"] not in but), None)
    )


async def test_what_leads_to_a_card_that_came_back_leads_to_where_it_stands_now(bot_world: World) -> None:
    """The card that it takes back, and what whoever asked was told: no link leads nowhere."""
    slack = bot_world.slack
    await slack.command(slack_id("oncall"), OPS, "/pm suspend @staffer because laptop stolen")
    asked_for = await card_with(bot_world, "Suspend Priya")
    await slack.click(slack_id("security"), asked_for["ts"], OPS, "approve")
    await card_with(bot_world, "confirmed by the platform")
    await undo(bot_world, asked_for["ts"], "security")
    inverse = await card_with(bot_world, "Reinstate Priya")
    await card_with(bot_world, f"/p{inverse['ts'].replace('.', '')}|request 2")
    for gone in (inverse, asked_for):
        await slack.delete_message(OPS, gone["ts"])
    again = await card_with(bot_world, "Reinstate Priya", but=(inverse["ts"],))
    await card_with(bot_world, f"/p{again['ts'].replace('.', '')}|request 2")
    done = await card_with(bot_world, "Suspended Priya", but=(asked_for["ts"],))
    await told(bot_world, "oncall", f"/p{done['ts'].replace('.', '')}|")


async def test_what_was_drawn_before_a_card_was_there_leads_to_it_afterwards(
    bot_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long Slack took: nobody waits for it for ever, and the link comes with it."""
    monkeypatch.setattr(links, "PATIENCE", dt.timedelta(0))
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm suspend @staffer because laptop stolen")
    pending = await card_with(bot_world, "Suspend Priya")
    await bot_world.slack.click(slack_id("security"), pending["ts"], OPS, "approve")
    await card_with(bot_world, "confirmed by the platform")
    bot_world.slack.fault("chat.postMessage", "error", times=2)
    await undo(bot_world, pending["ts"], "security")
    await card_with(bot_world, "Undo asked for: request 2")
    inverse = await card_with(bot_world, "Reinstate Priya")
    await card_with(bot_world, f"/p{inverse['ts'].replace('.', '')}|request 2")


async def test_links_are_there_although_slack_would_not_say_where_it_is(bot_world: World) -> None:
    """It is asked again with every message, until it answers: none is drawn without its links."""
    bot_world.slack.fault("auth.test", "refuse", times=2, error="token_revoked")
    bot_world.slack.fault("auth.test", "error")
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm suspend @staffer because laptop stolen")
    pending = await card_with(bot_world, "Suspend Priya")
    await bot_world.slack.click(slack_id("security"), pending["ts"], OPS, "approve")
    await card_with(bot_world, "confirmed by the platform")
    await undo(bot_world, pending["ts"], "security")
    inverse = await card_with(bot_world, "Reinstate Priya")
    await card_with(bot_world, f"/p{inverse['ts'].replace('.', '')}|request 2")


@pytest.mark.parametrize(
    "address", [None, "", "javascript:alert(1)", "https://evil.example/x", "https://a/archives/C1/p1?x"]
)
def test_any_other_address_stays_text(address: str | None) -> None:
    """Nothing typed becomes a link."""
    assert link(address, "open") == {"type": "text", "text": "open"}
