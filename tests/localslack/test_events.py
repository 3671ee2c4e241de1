"""Events that bots subscribe to besides messages: each is sent, and of one that never is somebody is told."""

import logging
import time

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from localslack import LocalSlack
from localslack.workspace.model import SlackError
from tests.conftest import until
from tests.localslack.calling import error_of, posted
from tests.localslack.playing import BOT, ONCALL, OPS, SECURITY, workspace

METADATA = {"event_type": "card", "event_payload": {"key": "p1"}}


@pytest.fixture
async def slack():
    local = LocalSlack(workspace(unfurl_domains=("x.example",)))
    async with local.serve():
        yield local


async def heard(app, kind):
    return (await until(lambda: app.events(kind)))[-1]


def test_an_event_that_is_never_sent_is_told_of_at_the_start(caplog):
    with caplog.at_level(logging.WARNING):
        LocalSlack(workspace(events=frozenset({"app_mention", "team_domain_change", "call_rejected"})))
    assert [one.getMessage() for one in caplog.records] == [
        "The app subscribed to events that this Slack never sends: call_rejected, team_domain_change"
    ]


async def test_who_joined_and_left_a_group_of_people(client, slack, app):
    made = (await client.usergroups_create(name="On call", handle="oncallers"))["usergroup"]
    await client.usergroups_users_update(usergroup=made["id"], users=[ONCALL])
    await client.usergroups_users_update(usergroup=made["id"], users=[SECURITY])
    await until(lambda: len(app.events("subteam_members_changed")) == 2)
    changes = {tuple(one["added_users"]): one for one in app.events("subteam_members_changed")}
    assert changes[SECURITY,]["removed_users"] == [ONCALL]
    assert (changes[ONCALL,]["subteam_id"], changes[ONCALL,]["removed_users_count"]) == (made["id"], 0)


async def test_a_channel_that_is_deleted_takes_what_was_in_it_along(client, slack, app):
    file = (await client.files_upload_v2(channel=OPS, content="x", filename="x.txt"))["file"]
    await client.chat_scheduleMessage(channel=OPS, text="later", post_at=int(time.time()) + 3600)
    await slack.delete_channel(ONCALL, OPS)
    assert (await heard(app, "channel_deleted"))["channel"] == OPS
    assert await error_of(client.conversations_history(channel=OPS)) == "channel_not_found"
    assert (await client.chat_scheduledMessages_list())["scheduled_messages"] == []
    assert (await client.files_info(file=file["id"]))["file"]["channels"] == []


async def test_what_an_app_put_with_a_message_and_people_do_not_see(client, slack, app):
    ts = await posted(client, OPS, metadata=METADATA)
    await client.chat_update(channel=OPS, ts=ts, text="x", metadata=METADATA | {"event_type": "done"})
    await client.chat_delete(channel=OPS, ts=ts)
    posted_event = await heard(app, "message_metadata_posted")
    updated, deleted = await heard(app, "message_metadata_updated"), await heard(app, "message_metadata_deleted")
    assert (posted_event["metadata"], posted_event["message_ts"], posted_event["channel_id"]) == (METADATA, ts, OPS)
    assert (updated["previous_metadata"], updated["metadata"]["event_type"]) == (METADATA, "done")
    assert deleted["previous_metadata"]["event_type"] == "done"


async def test_an_emoji_of_the_workspaces_own(client, slack, app):
    """Listed, usable as a reaction, and told of when it comes and goes; a made-up one is no reaction."""
    ts = await posted(client, OPS)
    for name in ("shipit", "no_such_emoji"):
        assert await error_of(client.reactions_add(channel=OPS, timestamp=ts, name=name)) == "invalid_name"
    await slack.add_emoji(":shipit:", "https://x.example/squirrel.png")
    assert (await client.emoji_list())["emoji"] == {"shipit": "https://x.example/squirrel.png"}
    for name in ("shipit", "thumbsup::skin-tone-3", "eyes"):
        await client.reactions_add(channel=OPS, timestamp=ts, name=name)
    assert (await heard(app, "emoji_changed"))["subtype"] == "add"
    with pytest.raises(SlackError, match="error_name_taken"):
        await slack.add_emoji("shipit", "alias:eyes")
    await slack.remove_emoji("shipit")
    await until(lambda: [one for one in app.events("emoji_changed") if one.get("names") == ["shipit"]])


