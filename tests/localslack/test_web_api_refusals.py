"""What Slack refuses, method by method: a table of calls and their errors, none of which leaves a trace.

The errors are those that https://docs.slack.dev/reference/methods names for each method.
"""

import pytest
import pytest_asyncio
from slack_sdk.web.async_client import AsyncWebClient

from localslack import Channel, LocalSlack
from localslack.workspace.model import Message
from tests.localslack.calling import error_of, refusal
from tests.localslack.playing import BOT, ONCALL, OPS, SECRET, SECURITY, actions, button, workspace

HIDDEN, ELSEWHERE, OLD, PRIVATE_CHAT = "C0HIDDEN", "C0ELSEWHERE", "C0OLD", "D0ONCALL"
THEIRS, MINE, JOINED = "1700000000.000001", "1700000000.000002", "1700000000.000003"
HERE = {"channel": OPS, "timestamp": MINE}
CARD = {"event_type": "card", "event_payload": {}}
LONG = {"type": "section", "text": {"type": "plain_text", "text": "x" * 2_800}}
METADATA = {
    "invalid_metadata_format": ["text", {"event_type": "card"}, {"event_payload": {}}, {**CARD, "event_payload": []}],
    "invalid_metadata_schema": [
        {**CARD, "event_payload": {"key": None}},
        {**CARD, "event_payload": {"a": {"b": {"c": {"d": 1}}}}},
    ],
    "metadata_too_large": [{**CARD, "event_payload": {"key": "x" * 17_000}}],
}
REFUSED = [
    ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
    ("chat.postMessage", {"channel": "C0NONE", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "#nowhere", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": HIDDEN, "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": ELSEWHERE, "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {"channel": OLD, "text": "x"}, "is_archived"),
    ("chat.postMessage", {"channel": OPS}, "no_text"),
    ("chat.postMessage", {"channel": OPS, "text": ""}, "no_text"),
    ("chat.postMessage", {"channel": OPS, "text": "x" * 40_001}, "msg_too_long"),
    ("chat.postMessage", {"channel": OPS, "markdown_text": "x" * 12_001}, "msg_too_long"),
    ("chat.postMessage", {"channel": OPS, "blocks": [LONG] * 5}, "msg_blocks_too_long"),
    ("chat.postMessage", {"channel": OPS, "text": "x", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
    ("chat.postMessage", {"channel": OPS, "text": "x", "attachments": ["x"]}, "invalid_attachments"),
    ("chat.postMessage", {"channel": OPS, "text": "x", "attachments": [{"blocks": [{}]}]}, "invalid_attachments"),
    ("chat.postMessage", {"channel": OPS, "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
    ("chat.postMessage", {"channel": OPS, "text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
    ("chat.postMessage", {"channel": OPS, "text": "x", "thread_ts": "1.0"}, "cannot_reply_to_message"),
    ("chat.postMessage", {"channel": OPS, "text": "x", "thread_ts": JOINED}, "cannot_reply_to_message"),
    *(
        ("chat.postMessage", {"channel": OPS, "text": "x", "metadata": metadata}, error)
        for error, several in METADATA.items()
        for metadata in several
    ),
    ("chat.postEphemeral", {"channel": OPS, "text": "x"}, "invalid_arguments"),
    ("chat.postEphemeral", {"channel": SECRET, "user": ONCALL, "text": "x"}, "user_not_in_channel"),
    ("chat.update", {"channel": OPS, "ts": "1.0", "text": "x"}, "message_not_found"),
    ("chat.update", {"channel": OPS, "ts": THEIRS, "text": "x"}, "cant_update_message"),
    ("chat.update", {"channel": OPS, "ts": JOINED, "text": "x"}, "cant_update_message"),
    ("chat.update", {"channel": OPS, "ts": MINE}, "no_text"),
    ("chat.update", {"channel": OPS, "ts": MINE, "text": "x" * 4_001}, "msg_too_long"),
    ("chat.update", {"channel": ONCALL, "ts": MINE, "text": "x"}, "channel_not_found"),
    ("chat.update", {"channel": ELSEWHERE, "ts": MINE, "text": "x"}, "not_in_channel"),
    ("chat.delete", {"channel": OPS, "ts": "1.0"}, "message_not_found"),
    ("chat.delete", {"channel": OPS, "ts": THEIRS}, "cant_delete_message"),
    ("chat.getPermalink", {"channel": OPS, "message_ts": "1.0"}, "message_not_found"),
    ("chat.scheduleMessage", {"channel": OPS, "text": "x"}, "invalid_arguments"),
    ("chat.scheduledMessages.list", {"channel": "C0NONE"}, "invalid_channel"),
    ("chat.deleteScheduledMessage", {"channel": OPS, "scheduled_message_id": "Q0"}, "invalid_scheduled_message_id"),
    ("conversations.history", {"channel": ELSEWHERE}, "not_in_channel"),
    ("conversations.history", {"channel": HIDDEN}, "channel_not_found"),
    ("conversations.history", {"channel": OPS, "oldest": "yesterday"}, "invalid_ts_oldest"),
    ("conversations.history", {"channel": OPS, "latest": "nan"}, "invalid_ts_latest"),
    ("conversations.history", {"channel": OPS, "limit": "many"}, "invalid_limit"),
    ("conversations.history", {"channel": OPS, "limit": 1001}, "invalid_limit"),
    ("conversations.history", {"channel": OPS, "cursor": "bmV4dDoxMA=="}, "invalid_cursor"),
    ("conversations.replies", {"channel": OPS, "ts": "1.0"}, "thread_not_found"),
    ("conversations.info", {"channel": HIDDEN}, "channel_not_found"),
    ("conversations.members", {"channel": "C0NONE"}, "channel_not_found"),
    ("conversations.list", {"types": "everything"}, "invalid_types"),
    ("conversations.list", {"cursor": "%%%"}, "invalid_cursor"),
    ("conversations.list", {"cursor": "é"}, "invalid_cursor"),
    ("conversations.open", {}, "users_list_not_supplied"),
    ("conversations.open", {"users": "U0NOBODY"}, "user_not_found"),
    ("conversations.open", {"users": [f"U{number}" for number in range(9)]}, "too_many_users"),
    ("conversations.open", {"users": "U0GONE"}, "user_disabled"),
    ("conversations.open", {"users": ["U0BOT", ONCALL]}, "invalid_user_combination"),
    ("conversations.open", {"users": [ONCALL, SECURITY], "prevent_creation": True}, "channel_not_found"),
    ("conversations.open", {"channel": OPS}, "method_not_supported_for_channel_type"),
    ("conversations.join", {"channel": SECRET}, "method_not_supported_for_channel_type"),
    ("conversations.join", {"channel": OLD}, "is_archived"),
    ("conversations.invite", {"channel": OPS, "users": ""}, "no_user"),
    ("conversations.invite", {"channel": SECRET, "users": "U0GONE"}, "cant_invite"),
    ("conversations.invite", {"channel": ELSEWHERE, "users": ONCALL}, "not_in_channel"),
    ("conversations.invite", {"channel": SECRET, "users": BOT}, "cant_invite_self"),
    ("conversations.kick", {"channel": OPS, "user": BOT}, "cant_kick_self"),
    ("conversations.kick", {"channel": OPS, "user": "U0NOBODY"}, "user_not_found"),
    ("conversations.kick", {"channel": SECRET, "user": ONCALL}, "not_in_channel"),
    ("conversations.leave", {"channel": PRIVATE_CHAT}, "method_not_supported_for_channel_type"),
    ("conversations.archive", {"channel": PRIVATE_CHAT}, "method_not_supported_for_channel_type"),
    ("conversations.archive", {"channel": OLD}, "already_archived"),
    ("conversations.unarchive", {"channel": OPS}, "not_archived"),
    ("conversations.rename", {"channel": ELSEWHERE, "name": "x"}, "not_in_channel"),
    ("conversations.setTopic", {"channel": OPS, "topic": "x" * 251}, "too_long"),
    ("conversations.setTopic", {"channel": OPS}, "invalid_arguments"),
    ("conversations.setPurpose", {"channel": OLD, "purpose": "x"}, "is_archived"),
    ("reactions.add", {**HERE, "name": ":eyes:"}, "invalid_name"),
    ("reactions.add", {**HERE, "name": "eyes", "timestamp": "1.0"}, "message_not_found"),
    ("reactions.add", {**HERE, "name": "eyes", "timestamp": "now"}, "bad_timestamp"),
    ("reactions.add", {"channel": OPS, "name": "eyes"}, "no_item_specified"),
    ("reactions.remove", {**HERE, "name": "eyes"}, "no_reaction"),
    ("reactions.get", {"channel": HIDDEN, "timestamp": MINE}, "channel_not_found"),
    ("reactions.list", {"user": "U0NOBODY"}, "user_not_found"),
    ("pins.add", {"channel": OPS}, "no_item_specified"),
    ("pins.add", {"channel": OPS, "timestamp": "x"}, "bad_timestamp"),
    ("pins.add", {"channel": OPS, "timestamp": "1.0"}, "message_not_found"),
    ("pins.add", {"channel": OPS, "timestamp": JOINED}, "not_pinnable"),
    ("pins.add", {"channel": ELSEWHERE, "timestamp": MINE}, "not_in_channel"),
    ("pins.remove", HERE, "no_pin"),
    ("files.info", {"file": "F0NONE"}, "file_not_found"),
    ("files.completeUploadExternal", {"files": []}, "invalid_arguments"),
    ("files.completeUploadExternal", {"files": [{"id": "F0NONE"}]}, "file_not_found"),
    ("users.info", {"user": "U0NOBODY"}, "user_not_found"),
    ("users.conversations", {"user": "U0NOBODY"}, "user_not_found"),
    ("views.open", {"view": {"type": "modal"}, "trigger_id": "x"}, "invalid_arguments"),
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared():
    """One Slack for the whole table, which none of the calls changes."""
    space = workspace()
    space.channels += [
        Channel(HIDDEN, "hidden", private=True, members=[SECURITY]),
        Channel(ELSEWHERE, "elsewhere", members=[SECURITY]),
        Channel(OLD, "old", archived=True),
    ]
    space.people.append(type(space.people[0])("U0GONE", "gone", deleted=True))
    slack = LocalSlack(space, limits=False)
    slack.state.direct([ONCALL])
    for message in (
        Message(THEIRS, OPS, ONCALL, "theirs"),
        Message(MINE, OPS, BOT, "mine", by_app=True),
        Message(JOINED, OPS, BOT, "joined", subtype="channel_join"),
    ):
        slack.add_message(message)
    async with slack.serve() as url:
        yield slack, AsyncWebClient(space.bot_token, base_url=f"{url}/api/")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("method", "asked", "error"), REFUSED, ids=lambda value: str(value)[:40])
async def test_what_slack_refuses_is_refused(shared, method, asked, error):
    slack, client = shared
    before = repr((slack.state.messages, slack.state.channels, slack.state.views, slack.state.files))
    assert await error_of(client.api_call(method, json=asked)) == error
    assert repr((slack.state.messages, slack.state.channels, slack.state.views, slack.state.files)) == before


@pytest.mark.asyncio(loop_scope="module")
async def test_blocks_are_refused_with_what_is_wrong_and_where(shared):
    """Once as `errors`, once in the words of response_metadata."""
    _, client = shared
    blocks = actions(button() | {"text": {"type": "plain_text", "text": "x" * 76}})
    refused = await refusal(client.chat_postMessage(channel=OPS, text="x", blocks=blocks))
    (error,) = refused["errors"]
    assert error.endswith("[json-pointer:/blocks/0/elements/0/text/text]")
    assert refused["response_metadata"]["messages"] == [f"[ERROR] {error}"]


@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_missing_is_named(shared):
    _, client = shared
    refused = await refusal(client.api_call("chat.update", json={"channel": OPS, "text": "x"}))
    assert refused["response_metadata"]["messages"] == ["[ERROR] missing required field: ts"]


async def test_a_block_type_the_workspace_does_not_know_is_refused(client, slack):
    """Slack brings new ones to some workspaces later than to others."""
    block = {"type": "markdown", "text": "x"}
    await client.chat_postMessage(channel=OPS, text="x", blocks=[block])
    slack.workspace.refused_blocks = frozenset({"markdown"})
    assert await error_of(client.chat_postMessage(channel=OPS, text="x", blocks=[block])) == "invalid_blocks"


async def test_direct_messages_can_be_closed_to_the_app(client, slack):
    slack.workspace.messages_tab = False
    assert await error_of(client.chat_postMessage(channel=ONCALL, text="x")) == "messages_tab_disabled"


async def test_with_its_scope_the_bot_posts_where_it_is_not(client, slack):
    """chat:write.public, for public channels alone."""
    slack.state.channels[OPS].members = [ONCALL]
    assert await error_of(client.chat_postMessage(channel=OPS, text="x")) == "not_in_channel"
    slack.workspace.scopes |= {"chat:write.public"}
    await client.chat_postMessage(channel=OPS, text="x")
    assert len(slack.messages(OPS)) == 1
