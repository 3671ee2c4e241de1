"""What people are shown of what they can do: `/pm`, `/pm help …`, App Home, and what is offered to others."""

import re
from typing import Any

import pytest

from bot.demo.world import World, slack_id
from bot.drawing.buttons import offers
from bot.permissions import DEFAULT_GRANTS
from localslack.blockkit import check_blocks
from tests.conftest import OPS, SECURITY_CHANNEL, asked, card, cards, until, whispers
from tests.integration.action_examples import REGISTRY

ROLES = ["role remove", "role add", "role set"]
FLAG = ["flag", "flag check", "flag off", "flag allow", "flag clear", "flag on", "flag rollout"]
FLAGS = ["flags", "flags stale", "flags off", "flags on"]
DELIVERABILITY = [
    *("campaign", "ip", "mailbox", "domain check"),
    *("campaign pause", "ip quarantine", "mailbox pause", "campaign pause where", "mailbox pause where"),
    *("campaign resume", "ip return", "mailbox resume"),
]


async def answered(around: World, text: str, by: str = "root") -> str:
    """What somebody is told in private for what they typed."""
    before = len(whispers(around, by))
    await around.slack.command(slack_id(by), OPS, text)
    return (await until(lambda: whispers(around, by)[before:]))[-1].replace("\u2060", "")


def blocks_of(around: World, who: str) -> list[dict[str, Any]]:
    seen = [one for one in around.slack.messages(OPS, slack_id(who)) if one.get("is_ephemeral")]
    return seen[-1]["blocks"]


def commands_in(text: str) -> list[str]:
    """The commands listed, as their lines begin."""
    return re.findall(r"^/pm (.+?) ·", text, re.MULTILINE)


def lines_between(text: str, begins: str, ends: str) -> str:
    return text.partition(f"\n{begins}\n")[2].partition(f"\n{ends}\n")[0]


async def home_of(around: World, who: str) -> list[dict[str, Any]]:
    await around.slack.open_home(slack_id(who))
    view = await until(lambda: around.slack.home(slack_id(who)))
    assert check_blocks(view["blocks"], "home") == []
    return view["blocks"]


def said(blocks: list[dict[str, Any]]) -> str:
    return "\n".join(line for block in blocks for line in lines_of(block))


def lines_of(block: dict[str, Any]) -> list[str]:
    if block["type"] == "header":
        return [block["text"]["text"]]
    sections = block["elements"] if block["type"] == "rich_text" else []
    return ["".join(str(element.get("text", "")) for element in section["elements"]) for section in sections]


def buttons_in(blocks: list[dict[str, Any]]) -> list[str]:
    actions = [block for block in blocks if block["type"] == "actions"]
    return [element["text"]["text"] for block in actions for element in block["elements"]]


class TestOverview:
    async def test_commands_stand_under_what_they_are_about(self, bot_world: World) -> None:
        """In the order in which one works: look, limit the damage, change; nothing is cut off."""
        text = await answered(bot_world, "/pm")
        assert check_blocks(blocks_of(bot_world, "root"), "message") == []
        groups = {
            title: names.split(", ") for title, names in re.findall(r"^([A-Z][a-z ]+) · (.+)$", text, re.MULTILINE)
        }
        first = ["Staff and roles", "Queues", "Flags", "Temporary changes", "Requests", "Tenants and billing"]
        assert [one for one in groups if one in first] == first
        working = [
            *("roles", "who", "my access"),
            *("revoke", "suspend", "role remove"),
            *("reinstate", "role add", "role set"),
        ]
        assert [one for one in groups["Staff and roles"] if one in working] == working
        assert groups["This bot"]
        assert "…" not in text

    async def test_who_may_do_little_is_told_what_each_is_for(self, bot_world: World) -> None:
        assert "/pm revoke me · Sign yourself out everywhere." in await answered(bot_world, "/pm", "maria.lindgren")

    async def test_only_what_the_role_allows_is_listed(self, bot_world: World) -> None:
        """Quality may look at flags and at their own access, and do what everybody may."""
        text = await answered(bot_world, "/pm", "maria.lindgren")
        allowed = DEFAULT_GRANTS["qa"]
        theirs = {verb for verb, one in REGISTRY.by_verb.items() if one.permission in allowed}
        own = {f"{verb} me" for verb, one in REGISTRY.by_verb.items() if one.on_oneself and verb not in theirs}
        assert set(commands_in(text)) == theirs | own
        assert {"my access", "revoke me", "flags", "requests"} <= theirs | own

    async def test_what_nobody_types_is_not_listed(self, bot_world: World) -> None:
        assert "Restore a flag" not in await answered(bot_world, "/pm")


