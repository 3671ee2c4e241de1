"""Promise 11: a card that should be on screen gets there, once, and shows the newest state."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import deliver as delivering
from bot.delivery.channels import Channels
from bot.delivery.deliver import Delivery
from bot.delivery.unsent import resend
from bot.demo import world
from bot.demo.world import World
from bot.errors import Later
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import JSON
from localslack.api import door
from localslack.control.faults import FaultKind
from localslack.workspace.model import WebCall
from tests.conftest import OPS, asked, card, cards, idle, until, whispers

ONCALL = world.slack_id("oncall")


def calls(around: World, method: str) -> list[WebCall]:
    return [call for call in around.slack.calls if call.method == method]


def events(around: World) -> list[JSON]:
    """Those that the bot has taken."""
    return [one.payload["event"] for one in around.slack.deliveries if one.kind == "event" and one.ok]


def said(text: str) -> JSON:
    block = {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}
    return {"text": text, "blocks": [block]}


class Desk:
    """One message on its way, without a worker: `deliver` is called as a job would."""

    def __init__(self, around: World, database: Database) -> None:
        client = AsyncWebClient(
            token=around.slack.workspace.bot_token, base_url=f"{around.slack_url}/api/", timeout=5, retry_handlers=[]
        )
        self.around, self.database, self.state = around, database, "first"
        self.delivery = Delivery(database, client, Channels(client, {"operations": "operations"}), {"it": self.draw})

    async def draw(self, session: Any, subject: str) -> JSON:
        return said(f"card of {subject}: {self.state}")

    async def show(self, state: str = "first", key: str = "card") -> uuid.UUID:
        """Say that the card should be on screen in this state."""
        async with self.database.transaction() as session:
            self.state = state
            await outbox.show(session, key, channel="operations", projection="it", subject=key)
        return (await self.row(key))["id"]

    async def row(self, key: str = "card") -> Any:
        async with self.database.transaction() as session:
            connection = await session.connection()
            found = await connection.exec_driver_sql("SELECT * FROM pmbot.messages WHERE key = %s", (key,))
            return found.mappings().one()

    async def deliver(self, message_id: uuid.UUID, job: int = 1, tries: int = 6) -> None:
        """As a job does: again after the pause it was asked for."""
        for attempt in range(tries):
            try:
                await self.delivery.deliver(message_id, job, attempt)
            except Later as later:
                await asyncio.sleep(later.seconds)
            else:
                return
        raise AssertionError("still not delivered")

    def seen(self) -> list[str]:
        return [one["text"] for one in cards(self.around)]


@pytest.fixture
async def desk(surroundings: World) -> AsyncIterator[Desk]:
    database = Database(surroundings.database_url)
    yield Desk(surroundings, database)
    await database.engine.dispose()


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "SECOND_LOOK", 0.1)
    monkeypatch.setattr(delivering, "TWINS_AFTER", 0.2)


# One message, updated in place


async def test_a_card_is_one_message_for_its_whole_life(bot_world: World, sql) -> None:
    """Asked, approved, executed, confirmed: posted once, then updated."""
    pending = await asked(bot_world)
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
    assert [one["ts"] for one in cards(bot_world)] == [pending["ts"]]
    posted = [call for call in calls(bot_world, "chat.postMessage") if call.args["channel"] == OPS]
    assert len(posted) == 1
    assert sql("SELECT count(*) FROM pmbot.messages WHERE projection = 'proposal'") == [(1,)]


async def test_two_who_show_the_same_card_at_once_share_its_row(desk: Desk, sql) -> None:
    """One row for one logical message, whoever wants it on screen."""
    ids = await asyncio.gather(*(desk.show() for _ in range(5)))
    assert len(set(ids)) == 1
    assert sql("SELECT count(*), max(version) FROM pmbot.messages") == [(1, 5)]
    await desk.deliver(ids[0])
    assert desk.seen() == ["card of card: first"]


async def test_something_is_said_once_however_often_it_is_handled(desk: Desk, sql) -> None:
    """A private answer or a reminder carries a key too."""
    fresh = []
    for _ in range(3):
        async with desk.database.transaction() as session:
            fresh.append(await outbox.post(session, "reminder:1", said("decide"), channel=ONCALL))
    assert fresh == [True, False, False]
    assert sql("SELECT count(*) FROM pmbot.messages") == [(1,)]


async def test_two_jobs_for_one_new_card_post_it_once(desk: Desk) -> None:
    """While one job talks to Slack, another leaves the card to it."""
    message_id = await desk.show()
    desk.around.slack.fault("chat.postMessage", "slow", seconds=1.0)
    first = asyncio.create_task(desk.deliver(message_id, 1))
    await until(lambda: calls(desk.around, "chat.postMessage"))
    await desk.deliver(message_id, 2)
    await first
    assert len(calls(desk.around, "chat.postMessage")) == 1
    assert desk.seen() == ["card of card: first"]


async def test_the_claim_of_a_job_that_died_does_not_hold_the_card_up(desk: Desk, monkeypatch) -> None:
    """The rescued job has the same id and goes on at once; another one waits until the claim is old."""
    message_id = await desk.show()
    assert await desk.delivery._claim(message_id, 1) is not None  # and then it is killed
    await desk.deliver(message_id, 2)
    assert desk.seen() == []
    await desk.deliver(message_id, 1)
    assert desk.seen() == ["card of card: first"]
    await desk.show("second")
    assert await desk.delivery._claim(message_id, 3) is not None
    monkeypatch.setattr(delivering, "LEASE", dt.timedelta(0))
    await desk.deliver(message_id, 4)
    assert desk.seen() == ["card of card: second"]


async def test_a_job_that_was_stopped_and_overtaken_leaves_no_old_state(desk: Desk, monkeypatch) -> None:
    """Its late update is followed by one with the newest state."""
    message_id = await desk.show()
    await desk.deliver(message_id)
    await desk.show("second")
    stale = await desk.delivery._claim(message_id, 1)
    assert stale is not None
    monkeypatch.setattr(delivering, "LEASE", dt.timedelta(0))
    await desk.show("third")
    await desk.deliver(message_id, 2)
    sent = await desk.delivery._send(stale)
    assert desk.seen() == ["card of card: second"]  # the damage
    await desk.delivery._settle(stale, 1, sent)
    await desk.deliver(message_id, 3)
    assert desk.seen() == ["card of card: third"]


# Newest state


async def test_what_changes_while_an_update_is_under_way_is_sent_too(desk: Desk) -> None:
    """The job that is sending looks for newer versions before it lets go."""
    message_id = await desk.show()
    await desk.deliver(message_id)
    await desk.show("second")
    desk.around.slack.fault("chat.update", "slow", seconds=0.4)
    under_way = asyncio.create_task(desk.deliver(message_id, 1))
    await until(lambda: calls(desk.around, "chat.update"))
    await desk.show("third")
    await desk.deliver(message_id, 2)  # finds it claimed
    await under_way
    assert desk.seen() == ["card of card: third"]
    row = await desk.row()
    assert row["sent_version"] == row["version"]


async def test_what_changes_while_the_first_post_is_under_way_is_sent_too(desk: Desk) -> None:
    """Also when there is no message to update yet."""
    message_id = await desk.show()
    desk.around.slack.fault("chat.postMessage", "slow", seconds=0.4)
    under_way = asyncio.create_task(desk.deliver(message_id, 1))
    await until(lambda: calls(desk.around, "chat.postMessage"))
    await desk.show("second")
    await desk.deliver(message_id, 2)  # finds it claimed
    await under_way
    assert desk.seen() == ["card of card: second"]
    assert len(calls(desk.around, "chat.postMessage")) == 1


async def test_a_slow_update_ends_with_the_newest_state_in_the_whole_bot(bot_world: World, sql) -> None:
    """Approved, executed and confirmed while Slack is still busy with the first of them."""
    pending = await asked(bot_world)
    bot_world.slack.fault("chat.update", "slow", 2, seconds=0.7)
    await bot_world.slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
    await idle(sql)
    assert "confirmed by the platform" in card(bot_world)["text"]


# Rate limits and trouble


async def test_retry_after_is_honoured(desk: Desk) -> None:
    """Nobody asks again before the time, and afterwards the card is there."""
    message_id = await desk.show()
    desk.around.slack.fault("chat.postMessage", "ratelimited", retry_after=1)
    await desk.deliver(message_id)
    first, second = calls(desk.around, "chat.postMessage")
    assert second.started_at - first.finished_at >= 1.0
    assert desk.seen() == ["card of card: first"]


async def test_a_newer_state_waits_for_retry_after_too(desk: Desk) -> None:
    """A change that comes meanwhile, and another card of the same channel, keep quiet as well."""
    message_id = await desk.show()
    await desk.deliver(message_id)
    desk.around.slack.fault("chat.update", "ratelimited", retry_after=1)
    await desk.show("second")
    waiting = asyncio.create_task(desk.deliver(message_id, 1))
    await until(lambda: calls(desk.around, "chat.update"))
    other = await desk.show("third", key="other")
    await asyncio.gather(waiting, desk.deliver(message_id, 2), desk.deliver(other, 3))
    limited, *later = calls(desk.around, "chat.update")
    posted = calls(desk.around, "chat.postMessage")[-1]
    assert all(one.started_at - limited.finished_at >= 1.0 for one in (*later, posted))
    assert desk.seen() == ["card of card: third", "card of other: third"]


async def test_slack_being_down_for_a_while_loses_nothing(bot_world: World) -> None:
    """Errors, cut connections and refusals by turns: afterwards one card, in its newest state."""
    slack = bot_world.slack
    slack.fault("chat.postMessage", "error")
    slack.fault("conversations.history", "refuse", error="service_unavailable")
    slack.fault("chat.postMessage", "lost")
    slack.fault("chat.update", "error")
    pending = await asked(bot_world)
    await slack.click(world.slack_id("security"), pending["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
    assert [one["ts"] for one in cards(bot_world)] == [pending["ts"]]


# A post whose answer is lost


async def test_a_post_whose_answer_is_lost_is_found_and_not_repeated(desk: Desk) -> None:
    """By the row's id, which travels as metadata; and it shows the newest state."""
    message_id = await desk.show()
    desk.around.slack.fault("chat.postMessage", "lost")
    with pytest.raises(Later):
        await desk.delivery.deliver(message_id, 1)
    assert desk.seen() == ["card of card: first"]
    await desk.show("second")
    await desk.deliver(message_id)
    assert desk.seen() == ["card of card: second"]
    assert len(calls(desk.around, "chat.postMessage")) == 1
    assert (await desk.row())["ts"] == card(desk.around)["ts"]


