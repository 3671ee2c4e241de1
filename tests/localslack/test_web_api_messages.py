"""chat.*: what the app posts, changes, deletes and puts off."""

import time

import httpx

from tests.conftest import until
from tests.localslack.calling import error_of, posted
from tests.localslack.playing import BOT, ONCALL, OPS, SECURITY, actions, button, plain


class TestPosting:
    async def test_a_message_comes_back_with_its_metadata(self, client):
        """Where it is asked for; the answer to the post has it too."""
        metadata = {"event_type": "card", "event_payload": {"key": "p1", "steps": ["a", "b"]}}
        sent = await client.chat_postMessage(channel=OPS, text="Card", blocks=actions(button()), metadata=metadata)
        history = await client.conversations_history(channel=OPS, include_all_metadata=True)
        without = await client.conversations_history(channel=OPS)
        assert sent["message"]["metadata"] == history["messages"][0]["metadata"] == metadata
        assert history["messages"][0]["ts"] == sent["ts"]
        assert "metadata" not in without["messages"][0]

    async def test_a_message_to_a_person_opens_their_direct_messages(self, client):
        sent = await client.chat_postMessage(channel=ONCALL, text="psst")
        opened = await client.conversations_open(users=ONCALL)
        assert sent["channel"] == opened["channel"]["id"]

    async def test_a_channel_may_be_called_by_its_name(self, client):
        assert (await client.chat_postMessage(channel="#operations", text="x"))["channel"] == OPS

    async def test_a_reply_to_a_reply_goes_to_its_thread(self, client, slack):
        parent = await posted(client, OPS)
        reply = await posted(client, OPS, thread_ts=parent)
        await posted(client, OPS, "deeper", thread_ts=reply)
        assert [m.get("thread_ts") for m in slack.messages(OPS)] == [parent] * 3

    async def test_a_reply_may_be_sent_to_the_channel_too(self, client):
        parent = await posted(client, OPS)
        await posted(client, OPS, "all hear", thread_ts=parent, reply_broadcast=True)
        await posted(client, OPS, "few hear", thread_ts=parent)
        shown = (await client.conversations_history(channel=OPS))["messages"]
        assert [(m["text"], m.get("subtype")) for m in shown] == [("all hear", "thread_broadcast"), ("hello", None)]

    async def test_an_ephemeral_is_seen_by_its_addressee_alone(self, client, slack):
        await client.chat_postEphemeral(channel=OPS, user=ONCALL, text="only you")
        assert [m["text"] for m in slack.messages(OPS, ONCALL)] == ["only you"]
        assert slack.messages(OPS, SECURITY) == []
        assert (await client.conversations_history(channel=OPS))["messages"] == []

    async def test_attachments_are_kept_and_numbered(self, client, slack):
        await client.chat_postMessage(channel=OPS, text="x", attachments=[{"text": "a"}, {"blocks": actions(button())}])
        first, second = slack.messages(OPS)[0]["attachments"]
        assert (first["id"], first["text"], second["id"]) == (1, "a", 2)

    async def test_markdown_stands_alone(self, client, slack):
        await client.chat_postMessage(channel=OPS, markdown_text="**bold**")
        assert slack.messages(OPS)[0]["blocks"][0]["text"] == "**bold**"
        assert await error_of(client.chat_postMessage(channel=OPS, text="x", markdown_text="y")) == (
            "markdown_text_conflict"
        )

    async def test_another_name_needs_its_scope_and_else_is_passed_over(self, client, slack):
        await posted(client, OPS, username="Somebody", icon_emoji=":robot_face:")
        slack.workspace.scopes |= {"chat:write.customize"}
        await posted(client, OPS, username="Somebody", icon_emoji=":robot_face:")
        plainly, dressed = slack.messages(OPS)
        assert "username" not in plainly
        assert (dressed["username"], dressed["icons"]) == ("Somebody", {"emoji": ":robot_face:"})

    async def test_the_link_to_a_message_leads_to_it_on_the_page(self, client, slack):
        parent = await posted(client, OPS)
        reply = await posted(client, OPS, thread_ts=parent)
        plain_link = (await client.chat_getPermalink(channel=OPS, message_ts=parent))["permalink"]
        in_thread = (await client.chat_getPermalink(channel=OPS, message_ts=reply))["permalink"]
        async with httpx.AsyncClient() as http:
            led = (await http.get(plain_link)).headers["Location"]
        assert led == f"/?channel={OPS}&ts={parent}"
        assert in_thread.endswith(f"?thread_ts={parent}&cid={OPS}")