async def test_a_file_is_there_before_it_is_shared(client, slack, app):
    file = (await client.files_upload_v2(content="x", filename="x.txt"))["file"]
    assert (await heard(app, "file_created"))["file_id"] == file["id"]
    assert app.events("file_shared") == []


class TestLinks:
    async def test_the_app_hears_of_its_own_addresses_and_shows_more(self, client, slack, app):
        """By the message or by the id that the event gave it; the page and the app hear of the change."""
        ts = await slack.post_as(ONCALL, OPS, "see https://x.example/1?a=1&b=2 and https://other.example/2")
        event = await heard(app, "link_shared")
        (link,) = event["links"]
        assert link == {"url": "https://x.example/1?a=1&b=2", "domain": "x.example"}
        assert (event["message_ts"], event["user"], event["is_bot_user_member"]) == (ts, ONCALL, True)
        await client.chat_unfurl(channel=OPS, ts=ts, unfurls={link["url"]: {"text": "The first"}})
        (attachment,) = slack.messages(OPS)[0]["attachments"]
        assert (attachment["text"], attachment["from_url"], attachment["is_app_unfurl"]) == (
            "The first", link["url"], True
        )  # fmt: skip
        by_id = {"unfurl_id": event["unfurl_id"], "source": event["source"]}
        await client.chat_unfurl(**by_id, unfurls={link["url"]: {"text": "Better"}})
        assert [one["text"] for one in slack.messages(OPS)[0]["attachments"]] == ["Better"]
        await until(lambda: [one for one in app.events("message") if one.get("subtype") == "message_changed"])

    async def test_a_button_in_it_says_so(self, client, slack, app):
        ts = await slack.post_as(ONCALL, OPS, "https://deep.x.example/1")
        button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
        blocks = [{"type": "actions", "elements": [button]}]
        await client.chat_unfurl(channel=OPS, ts=ts, unfurls={"https://deep.x.example/1": {"blocks": blocks}})
        await slack.click(ONCALL, ts, OPS, "go")
        (sent,) = [one for one in app.seen if one["type"] == "block_actions"]
        assert sent["container"]["is_app_unfurl"] is True
        assert sent["app_unfurl"]["app_unfurl_url"] == "https://deep.x.example/1"

    async def test_other_addresses_are_not_its_business(self, client, slack, app):
        ts = await slack.post_as(ONCALL, OPS, "https://other.example/2 https://notx.example https://x.example")
        calls = [
            ({"channel": OPS, "ts": ts, "unfurls": {"https://other.example/2": {}}}, "cannot_unfurl_url"),
            ({"channel": OPS, "ts": "1.0", "unfurls": {"https://x.example": {}}}, "cannot_find_message"),
            ({"channel": "C0NONE", "ts": ts, "unfurls": {"https://x.example": {}}}, "cannot_find_channel"),
            ({"unfurl_id": "U0NONE", "source": "composer", "unfurls": {"https://x.example": {}}}, "invalid_unfurl_id"),
            ({"channel": OPS, "ts": ts, "unfurls": ["x"]}, "invalid_unfurls_format"),
            ({"channel": OPS, "ts": ts, "unfurls": {"https://x.example": {"blocks": [{}]}}}, "cannot_parse_attachment"),
        ]
        for arguments, error in calls:
            assert await error_of(client.api_call("chat.unfurl", json=arguments)) == error
        (event,) = await until(lambda: app.events("link_shared"))
        assert [link["url"] for link in event["links"]] == ["https://x.example"]


async def test_limits_can_be_left_out_and_everybody_is_listed_at_once():
    """Without a limit, or with 0, users.list has no pages."""
    space = workspace()
    people = [type(space.people[0])(f"U0{number}", f"person{number}") for number in range(150)]
    slack = LocalSlack(workspace(), limits=False)
    slack.state.people |= {one.id: one for one in people}
    async with slack.serve() as url:
        client = AsyncWebClient(space.bot_token, base_url=f"{url}/api/")
        for asked in ({}, {"limit": 0}):
            answer = await client.users_list(**asked)
            assert len(answer["members"]) == 150 + 5
            assert answer["response_metadata"]["next_cursor"] == ""
        assert BOT in [one["id"] for one in answer["members"]]
        for _ in range(30):
            await client.users_list()