async def test_a_post_that_never_arrived_is_made(desk: Desk) -> None:
    """An error that leaves it open is looked up as well, and found not to have happened."""
    message_id = await desk.show()
    desk.around.slack.fault("chat.postMessage", "error")
    await desk.deliver(message_id)
    assert desk.seen() == ["card of card: first"]
    assert len(calls(desk.around, "conversations.history")) == 2


async def test_a_killed_post_is_looked_up_by_whoever_takes_over(desk: Desk, monkeypatch) -> None:
    """Killed after Slack took it and before anything was written down."""
    message_id = await desk.show()
    claim = await desk.delivery._claim(message_id, 1)
    assert claim is not None
    await desk.delivery._send(claim)  # and then it is killed
    await desk.deliver(message_id, 1)
    assert len(calls(desk.around, "chat.postMessage")) == 1
    assert desk.seen() == ["card of card: first"]


@pytest.mark.parametrize("kind", ["lost", "error"])
async def test_what_was_not_posted_yet_is_not_looked_for(desk: Desk, kind: FaultKind) -> None:
    """Slack did not say where it is, which is asked before anything is posted: nothing can have arrived."""
    message_id = await desk.show()
    desk.around.slack.fault("auth.test", kind)
    await desk.deliver(message_id)
    assert desk.seen() == ["card of card: first"]
    assert calls(desk.around, "conversations.history") == []


