"""Who hears of a request besides its card: each once, none of their own act, and with the way to the card."""

from typing import Any

from bot.demo.world import World, slack_id
from tests.conftest import (
    OPS,
    SECURITY_CHANNEL,
    asked,
    card,
    cards,
    idle,
    reject,
    rejecting,
    undo,
    until,
    whispers,
)

CARD = "/archives/C0OPERATIONS/p"


def direct(around: World, who: str) -> list[str]:
    """What the bot said to somebody in direct messages, as it reads now, oldest first."""
    mine = [one for one in around.slack.state.channels.values() if one.kind == "im" and slack_id(who) in one.members]
    return [item["text"] for one in mine for item in around.slack.messages(one.id, slack_id(who))]


def thread(around: World, ts: str) -> list[dict[str, Any]]:
    """The replies of a message."""
    shown = around.slack.messages(OPS, slack_id("root"))
    return [one for one in shown if one.get("thread_ts") == ts and one["ts"] != ts]


async def told(around: World, who: str, text: str) -> str:
    return await until(lambda: next((one for one in direct(around, who) if text in one), None))


def offered(around: World, who: str, times: int) -> list[dict[str, Any]] | None:
    """The private messages that offer to remind those who decide, once there are so many."""
    seen = around.slack.messages(OPS, slack_id(who))
    found = [one for one in seen if one.get("is_ephemeral") and "Remind them" in str(one["blocks"])]
    return found if len(found) == times else None


async def approve(around: World, by: str = "security") -> None:
    """Once the card can be approved: the message that says so may come before the card changes."""
    shown = await until(lambda: shown if "'approve'" in str((shown := card(around))["blocks"]) else None)
    await around.slack.click(slack_id(by), shown["ts"], OPS, "approve")


class TestWhoeverAsked:
    async def test_hears_once_that_it_is_done_and_by_whom(self, bot_world: World, sql: Any) -> None:
        """With a link to the card; later edits of the card say nothing again."""
        await asked(bot_world)
        await approve(bot_world)
        said = await told(bot_world, "oncall", "Done")
        assert "Signed out Priya Raghunathan everywhere" in said
        assert "approved by Amara Okonkwo" in said
        assert CARD in said
        await idle(sql)
        assert len(direct(bot_world, "oncall")) == 1

    async def test_hears_who_rejected_it_and_why(self, bot_world: World, sql: Any) -> None:
        """The reason of the form, on the card and in the message, each once."""
        shown = await asked(bot_world)
        await reject(bot_world, shown["ts"], reason="she works from home today")
        said = await told(bot_world, "oncall", "Rejected")
        assert "rejected by Amara Okonkwo" in said
        assert said.count("she works from home today") == 1
        await idle(sql)
        assert card(bot_world)["text"].count("she works from home today") == 1

    async def test_hears_who_asked_to_take_it_back_and_who_decided(self, bot_world: World) -> None:
        """Both of them, with the request in which it was."""
        shown = await asked(bot_world, "/pm suspend @staffer because laptop stolen")
        await approve(bot_world)
        await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
        await undo(bot_world, shown["ts"], "security")
        await until(lambda: "Reinstate Priya" in card(bot_world)["text"])
        await approve(bot_world, "root")
        said = await told(bot_world, "oncall", "Undone")
        assert "|request 2>, asked by Amara Okonkwo, approved by Ingrid Sørensen: Suspended Priya" in said

    async def test_hears_nothing_of_their_own_act(self, bot_world: World, sql: Any) -> None:
        """Confirmed or withdrawn by themselves: they know."""
        await asked(bot_world, by="security")
        await approve(bot_world)
        await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
        second = await asked(bot_world, "/pm revoke @tomasz because odd sign-ins")
        await bot_world.slack.click(slack_id("oncall"), second["ts"], OPS, "menu:request", option="Withdraw request")
        await until(lambda: "withdrawn by Óscar Peñalver" in card(bot_world)["text"])
        await idle(sql)
        assert direct(bot_world, "security") + direct(bot_world, "oncall") == []

    async def test_withdraws_with_the_button_that_rejects_for_others(self, bot_world: World, sql: Any) -> None:
        """It says Reject to everybody, so the form says first what that means for them; nobody withdraws another's."""
        shown = await asked(bot_world)
        await bot_world.slack.click(slack_id("security"), shown["ts"], OPS, "menu:request", option="Withdraw request")
        await until(lambda: any("can withdraw this request" in one for one in whispers(bot_world, "security")))
        form = await rejecting(bot_world, shown["ts"], "oncall")
        [view] = bot_world.slack.views(slack_id("oncall"))
        assert (view["title"]["text"], view["submit"]["text"]) == ("Withdraw request", "Withdraw")
        assert "If you withdraw your request, nobody can approve it any more" in view["blocks"][0]["text"]["text"]
        assert sql("SELECT state FROM pmbot.proposals") == [("pending",)]
        await bot_world.slack.submit(slack_id("oncall"), form, {"reason": {"reason": "the laptop is found"}})
        await until(lambda: "withdrawn, nothing was done" in card(bot_world)["text"])
        assert "Withdrawn because the laptop is found" in card(bot_world)["text"]
        assert bot_world.slack.views(slack_id("oncall")) == []

    async def test_withdraws_at_once_where_the_button_says_so(self, bot_world: World) -> None:
        """On a card that they confirm themselves, and in the menu of any other."""
        shown = await asked(bot_world)
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "menu:request", option="Withdraw request")
        await until(lambda: "withdrawn, nothing was done" in card(bot_world)["text"])
        shown = await asked(bot_world, "/pm pause email-sending for 2h because bounces rise")
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "Withdraw request")
        await until(lambda: "withdrawn, nothing was done" in card(bot_world)["text"])
        assert bot_world.slack.views(slack_id("oncall")) == []

    async def test_is_shown_the_way_to_a_card_that_is_posted_elsewhere(self, bot_world: World) -> None:
        """The answer waits for the card, so that its link leads there."""
        await bot_world.slack.open_home(slack_id("oncall"))
        mine = [one for one in bot_world.slack.state.channels.values() if one.kind == "im"]
        channel = next(one for one in mine if slack_id("oncall") in one.members)
        await bot_world.slack.post_as(slack_id("oncall"), channel.id, "revoke @staffer because laptop stolen")
        heard = await until(lambda: [one for one in whispers(bot_world, "oncall", channel.id) if "Request 1" in one])
        assert f"{CARD}{card(bot_world)['ts'].replace('.', '')}|open card>" in heard[0]


