"""conversations.*: channels from their creation to their archive, who is in them, and what was said there."""

import pytest

from tests.conftest import until
from tests.localslack.calling import error_of, posted, refusal
from tests.localslack.playing import BOT, ONCALL, OPS, SECRET, SECURITY, SHARED, STRANGER


@pytest.fixture
async def incident(client):
    """A channel that the bot made."""
    return (await client.conversations_create(name="incident-1"))["channel"]["id"]


def said(slack, channel):
    """What Slack itself wrote in a channel: subtype and text."""
    return [(m["subtype"], m["text"]) for m in slack.messages(channel) if "subtype" in m]


class TestLife:
    async def test_a_channel_is_made_with_its_maker_in_it(self, client, slack, app):
        made = (await client.conversations_create(name="incident-1"))["channel"]
        assert (made["name"], made["creator"], made["is_private"], made["is_member"]) == (
            "incident-1", BOT, False, True,
        )  # fmt: skip
        assert (await client.conversations_members(channel=made["id"]))["members"] == [BOT]
        await until(lambda: app.events("channel_created"))
        assert app.events("channel_created")[0]["channel"]["name"] == "incident-1"

    async def test_a_private_one_is_announced_to_nobody(self, client, slack, app):
        made = (await client.conversations_create(name="quiet", is_private=True))["channel"]
        await client.conversations_rename(channel=made["id"], name="quieter")
        await until(lambda: app.events("group_rename"))
        assert made["is_private"] is True
        assert app.events("channel_created") == []

    async def test_topic_and_purpose_are_said_in_the_channel_and_kept(self, client, slack, incident):
        await client.conversations_setTopic(channel=incident, topic="Mail is late")
        purpose = await client.conversations_setPurpose(channel=incident, purpose="Find out why")
        info = (await client.conversations_info(channel=incident, include_num_members=True))["channel"]
        assert (info["topic"]["value"], info["purpose"]["value"], info["num_members"]) == (
            "Mail is late", "Find out why", 1,
        )  # fmt: skip
        assert purpose["purpose"] == "Find out why"
        assert said(slack, incident)[1:] == [
            ("channel_topic", "set the channel topic: Mail is late"),
            ("channel_purpose", "set the channel description: Find out why"),
        ]

    async def test_a_rename_keeps_the_old_name_on_record(self, client, slack, app, incident):
        renamed = (await client.conversations_rename(channel=incident, name="incident-2"))["channel"]
        assert (renamed["name"], renamed["previous_names"]) == ("incident-2", ["incident-1"])
        await until(lambda: app.events("channel_rename"))
        assert await error_of(client.conversations_rename(channel=OPS, name="ours")) == "not_authorized"

    @pytest.mark.parametrize(
        ("name", "error"),
        [
            ("operations", "name_taken"),
            ("", "invalid_name_required"),
            ("x" * 81, "invalid_name_maxlength"),
            ("---", "invalid_name_punctuation"),
            ("Upper", "invalid_name_specials"),
            ("a b", "invalid_name_specials"),
            ("a.b", "invalid_name_specials"),
        ],
    )
    async def test_names_have_their_rules(self, client, incident, name, error):
        assert await error_of(client.conversations_create(name=name)) == error
        assert await error_of(client.conversations_rename(channel=incident, name=name)) == error

    async def test_an_archived_channel_is_closed_until_it_is_opened_again(self, client, slack, app, incident):
        ts = await posted(client, incident)
        await client.conversations_archive(channel=incident)
        refused = {
            "chat.postMessage": (client.chat_postMessage(channel=incident, text="x"), "is_archived"),
            "chat.update": (client.chat_update(channel=incident, ts=ts, text="x"), "is_inactive"),
            "reactions.add": (client.reactions_add(channel=incident, timestamp=ts, name="eyes"), "is_archived"),
            "invite": (client.conversations_invite(channel=incident, users=ONCALL), "is_archived"),
            "join": (client.conversations_join(channel=incident), "is_archived"),
            "leave": (client.conversations_leave(channel=incident), "is_archived"),
            "rename": (client.conversations_rename(channel=incident, name="other"), "is_archived"),
            "topic": (client.conversations_setTopic(channel=incident, topic="x"), "is_archived"),
            "archive": (client.conversations_archive(channel=incident), "already_archived"),
        }
        assert {name: await error_of(call) for name, (call, _) in refused.items()} == {
            name: error for name, (_, error) in refused.items()
        }
        open_ones = (await client.conversations_list(exclude_archived=True))["channels"]
        assert incident not in [channel["id"] for channel in open_ones]
        await client.conversations_unarchive(channel=incident)
        assert await error_of(client.conversations_unarchive(channel=incident)) == "not_archived"
        await posted(client, incident)
        await until(lambda: app.events("channel_archive") and app.events("channel_unarchive"))

    async def test_the_general_channel_stays(self, client, slack):
        slack.state.channels[OPS].general = True
        assert await error_of(client.conversations_archive(channel=OPS)) == "cant_archive_general"
        assert await error_of(client.conversations_leave(channel=OPS)) == "cant_leave_general"
        assert await error_of(client.conversations_kick(channel=OPS, user=ONCALL)) == "cant_kick_from_general"