async def test_when_history_lags_the_twin_is_deleted_later(desk: Desk, monkeypatch, sql) -> None:
    """Neither look finds it, so it is posted again; the older twin goes when history has caught up."""
    history = door.METHODS["conversations.history"]
    monkeypatch.setitem(door.METHODS, "conversations.history", lambda hub, args: history(hub, args) | {"messages": []})
    message_id = await desk.show()
    desk.around.slack.fault("chat.postMessage", "lost")
    await desk.deliver(message_id)
    assert desk.seen() == ["card of card: first"] * 2
    assert sql("SELECT count(*) FROM pmbot.procrastinate_jobs WHERE task_name = 'twins'") == [(1,)]
    monkeypatch.setitem(door.METHODS, "conversations.history", history)
    await desk.delivery.delete_twins(message_id)
    assert [one["ts"] for one in cards(desk.around)] == [(await desk.row())["ts"]]


async def test_the_whole_bot_deletes_the_twin(bot_world: World, monkeypatch, sql) -> None:
    """The same with the job that does it; and deleting the twin brings nothing back."""
    history = door.METHODS["conversations.history"]
    lagging = iter([{"messages": []}] * 2)  # for both looks
    monkeypatch.setitem(door.METHODS, "conversations.history", lambda hub, args: history(hub, args) | next(lagging, {}))
    bot_world.slack.fault("chat.postMessage", "lost")
    await asked(bot_world)
    await until(lambda: len(calls(bot_world, "chat.postMessage")) == 2)
    await idle(sql)
    assert len(cards(bot_world)) == 1
    await until(lambda: "message_deleted" in [one.get("subtype") for one in events(bot_world)])
    await idle(sql)
    await bot_world.slack.click(world.slack_id("security"), card(bot_world)["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
    assert len(cards(bot_world)) == 1


async def test_a_lost_post_is_remembered_while_slack_wants_quiet(desk: Desk) -> None:
    """Looking it up is put off: that says nothing of whether it arrived."""
    message_id = await desk.show()
    desk.around.slack.fault("chat.postMessage", "lost")
    desk.around.slack.fault("conversations.history", "ratelimited", retry_after=1)
    await desk.deliver(message_id)
    assert desk.seen() == ["card of card: first"]
    assert len(calls(desk.around, "chat.postMessage")) == 1


async def test_a_lost_reply_in_a_thread_is_found_too(desk: Desk) -> None:
    """A channel's history has no replies, so the thread is asked."""
    parent = await desk.around.slack.post_as(ONCALL, OPS, "what happened")
    async with desk.database.transaction() as session:
        await outbox.post(session, "reply", said("in the thread"), channel=OPS, thread_ts=parent)
    desk.around.slack.fault("chat.postMessage", "lost")
    await desk.deliver((await desk.row("reply"))["id"])
    assert desk.seen() == ["in the thread"]
    assert len(calls(desk.around, "chat.postMessage")) == 1


# Deleted cards


@pytest.mark.parametrize("replies", [0, 1])
async def test_a_deleted_card_comes_back(bot_world: World, replies: int) -> None:
    """Whoever deletes the record of a decision finds it there again, buttons and all.

    Of a card with replies Slack does not say that it was deleted, but that it was changed into a tombstone.
    """
    pending = await asked(bot_world)
    for _ in range(replies):
        await bot_world.slack.post_as(ONCALL, OPS, "who is this?", thread_ts=pending["ts"])
    await bot_world.slack.delete_message(OPS, pending["ts"])
    await until(lambda: cards(bot_world) and card(bot_world)["ts"] != pending["ts"])
    await bot_world.slack.click(world.slack_id("security"), card(bot_world)["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(bot_world)["text"])
    assert len(cards(bot_world)) == 1


def vanish(around: World, ts: str) -> None:
    """The message goes, and no event tells of it."""
    del around.slack.state.messages[OPS][ts]


async def test_a_card_that_is_gone_when_it_is_updated_comes_back(desk: Desk) -> None:
    """The event was lost; Slack's answer to the update tells."""
    message_id = await desk.show()
    await desk.deliver(message_id)
    vanish(desk.around, card(desk.around)["ts"])
    await desk.show("second")
    await desk.deliver(message_id)
    assert desk.seen() == ["card of card: second"]
    assert (await desk.row())["ts"] == card(desk.around)["ts"]


async def test_a_card_that_comes_back_with_its_answer_lost_comes_back_once(desk: Desk) -> None:
    """Posting it anew is a post like the first one: looked up before it is repeated."""
    message_id = await desk.show()
    await desk.deliver(message_id)
    vanish(desk.around, card(desk.around)["ts"])
    await desk.show("second")
    desk.around.slack.fault("chat.postMessage", "lost")
    await desk.deliver(message_id)
    assert desk.seen() == ["card of card: second"]
    assert len(calls(desk.around, "chat.postMessage")) == 2


async def test_a_card_deleted_while_it_is_updated_comes_back(desk: Desk) -> None:
    """The event overtakes the end of the update, which must not put the old place back."""
    message_id = await desk.show()
    await desk.deliver(message_id)
    await desk.show("second")
    claim = await desk.delivery._claim(message_id, 1)
    assert claim is not None
    sent = await desk.delivery._send(claim)
    vanish(desk.around, str(claim.ts))
    async with desk.database.transaction() as session:
        assert await outbox.restore(session, channel=OPS, ts=str(claim.ts))
    await desk.delivery._settle(claim, 1, sent)
    await desk.deliver(message_id, 2)
    assert desk.seen() == ["card of card: second"]


async def test_somebody_elses_deleted_message_is_nobodys_business(desk: Desk) -> None:
    async with desk.database.transaction() as session:
        assert not await outbox.restore(session, channel=OPS, ts="1.2")


# Private answers


def direct(around: World, local_part: str = "oncall") -> list[str]:
    """What the bot wrote to this person directly."""
    who = world.slack_id(local_part)
    return [one["text"] for one in around.slack.messages("D" + who.removeprefix("U"), who)]


UNKNOWN = "/pm frobnicate"


async def test_a_private_answer_takes_the_response_url(bot_world: World) -> None:
    """The quickest way, which costs none of the API's budget."""
    await bot_world.slack.command(ONCALL, OPS, UNKNOWN)
    await until(lambda: whispers(bot_world, "oncall"))
    assert calls(bot_world, "chat.postEphemeral") == []


async def test_without_the_response_url_it_takes_the_api(bot_world: World) -> None:
    """Expired, used up, or failing: the same words, for the same person alone."""
    bot_world.slack.fault("response_url", "error", 3)
    await bot_world.slack.command(ONCALL, OPS, UNKNOWN)
    shown = await until(lambda: whispers(bot_world, "oncall"))
    assert "frobnicate" in shown[-1]
    assert len(calls(bot_world, "chat.postEphemeral")) == 1
    assert whispers(bot_world, "security") == []


async def test_what_slack_takes_later_is_no_direct_message(bot_world: World) -> None:
    """It was asked for in a channel, and is answered there."""
    bot_world.slack.fault("response_url", "error", 3)
    bot_world.slack.fault("chat.postEphemeral", "ratelimited", retry_after=1)
    await bot_world.slack.command(ONCALL, OPS, UNKNOWN)
    await until(lambda: whispers(bot_world, "oncall"))
    assert direct(bot_world) == []


async def test_without_both_it_is_a_direct_message(bot_world: World) -> None:
    """The bot is not in the channel, say; nobody else gets to read it."""
    bot_world.slack.fault("response_url", "error", 3)
    bot_world.slack.fault("chat.postEphemeral", "refuse", error="not_in_channel")
    await bot_world.slack.command(ONCALL, OPS, UNKNOWN)
    shown = await until(lambda: direct(bot_world))
    assert "frobnicate" in shown[-1]
    assert whispers(bot_world, "oncall") == []


async def test_a_private_answer_that_reaches_nobody_is_given_up_and_logged(bot_world: World, sql, caplog) -> None:
    """Ephemerals are best effort: after a few attempts the queue is free of it, and nothing is silent."""
    for method in ("response_url", "chat.postEphemeral", "chat.postMessage", "conversations.open"):
        bot_world.slack.fault(method, "refuse", 20, error="fatal_error")
    await bot_world.slack.command(ONCALL, OPS, UNKNOWN)
    await until(lambda: sql("SELECT version = sent_version FROM pmbot.messages ORDER BY created LIMIT 1") == [(True,)])
    await until(lambda: "a message cannot be delivered" in caplog.text)
    assert whispers(bot_world, "oncall") + direct(bot_world) == []


# Nothing is left behind


async def test_what_lost_its_job_gets_another(desk: Desk, sql) -> None:
    """The clock's sweep finds messages that should have been sent long ago."""
    await desk.show()
    sql("SET search_path TO pmbot, public")
    sql("DELETE FROM procrastinate_jobs")
    sql("UPDATE messages SET changed = now() - interval '1 minute'")
    assert await resend(desk.database) == 1
    assert sql("SELECT task_name FROM procrastinate_jobs") == [("deliver",)]
    assert await resend(desk.database) == 0