class TestThoseWhoDecide:
    async def test_are_mentioned_when_the_card_is_posted(self, bot_world: World) -> None:
        """Slack notifies of mentions at the post alone."""
        shown = await asked(bot_world)
        assert "Can be approved by <@U0SECURITY>, <@U0ROOT>, <@U0NADIA>." in shown["text"]

    async def test_are_asked_again_in_its_thread_when_it_changed(self, bot_world: World, sql: Any) -> None:
        """An edited card notifies nobody: whose approval is void, and who asked, hear of it."""
        shown = await asked(bot_world)
        sql("UPDATE users SET name = 'Priya R.' WHERE email LIKE 'staffer@%%'")
        await approve(bot_world)
        said = await told(bot_world, "oncall", "Needs a new decision")
        assert CARD in said
        replies = await until(lambda: thread(bot_world, shown["ts"]))
        assert "<@U0SECURITY>" in replies[0]["text"]
        await approve(bot_world)
        await until(lambda: "Decided" in thread(bot_world, shown["ts"])[0]["text"])

    async def test_a_reminder_changes_when_it_is_decided(self, bot_world: World) -> None:
        """Nobody looks for a card that needs nobody."""
        shown = await asked(bot_world)
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "approve")
        whisper = await until(
            lambda: [one for one in bot_world.slack.messages(OPS, slack_id("oncall")) if one.get("is_ephemeral")]
        )
        await bot_world.slack.click(slack_id("oncall"), whisper[-1]["ts"], OPS, "Remind them")
        assert CARD in await told(bot_world, "nadia", "asks you to decide")
        await approve(bot_world)
        await told(bot_world, "nadia", "No decision needed any more")
        assert not [one for one in direct(bot_world, "nadia") if "asks you to decide" in one]

    async def test_may_be_reminded_again_once_it_changed(self, bot_world: World, sql: Any) -> None:
        """Of what they have not decided yet."""
        shown = await asked(bot_world)
        reminders = "SELECT count(*) FROM pmbot.messages WHERE projection = 'reminder' AND channel = 'U0NADIA'"
        for number in (1, 2):
            await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "approve")
            offers = await until(lambda number=number: offered(bot_world, "oncall", number))
            await bot_world.slack.click(slack_id("oncall"), offers[-1]["ts"], OPS, "Remind them")
            await until(lambda number=number: sql(reminders) == [(number,)])
            await idle(sql)
            sql("UPDATE users SET name = 'Priya R.' WHERE email LIKE 'staffer@%%'")
            sql("UPDATE pmbot.proposals SET looked = now() - interval '1 hour'")
            await until(lambda: "changed since it was asked for" in card(bot_world)["text"])


