"""What people do besides clicking, and what the app hears of it."""

import pytest

from localslack import LocalSlack
from localslack.workspace.model import SlackError
from tests.conftest import until
from tests.localslack.playing import BOT, ONCALL, OPS, SECRET, SECURITY, workspace

EVENTS = {
    "app_home_opened",
    "app_mention",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.im",
    "reaction_added",
    "reaction_removed",
}


@pytest.fixture
async def slack():
    local = LocalSlack(workspace(events=frozenset(EVENTS)))
    yield local
    await local.close()


async def test_a_reaction_comes_and_goes(slack, app):
    """Everybody sees it, and the app hears of both with the message they are about."""
    ts = await slack.post_as(SECURITY, OPS, "done")
    await slack.react(ONCALL, OPS, ts, ":tada:")
    (seen,) = slack.messages(OPS, SECURITY)
    with pytest.raises(SlackError, match="already_reacted"):
        await slack.react(ONCALL, OPS, ts, "tada")
    await slack.react(ONCALL, OPS, ts, "tada", remove=True)
    (added,) = await until(lambda: app.events("reaction_added"))
    (removed,) = await until(lambda: app.events("reaction_removed"))
    assert seen["reactions"] == [{"name": "tada", "users": [ONCALL], "count": 1}]
    assert "reactions" not in slack.messages(OPS, SECURITY)[0]
    assert (added["user"], added["reaction"], added["item_user"]) == (ONCALL, "tada", SECURITY)
    assert added["item"] == removed["item"] == {"type": "message", "channel": OPS, "ts": ts}


async def test_people_change_and_take_back_what_they_said_and_nothing_else(slack, app):
    ts = await slack.post_as(ONCALL, OPS, "helo")
    with pytest.raises(SlackError, match="cant_update_message"):
        await slack.edit(SECURITY, OPS, ts, "mine now")
    with pytest.raises(SlackError, match="cant_delete_message"):
        await slack.delete_own(SECURITY, OPS, ts)
    await slack.edit(ONCALL, OPS, ts, "hello @security")
    (edited,) = slack.messages(OPS, SECURITY)
    await slack.delete_own(ONCALL, OPS, ts)
    await until(lambda: len(app.events("message")) == 3)
    subtypes = {event.get("subtype"): event for event in app.events("message")}
    assert (edited["text"], edited["edited"]["user"]) == (f"hello <@{SECURITY}>", ONCALL)
    assert subtypes["message_changed"]["previous_message"]["text"] == "helo"
    assert subtypes["message_deleted"]["deleted_ts"] == ts
    assert slack.messages(OPS, SECURITY) == []


async def test_people_come_and_go_and_private_channels_stay_closed(slack, app):
    await slack.leave(ONCALL, OPS)
    assert ONCALL not in slack.state.members(slack.state.channels[OPS])
    with pytest.raises(SlackError, match="not_in_channel"):
        await slack.leave(ONCALL, OPS)
    await slack.join(ONCALL, OPS)
    with pytest.raises(SlackError):
        await slack.join(ONCALL, SECRET)
    (left,) = await until(lambda: app.events("member_left_channel"))
    (joined,) = await until(lambda: app.events("member_joined_channel"))
    assert left.items() >= {"user": ONCALL, "channel": OPS, "channel_type": "C"}.items()
    assert joined.items() >= {"user": ONCALL, "channel": OPS, "team": "T0PENGUIN"}.items()


async def test_direct_messages_with_the_app_are_opened_and_heard_as_messages(slack, app):
    """Naming the app there is no mention: Slack sends that as a direct message only."""
    channel = await slack.open_dm(ONCALL)
    await slack.mention(ONCALL, channel, "hello")
    (said,) = await until(lambda: app.events("message"))
    assert app.events("app_home_opened")[0]["tab"] == "messages"
    assert (said["channel_type"], said["text"]) == ("im", f"<@{BOT}> hello")
    assert app.events("app_mention") == []


async def test_an_app_that_is_no_member_hears_nothing_until_it_is_invited(slack, app):
    """Slackbot tells whoever mentioned it; somebody of the channel can bring it in."""
    slack.state.channels[OPS].members = [ONCALL]
    reply = await slack.mention(ONCALL, OPS, "hello")
    assert (reply.error, app.seen) == ("not_in_channel", [])
    assert "not in this channel" in slack.messages(OPS, ONCALL)[-1]["text"]
    with pytest.raises(SlackError, match="not_in_channel"):
        await slack.invite(SECURITY, OPS, BOT)
    await slack.invite(ONCALL, OPS, BOT)
    assert (await slack.mention(ONCALL, OPS, "hello")).status == 200
    (joined,) = await until(lambda: app.events("member_joined_channel"))
    assert (joined["user"], joined["inviter"]) == (BOT, ONCALL)


async def test_where_nothing_can_be_said_nothing_is(slack, app):
    slack.state.channels[OPS].archived = True
    slack.workspace.messages_tab = slack.workspace.home_tab = False
    direct = slack.state.direct([ONCALL]).id
    for attempt, error in (
        (slack.post_as(ONCALL, OPS, "x"), "is_archived"),
        (slack.command(ONCALL, OPS, "/pm x"), "is_archived"),
        (slack.post_as(ONCALL, direct, "x"), "messages_tab_disabled"),
        (slack.open_home(ONCALL), "not_enabled"),
    ):
        with pytest.raises(SlackError, match=error):
            await attempt
    assert app.seen == []


async def test_pins_come_and_go(slack, app):
    ts = await slack.post_as(ONCALL, OPS, "keep this")
    await slack.pin(SECURITY, OPS, ts)
    with pytest.raises(SlackError, match="already_pinned"):
        await slack.pin(ONCALL, OPS, ts)
    await slack.pin(SECURITY, OPS, ts, remove=True)
    with pytest.raises(SlackError, match="no_pin"):
        await slack.pin(SECURITY, OPS, ts, remove=True)


async def test_what_the_app_did_not_subscribe_to_it_does_not_hear(slack, app):
    slack.workspace.events = frozenset()
    ts = await slack.post_as(ONCALL, OPS, "quiet")
    await slack.react(ONCALL, OPS, ts, "eyes")
    await slack.leave(ONCALL, OPS)
    await until(lambda: not slack.courier._later)
    assert app.seen == []