class TestChanging:
    async def test_an_update_changes_the_message_in_place(self, client, slack):
        ts = await posted(client, OPS, "Card", blocks=actions(button()))
        answer = await client.chat_update(channel=OPS, ts=ts, text="Done", blocks=[])
        (message,) = slack.messages(OPS)
        assert (message["ts"], message["text"], message.get("blocks")) == (ts, "Done", None)
        assert message["edited"]["user"] == BOT
        assert (answer["text"], answer["message"]["text"]) == ("Done", "Done")

    async def test_what_an_update_leaves_out_stays_and_empty_metadata_goes(self, client, slack):
        metadata = {"event_type": "card", "event_payload": {"key": "p1"}}
        ts = await posted(client, OPS, "Card", blocks=actions(button()), metadata=metadata)
        await client.chat_update(channel=OPS, ts=ts, text="Still a card")
        (message,) = slack.messages(OPS)
        assert message["metadata"] == metadata
        assert message["blocks"][0]["elements"][0]["text"] == {**plain("Go"), "emoji": True}
        await client.chat_update(channel=OPS, ts=ts, text="Bare", metadata={})
        assert "metadata" not in slack.messages(OPS)[0]

    async def test_the_app_hears_of_both_as_they_were_and_are(self, client, slack, app):
        ts = await posted(client, OPS, "before")
        await client.chat_update(channel=OPS, ts=ts, text="after")
        await client.chat_delete(channel=OPS, ts=ts)
        await until(lambda: len(app.events("message")) == 3)
        changed, deleted = sorted((e for e in app.events("message") if "subtype" in e), key=lambda e: e["event_ts"])
        assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("before", "after")
        assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)

    async def test_of_a_message_with_replies_a_stone_stays_as_long_as_they_do(self, client, slack, app):
        """The app hears of a change, not of a deletion, and can change it no more."""
        ts = await posted(client, OPS, "card")
        reply = await posted(client, OPS, "so it went", thread_ts=ts)
        await slack.delete_message(OPS, ts)
        (changed,) = await until(lambda: [e for e in app.events("message") if e.get("subtype")])
        assert (changed["subtype"], changed["previous_message"]["text"]) == ("message_changed", "card")
        stone, left = (await client.conversations_replies(channel=OPS, ts=ts))["messages"]
        assert changed["message"] == stone
        assert (stone["subtype"], stone["user"], stone["reply_count"]) == ("tombstone", "USLACKBOT", 1)
        assert (left["ts"], left["parent_user_id"]) == (reply, "USLACKBOT")
        assert await error_of(client.chat_update(channel=OPS, ts=ts, text="again")) == "cant_update_message"
        await client.chat_delete(channel=OPS, ts=reply)
        assert slack.messages(OPS) == []


class TestLater:
    async def test_a_message_waits_for_its_time(self, client, slack):
        post_at = int(time.time()) + 1
        answer = await client.chat_scheduleMessage(channel=OPS, text="later", post_at=post_at)
        assert answer["message"]["type"] == "delayed_message"
        await until(lambda: slack.messages(OPS))
        assert float(slack.messages(OPS)[0]["ts"]) >= post_at
        assert (await client.chat_scheduledMessages_list())["scheduled_messages"] == []

    async def test_it_can_be_stopped_until_a_minute_before(self, client, slack):
        now = int(time.time())
        far = await client.chat_scheduleMessage(channel=OPS, text="x", post_at=now + 3600)
        near = await client.chat_scheduleMessage(channel=OPS, text="x", post_at=now + 30)
        listed = (await client.chat_scheduledMessages_list(channel=OPS))["scheduled_messages"]
        assert [one["id"] for one in listed] == [near["scheduled_message_id"], far["scheduled_message_id"]]
        await client.chat_deleteScheduledMessage(channel=OPS, scheduled_message_id=far["scheduled_message_id"])
        stop = client.chat_deleteScheduledMessage(channel=OPS, scheduled_message_id=near["scheduled_message_id"])
        assert await error_of(stop) == "invalid_scheduled_message_id"
        assert list(slack.state.scheduled) == [near["scheduled_message_id"]]

    async def test_times_that_make_no_sense_are_refused(self, client):
        now = int(time.time())
        when = {"time_in_past": now - 1, "time_too_far": now + 121 * 86_400, "invalid_time": "soon"}
        for error, post_at in when.items():
            assert await error_of(client.chat_scheduleMessage(channel=OPS, text="x", post_at=post_at)) == error

    async def test_thirty_in_five_minutes_are_enough_for_one_channel(self, client, slack):
        slack.limits = None
        post_at = int(time.time()) + 3600
        for second in range(30):
            await client.chat_scheduleMessage(channel=OPS, text="x", post_at=post_at + second)
        again = client.chat_scheduleMessage(channel=OPS, text="x", post_at=post_at + 31)
        assert await error_of(again) == "restricted_too_many"
        await client.chat_scheduleMessage(channel=OPS, text="x", post_at=post_at + 400)
