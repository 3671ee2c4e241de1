"""Promise 3: what is open is asked for once; whoever asks for the same is shown it, and may hear how it goes."""

import asyncio
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import IntegrityError

from bot.actions.impact import Step
from bot.demo.world import World, slack_id
from bot.errors import AskedAlready
from bot.pipeline.propose import Ask, propose
from bot.store.models import OPEN, Proposal, State, Verdict
from tests.conftest import OPS, asked, card, cards, idle, reject, until, whispers
from tests.integration.test_notices import CARD, approve, direct, told
from tests.promises.bench import IDS, Bench

REVOKE = "/pm revoke @staffer because laptop stolen"
HANDLED = "SELECT count(*), count(handled) FROM pmbot.inbox"


async def plan(bench: Bench, by: str, action: str, **parameters: str) -> Proposal:
    """Ask for one action with these parameters. Raises `Refused`."""
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        wanted = await bench.core.registry.load(Step(action=action, parameters=parameters), session)
        return await propose(bench.core, session, operator, [wanted], Ask("operations", parameters["reason"]))


async def pause(bench: Bench, by: str = "oncall", hours: int = 2) -> Proposal:
    return await plan(bench, by, "queue.pause", what="email-sending", duration=f"{hours * 3600}s", reason="bounces")


class TestWhatIsTheSame:
    async def test_at_the_same_instant_one_is_stored(self, bench: Bench) -> None:
        """The second waits for the first to be stored, and is shown it then."""
        operator = await bench.operator("oncall")
        async with bench.database.transaction() as session:
            revoke = await bench.action(session, "staff.revoke_sessions", "staffer")
            first = await propose(bench.core, session, operator, [revoke], Ask("operations", "laptop stolen"))
            second = asyncio.create_task(bench.ask("tomasz"))
            await until(lambda: stuck_or_done(bench, second))
        with pytest.raises(AskedAlready) as refusal:
            await second
        assert refusal.value.card == first.id
        assert await bench.sql("SELECT count(*) FROM pmbot.proposals") == [(1,)]

    async def test_the_database_holds_one(self, bench: Bench) -> None:
        """While it is open, in every way of being so, and whatever the code forgets; with its end there is room."""
        first = await bench.ask("oncall")
        copied = (
            "INSERT INTO pmbot.proposals (id, requester_id, state, revision_id, requirement, reason, channel, expires,"
            " same) SELECT gen_random_uuid(), requester_id, 'pending', revision_id, requirement, reason, channel,"
            " expires, same FROM pmbot.proposals WHERE id = :id"
        )
        for state in State:
            await bench.sql("UPDATE pmbot.proposals SET state = :state WHERE id = :id", state=state, id=first.id)
            if state in OPEN:
                with pytest.raises(IntegrityError, match="uq_proposals_same_open"):
                    await bench.sql(copied, id=first.id)
            else:
                await bench.sql(copied, id=first.id)
                await bench.sql("DELETE FROM pmbot.proposals WHERE id <> :id", id=first.id)

    async def test_another_reason_makes_no_other_request(self, bench: Bench) -> None:
        await bench.ask("oncall")
        with pytest.raises(AskedAlready):
            await plan(bench, "tomasz", "staff.revoke_sessions", staffer=str(IDS["staffer"]), reason="odd log-ins")

    async def test_another_target_action_or_time_does(self, bench: Bench) -> None:
        """Each stands on its own: five requests."""
        await bench.ask("oncall")
        await bench.ask("oncall", about="hana")
        await bench.ask("oncall", "staff.suspend")
        await pause(bench)
        await pause(bench, hours=3)
        with pytest.raises(AskedAlready):
            await pause(bench, by="tomasz")
        assert await bench.sql("SELECT count(*) FROM pmbot.proposals") == [(5,)]

    async def test_what_has_ended_may_be_asked_for_again(self, bench: Bench) -> None:
        """Withdrawn, rejected, done."""
        await bench.decide("oncall", await bench.ask("oncall"), Verdict.REJECT)
        await bench.decide("security", await bench.ask("oncall"), Verdict.REJECT)
        approved = await bench.decide("security", await bench.ask("oncall"))
        with pytest.raises(AskedAlready):
            await bench.ask("tomasz")
        assert (await bench.execute(approved)).state == State.SUCCEEDED
        await bench.sql("UPDATE sessions SET revoked = NULL")
        await bench.ask("tomasz")


class TestOnesOwnWord:
    """Nobody waits for somebody else's request where their own word is enough."""

    async def test_whoever_could_decide_the_open_one_is_shown_it(self, bench: Bench) -> None:
        """Their approval there does the same."""
        await bench.ask("oncall")
        with pytest.raises(AskedAlready):
            await bench.ask("security")

    async def test_one_signs_oneself_out_whatever_waits_for_others(self, bench: Bench) -> None:
        """Of what is about oneself nobody decides another's request."""
        await bench.ask("oncall", about="tomasz")
        own = await bench.ask("tomasz", about="tomasz")
        assert (await bench.decide("tomasz", own)).state == State.APPROVED

    async def test_what_waits_for_ones_own_word_is_asked_for_once(self, bench: Bench) -> None:
        own = await bench.ask("tomasz", about="tomasz")
        with pytest.raises(AskedAlready) as refusal:
            await bench.ask("tomasz", about="tomasz")
        assert refusal.value.card == own.id