class TestMembers:
    async def test_who_is_invited_is_in_and_the_app_hears_of_it(self, client, slack, app, incident):
        await client.conversations_invite(channel=incident, users=[ONCALL, SECURITY])
        assert (await client.conversations_members(channel=incident))["members"] == [BOT, ONCALL, SECURITY]
        await until(lambda: len(app.events("member_joined_channel")) == 2)
        joined = next(one for one in app.events("member_joined_channel") if one["user"] == ONCALL)
        assert (joined["inviter"], joined["channel_type"]) == (BOT, "C")
        assert [subtype for subtype, _ in said(slack, incident)] == ["channel_join"] * 3

    async def test_one_who_cannot_be_invited_stops_all_unless_forced(self, client, incident):
        everybody = [ONCALL, BOT, "U0NOBODY"]
        refused = await refusal(client.conversations_invite(channel=incident, users=everybody))
        assert refused["errors"] == [
            {"user": BOT, "ok": False, "error": "cant_invite_self"},
            {"user": "U0NOBODY", "ok": False, "error": "user_not_found"},
        ]
        assert (await client.conversations_members(channel=incident))["members"] == [BOT]
        forced = await client.conversations_invite(channel=incident, users=everybody, force=True)
        assert len(forced["errors"]) == 2
        assert (await client.conversations_members(channel=incident))["members"] == [BOT, ONCALL]
        assert await error_of(client.conversations_invite(channel=incident, users=ONCALL)) == "already_in_channel"

    async def test_joining_twice_is_warned_of(self, client, slack):
        slack.state.channels[SHARED].members = [ONCALL]
        first = await client.conversations_join(channel=SHARED)
        again = await client.conversations_join(channel=SHARED)
        assert "warning" not in first
        assert again["response_metadata"]["warnings"] == ["already_in_channel"]
        assert slack.state.members(slack.state.channels[SHARED]) == [ONCALL, BOT]

    async def test_who_is_removed_or_leaves_is_out(self, client, slack, app, incident):
        await client.conversations_invite(channel=incident, users=ONCALL)
        await client.conversations_kick(channel=incident, user=ONCALL)
        assert await error_of(client.conversations_kick(channel=incident, user=ONCALL)) == "not_in_channel"
        assert await error_of(client.conversations_leave(channel=incident)) == "last_member"
        await client.conversations_invite(channel=incident, users=ONCALL)
        await client.conversations_leave(channel=incident)
        assert slack.state.channels[incident].members == [ONCALL]
        assert (await client.conversations_leave(channel=incident))["not_in_channel"] is True
        assert await error_of(client.chat_postMessage(channel=incident, text="x")) == "not_in_channel"
        await until(lambda: app.events("channel_left"))
        assert [one["user"] for one in app.events("member_left_channel")] == [ONCALL, BOT]


class TestHistory:
    async def test_it_is_paged_newest_first_within_its_bounds(self, client):
        sent = [await posted(client, OPS, str(number)) for number in range(5)]
        seen = []
        async for page in await client.conversations_history(channel=OPS, limit=2):
            seen += [m["ts"] for m in page["messages"]]
        between = await client.conversations_history(channel=OPS, oldest=sent[1], latest=sent[3])
        inclusive = await client.conversations_history(channel=OPS, oldest=sent[1], latest=sent[3], inclusive=True)
        assert seen == sent[::-1]
        assert [m["ts"] for m in between["messages"]] == [sent[2]]
        assert [m["ts"] for m in inclusive["messages"]] == sent[3:0:-1]

    async def test_what_is_said_meanwhile_moves_no_page(self, client):
        sent = [await posted(client, OPS, str(number)) for number in range(4)]
        first = await client.conversations_history(channel=OPS, limit=2)
        await posted(client, OPS, "meanwhile")
        rest = await client.conversations_history(
            channel=OPS, limit=2, cursor=first["response_metadata"]["next_cursor"]
        )
        assert [m["ts"] for m in rest["messages"]] == sent[1::-1]
        assert (first["has_more"], rest["has_more"]) == (True, False)

    async def test_replies_stay_in_their_thread(self, client):
        ts = await posted(client, OPS, "parent")
        reply = await posted(client, OPS, "reply", thread_ts=ts)
        (parent,) = (await client.conversations_history(channel=OPS))["messages"]
        thread = (await client.conversations_replies(channel=OPS, ts=ts))["messages"]
        alone = (await client.conversations_replies(channel=OPS, ts=reply))["messages"]
        assert parent["reply_count"] == 1
        assert [m.get("parent_user_id") for m in thread] == [None, parent["user"]]
        assert [m["text"] for m in thread] == ["parent", "reply"]
        assert [m["text"] for m in alone] == ["reply"]


class TestFinding:
    async def test_each_type_is_listed_where_it_may_be_seen(self, client, slack):
        slack.state.channels[SECRET].members = [SECURITY, BOT]
        await client.conversations_create(name="quiet", is_private=True)
        await client.conversations_open(users=ONCALL)
        await client.conversations_open(users=[ONCALL, SECURITY])
        names = {}
        for kind in ("public_channel", "private_channel", "im", "mpim"):
            listed = (await client.conversations_list(types=kind))["channels"]
            names[kind] = [channel.get("name", channel.get("user")) for channel in listed]
        assert names == {
            "public_channel": ["operations", "shared"],
            "private_channel": ["secret", "quiet"],
            "im": [ONCALL],
            "mpim": ["mpdm-oncall--security-1"],
        }
        theirs = (await client.users_conversations(user=STRANGER, types="public_channel,private_channel"))["channels"]
        assert [channel["name"] for channel in theirs] == ["shared"]

    async def test_direct_messages_are_opened_once(self, client):
        first = await client.conversations_open(users=ONCALL, return_im=True)
        again = await client.conversations_open(users=ONCALL)
        resumed = await client.conversations_open(channel=first["channel"]["id"])
        assert (first["already_open"], again["already_open"], resumed["already_open"]) == (False, True, True)
        assert first["channel"]["user"] == ONCALL

    async def test_several_people_in_any_order_are_one_conversation(self, client):
        one = await client.conversations_open(users=[ONCALL, SECURITY])
        other = await client.conversations_open(users=[SECURITY, ONCALL])
        assert one["channel"]["id"] == other["channel"]["id"]
