"""reactions.*, pins.* and bookmarks.*: what is put onto messages and channels, and that the app hears of it."""

import pytest

from localslack.changes import marks
from tests.conftest import until
from tests.localslack.calling import error_of, posted
from tests.localslack.playing import BOT, ONCALL, OPS, SECRET


class TestReactions:
    async def test_a_reaction_stands_on_the_message_with_who_made_it(self, client, slack, app):
        """Everybody's under one emoji, in the order they came; the app hears of each."""
        ts = await posted(client, OPS)
        await client.reactions_add(channel=OPS, timestamp=ts, name="eyes")
        marks.react(slack, ONCALL, slack.state.message(OPS, ts), "eyes")
        expected = [{"name": "eyes", "users": [BOT, ONCALL], "count": 2}]
        got = await client.reactions_get(channel=OPS, timestamp=ts)
        assert got["message"]["reactions"] == slack.messages(OPS)[0]["reactions"] == expected
        await until(lambda: len(app.events("reaction_added")) == 2)
        event = next(one for one in app.events("reaction_added") if one["user"] == ONCALL)
        assert event["item"] == {"type": "message", "channel": OPS, "ts": ts}
        assert (event["reaction"], event["item_user"]) == ("eyes", BOT)

    async def test_it_can_be_taken_back_once(self, client, slack, app):
        ts = await posted(client, OPS)
        await client.reactions_add(channel=OPS, timestamp=ts, name="eyes")
        assert await error_of(client.reactions_add(channel=OPS, timestamp=ts, name="eyes")) == "already_reacted"
        await client.reactions_remove(channel=OPS, timestamp=ts, name="eyes")
        assert "reactions" not in slack.messages(OPS)[0]
        assert await error_of(client.reactions_remove(channel=OPS, timestamp=ts, name="eyes")) == "no_reaction"
        await until(lambda: app.events("reaction_removed"))

    async def test_what_somebody_reacted_to_is_listed_in_pages(self, client):
        sent = [await posted(client, OPS, str(number)) for number in range(3)]
        for ts in sent:
            await client.reactions_add(channel=OPS, timestamp=ts, name="eyes")
        seen = []
        async for page in await client.reactions_list(limit=2):
            seen += [item["message"]["ts"] for item in page["items"]]
        assert seen == sent[::-1]
        assert (await client.reactions_list(user=ONCALL))["items"] == []

    async def test_a_message_takes_fifty_kinds_and_a_person_twenty_three_of_them(self, client, slack):
        message = slack.state.message(OPS, await posted(client, OPS))
        slack.workspace.emoji = {f"emoji_{number}": "https://x.example/e.png" for number in range(50)}
        for number in range(50):
            message.reactions[f"emoji_{number}"] = [ONCALL]
        assert await error_of(client.reactions_add(channel=OPS, timestamp=message.ts, name="eyes")) == "too_many_emoji"
        for number in range(23):
            message.reactions[f"emoji_{number}"].append(BOT)
        more = client.reactions_add(channel=OPS, timestamp=message.ts, name="emoji_40")
        assert await error_of(more) == "too_many_reactions"


class TestPins:
    async def test_a_pin_is_on_the_message_and_in_the_channels_list(self, client, slack, app):
        first, second = await posted(client, OPS, "first"), await posted(client, OPS, "second")
        await client.pins_add(channel=OPS, timestamp=first)
        marks.pin(slack, ONCALL, slack.state.message(OPS, second))
        slack.state.message(OPS, second).pinned["pinned_ts"] += 1  # both in one second is no order
        items = (await client.pins_list(channel=OPS))["items"]
        assert [(item["message"]["text"], item["created_by"]) for item in items] == [("second", ONCALL), ("first", BOT)]
        assert slack.messages(OPS)[0]["pinned_to"] == [OPS]
        assert (await client.conversations_history(channel=OPS))["pin_count"] == 2
        await until(lambda: len(app.events("pin_added")) == 2)
        assert app.events("pin_added")[0]["channel_id"] == OPS

    async def test_it_is_there_once_and_can_be_taken_off_once(self, client, slack, app):
        ts = await posted(client, OPS)
        await client.pins_add(channel=OPS, timestamp=ts)
        assert await error_of(client.pins_add(channel=OPS, timestamp=ts)) == "already_pinned"
        await client.pins_remove(channel=OPS, timestamp=ts)
        assert await error_of(client.pins_remove(channel=OPS, timestamp=ts)) == "no_pin"
        assert "pinned_to" not in slack.messages(OPS)[0]
        await until(lambda: app.events("pin_removed"))
        assert app.events("pin_removed")[0]["has_pins"] is False

    async def test_a_channel_holds_a_hundred(self, client, slack):
        for number in range(101):
            slack.state.message(OPS, await slack.post_as(ONCALL, OPS, str(number)))
        *first, last = slack.state.messages[OPS].values()
        for message in first:
            marks.pin(slack, ONCALL, message)
        assert await error_of(client.pins_add(channel=OPS, timestamp=last.ts)) == "too_many_pins"


class TestBookmarks:
    async def test_a_link_is_added_edited_listed_and_removed(self, client):
        link = {"channel_id": SECRET, "title": "Runbook", "type": "link", "link": "https://x.example/1"}
        made = (await client.bookmarks_add(**link, emoji=":book:"))["bookmark"]
        await client.bookmarks_edit(channel_id=SECRET, bookmark_id=made["id"], title="Runbook 2")
        (listed,) = (await client.bookmarks_list(channel_id=SECRET))["bookmarks"]
        assert (listed["title"], listed["link"], listed["emoji"]) == ("Runbook 2", "https://x.example/1", ":book:")
        await client.bookmarks_remove(channel_id=SECRET, bookmark_id=made["id"])
        assert (await client.bookmarks_list(channel_id=SECRET))["bookmarks"] == []
        assert await error_of(client.bookmarks_remove(channel_id=SECRET, bookmark_id=made["id"])) == "not_found"

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"type": "folder"}, "invalid_bookmark_type"),
            ({"link": "ftp://x.example"}, "invalid_link"),
            ({"link": None}, "invalid_link"),
            ({"emoji": "book"}, "invalid_emoji"),
            ({"title": "x" * 257}, "invalid_arguments"),
            ({"channel_id": "C0NONE"}, "channel_not_found"),
        ],
    )
    async def test_what_is_no_link_is_refused_and_leaves_nothing(self, client, slack, changed, error):
        link = {"channel_id": OPS, "title": "Runbook", "type": "link", "link": "https://x.example/1"} | changed
        assert await error_of(client.bookmarks_add(**link)) == error
        assert slack.state.channels[OPS].bookmarks == []
