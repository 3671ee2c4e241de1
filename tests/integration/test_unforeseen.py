"""What nobody foresaw: an action that breaks, an integration that is gone. It ends, and says so."""

import pytest

from bot.actions.staff.revoke_sessions import RevokeSessions
from bot.demo.world import World, slack_id
from bot.runtime import jobs
from tests.conftest import OPS, asked, card, until


async def test_an_action_that_keeps_breaking_ends_with_a_reference(
    bot_world: World, monkeypatch: pytest.MonkeyPatch, sql, caplog
) -> None:
    """Six tries, then the card says that it failed, and the reference on it is in the log."""

    async def broken(self, session, by):
        raise ZeroDivisionError

    monkeypatch.setattr(RevokeSessions, "execute", broken)
    monkeypatch.setattr(jobs, "GIVE_UP", 2)
    shown = await asked(bot_world)
    await bot_world.slack.click(slack_id("security"), shown["ts"], OPS, "approve")
    text = await until(lambda: "Something went wrong" in card(bot_world)["text"] and card(bot_world)["text"])
    assert "failed, nothing was done" in text
    assert text.partition("(ref ")[2][:6] in caplog.text
    assert sql("SELECT count(*) FROM pmbot.executions") == [(0,)]
