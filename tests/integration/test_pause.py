"""`/pm pause` and `/pm resume`: what people see, from the command to the end of the pause, and what they mistype."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from bot.demo import world
from bot.demo.data import uid
from bot.demo.world import World, slack_id
from bot.runtime import clock
from tests.conftest import OPS, asked, card, cards, running_bot, undo, until, whispers

ACME = uid("tenant", "acme-corp")
OVER = """
    UPDATE pmbot.holds SET ends = now() - interval '1 s'
    WHERE proposal_id IN (SELECT id FROM pmbot.proposals WHERE number = %s)
"""


async def hears(around: World, who: str, text: str) -> str:
    return await until(lambda: next((one for one in whispers(around, who) if text in one), None))


async def says(around: World, text: str, index: int | None = None) -> str:
    """A message of the channel (or the one at this place) that says so, once there is one."""

    def look() -> str | None:
        chosen = cards(around) if index is None else cards(around)[index : index + 1]
        return next((one["text"] for one in chosen if text in one["text"]), None)

    return await until(look)


async def pause(around: World, text: str, by: str = "oncall") -> dict[str, Any]:
    """Ask for it, confirm it, and wait until it is in force."""
    shown = await asked(around, text, by)
    index = len(cards(around)) - 1
    await around.slack.click(slack_id(by), shown["ts"], OPS, "approve")
    await says(around, "confirmed by the platform", index)
    return cards(around)[index]


async def paused(around: World, **of: str) -> bool:
    """What the platform answers."""
    async with httpx.AsyncClient(trust_env=False) as client:
        header = {"Authorization": f"Bearer {world.SERVICE_TOKEN}"}
        answer = await client.get(f"{around.platform_url}/internal/queues", params=of, headers=header)
    return bool(answer.json()["paused"])


async def free(around: World, **of: str) -> None:
    """Wait until the platform takes those jobs again: it hears of the end a moment after the card was drawn."""

    async def taken() -> bool:
        return not await paused(around, **of)

    await until(taken)


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "INTERVAL", 0.3)


class TestPause:
    async def test_operations_pause_a_queue_on_their_own_word(self, bot_world: World, sql) -> None:
        """The impact first, one click, and the platform confirms; the card says when it ends."""
        shown = await asked(bot_world, "/pm pause email-sending for 2h because bounces rise")
        for part in (
            "Pause email-sending for 2 h",
            "waiting",
            "limit 5 min",
            "tenants",
            "waiting for Óscar Peñalver to confirm",
        ):
            assert part in shown["text"]
        assert not await paused(bot_world, queue="email-sending")
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "approve")
        text = await says(bot_world, "confirmed by the platform")
        assert "Ends automatically" in text
        assert await paused(bot_world, queue="email-sending")
        assert await paused(bot_world, queue="email-sending", tenant=str(ACME))
        assert not await paused(bot_world, queue="email-sending:low")
        assert sql("SELECT is_active FROM job_queues WHERE name = 'email-sending'") == [(False,)]
        [(queue, ends_in)] = sql("SELECT queue_name, ends - paused FROM queue_pauses")
        assert (queue, ends_in.total_seconds()) == ("email-sending", 7200)

    async def test_its_end_is_told_and_the_card_is_brought_up_to_date(self, bot_world: World, sql) -> None:
        """One line in the channel; the card's buttons to take it back are gone; jobs may flow."""
        await pause(bot_world, "/pm pause email-sending for 2h because bounces rise")
        sql(OVER, 1)
        line = await says(bot_world, "email-sending runs again")
        assert "the pause by Óscar Peñalver (request 1) ended as planned" in line
        first = await says(bot_world, "Ended as planned", 0)
        assert "Paused email-sending" in first
        assert "Resume" not in str(cards(bot_world)[0]["blocks"])
        await free(bot_world, queue="email-sending")
        assert sql("SELECT is_active FROM job_queues WHERE name = 'email-sending'") == [(True,)]
        assert sql("SELECT lifted IS NOT NULL FROM queue_pauses") == [(True,)]

    async def test_a_tenant_in_one_queue(self, bot_world: World) -> None:
        """Others in the queue, and the tenant elsewhere, go on."""
        shown = await pause(bot_world, '/pm pause "Acme Corp" in email-sending because spam')
        assert "Paused Acme Corp in email-sending" in shown["text"]
        assert "Has no end" in shown["text"]
        assert await paused(bot_world, queue="email-sending", tenant=str(ACME))
        assert not await paused(bot_world, queue="email-sending")
        assert not await paused(bot_world, tenant=str(ACME))

    async def test_details_say_whose_jobs_wait(self, bot_world: World) -> None:
        shown = await asked(bot_world, "/pm pause email-sending because bounces rise")
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "details")
        assert "%" in await hears(bot_world, "oncall", "Only you see this")

    async def test_details_open_to_those_who_may_read_queues(self, bot_world: World) -> None:
        """Whoever may read about staff may not therefore look at what concerns no staff."""
        shown = await asked(bot_world, "/pm pause email-sending for 2h because bounces rise")
        for who in ("finance", "support"):
            await bot_world.slack.click(slack_id(who), shown["ts"], OPS, "details")
        assert "You can't see these details (your roles: finance)" in (await hears(bot_world, "finance", ""))
        assert "waiting, " in (await hears(bot_world, "support", ""))

    async def test_a_name_that_two_have_is_asked_for(self, bot_world: World) -> None:
        """With plan and size beside each; a click on one goes on with the rest of what was typed."""
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm pause acme for 30m because spam")
        await hears(bot_world, "oncall", "2 tenants match “acme”. Which one?")
        whisper = [one for one in bot_world.slack.messages(OPS, slack_id("oncall")) if one.get("is_ephemeral")][-1]
        names = [
            one["text"]["text"] for block in whisper["blocks"] for one in block.get("elements", []) if "value" in one
        ]
        assert [name.partition(" (")[0] for name in names] == [
            "Request: pause Acme Corp",
            "Request: pause Acme Labs",
        ]
        assert "Scale" in names[0]
        assert "user" in names[1]
        await bot_world.slack.click(slack_id("oncall"), whisper["ts"], OPS, names[1])
        assert "30 min" in await says(bot_world, "Pause Acme Labs in all queues for 30 min")

    async def test_the_form_asks_for_what_is_missing_and_only_that_is_required(self, bot_world: World) -> None:
        """Queues and tenants by type-ahead; how long and in which queue may stay empty."""
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm pause")
        view = (await until(lambda: bot_world.slack.views(slack_id("oncall"))))[-1]
        optional = {block["block_id"]: block.get("optional", False) for block in view["blocks"] if "block_id" in block}
        assert {name: optional[name] for name in ("what", "queue", "duration", "reason")} == {
            "what": False,
            "queue": True,
            "duration": True,
            "reason": False,
        }
        suggest = bot_world.slack.suggest
        found = await suggest(slack_id("oncall"), view["id"], "what", "what", "acme")
        assert [one["text"]["text"].partition(" (")[0] for one in found] == ["Acme Corp", "Acme Labs"]
        queues = await suggest(slack_id("oncall"), view["id"], "queue", "queue", "sending:")
        assert [one["value"] for one in queues] == ["email-sending:high", "email-sending:low"]
        chosen: dict[str, Any] = {
            "what": {"what": found[0]},
            "duration": {"duration": "a while"},
            "reason": {"reason": "spam"},
        }
        reply = await bot_world.slack.submit(slack_id("oncall"), view["id"], chosen)
        assert "I can't read “a while” as a time." in reply.errors["duration"]
        chosen["duration"]["duration"] = ""
        await bot_world.slack.submit(slack_id("oncall"), view["id"], chosen)
        assert "spam" in await says(bot_world, "Pause Acme Corp in all queues")

    async def test_support_may_hand_it_to_operations(self, bot_world: World) -> None:
        """Not to security: operations are the ones who may."""
        await bot_world.slack.command(slack_id("support"), OPS, "/pm pause email-sending because odd mails")
        await hears(bot_world, "support", "You can't use /pm")
        whisper = [one for one in bot_world.slack.messages(OPS, slack_id("support")) if one.get("is_ephemeral")][-1]
        await bot_world.slack.click(
            slack_id("support"), whisper["ts"], OPS, "Ask operations to pause a queue or tenant"
        )
        assert "pause email-sending" in await says(bot_world, "Léa Marchand asks operations")

    async def test_help_explains_it(self, bot_world: World) -> None:
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm help pause")
        text = await hears(bot_world, "oncall", "/pm pause queue-or-tenant [in queue] [for 2h] because …")
        assert '/pm pause "Acme Corp" in email-sending for 2h because' in text

    async def test_without_a_platform_to_ask_it_is_recorded(self, surroundings: World) -> None:
        async with running_bot(surroundings, platform_url=None):
            shown = await asked(surroundings, "/pm pause email-sending for 2h because bounces rise")
            await surroundings.slack.click(slack_id("oncall"), shown["ts"], OPS, "approve")
            await says(surroundings, "recorded, not verified")

    async def test_a_lost_notification_shows_as_not_yet_in_force(self, bot_world: World) -> None:
        """The platform's workers would still take jobs: the card says so until they do not."""
        bot_world.gateway.memory.seconds = 3600
        assert not await paused(bot_world, queue="email-sending")
        bot_world.gateway.deaf = True
        shown = await asked(bot_world, "/pm pause email-sending for 2h because bounces rise")
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "approve")
        await says(bot_world, "Not yet in force: jobs of this queue still start")
        bot_world.gateway.memory.forget_all()
        await says(bot_world, "confirmed by the platform")


