"""Methods that bots call at their start and now and then: presence, streams, groups of people, files, and such."""

import pytest

from localslack import Usergroup
from tests.conftest import until
from tests.localslack.calling import error_of, posted
from tests.localslack.playing import BOT, ONCALL, OPS, SECRET, SECURITY


class TestPresence:
    async def test_who_has_a_window_open_is_active(self, client, slack):
        assert (await client.users_getPresence(user=ONCALL))["presence"] == "away"
        listener = slack.feed.listen(ONCALL)
        assert (await client.users_getPresence(user=ONCALL))["presence"] == "active"
        slack.feed.leave(listener)
        assert await error_of(client.users_getPresence(user="U0NOBODY")) == "user_not_found"

    async def test_the_bot_says_itself_whether_it_is_away(self, client):
        for presence, shown in (("away", "away"), ("auto", "active")):
            await client.users_setPresence(presence=presence)
            assert (await client.users_getPresence(user=BOT))["presence"] == shown
        assert await error_of(client.users_setPresence(presence="busy")) == "invalid_presence"

    async def test_nobody_has_hours_without_disturbance(self, client):
        assert (await client.dnd_info(user=ONCALL))["dnd_enabled"] is False
        team = await client.dnd_teamInfo(users=[ONCALL, SECURITY])
        assert {user: one["dnd_enabled"] for user, one in team["users"].items()} == {ONCALL: False, SECURITY: False}
        assert await error_of(client.dnd_info(user="U0NOBODY")) == "user_not_found"


class TestConversations:
    async def test_direct_messages_are_put_away_until_somebody_speaks(self, client, slack):
        direct = (await client.conversations_open(users=ONCALL))["channel"]["id"]
        await client.conversations_close(channel=direct)
        assert (await client.conversations_close(channel=direct))["already_closed"] is True
        assert (await client.conversations_info(channel=direct))["channel"]["is_open"] is False
        await slack.post_as(ONCALL, direct, "hello")
        assert (await client.conversations_info(channel=direct))["channel"]["is_open"] is True
        assert await error_of(client.conversations_close(channel=OPS)) == "method_not_supported_for_channel_type"

    async def test_the_bot_marks_how_far_it_has_read(self, client, slack):
        ts = await posted(client, OPS)
        await client.conversations_mark(channel=OPS, ts=ts)
        assert slack.read_marks.of(BOT) == {OPS: ts}
        assert await error_of(client.conversations_mark(channel=OPS, ts="now")) == "invalid_timestamp"

    async def test_the_bot_says_what_it_does(self, client, slack):
        await client.chat_meMessage(channel=OPS, text="is thinking")
        (said,) = slack.messages(OPS)
        assert (said["text"], said["subtype"], said["user"]) == ("is thinking", "me_message", BOT)


class TestStreams:
    async def test_a_message_grows_until_it_is_stopped(self, client, slack, app):
        thread = await slack.post_as(ONCALL, OPS, "explain")
        whom = {"recipient_user_id": ONCALL, "recipient_team_id": slack.workspace.team_id}
        ts = (await client.chat_startStream(channel=OPS, thread_ts=thread, **whom))["ts"]
        await client.chat_appendStream(channel=OPS, ts=ts, markdown_text="**Because** ")
        await client.chat_appendStream(channel=OPS, ts=ts, chunks=[{"type": "markdown_text", "text": "of that."}])
        done = await client.chat_stopStream(channel=OPS, ts=ts, blocks=[{"type": "divider"}])
        assert done["message"]["text"] == "**Because** of that."
        assert [block["type"] for block in slack.messages(OPS)[1]["blocks"]] == ["markdown", "divider"]
        assert slack.messages(OPS)[1]["thread_ts"] == thread
        again = client.chat_appendStream(channel=OPS, ts=ts, markdown_text="more")
        assert await error_of(again) == "message_not_in_streaming_state"
        changed = [one for one in app.events("message") if one.get("subtype") == "message_changed"]
        assert len(changed) == 3

    async def test_in_a_channel_it_is_for_somebody(self, client, slack):
        thread = await slack.post_as(ONCALL, OPS, "explain")
        nobody = client.chat_startStream(channel=OPS, thread_ts=thread)
        assert await error_of(nobody) == "missing_recipient_user_id"

    async def test_an_assistant_says_what_it_is_doing(self, client, slack):
        thread = await slack.post_as(ONCALL, OPS, "explain")
        place = {"channel_id": OPS, "thread_ts": thread}
        for status in ("is thinking…", ""):
            await client.assistant_threads_setStatus(**place, status=status)
        await client.assistant_threads_setTitle(**place, title="Why")
        await client.assistant_threads_setSuggestedPrompts(**place, prompts=[{"title": "Why?", "message": "why"}])
        lost = client.assistant_threads_setStatus(channel_id=OPS, thread_ts="1.0", status="x")
        assert await error_of(lost) == "invalid_thread_ts"


class TestUsergroups:
    async def test_a_group_is_renamed_switched_off_and_on(self, client, slack, app):
        slack.state.usergroups |= {one: Usergroup(one, one.lower(), one) for one in ("S0A", "S0B")}
        changed = (await client.usergroups_update(usergroup="S0A", name="On call", handle="oncall"))["usergroup"]
        assert (changed["name"], changed["handle"]) == ("On call", "oncall")
        assert await error_of(client.usergroups_update(usergroup="S0A", name="S0B")) == "name_already_exists"
        assert await error_of(client.usergroups_update(usergroup="S0A", handle="s0b")) == "handle_already_exists"
        assert (await client.usergroups_disable(usergroup="S0B"))["usergroup"]["date_delete"]
        assert [one["id"] for one in (await client.usergroups_list())["usergroups"]] == ["S0A"]
        assert (await client.usergroups_enable(usergroup="S0B"))["usergroup"]["date_delete"] == 0
        await until(lambda: len(app.events("subteam_updated")) == 3)


class TestTheRest:
    async def test_files_are_listed_by_pages_as_far_as_the_bot_sees_them(self, client, slack):
        for name in ("a", "b", "c"):
            await client.files_upload_v2(content=name, filename=f"{name}.txt", channel=OPS if name == "c" else None)
        slack.state.new_file(ONCALL, "theirs.txt", 1, content=b"x", complete=True)
        listed = await client.files_list(count=2)
        assert (len(listed["files"]), listed["paging"]) == (2, {"count": 2, "total": 3, "page": 1, "pages": 2})
        assert [one["name"] for one in (await client.files_list(channel=OPS))["files"]] == ["c.txt"]
        assert (await client.files_list(user=ONCALL))["files"] == []
        slack.state.files[next(iter(slack.state.files))].shares[SECRET] = ["1.0"]

    async def test_what_a_framework_asks_at_its_start_is_answered(self, client, slack):
        assert (await client.team_profile_get())["profile"]["fields"] == []
        (team,) = (await client.auth_teams_list())["teams"]
        assert team["id"] == slack.workspace.team_id
        assert (await client.emoji_list())["emoji"] == {}


@pytest.mark.parametrize("asked", [{"limit": "0"}, {"limit": 0}, {}])
async def test_no_limit_means_the_usual_one(client, asked):
    assert (await client.api_call("conversations.list", params=asked))["ok"] is True
