"""Whatever an argument is, a method says what is wrong with it: nothing an app sends is this Slack's own fault."""

import httpx
import pytest
import pytest_asyncio

from localslack import LocalSlack, Usergroup
from localslack.api.door import METHODS
from tests.localslack.playing import ONCALL, OPS, workspace

NAMES = [
    "action", "attachments", "blocks", "bookmark_id", "bot", "channel", "channel_id", "channels", "chunks", "count",
    "cursor", "description", "emoji", "external_id", "file", "filename", "files", "handle", "hash", "icon_emoji",
    "inclusive", "initial_comment", "is_private", "latest", "length", "limit", "link", "markdown_text", "message_ts",
    "metadata", "name", "oldest", "page", "parse", "post_at", "presence", "prompts", "purpose", "recipient_team_id",
    "recipient_user_id", "reply_broadcast", "return_im", "scheduled_message_id", "source", "status", "text",
    "thread_ts", "timestamp", "title", "topic", "trigger_id", "ts", "type", "types", "unfurl_id", "unfurls", "user",
    "user_id", "usergroup", "users", "view", "view_id",
]  # fmt: skip
ODD = {
    "a list": ["x", {"y": None}],
    "an object": {"x": [{}], "id": 1},
    "a number": -1.5,
    "true": True,
    "an odd text": "\x00<&>|`*:\U0001f427",
    "a list of objects": [{}],
    "an object of objects": {"https://x.example": {"blocks": [[]], "actions": 5, "attachments": "x"}},
    "JSON in a text": '[{"actions": [{"options": 1}], "blocks": {}}]',
}


STRUCTURED = ("attachments", "blocks", "chunks", "files", "metadata", "prompts", "unfurls", "view")
TAKE_THEM = [name for name in sorted(METHODS) if name.startswith(("assistant.", "chat.", "files.", "views."))]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def call():
    """`call(method, arguments)` gives the error; the channel is as before after each."""
    space = workspace(unfurl_domains=("x.example",), usergroups=[Usergroup("S0ON", "on")])
    slack = LocalSlack(space, limits=False)
    async with slack.serve() as url, httpx.AsyncClient(base_url=url) as http:
        ts = await slack.post_as(ONCALL, OPS, "https://x.example")
        place = {"channel": OPS, "channel_id": OPS, "ts": ts, "timestamp": ts, "message_ts": ts, "thread_ts": ts}

        async def calling(method, arguments):
            token = space.app_token if method == "apps.connections.open" else space.bot_token
            headers = {"Authorization": f"Bearer {token}"}
            answer = (await http.post(f"/api/{method}", json=arguments, headers=headers)).json()
            slack.state.channels[OPS].archived, slack.state.channels[OPS].members = False, None
            return answer.get("error")

        calling.place = place | {"user": ONCALL, "user_id": ONCALL, "usergroup": "S0ON"}
        yield calling


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"auth.revoke"}))
async def test_no_argument_is_too_odd(call, method):
    """All of them odd, and all but those that say where."""
    for odd in ODD.values():
        for known in ({}, call.place):
            assert await call(method, dict.fromkeys(NAMES, odd) | known) != "internal_error", odd


@pytest.mark.parametrize("method", TAKE_THEM)
async def test_nor_is_one_that_has_a_shape(call, method):
    """Where everything else is as it should be."""
    usual = call.place | {"text": "x", "title": "x", "status": "x", "filename": "x", "length": 1}
    for name in STRUCTURED:
        for odd in ODD.values():
            assert await call(method, usual | {name: odd}) != "internal_error", (name, odd)
