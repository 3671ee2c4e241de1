"""The conversations that are no main road: every way in, every way out, as people see them."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.demo.seed import token_for
from bot.demo.world import World, slack_id
from bot.drawing.fallback import fallback
from tests.conftest import (
    OPS,
    SECURITY_CHANNEL,
    asked,
    card,
    cards,
    idle,
    pressing,
    reject,
    running_bot,
    undo,
    until,
    whispers,
)
from tests.integration.test_notices import direct


async def approve(around: World, by: str = "security", channel: str = OPS) -> None:
    await around.slack.click(slack_id(by), card(around, channel)["ts"], channel, "approve")


def chosen(form: dict[str, Any], name: str) -> Any:
    """What a form's field was filled with."""
    return next(block["element"]["initial_option"] for block in form["blocks"] if block.get("block_id") == name)


async def card_says(around: World, text: str, channel: str = OPS) -> str:
    return await until(lambda: next((one["text"] for one in cards(around, channel) if text in one["text"]), None))


async def hears(around: World, who: str, text: str, channel: str = OPS) -> str:
    return await until(lambda: next((one for one in whispers(around, who, channel) if text in one), None))


async def dashboard(around: World, token: str) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        url = f"{around.platform_url}/dashboard/users"
        return (await client.get(url, headers={"Authorization": f"Bearer {token}"})).status_code


KINDS = "SELECT kind FROM pmbot.audit_log WHERE kind NOT IN ('linked', 'ruled') ORDER BY id"


class TestVerification:
    async def test_a_lost_notification_shows_as_not_yet_in_force_until_it_is(self, bot_world: World) -> None:
        """The gateway answers from its cache; the card says so, and is right again when the cache ends."""
        await asked(bot_world)
        bot_world.gateway.deaf = True
        bot_world.gateway.memory.forget_all()
        bot_world.gateway.memory.seconds = 3600
        assert await dashboard(bot_world, token_for("staffer", 1)) == 200  # from here on it is remembered
        await approve(bot_world)
        not_yet = await card_says(bot_world, "Not yet in force")
        assert "confirmed by the platform" not in not_yet
        assert await dashboard(bot_world, token_for("staffer", 1)) == 200
        bot_world.gateway.memory.forget_all()
        await card_says(bot_world, "confirmed by the platform")
        assert await dashboard(bot_world, token_for("staffer", 1)) == 401

    async def test_without_a_platform_to_ask_the_card_says_recorded(self, surroundings: World) -> None:
        """Never "verified" when nobody was asked."""
        async with running_bot(surroundings, platform_url=None):
            await asked(surroundings)
            await approve(surroundings)
            text = await card_says(surroundings, "recorded, not verified")
            assert "confirmed" not in text