class TestTopics:
    @pytest.mark.parametrize(
        ("topic", "verbs"),
        [("role", ROLES), ("flag", FLAG), ("deliverability all", DELIVERABILITY), ("FLAGS", FLAGS)],
    )
    async def test_several_commands_are_listed(self, bot_world: World, topic: str, verbs: list[str]) -> None:
        """Those that begin with the word, or all about the thing."""
        text = await answered(bot_world, f"/pm help {topic}")
        listed = commands_in(text)
        assert len(listed) == len(verbs)
        assert all(line.startswith(verb) for line, verb in zip(listed, verbs, strict=True))

    async def test_of_many_commands_the_first_are_explained_and_the_rest_named(self, bot_world: World) -> None:
        """Looking, then what limits damage; what cannot be undone, or is for many, is a name and one click away."""
        text = await answered(bot_world, "/pm help user")
        shown = [line.split(" someone@")[0] for line in commands_in(text)]
        assert (set(shown[:2]), set(shown[2:4])) == ({"user", "user audit"}, {"user revoke", "user suspend"})
        assert len(shown) == 7
        named = text.partition("\nAlso · ")[2].partition("\n")[0].split(", ")
        assert {"user erase", "user suspend where"} <= set(named)
        assert named[-1].endswith(" where")
        [everything] = buttons_in(blocks_of(bot_world, "root"))
        assert everything == f"Explain all {len(shown) + len(named)}"
        [said] = [one for one in bot_world.slack.messages(OPS, slack_id("root")) if one.get("is_ephemeral")]
        await bot_world.slack.click(slack_id("root"), said["ts"], OPS, everything)
        explained = (await until(lambda: whispers(bot_world, "root")[1:]))[-1]
        assert len(commands_in(explained.replace("\u2060", ""))) == len(shown) + len(named)

    async def test_a_command_names_those_that_do_the_same_to_others(self, bot_world: World) -> None:
        """Whoever knows `suspend` finds out that users have one of their own, and many users another."""
        text = await answered(bot_world, "/pm help suspend")
        assert "Similar commands · user suspend, user suspend where" in text
        assert "Similar commands" not in await answered(bot_world, "/pm help readonly on")

    @pytest.mark.parametrize(
        ("command", "example"),
        [
            ("flag off", "/pm flag off ai-composer for acme for 8h because of ticket 812"),
            ("role add", "/pm role add user_manager to @staffer for 8h because of ticket 812"),
            ("pause", '/pm pause "Acme Corp" in email-sending for 2h because of ticket 812'),
            ("extend", "/pm extend 12 by 8h because of ticket 812"),
            ("my access", "/pm my access"),
        ],
    )
    async def test_one_command_is_explained_with_an_example(self, bot_world: World, command: str, example: str) -> None:
        text = await answered(bot_world, f"/pm help {command}")
        assert text.startswith(f"/pm {command}")
        assert text.splitlines()[-1] == f"Example · {example}"

    async def test_who_decides_is_said(self, bot_world: World) -> None:
        """Also that some roles take more than others."""
        text = await answered(bot_world, "/pm help role")
        assert (
            "Needs an approval by security or super admin. For super admin, security and finance, 2 are needed." in text
        )

    async def test_the_words_before_a_parameter_are_the_commands_own(self, bot_world: World) -> None:
        text = await answered(bot_world, "/pm help role remove")
        assert "from @staffer · a staff member" in text

    async def test_who_may_not_is_told_so_and_may_ask_for_the_role(self, bot_world: World) -> None:
        text = await answered(bot_world, "/pm help role add", "support")
        assert "You can't use it with your roles." in text
        assert buttons_in(blocks_of(bot_world, "support")) == ["Request the role user manager …"]

    async def test_the_button_says_what_it_does(self, bot_world: World) -> None:
        """And opens the form."""
        await answered(bot_world, "/pm help role add")
        assert buttons_in(blocks_of(bot_world, "root")) == ["Add a role …"]

    async def test_other_words_for_it_are_said_and_lead_there(self, bot_world: World) -> None:
        """Whoever knows it by another name finds it, and learns ours."""
        text = await answered(bot_world, "/pm help sign out")
        assert text.startswith("/pm revoke @staffer because …")
        assert "Also understood · sign out, signout, log out" in text
        several = await answered(bot_world, "/pm help block")
        assert commands_in(several) == [
            "pause queue-or-tenant [in queue] [for 2h] because …",
            "suspend @staffer [for 2h] because …",
        ]

    async def test_a_topic_that_is_none_is_answered_with_those_like_it(self, bot_world: World) -> None:
        text = await answered(bot_world, "/pm help rolle")
        assert "No command “rolle”. Did you mean role" in text
        assert "Explain role" in buttons_in(blocks_of(bot_world, "root"))
        assert "Did you mean" not in await answered(bot_world, "/pm help xyzzy")