class TestResume:
    async def test_before_its_time_takes_a_second_person(self, bot_world: World, sql) -> None:
        """Also for whoever paused it; the pause's own card says who ended it."""
        await pause(bot_world, "/pm pause email-sending for 2h because bounces rise")
        shown = await asked(bot_world, "/pm resume email-sending because it was us", "oncall")
        assert "request 1 by Óscar Peñalver" in shown["text"]
        await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "approve")
        await hears(bot_world, "oncall", "somebody else has to approve it")
        await bot_world.slack.click(slack_id("tomasz"), shown["ts"], OPS, "approve")
        text = await says(bot_world, "Resumed email-sending")
        assert "jobs run again" in text
        await says(bot_world, "confirmed by the platform", 1)
        await says(bot_world, "Ended early, ", 0)
        await free(bot_world, queue="email-sending")
        assert sql("SELECT is_active FROM job_queues WHERE name = 'email-sending'") == [(True,)]

    async def test_undo_ends_this_pause_and_no_other(self, bot_world: World, sql) -> None:
        """Two pauses; the button on the first card ends the first."""
        first = await pause(bot_world, "/pm pause acme corp because spam")
        await pause(bot_world, "/pm pause acme corp for 2h because spam too", "tomasz")
        await undo(bot_world, first["ts"], "oncall")
        await until(lambda: "Resume Acme Corp in all queues" in card(bot_world)["text"])
        await bot_world.slack.click(slack_id("tomasz"), card(bot_world)["ts"], OPS, "approve")
        line = await says(bot_world, "The pause of Acme Corp in all queues by Óscar Peñalver")
        assert "Still paused: request 2 by Tomasz Wiśniewski holds back Acme Corp in all queues until <!date" in line
        await until(lambda: "Undone" in cards(bot_world)[0]["text"])
        assert await paused(bot_world, tenant=str(ACME))
        assert sql("SELECT ended IS NULL FROM pmbot.holds ORDER BY starts") == [(False,), (True,)]

    async def test_what_else_holds_jobs_back_is_said_before_and_after(self, bot_world: World) -> None:
        """By the number of its request and until when: on the card, in its result, and in the channel."""
        await pause(bot_world, "/pm pause acme corp in email-sending for 2h because spam")
        await pause(bot_world, "/pm pause email-sending because bounces rise")
        shown = await asked(bot_world, "/pm resume email-sending because fine now")
        held = "request 1 by Óscar Peñalver holds back Acme Corp in email-sending until <!date"
        still = rf"Still paused +{held}[^>]+>: \d+ of these jobs"
        assert re.search(still, shown["text"])
        await bot_world.slack.click(slack_id("tomasz"), shown["ts"], OPS, "approve")
        done = await says(bot_world, "Resumed email-sending")
        assert "Still paused: request 1 holds back Acme Corp in email-sending until <!date" in done
        line = await says(bot_world, "email-sending runs again")
        assert f"Still paused: {held}" in line

    async def test_pauses_that_end_together_are_not_told_to_hold_each_other(self, bot_world: World) -> None:
        """Each line is true once all have ended: none says that the queue is still paused."""
        await pause(bot_world, "/pm pause email-sending because bounces rise")
        second = await asked(bot_world, "/pm pause email-sending for 2h because they still do", "tomasz")
        held = "request 1 by Óscar Peñalver holds back email-sending until somebody ends it"
        assert f"{held}; jobs start again when both pauses have ended" in second["text"]
        await bot_world.slack.click(slack_id("tomasz"), second["ts"], OPS, "approve")
        await says(bot_world, "confirmed by the platform", 1)
        shown = await asked(bot_world, "/pm resume email-sending because fine now")
        await bot_world.slack.click(slack_id("tomasz"), shown["ts"], OPS, "approve")
        for number in (1, 2):
            await says(bot_world, f"(request {number}) ended early")
        told = [one["text"] for one in cards(bot_world) if "ended early" in one["text"]]
        assert all("runs again" in one and "Still paused" not in one for one in told)

    async def test_a_pause_that_joined_since_is_shown_before_anybody_approves(self, bot_world: World) -> None:
        """An approval is for the pauses that were shown: an open card is bound anew as soon as there is another."""
        await pause(bot_world, "/pm pause email-sending because bounces rise")
        resuming = await asked(bot_world, "/pm resume email-sending because fine now")
        await pause(bot_world, "/pm pause email-sending for 2h because no it is not", "tomasz")
        await says(bot_world, "changed since it was asked for", 1)
        assert await paused(bot_world, queue="email-sending")
        await bot_world.slack.click(slack_id("tomasz"), resuming["ts"], OPS, "approve")
        await free(bot_world, queue="email-sending")

    async def test_what_is_not_paused_cannot_be_resumed(self, bot_world: World, sql) -> None:
        """Nor what somebody else holds back, or what is held back as part of more: each says what to do."""
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm resume email-sending because why not")
        await hears(bot_world, "oncall", "email-sending is not paused. Nothing was done.")
        sql("UPDATE job_queues SET is_active = false WHERE name = 'bounce:process'")
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm resume bounce:process because why not")
        await hears(bot_world, "oncall", "is paused on the platform itself")
        await pause(bot_world, "/pm pause acme corp because spam")
        await bot_world.slack.command(slack_id("oncall"), OPS, "/pm resume acme corp in email-sending because fine")
        await hears(bot_world, "oncall", "the pause of Acme Corp in all queues holds it back")


