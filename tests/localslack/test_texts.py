"""Texts as Slack keeps them: people's with a rich_text block, the app's escaped and with links."""

import pytest

from tests.conftest import until
from tests.localslack.playing import BOT, ONCALL, OPS, SECURITY


def said(slack):
    return slack.messages(OPS)[-1]


def leaf(text, **style):
    return {"type": "text", "text": text} | ({"style": style} if style else {})


async def elements(slack, text):
    await slack.post_as(ONCALL, OPS, text)
    (block,) = said(slack)["blocks"]
    assert (block["type"], bool(block["block_id"])) == ("rich_text", True)
    return block["elements"]


class TestPeople:
    async def test_what_they_type_comes_with_a_rich_text_block(self, slack, app):
        await slack.mention(ONCALL, OPS, "hello @security in #operations, see https://x.example/a?b=1&c=2 :wave: A & B")
        expected = [
            {"type": "user", "user_id": BOT},
            leaf(" hello "),
            {"type": "user", "user_id": SECURITY},
            leaf(" in "),
            {"type": "channel", "channel_id": OPS},
            leaf(", see "),
            {"type": "link", "url": "https://x.example/a?b=1&c=2"},
            leaf(" "),
            {"type": "emoji", "name": "wave"},
            leaf(" A & B"),
        ]
        (event,) = await until(lambda: app.events("app_mention"))
        assert event["blocks"][0]["elements"] == [{"type": "rich_text_section", "elements": expected}]
        assert "&amp;c=2> :wave: A &amp; B" in event["text"]

    async def test_an_e_mail_address_is_a_link_that_says_it(self, slack):
        """As Slack sends it: apps that read commands from messages have to take it apart."""
        (section,) = await elements(slack, "revoke anna@x.example, see https://u@x.example/a@b.example")
        assert said(slack)["text"] == (
            "revoke <mailto:anna@x.example|anna@x.example>, see <https://u@x.example/a@b.example>"
        )
        link = {"type": "link", "url": "mailto:anna@x.example", "text": "anna@x.example"}
        assert section["elements"][:3] == [leaf("revoke "), link, leaf(", see ")]

    async def test_styles_may_lie_in_each_other(self, slack):
        (section,) = await elements(slack, "a *b _c_* ~d~ `e*f*` :+1::skin-tone-3: <!here> 2*3*4")
        assert section["elements"][:4] == [
            leaf("a "),
            leaf("b ", bold=True),
            leaf("c", bold=True, italic=True),
            leaf(" "),
        ]
        assert section["elements"][4:7] == [leaf("d", strike=True), leaf(" "), leaf("e*f*", code=True)]
        assert section["elements"][8] == {"type": "emoji", "name": "+1", "skin_tone": 3}
        assert section["elements"][-1] == leaf(" <!here> 2*3*4")

    async def test_quotes_and_code_stand_by_themselves(self, slack):
        said, quote, code, after = await elements(slack, "look\n> one\n> two\n```\nif a < b:\n  *c*\n```\nthere")
        assert (said["type"], said["elements"]) == ("rich_text_section", [leaf("look")])
        assert (quote["type"], quote["elements"]) == ("rich_text_quote", [leaf("one\ntwo")])
        assert (code["type"], code["elements"]) == ("rich_text_preformatted", [leaf("if a < b:\n  *c*")])
        assert (after["type"], after["elements"]) == ("rich_text_section", [leaf("there")])

    async def test_what_is_edited_is_written_anew(self, slack):
        ts = await slack.post_as(ONCALL, OPS, "helo")
        await slack.edit(ONCALL, OPS, ts, "hello *you*")
        assert said(slack)["blocks"][0]["elements"][0]["elements"] == [leaf("hello "), leaf("you", bold=True)]


class TestTheApp:
    @pytest.mark.parametrize(
        ("posted", "kept"),
        [
            ("Tom & Jerry, R&amp;D", "Tom &amp; Jerry, R&amp;D"),
            ("if a < b > c", "if a &lt; b &gt; c"),
            ("see https://x.example/a?b=1&c=2.", "see <https://x.example/a?b=1&amp;c=2>."),
            ("(https://x.example/a)", "(<https://x.example/a>)"),
            ("<https://x.example|there> <@U0ONCALL> <!here>", "<https://x.example|there> <@U0ONCALL> <!here>"),
            ("ask anna@x.example!", "ask anna@x.example!"),
            ("*https://x.example*", "*<https://x.example>*"),
        ],
    )
    async def test_its_text_is_escaped_and_addresses_are_links(self, client, slack, posted, kept):
        answer = await client.chat_postMessage(channel=OPS, text=posted)
        assert answer["message"]["text"] == said(slack)["text"] == kept
        again = await client.chat_update(channel=OPS, ts=answer["ts"], text=kept)
        assert again["text"] == kept

    async def test_parse_none_leaves_addresses_alone(self, client, slack):
        await client.chat_postMessage(channel=OPS, text="https://x.example & more", parse="none")
        assert said(slack)["text"] == "https://x.example &amp; more"

    async def test_an_answer_to_a_command_is_kept_alike(self, slack, app):
        app.answers = [{"text": "A & https://x.example"}]
        await slack.command(ONCALL, OPS, "/pm x")
        assert slack.messages(OPS, ONCALL)[-1]["text"] == "A &amp; <https://x.example>"