class TestHome:
    async def test_buttons_are_few_and_what_limits_damage_comes_first(self, bot_world: World) -> None:
        """At most ten, whatever somebody may do."""
        offered = buttons_in(await home_of(bot_world, "root"))
        limiting = {offers(one) for one in REGISTRY.by_verb.values() if one.containment}
        assert {"Sign somebody out …", "Suspend somebody …"} <= set(offered[:5]) <= limiting
        assert len(offered) == 10
        manager = buttons_in(await home_of(bot_world, "maria.costa"))
        assert set(manager[:3]) <= limiting
        assert {"Remove a role …", "Add a role …"} <= set(manager)

    async def test_what_is_on_hold_can_be_ended_by_whoever_set_it(self, bot_world: World) -> None:
        """And by operations and security; others see it all the same, if they may see holds."""
        await asked(bot_world, "/pm pause email-sending for 2h because bounces", by="kofi")
        await bot_world.slack.click(slack_id("kofi"), card(bot_world)["ts"], OPS, "approve")
        await until(lambda: "Paused email-sending" in card(bot_world)["text"])
        for who in ("kofi", "oncall"):
            blocks = await home_of(bot_world, who)
            assert "Pause email-sending for 2 h, by Kofi Adjei (request 1), until" in said(blocks)
            assert "End request 1" in buttons_in(blocks)
        seen = await home_of(bot_world, "support")
        assert "Pause email-sending for 2 h, by" in said(seen)
        assert "End request 1" not in buttons_in(seen)
        assert "Temporary changes" not in said(await home_of(bot_world, "finance"))

    async def test_the_end_button_asks_for_the_end(self, bot_world: World) -> None:
        """Decided as resuming: its card is where that is decided."""
        await asked(bot_world, "/pm pause email-sending for 2h because bounces", by="oncall")
        await bot_world.slack.click(slack_id("oncall"), card(bot_world)["ts"], OPS, "approve")
        await until(lambda: "Paused email-sending" in card(bot_world)["text"])
        await home_of(bot_world, "oncall")
        home = bot_world.slack.home(slack_id("oncall"))
        assert home is not None
        await bot_world.slack.click(slack_id("oncall"), home["id"], None, "End request 1")
        await until(lambda: len(cards(bot_world)) == 2)
        assert "waiting for operations or a super admin" in card(bot_world)["text"]

    async def test_requests_are_said_in_words(self, bot_world: World) -> None:
        """No state as the database has it."""
        await asked(bot_world)
        text = said(await home_of(bot_world, "oncall"))
        assert "Request 1: Sign out Priya Raghunathan everywhere, waiting for security or a super admin" in text
        assert "staff." not in text


class TestOffers:
    async def offered(self, around: World, text: str, label: str, channel: str) -> str:
        """Somebody without the role asks for it, and hands the wish on."""
        assert "You can't use /pm" in await answered(around, text, "support")
        assert label in buttons_in(blocks_of(around, "support"))
        whisper = [one for one in around.slack.messages(OPS, slack_id("support")) if one.get("is_ephemeral")][-1]
        await around.slack.click(slack_id("support"), whisper["ts"], OPS, label)
        return (await until(lambda: [one for one in cards(around, channel) if "Léa Marchand" in one["text"]]))[-1][
            "text"
        ]

    async def test_a_role_is_asked_of_security(self, bot_world: World) -> None:
        """All that was said stands there, as people say it."""
        wish = await self.offered(
            bot_world,
            "/pm role add user_manager to @staffer for 14d because covers for Maria",
            "Ask security to add a role",
            SECURITY_CHANNEL,
        )
        assert "asks security to add user manager to Priya Raghunathan for 14 d" in wish
        assert "covers for Maria" in wish

    async def test_a_flag_is_asked_of_operations(self, bot_world: World) -> None:
        """As far as they said which."""
        wish = await self.offered(bot_world, "/pm flag off ai-composer", "Ask operations to turn off a flag", OPS)
        assert "asks operations to turn off ai-composer" in wish

    async def test_a_wish_may_be_vague(self, bot_world: World) -> None:
        wish = await self.offered(bot_world, "/pm flag off", "Ask operations to turn off a flag", OPS)
        assert "asks operations to turn off a flag" in wish

    async def test_a_choice_says_of_what(self, bot_world: World) -> None:
        """`Role add Maria Costa` would be no sentence."""
        text = await answered(bot_world, "/pm role add finance to maria because budget")
        assert "2 staff members match “maria”" in text
        assert "Request: add a role: Maria Costa (support and user manager)" in buttons_in(blocks_of(bot_world, "root"))

    async def test_a_slip_of_the_pen_keeps_two_words_together(self, bot_world: World) -> None:
        text = await answered(bot_world, "/pm rol add finance to @staffer because budget")
        assert "Did you mean role add" in text
        assert "Request: add a role: finance" in buttons_in(blocks_of(bot_world, "root"))