class TestDeciding:
    async def test_security_revokes_on_their_own_word(self, bot_world: World) -> None:
        """They see the impact first and confirm it themselves."""
        shown = await asked(bot_world, by="security")
        assert (
            "waiting for Amara Okonkwo to confirm (Ingrid Sørensen, Nadia El-Haddad can also confirm)" in shown["text"]
        )
        await approve(bot_world)
        assert "confirmed by Amara Okonkwo" in await card_says(bot_world, "Signed out")

    @pytest.mark.parametrize("who", ["oncall", "support", "maria.lindgren"])
    async def test_everybody_signs_themselves_out_with_one_click(self, bot_world: World, sql, who: str) -> None:
        """A device is lost: whatever their roles; verified, on record, and nobody else's word is needed."""
        shown = await asked(bot_world, "/pm revoke me because lost my phone", by=who)
        assert "to confirm" in shown["text"]
        assert "become" not in shown["text"]
        await bot_world.slack.click(slack_id("security"), shown["ts"], OPS, "approve")
        await hears(bot_world, "security", "It needs the person who asked")
        await approve(bot_world, who)
        assert "lost my phone" in await card_says(bot_world, "confirmed by the platform")
        assert re.search("sessions? ended at|no active session left", card(bot_world)["text"])
        kinds = [kind for (kind,) in sql(KINDS)]
        assert kinds[:3] == ["asked", "decided", "executed"]

    async def test_signing_oneself_out_says_what_becomes_void_with_it(self, bot_world: World, sql) -> None:
        """Whoever has the phone may have asked for it: what is open is taken back, after it was said."""
        await asked(bot_world, "/pm suspend @staffer because laptop stolen")
        shown = await asked(bot_world, "/pm revoke me because lost my phone")
        assert "their 1 open request no longer counts" in shown["text"]
        await approve(bot_world, "oncall")
        await card_says(bot_world, "Signed out Óscar Peñalver")
        await until(lambda: sql("SELECT state FROM pmbot.proposals WHERE number = 1") == [("cancelled",)])

    async def test_without_the_role_it_is_for_oneself_alone(self, bot_world: World, sql) -> None:
        """A colleague's sessions still take the role; what is possible is offered beside."""
        await bot_world.slack.command(slack_id("support"), OPS, "/pm revoke @staffer because x")
        await hears(bot_world, "support", "You can't use /pm revoke")
        [said] = [one for one in bot_world.slack.messages(OPS, slack_id("support")) if one.get("is_ephemeral")]
        rows = [block["elements"] for block in said["blocks"] if block["type"] == "actions"]
        offered = [one["text"]["text"] for row in rows for one in row]
        assert offered == [
            "Request the role operations …",
            "Ask security to sign somebody out",
            "Sign yourself out everywhere …",
        ]
        assert sql("SELECT count(*) FROM pmbot.proposals") == [(0,)]

    async def test_reinstating_always_takes_a_second_person(self, bot_world: World, sql) -> None:
        """Also for those who suspend on their own word; the platform then lets the person in again."""
        await asked(bot_world, "/pm suspend @staffer because laptop stolen", by="security")
        await approve(bot_world)
        suspended = await card_says(bot_world, "Suspended Priya Raghunathan")
        assert "confirmed by the platform" in await card_says(bot_world, "confirmed by the platform"), suspended
        await asked(bot_world, "/pm reinstate @staffer because laptop found", by="security")
        await approve(bot_world)
        await hears(bot_world, "security", "somebody else has to approve it")
        await approve(bot_world, "nadia")
        await card_says(bot_world, "Reinstated Priya Raghunathan")
        assert sql("SELECT status FROM users WHERE email LIKE 'staffer@%%'") == [("active",)]

    async def test_the_undo_button_asks_for_the_inverse_and_marks_the_original(self, bot_world: World) -> None:
        """Taking a suspension back is a request of its own; a second click is told so."""
        first = await asked(bot_world, "/pm suspend @staffer because laptop stolen", by="security")
        await approve(bot_world)
        await card_says(bot_world, "confirmed by the platform")
        form = await pressing(bot_world, first["ts"], "security", "undo")
        another = await pressing(bot_world, first["ts"], "nadia", "undo")
        assert len(cards(bot_world)) == 1  # nothing is asked for by looking
        await bot_world.slack.submit(slack_id("security"), form, {"reason": {"reason": "found in a drawer"}})
        await until(lambda: len(cards(bot_world)) == 2)
        assert "found in a drawer" in card(bot_world)["text"]
        await until(lambda: "Undo asked for" in cards(bot_world)[0]["text"])
        assert "|request 2>" in cards(bot_world)[0]["text"]
        assert "Reinstate" not in str(cards(bot_world)[0]["blocks"])
        await bot_world.slack.submit(slack_id("nadia"), another, {"reason": {"reason": "so it was me"}})
        direct = bot_world.slack.state.direct_id([slack_id("nadia")])
        assert "|open card>" in await hears(bot_world, "nadia", "already asked to undo this: request 2.", direct)
        await approve(bot_world, "nadia")
        await card_says(bot_world, "Reinstated Priya Raghunathan")
        over = await until(lambda: text if "Undone" in (text := cards(bot_world)[0]["text"]) else None)
        assert "In force from" in over
        assert "asked by Amara Okonkwo, approved by Nadia El-Haddad." in over
        for no_longer_true in ("cannot sign in", "has refused", "refuses"):
            assert no_longer_true not in over
        await bot_world.slack.click(slack_id("security"), first["ts"], OPS, "details")
        told = await hears(bot_world, "security", "Only you see this")
        for part in (
            "Reason: laptop stolen",
            "Asked: by Amara",
            "confirmed by Amara",
            "by the platform",
            "The situation when this was requested",
        ):
            assert part in told

    async def test_the_undo_button_is_back_when_the_request_ended_without_effect(self, bot_world: World) -> None:
        """As long as somebody decides about it, the card says so instead."""
        first = await asked(bot_world, "/pm suspend @staffer because laptop stolen", by="security")
        await approve(bot_world)
        await card_says(bot_world, "confirmed by the platform")
        await undo(bot_world, first["ts"], "security")
        await until(lambda: "Undo asked for" in cards(bot_world)[0]["text"])
        await reject(bot_world, card(bot_world)["ts"], "nadia")
        await until(lambda: "Undo asked for" not in cards(bot_world)[0]["text"])
        assert "Reinstate Priya Raghunathan …" in str(cards(bot_world)[0]["blocks"])

    async def test_nobody_is_asked_why_who_may_not_take_it_back(self, bot_world: World) -> None:
        """Refused before the form, not after it was filled in."""
        first = await asked(bot_world, "/pm suspend @staffer because laptop stolen", by="security")
        await approve(bot_world)
        await card_says(bot_world, "confirmed by the platform")
        await bot_world.slack.click(slack_id("support"), first["ts"], OPS, "undo")
        await hears(bot_world, "support", "You can't use /pm reinstate")
        assert not bot_world.slack.views(slack_id("support"))

    async def test_a_form_that_slack_no_longer_opens_is_one_click_away(self, bot_world: World) -> None:
        """The trigger of a click lives for three seconds."""
        first = await asked(bot_world, "/pm suspend @staffer because laptop stolen", by="security")
        await approve(bot_world)
        await card_says(bot_world, "confirmed by the platform")
        bot_world.slack.state.trigger_seconds = 0
        await bot_world.slack.click(slack_id("security"), first["ts"], OPS, "undo")
        await hears(bot_world, "security", "Slack could not open the form in time.")

    async def test_a_rejection_says_who_and_takes_the_buttons_away(self, bot_world: World) -> None:
        shown = await asked(bot_world)
        await reject(bot_world, shown["ts"], reason="she works from home today")
        text = await card_says(bot_world, "rejected by Amara Okonkwo")
        assert "she works from home today" in text
        assert text.count("rejected") == 2  # how it ended, and who
        assert not [block for block in card(bot_world)["blocks"] if block["type"] == "actions"]

    async def test_a_finished_revocation_offers_to_suspend(self, bot_world: World) -> None:
        """One click more when signing out turns out not to be enough."""
        await asked(bot_world)
        await approve(bot_world)
        await card_says(bot_world, "Signed out")
        await until(lambda: "confirmed" in card(bot_world)["text"])
        await bot_world.slack.click(slack_id("security"), card(bot_world)["ts"], OPS, "Suspend …")
        form = (await until(lambda: bot_world.slack.views(slack_id("security"))))[-1]
        assert "laptop stolen" not in str(form)
        assert len(cards(bot_world)) == 1
        values = {"staffer": {"staffer": chosen(form, "staffer")}, "reason": {"reason": "they came back"}}
        await bot_world.slack.submit(slack_id("security"), form["id"], values)
        text = await card_says(bot_world, "Suspend Priya Raghunathan")
        assert "they came back" in text

    async def test_a_form_is_good_as_soon_as_it_is_open(
        self, bot_world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also while the payload that opened it is still being handled: sent back then, it is not too old."""
        opened, answers = AsyncWebClient.views_open, []

        async def and_sent_back(client: AsyncWebClient, **call: Any) -> Any:
            answer = await opened(client, **call)
            values = {"reason": {"reason": "laptop stolen"}}
            answers.append(await bot_world.slack.submit(slack_id("oncall"), answer["view"]["id"], values))
            return answer

        monkeypatch.setattr(AsyncWebClient, "views_open", and_sent_back)
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm revoke @staffer")
        await card_says(bot_world, "laptop stolen")
        assert [one.errors for one in answers] == [{}]

    async def test_a_double_click_on_an_offer_asks_once(self, bot_world: World, sql) -> None:
        """Two clicks are two payloads; the button they came from was used by the first."""
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm revoke maria because odd sign-ins")
        await hears(bot_world, "oncall", "Which one?")
        whisper = [one for one in bot_world.slack.messages(OPS, slack_id("oncall")) if one.get("is_ephemeral")][-1]
        click = bot_world.slack.click
        name = "Request: sign out Maria Costa (support and user manager)"
        await asyncio.gather(*(click(slack_id("oncall"), whisper["ts"], OPS, name) for _ in range(3)))
        await hears(bot_world, "oncall", "That button was already used")
        await idle(sql)
        assert sql("SELECT count(*) FROM pmbot.proposals") == [(1,)]


class TestBreakingTheGlass:
    async def test_on_call_runs_it_alone_announced_and_reviewed(self, bot_world: World, sql) -> None:
        """It runs at once; security read it in their channel, and somebody who had no part marks it as reviewed."""
        shown = await asked(bot_world)
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "break_glass")
        view = await until(lambda: bot_world.slack.views(slack_id("oncall")))
        asked_for = (
            "Sign out Priya Raghunathan everywhere",
            "Request 1 · asked by",
            "laptop stolen",
            "4 active sessions",
        )
        assert all(words in fallback(view[-1]["blocks"]) for words in asked_for)
        await bot_world.slack.submit(slack_id("oncall"), view[-1]["id"], {"reason": {"reason": "nobody answers"}})
        await card_says(bot_world, "Signed out Priya Raghunathan")
        announced = await card_says(bot_world, "Emergency override", SECURITY_CHANNEL)
        assert "nobody answers" in announced
        await bot_world.slack.click(
            slack_id("oncall"), card(bot_world, SECURITY_CHANNEL)["ts"], SECURITY_CHANNEL, "review"
        )
        await hears(bot_world, "oncall", "somebody else has to review it", SECURITY_CHANNEL)
        await self.asks_about_it(bot_world)
        await bot_world.slack.click(
            slack_id("nadia"), card(bot_world, SECURITY_CHANNEL)["ts"], SECURITY_CHANNEL, "review"
        )
        await card_says(bot_world, "Reviewed by Nadia El-Haddad", SECURITY_CHANNEL)
        kinds = [kind for (kind,) in sql(KINDS)]
        assert {"broke_glass", "questioned", "reviewed"} <= set(kinds)

    async def asks_about_it(self, around: World) -> None:
        """Who runs it is asked in the thread, where they are mentioned, and directly; it stays open."""
        announced = card(around, SECURITY_CHANNEL)["ts"]
        form = await pressing(around, announced, "nadia", "question", SECURITY_CHANNEL)
        answer = await around.slack.submit(slack_id("nadia"), form, {"question": {"question": " "}})
        assert answer.errors == {"question": "Type a question."}
        await around.slack.submit(slack_id("nadia"), form, {"question": {"question": "Whom did you ring?"}})
        asked_there = await until(
            lambda: [one for one in cards(around, SECURITY_CHANNEL) if one.get("thread_ts") == announced != one["ts"]]
        )
        assert f"<@{slack_id('oncall')}>" in asked_there[0]["text"]
        assert "Whom did you ring?" in asked_there[0]["text"]
        told = await until(lambda: [one for one in direct(around, "oncall") if "Whom did you ring?" in one])
        assert "Please answer in" in told[0]
        assert "Needs review" in card(around, SECURITY_CHANNEL)["text"]

    async def test_what_was_decided_meanwhile_needs_no_glass(self, bot_world: World, sql) -> None:
        """The button of an old screen opens no form, and says what became of it."""
        shown = await asked(bot_world)
        bot_world.slack.fault("chat.update", "slow", 9, seconds=5.0)
        await reject(bot_world, shown["ts"])
        await until(lambda: sql("SELECT state FROM pmbot.proposals") == [("rejected",)])
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "break_glass")
        await hears(bot_world, "oncall", "Amara Okonkwo has rejected this request. Nothing was done.")
        assert bot_world.slack.views(slack_id("oncall")) == []

    async def test_only_whoever_is_on_call_may(self, bot_world: World) -> None:
        shown = await asked(bot_world)
        await bot_world.slack.click(slack_id("tomasz"), shown["ts"], OPS, "break_glass")
        await hears(bot_world, "tomasz", "Only the person on call")
        assert "waiting for security" in card(bot_world)["text"]


class TestWaysIn:
    @pytest.mark.parametrize(
        "text",
        ["Priya lost her laptop, <@U0BOT> revoke @staffer because stolen", "revoke @staffer because stolen <@U0BOT>"],
    )
    async def test_what_is_said_to_others_in_the_same_breath_is_no_command(self, bot_world: World, text: str) -> None:
        """What follows the mention counts, or what stands before it when nothing does."""
        await bot_world.slack.mention(slack_id("oncall"), OPS, text)
        assert "Reason   stolen" in await card_says(bot_world, "Sign out Priya Raghunathan everywhere")

    async def test_a_mention_in_a_thread_is_a_command(self, bot_world: World) -> None:
        """Slash commands do not work in threads."""
        ts = await bot_world.slack.post_as(slack_id("root"), OPS, "something is odd")
        await bot_world.slack.mention(slack_id("oncall"), OPS, "revoke @staffer because laptop stolen", thread_ts=ts)
        await card_says(bot_world, "Sign out Priya Raghunathan")

    async def test_a_direct_message_is_a_command(self, bot_world: World) -> None:
        """What it asks for goes to the channel where it can be decided."""
        await bot_world.slack.open_home(slack_id("oncall"))
        channel = next(
            one
            for one in bot_world.slack.state.channels.values()
            if one.kind == "im" and slack_id("oncall") in (one.members or [])
        )
        await bot_world.slack.post_as(slack_id("oncall"), channel.id, "revoke @staffer because laptop stolen")
        await card_says(bot_world, "Sign out Priya Raghunathan")

    async def test_the_form_asks_for_what_is_missing(self, bot_world: World) -> None:
        """The person by type-ahead, the reason; errors stand at their field; the card follows."""
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm revoke")
        view = (await until(lambda: bot_world.slack.views(slack_id("oncall"))))[-1]
        options = await bot_world.slack.suggest(slack_id("oncall"), view["id"], "staffer", "staffer", "pri")
        assert [one["text"]["text"] for one in options] == ["Priya Raghunathan (admin and finance)"]
        chosen = {"staffer": {"staffer": options[0]}, "reason": {"reason": "   "}}
        reply = await bot_world.slack.submit(slack_id("oncall"), view["id"], chosen)
        assert "Say why" in reply.errors["reason"]
        chosen["reason"]["reason"] = "laptop stolen"
        await bot_world.slack.submit(slack_id("oncall"), view["id"], chosen)
        assert "laptop stolen" in await card_says(bot_world, "Sign out Priya Raghunathan")

    @pytest.mark.parametrize("typed", ["pri\0", "\ud92f", "\0"])
    async def test_a_type_ahead_takes_what_the_database_cannot(self, bot_world: World, typed: str) -> None:
        """Nobody types it, but it is answered: found by fuzzing."""
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm revoke")
        [view] = await until(lambda: bot_world.slack.views(slack_id("oncall")))
        await bot_world.slack.suggest(slack_id("oncall"), view["id"], "staffer", "staffer", typed)
        assert [one.status for one in bot_world.slack.deliveries if one.kind == "options"] == [200]

    async def test_a_form_too_late_for_its_trigger_is_offered_as_a_button(self, bot_world: World) -> None:
        """Slack's trigger lives three seconds; nothing is lost when it is over."""
        bot_world.slack.fault("views.open", "refuse", error="expired_trigger_id")
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm revoke")
        await hears(bot_world, "oncall", "could not open the form in time")
        whisper = [one for one in bot_world.slack.messages(OPS, slack_id("oncall")) if one.get("is_ephemeral")][-1]
        await bot_world.slack.click(slack_id("oncall"), whisper["ts"], OPS, "Open form")
        await until(lambda: bot_world.slack.views(slack_id("oncall")))

    async def test_app_home_shows_what_waits_for_whom(self, bot_world: World) -> None:
        """The approver sees the request, the requester theirs, a stranger how to be linked."""
        await asked(bot_world)
        for who, expected in (
            ("security", "Waiting for you"),
            ("oncall", "waiting for security or a super admin"),
            ("stranger", "not linked"),
        ):
            await bot_world.slack.open_home(slack_id(who))
            home = await until(lambda who=who: bot_world.slack.home(slack_id(who)))
            assert expected in str(home["blocks"])
        assert "Sign out Priya Raghunathan everywhere" in str(bot_world.slack.home(slack_id("security"))["blocks"])


class TestHelpFromOthers:
    async def test_the_requester_may_remind_those_who_can_approve(self, bot_world: World, sql) -> None:
        """A direct message to each, once."""
        shown = await asked(bot_world)
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "approve")
        await hears(bot_world, "oncall", "somebody else has to approve it")
        whisper = [one for one in bot_world.slack.messages(OPS, slack_id("oncall")) if one.get("is_ephemeral")][-1]
        await bot_world.slack.click(slack_id("oncall"), whisper["ts"], OPS, "Remind them")
        assert "Amara Okonkwo" in await hears(bot_world, "oncall", "Reminded")
        await bot_world.slack.click(slack_id("oncall"), whisper["ts"], OPS, "Remind them")
        await hears(bot_world, "oncall", "already")
        await idle(sql)
        sent = [
            call
            for call in bot_world.slack.calls
            if call.method == "chat.postMessage" and "asks you to decide" in str(call.args.get("text"))
        ]
        assert 1 <= len(sent) <= 3
        assert len({call.args["channel"] for call in sent}) == len(sent)

    async def test_somebody_without_the_role_hands_it_to_security(self, bot_world: World) -> None:
        """Support may not revoke; security get the wish with a button that asks in their own name."""
        await bot_world.slack.command(slack_id("support"), OPS, "/pm revoke @staffer because saw it for sale")
        await hears(bot_world, "support", "You can't use /pm revoke (your roles: support)")
        whisper = [one for one in bot_world.slack.messages(OPS, slack_id("support")) if one.get("is_ephemeral")][-1]
        await bot_world.slack.click(slack_id("support"), whisper["ts"], OPS, "Ask security to sign somebody out")
        passed = await card_says(bot_world, "Léa Marchand asks", SECURITY_CHANNEL)
        assert "saw it for sale" in passed
        await bot_world.slack.click(
            slack_id("security"), card(bot_world, SECURITY_CHANNEL)["ts"], SECURITY_CHANNEL, "Request: sign out"
        )
        assert "asked by Amara Okonkwo" in await card_says(bot_world, "Sign out Priya", SECURITY_CHANNEL)
