"""Guests of shared channels: whatever they do says whose team they are of."""

from tests.conftest import until
from tests.localslack.calling import posted
from tests.localslack.playing import ONCALL, SHARED, STRANGER, actions, button


async def test_a_guests_mention_is_of_their_own_team(slack, app):
    await slack.mention(STRANGER, SHARED, "hello")
    await until(lambda: app.events("app_mention"))
    (event,) = app.events("app_mention")
    assert (event["user_team"], event["source_team"]) == ("T0OTHER", "T0OTHER")
    assert next(body for body in app.seen if body["event"] == event)["is_ext_shared_channel"] is True


async def test_so_is_their_click(slack, app, client):
    ts = await posted(client, SHARED, "card", blocks=actions(button()))
    for user in (STRANGER, ONCALL):
        await slack.click(user, ts, SHARED, "go")
    clicks = [body for body in app.seen if body["type"] == "block_actions"]
    assert [click["user"]["team_id"] for click in clicks] == ["T0OTHER", "T0PENGUIN"]


async def test_an_account_that_ends_is_told_of(slack, app):
    await slack.deactivate(ONCALL)
    await until(lambda: app.events("user_change"))
    assert app.events("user_change")[0]["user"]["deleted"] is True