class TestBreakingTheGlass:
    async def test_mentions_those_who_look_at_it_afterwards(self, bot_world: World) -> None:
        """And not whoever broke it, though they are the one on call."""
        shown = await asked(bot_world, by="tomasz")
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "break_glass")
        view = (await until(lambda: bot_world.slack.views(slack_id("oncall"))))[-1]
        await bot_world.slack.submit(slack_id("oncall"), view["id"], {"reason": {"reason": "nobody answers"}})
        announced = (await until(lambda: cards(bot_world, SECURITY_CHANNEL)))[-1]["text"]
        assert "<@U0SECURITY>" in announced
        assert "<@U0ONCALL>" not in announced
        assert CARD in announced
        assert "run without approval by Óscar Peñalver" in await told(bot_world, "tomasz", "Done")


class TestRejecting:
    async def test_nobody_is_asked_why_who_may_not_reject(self, bot_world: World) -> None:
        """The refusal comes before the form."""
        shown = await asked(bot_world)
        await bot_world.slack.click(slack_id("support"), shown["ts"], OPS, "reject")
        await until(lambda: whispers(bot_world, "support"))
        assert bot_world.slack.views(slack_id("support")) == []

    async def test_a_form_that_comes_too_late_can_be_done_without(self, bot_world: World) -> None:
        """What was meant is one click away."""
        shown = await asked(bot_world)
        bot_world.slack.fault("views.open", "refuse", error="expired_trigger_id")
        await bot_world.slack.click(slack_id("security"), shown["ts"], OPS, "reject")
        whisper = await until(
            lambda: [one for one in bot_world.slack.messages(OPS, slack_id("security")) if one.get("is_ephemeral")]
        )
        await bot_world.slack.click(slack_id("security"), whisper[-1]["ts"], OPS, "Reject without a reason")
        await until(lambda: "rejected by Amara Okonkwo" in card(bot_world)["text"])

    async def test_what_was_decided_meanwhile_is_said_in_place_of_the_form(self, bot_world: World) -> None:
        """Two press Reject, and the first one sends the form."""
        shown = await asked(bot_world)
        first, second = [await rejecting(bot_world, shown["ts"], one) for one in ("security", "nadia")]
        await bot_world.slack.submit(slack_id("security"), first, {"reason": {"reason": ""}})
        await until(lambda: "rejected by Amara Okonkwo" in card(bot_world)["text"])
        await bot_world.slack.submit(slack_id("nadia"), second, {"reason": {"reason": "me too"}})
        await until(lambda: any("Amara Okonkwo has rejected" in one for one in direct(bot_world, "nadia")))


async def test_a_mention_in_a_thread_puts_its_card_there(bot_world: World) -> None:
    """The conversation and what it led to stay together; those who decide are mentioned in it."""
    ts = await bot_world.slack.post_as(slack_id("root"), OPS, "something is odd")
    await bot_world.slack.mention(slack_id("oncall"), OPS, "revoke @staffer because laptop stolen", thread_ts=ts)
    replies = await until(lambda: [one for one in thread(bot_world, ts) if one.get("metadata")])
    assert "Sign out Priya Raghunathan everywhere" in replies[0]["text"]
    await bot_world.slack.click(slack_id("security"), replies[0]["ts"], OPS, "approve")
    await until(lambda: "🟢" in str(thread(bot_world, ts)))
