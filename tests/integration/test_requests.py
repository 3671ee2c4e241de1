"""`/pm requests`, `/pm withdraw 12`, `/pm status`: what there is, as far as one may see it; taking one's own back."""

import pytest

from bot.demo.world import World, slack_id
from tests.conftest import OPS, asked, card, idle, reject, until
from tests.integration.test_help import answered, blocks_of, buttons_in, home_of, said


def links(blocks: list[dict]) -> dict[str, str]:
    """Addresses by the words that lead there."""
    return {
        element["text"]: element["url"]
        for block in blocks
        if block["type"] == "rich_text"
        for section in block["elements"]
        for element in section["elements"]
        if element["type"] == "link"
    }


class TestRequests:
    async def test_open_and_ended_ones_with_the_way_to_their_cards(self, bot_world: World) -> None:
        first = await asked(bot_world)
        assert "Nothing is open." not in await answered(bot_world, "/pm requests", "oncall")
        await reject(bot_world, first["ts"], by="oncall")
        await until(lambda: "withdrawn" in card(bot_world)["text"])
        await asked(bot_world, "/pm suspend @staffer because laptop stolen")
        text = await answered(bot_world, "/pm requests", "oncall")
        opened, ended = text.split("Ended in the last 24 hours")
        assert "Request 2>: Suspend Priya Raghunathan, asked by Óscar Peñalver, waiting for security" in opened
        assert "Request 1>: Sign out Priya Raghunathan everywhere" in ended
        assert "withdrawn, nothing was done" in ended
        address = links(blocks_of(bot_world, "oncall"))["Request 1"]
        assert address == f"{bot_world.slack_url}/archives/{OPS}/p{first['ts'].replace('.', '')}"

    @pytest.mark.parametrize(
        ("who", "seen"),
        [("oncall", True), ("security", True), ("kofi", False), ("support", False), ("maria.lindgren", False)],
    )
    async def test_who_could_neither_ask_nor_decide_does_not_see_it(
        self, bot_world: World, who: str, *, seen: bool
    ) -> None:
        """On App Home and in the list alike."""
        await asked(bot_world)
        assert ("Sign out Priya" in await answered(bot_world, "/pm requests", who)) is seen
        assert ("Sign out Priya" in said(await home_of(bot_world, who))) is seen

    async def test_home_leads_to_every_card(self, bot_world: World) -> None:
        """Also of what has ended."""
        pending = await asked(bot_world)
        for who, heading in (("security", "Waiting for you"), ("oncall", "Your requests")):
            blocks = await home_of(bot_world, who)
            assert "Request 1: Sign out Priya Raghunathan everywhere" in said(blocks).partition(heading)[2]
            assert list(links(blocks)) == ["Request 1"]
        await bot_world.slack.click(slack_id("security"), pending["ts"], OPS, "approve")
        await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
        await home_of(bot_world, "oncall")
        lately = await until(lambda: self.shown_at_home(bot_world, "oncall").partition("Recent activity")[2])
        assert "Request 1: Sign out Priya Raghunathan everywhere, asked by Óscar Peñalver, done" in lately

    def shown_at_home(self, around: World, who: str) -> str:
        home = around.slack.home(slack_id(who))
        return said(home["blocks"]) if home else ""


class TestWithdraw:
    async def test_ones_own_is_withdrawn_by_its_number(self, bot_world: World, sql) -> None:
        """As by the button: on the card, and in the trail."""
        await asked(bot_world)
        text = await answered(bot_world, "/pm withdraw 1", "oncall")
        assert "Nothing was done. Withdrawn: Sign out Priya Raghunathan everywhere." in text
        await until(lambda: "withdrawn, nothing was done" in card(bot_world)["text"])
        assert sql("SELECT state FROM pmbot.proposals") == [("cancelled",)]
        assert sql("SELECT facts->>'verdict' FROM pmbot.audit_log WHERE kind = 'decided'") == [("reject",)]
        assert "Óscar Peñalver has withdrawn this request." in await answered(bot_world, "/pm cancel #1", "oncall")

    async def test_anothers_is_not(self, bot_world: World, sql) -> None:
        await asked(bot_world)
        text = await answered(bot_world, "/pm cancel 1", "security")
        assert "Request 1 is by Óscar Peñalver, and only the person who asked can withdraw it." in text
        assert sql("SELECT state FROM pmbot.proposals") == [("pending",)]

    async def test_what_is_decided_stays(self, bot_world: World, sql) -> None:
        pending = await asked(bot_world)
        await bot_world.slack.click(slack_id("security"), pending["ts"], OPS, "approve")
        await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
        text = await answered(bot_world, "/pm cancel 1", "oncall")
        assert text.startswith("Already approved by")
        assert sql("SELECT state FROM pmbot.proposals") == [("succeeded",)]

    @pytest.mark.parametrize("number", ["99", "0", "-1", "twelve", "9" * 40])
    async def test_one_that_there_is_not(self, bot_world: World, number: str) -> None:
        text = await answered(bot_world, f"/pm cancel {number}", "oncall")
        assert text.startswith(f"There is no request “{number}”. /pm requests shows the")

    async def test_without_a_number_the_open_ones_are_offered(self, bot_world: World) -> None:
        assert "You have no open requests." in await answered(bot_world, "/pm cancel", "oncall")
        await asked(bot_world)
        await answered(bot_world, "/pm cancel", "oncall")
        assert buttons_in(blocks_of(bot_world, "oncall")) == ["Withdraw request 1"]


class TestStatus:
    async def test_everything_in_one_answer(self, bot_world: World, sql) -> None:
        """What waits, what is on hold, what alerts, what cannot be delivered, and the bot itself."""
        text = await answered(bot_world, "/pm status", "oncall")
        assert text.startswith("No open alerts, and the bot works")
        assert "Requests   none open" in text
        assert "Temporary changes   none" in text
        assert "Alerts   none" in text
        assert "Delivered   everything so far" in text
        assert "The bot   well" in text
        await asked(bot_world, "/pm pause email-sending for 2h because bounces", by="oncall")
        await bot_world.slack.click(slack_id("oncall"), card(bot_world)["ts"], OPS, "approve")
        await until(lambda: "Paused email-sending" in card(bot_world)["text"])
        await asked(bot_world)
        text = await answered(bot_world, "/pm status", "oncall")
        assert "Requests   1 waiting for a decision, the oldest for" in text
        assert "Temporary changes   1 pause" in text

    async def test_what_is_wrong_comes_first(self, bot_world: World, sql) -> None:
        await asked(bot_world)
        await idle(sql)
        sql("UPDATE pmbot.messages SET undeliverable = now(), refusal = 'channel_not_found'")
        text = await answered(bot_world, "/pm status", "oncall")
        assert text.startswith("Something is wrong with me")
        assert "Undeliverable   1 message that Slack refuses (newest: channel_not_found)" in text

    async def test_only_as_far_as_ones_roles_go(self, bot_world: World) -> None:
        """Quality knows neither holds nor queues."""
        text = await answered(bot_world, "/pm status", "maria.lindgren")
        assert "Requests   none open" in text
        assert "Temporary changes" not in text
        assert "Alert" not in text