class TestWhoeverAsksForTheSame:
    async def test_two_at_the_same_instant_get_one_card_and_the_way_to_it(self, bot_world: World, sql: Any) -> None:
        """The answer waits for the card; each command is handled once, and repeated is the same one."""
        who = ("oncall", "tomasz")
        sent = await asyncio.gather(*(bot_world.slack.command(slack_id(one), OPS, REVOKE) for one in who))
        await until(lambda: [text for one in who for text in whispers(bot_world, one)])
        for one in sent:
            await bot_world.slack.repeat(one.delivery_id, 2, at_once=True)
        await idle(sql)
        (said,) = [text for one in who for text in whispers(bot_world, one)]
        assert "already asks for this" in said
        assert f"{CARD}{card(bot_world)['ts'].replace('.', '')}|open card>" in said
        assert len(cards(bot_world)) == 1
        assert sql(HANDLED) == [(2, 2)]

    async def test_whoever_asked_first_is_told_that_it_is_theirs(self, bot_world: World, sql: Any) -> None:
        """Nothing to join: they are told anyway."""
        await asked(bot_world)
        await bot_world.slack.command(slack_id("oncall"), OPS, REVOKE.replace("laptop", "phone"))
        await until(lambda: any("You have asked for this already" in one for one in whispers(bot_world, "oncall")))
        assert "Keep me informed" not in str(bot_world.slack.messages(OPS, slack_id("oncall")))
        assert sql("SELECT count(*) FROM pmbot.proposals") == [(1,)]

    async def test_hears_when_it_is_done(self, bot_world: World, sql: Any) -> None:
        """Once, as whoever asked; joining approved nothing, and pressed twice is once."""
        await asked(bot_world)
        await joined(bot_world, "tomasz", times=2)
        assert sql("SELECT state FROM pmbot.proposals") == [("pending",)]
        assert sql("SELECT count(*) FROM pmbot.decisions") == [(0,)]
        await approve(bot_world)
        for one in ("oncall", "tomasz"):
            assert CARD in await told(bot_world, one, "Done: Signed out Priya Raghunathan everywhere")
        await idle(sql)
        assert len(direct(bot_world, "tomasz")) == 1

    async def test_hears_that_it_is_rejected_and_why(self, bot_world: World) -> None:
        shown = await asked(bot_world)
        await joined(bot_world, "tomasz")
        await reject(bot_world, shown["ts"], reason="she works from home today")
        assert "she works from home today" in await told(bot_world, "tomasz", "Rejected")

    async def test_hears_that_it_was_withdrawn_and_may_ask_then(self, bot_world: World, sql: Any) -> None:
        """Whoever withdrew it hears nothing of their own act."""
        shown = await asked(bot_world)
        await joined(bot_world, "tomasz")
        await reject(bot_world, shown["ts"], by="oncall", reason="the laptop is found")
        said = await told(bot_world, "tomasz", "Withdrawn")
        assert "ask for it yourself" in said
        assert "the laptop is found" in said
        await asked(bot_world, by="tomasz")
        await idle(sql)
        assert direct(bot_world, "oncall") == []

    async def test_hears_that_it_expired(self, bot_world: World, sql: Any) -> None:
        await asked(bot_world)
        await joined(bot_world, "tomasz")
        sql("UPDATE pmbot.proposals SET expires = now()")
        await told(bot_world, "tomasz", "Expired")

    async def test_hears_nothing_of_their_own_act(self, bot_world: World, sql: Any) -> None:
        """Who follows it may decide it: then they know."""
        shown = await asked(bot_world)
        await joined(bot_world, "security")
        await reject(bot_world, shown["ts"])
        await told(bot_world, "oncall", "Rejected")
        await idle(sql)
        assert direct(bot_world, "security") == []

    async def test_joining_while_it_ends_waits_for_its_end(self, bot_world: World, sql: Any) -> None:
        """Or they would be told of nothing, and never that."""
        await asked(bot_world)
        offer = await offered(bot_world, "tomasz")
        await idle(sql)
        with psycopg.connect(bot_world.database_url) as ending:
            ending.execute("SET search_path = pmbot, public")
            ending.execute("UPDATE proposals SET state = 'expired', ended = now(), cause = 'Nobody decided in time.'")
            await bot_world.slack.click(slack_id("tomasz"), offer, OPS, "Keep me informed")
            await until(lambda: sql("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"))
        await until(lambda: any("Already expired" in one for one in whispers(bot_world, "tomasz")))
        assert sql("SELECT count(*) FROM pmbot.followers") == [(0,)]

    async def test_joining_too_late_says_what_became_of_it(self, bot_world: World, sql: Any) -> None:
        await asked(bot_world)
        offer = await offered(bot_world, "tomasz")
        await reject(bot_world, card(bot_world)["ts"], by="oncall")
        await until(lambda: "withdrawn" in card(bot_world)["text"])
        await bot_world.slack.click(slack_id("tomasz"), offer, OPS, "Keep me informed")
        await until(lambda: any("has withdrawn this request" in one for one in whispers(bot_world, "tomasz")))
        assert sql("SELECT count(*) FROM pmbot.followers") == [(0,)]


async def stuck_or_done(bench: Bench, task: asyncio.Task[Any]) -> bool:
    return task.done() or await bench.waiting() > 0


async def offered(around: World, who: str) -> str:
    """Have somebody ask for the same: the message that shows them the first."""
    await around.slack.command(slack_id(who), OPS, REVOKE)
    await until(lambda: any("already asks for this" in one for one in whispers(around, who)))
    mine = [one for one in around.slack.messages(OPS, slack_id(who)) if one.get("is_ephemeral")]
    return str(mine[-1]["ts"])


async def joined(around: World, who: str, times: int = 1) -> None:
    offer = await offered(around, who)
    for _ in range(times):
        await around.slack.click(slack_id(who), offer, OPS, "Keep me informed")
    await until(
        lambda: len([one for one in whispers(around, who) if "You will be told how request 1 goes" in one]) == times
    )