class TestOutside:
    async def test_a_switch_set_on_the_platform_is_told_and_left(self, bot_world: World, sql) -> None:
        """The pause goes on holding jobs back; its end does not touch the switch."""
        await pause(bot_world, "/pm pause email-sending for 2h because bounces rise")
        sql("UPDATE job_queues SET is_active = true WHERE name = 'email-sending'")
        assert "Somebody switched on email-sending on the platform itself" in await says(
            bot_world, "I leave the switch as it is, also after the pause"
        )
        await says(bot_world, "changed on the platform itself", 0)
        assert await paused(bot_world, queue="email-sending")
        sql("UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        await says(bot_world, "Somebody switched off email-sending on the platform itself")
        sql(OVER, 1)
        assert "ended as planned" in await says(bot_world, "The queue stays switched off: somebody did that")
        assert sql("SELECT is_active FROM job_queues WHERE name = 'email-sending'") == [(False,)]

    async def test_a_pause_lifted_on_the_platform_is_over(self, bot_world: World, sql) -> None:
        """Nobody is told that it is still in force."""
        await pause(bot_world, "/pm pause acme corp for 2h because spam")
        sql("UPDATE queue_pauses SET lifted = now()")
        await says(bot_world, "was ended on the platform itself")
        await says(bot_world, "on the platform itself", 0)

    async def test_a_queue_that_was_off_stays_off(self, bot_world: World, sql) -> None:
        """The base is what was there before the first pause."""
        sql("UPDATE job_queues SET is_active = false WHERE name = 'email-sending'")
        shown = await pause(bot_world, "/pm pause email-sending for 2h because bounces rise")
        assert "Paused" in shown["text"]
        sql(OVER, 1)
        assert "it was off on the platform before the pause" in await says(bot_world, "The queue stays switched off")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("email-sendin for 2h because x", "Did you mean email-sending"),
        ("“Acme Crop” because x", "Did you mean Acme Corp?"),
        ("zzzz because x", "There is no queue or tenant “zzzz”. Type the start of its name."),
        (
            "email-sending for ages because x",
            "I can't read “ages” as a time. Say for example 30m, 2h, 1d, or until 18:00.",
        ),
        ("email-sending for 2 because x", "2 what: minutes, hours or days?"),
        ("email-sending for 30d because x", "“30d” is too long: it can last from 1 min to 7 d."),
        ("email-sending for 5s because x", "“5s” is too short"),
        ("email-sending for -2h because x", "I can't read “-2h” as a time."),
        ("acme corp in email-sendng because x", "There is no queue “email-sendng”. Did you mean email-sending"),
        ("email-sending in email:processing because x", "email-sending is not a tenant"),
        ("all in email:processing because x", "all queues is not a tenant"),
    ],
)
async def test_what_makes_no_sense_is_said_and_nothing_done(bot_world: World, sql, typed: str, answer: str) -> None:
    await bot_world.slack.command(slack_id("oncall"), OPS, f"/pm pause {typed}")
    await hears(bot_world, "oncall", answer)
    assert sql("SELECT count(*) FROM pmbot.proposals") == [(0,)]


async def test_a_suggestion_completes_the_command(bot_world: World) -> None:
    """`for 2` offers minutes and hours; the rest of what was typed is kept."""
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm pause acme corp in email-sending for 2 because spam")
    await hears(bot_world, "oncall", "2 what: minutes, hours or days?")
    whisper = [one for one in bot_world.slack.messages(OPS, slack_id("oncall")) if one.get("is_ephemeral")][-1]
    await bot_world.slack.click(slack_id("oncall"), whisper["ts"], OPS, "Request: pause for 2 h")
    assert "spam" in await says(bot_world, "Pause Acme Corp in email-sending for 2 h")


async def test_two_confirm_at_once_and_it_is_paused_once(bot_world: World, sql) -> None:
    """Two clicks are one pause."""
    shown = await asked(bot_world, "/pm pause all for 30m because storm")
    click = bot_world.slack.click
    await asyncio.gather(*(click(slack_id(who), shown["ts"], OPS, "approve") for who in ("oncall", "oncall", "tomasz")))
    await says(bot_world, "confirmed by the platform")
    assert sql("SELECT count(*) FROM queue_pauses") == [(1,)]
    assert await paused(bot_world, queue="bounce:process", tenant=str(ACME))
