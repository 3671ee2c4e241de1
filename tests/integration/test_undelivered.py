"""What Slack refuses for good: counted, and said another way; what it keeps waiting: said in the ack."""

import datetime as dt
import re
from typing import Any

import pytest

from bot.delivery import deliver
from bot.demo.world import World, slack_id
from bot.handlers.reception import SLOW
from localslack.api import door
from localslack.workspace.model import SlackError
from tests.conftest import OPS, SECURITY_CHANNEL, asked, cards, idle, until, whispers
from tests.integration.test_help import answered

ONCALL = slack_id("oncall")
DIRECT = ("U", "D")


def refusing(monkeypatch: pytest.MonkeyPatch, method: str, *beginnings: str, code: str = "channel_not_found") -> None:
    """Slack says no to a method, for channels or people whose ids begin so."""
    usual = door.METHODS[method]

    def refused(hub: Any, args: Any) -> Any:
        if str(args.values.get("channel") or args.values.get("users")).startswith(beginnings):
            raise SlackError(code)
        return usual(hub, args)

    monkeypatch.setitem(door.METHODS, method, refused)


def plain(text: str) -> str:
    """Without the marks that keep Slack from formatting."""
    return text.replace("\u2060", "")


def direct_messages(around: World, who: str) -> list[str]:
    channel = around.slack.state.direct([slack_id(who)])
    return [one["text"] for one in around.slack.messages(channel.id, slack_id(who))]


async def test_a_digest_comes_also_where_slack_opens_no_conversation(
    bot_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is posted to the person's own id; nothing claims that it is there before it is."""
    refusing(monkeypatch, "conversations.open", "U", code="restricted_action")
    assert "the morning digest as a direct message" in await answered(bot_world, "/pm digest morning", "oncall")
    await until(lambda: direct_messages(bot_world, "oncall"))


async def test_a_digest_that_slack_refuses_is_told_where_it_was_asked_for(
    bot_world: World, sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the person, and in the security channel, once each, with a reference; status counts it."""
    monkeypatch.setattr(deliver, "LASTING", dt.timedelta(0))
    refusing(monkeypatch, "chat.postMessage", *DIRECT)
    await bot_world.slack.command(ONCALL, OPS, "/pm digest morning")
    told = await until(lambda: [one for one in whispers(bot_world, "oncall") if "cannot be posted" in one])
    assert plain(told[0]).startswith("A message for you cannot be posted: Slack refuses it (channel_not_found).")
    assert re.search(r"ref [0-9A-F]{6}", told[0])
    watched = await until(lambda: [one["text"] for one in cards(bot_world, SECURITY_CHANNEL)])
    assert plain(watched[0]).startswith("Slack refuses a direct message (channel_not_found)")
    assert sql("SELECT count(*) FROM pmbot.messages WHERE undeliverable IS NOT NULL") == [(1,)]
    text = await answered(bot_world, "/pm status", "oncall")
    assert "Undeliverable   1 message that Slack refuses (newest: channel_not_found)" in text
    assert len([one for one in whispers(bot_world, "oncall") if "cannot be posted" in one]) == 1


async def test_whoever_asked_hears_of_a_card_that_slack_refuses(
    bot_world: World, sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By direct message; once Slack takes it after all, it is on the screen and no longer counted."""
    monkeypatch.setattr(deliver, "LASTING", dt.timedelta(0))
    with monkeypatch.context() as meanwhile:
        refusing(meanwhile, "chat.postMessage", OPS, code="is_archived")
        await bot_world.slack.command(ONCALL, OPS, "/pm revoke @staffer because laptop stolen")
        [told] = await until(lambda: direct_messages(bot_world, "oncall"))
        assert plain(told).startswith("A message for #operations cannot be posted: Slack refuses it (is_archived).")
    sql("UPDATE pmbot.messages SET changed = now() - interval '11 minutes' WHERE undeliverable IS NOT NULL")
    await until(lambda: cards(bot_world))
    await until(lambda: sql("SELECT count(*) FROM pmbot.messages WHERE undeliverable IS NOT NULL") == [(0,)])


async def test_while_slack_does_not_answer_the_ack_says_that_it_takes_time(bot_world: World, sql) -> None:
    """It is the only thing that gets through; once Slack answers, it is silent again."""
    bot_world.slack.faults.switch("server_errors", share=1.0, methods="chat.*")
    await bot_world.slack.command(ONCALL, OPS, "/pm revoke @staffer because laptop stolen")
    await until(lambda: sql("SELECT 1 FROM pmbot.messages WHERE refusal = 'no_answer'"))
    assert whispers(bot_world, "oncall") == []
    sql("UPDATE pmbot.messages SET failing = now() - interval '25 seconds' WHERE refusal = 'no_answer'")
    await bot_world.slack.command(ONCALL, OPS, "/pm who @staffer")
    assert whispers(bot_world, "oncall")[0] == SLOW
    bot_world.slack.faults.switch("server_errors", on=False)
    await until(lambda: sql("SELECT count(*) FROM pmbot.messages WHERE version > sent_version") == [(0,)])
    before = len(whispers(bot_world, "oncall"))
    await answered(bot_world, "/pm holds", "oncall")
    assert SLOW not in whispers(bot_world, "oncall")[before:]


async def test_a_no_after_an_outage_is_not_yet_the_last_word(bot_world: World, sql) -> None:
    """It counts from its own beginning, however long Slack has not answered before."""
    await asked(bot_world)
    await idle(sql)
    sql("UPDATE pmbot.messages SET failing = now() - interval '5 minutes', refusal = 'no_answer'")
    bot_world.slack.fault("chat.update", "refuse", error="fatal_error")
    sql("UPDATE pmbot.proposals SET expires = now()")
    await until(lambda: "expired" in cards(bot_world)[-1]["text"])
    assert [call.method for call in bot_world.slack.calls].count("chat.update") == 2
    assert [one for one in direct_messages(bot_world, "oncall") if "cannot be posted" in one] == []


async def test_one_message_that_is_refused_makes_slack_not_slow(bot_world: World, sql) -> None:
    """A channel that is gone says nothing of the rest."""
    await asked(bot_world)
    await idle(sql)
    sql("UPDATE pmbot.messages SET failing = now() - interval '25 seconds', refusal = 'channel_not_found'")
    await answered(bot_world, "/pm holds", "oncall")
    assert SLOW not in whispers(bot_world, "oncall")
