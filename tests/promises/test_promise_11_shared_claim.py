"""Promise 11: two runs of one job, one of them by a worker that was stopped for long, come to an end."""

import asyncio
import contextlib

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.channels import Channels
from bot.delivery.deliver import Claim, Delivery, Sent
from bot.demo.world import World
from bot.store import outbox
from bot.store.database import Database
from tests.conftest import OPS


async def test_two_runs_of_one_job_do_not_keep_each_other_busy(surroundings: World, sql, monkeypatch) -> None:
    """Both hold the job's claim: whoever records its result last leaves the rest to a job of its own."""
    slack = surroundings.slack
    client = AsyncWebClient(token=slack.workspace.bot_token, base_url=f"{surroundings.slack_url}/api/")
    database = Database(surroundings.database_url)
    delivery = Delivery(database, client, Channels(client, {}), {})
    async with database.transaction() as session:
        await outbox.post(session, "one", {"text": "hello"}, channel=OPS)
    ((message_id,),) = sql("SELECT id FROM pmbot.messages")
    keep_step(monkeypatch)
    async with asyncio.timeout(60):
        await asyncio.gather(delivery.deliver(message_id, 7), delivery.deliver(message_id, 7))
        await delivery.deliver(message_id, 8)
    assert len(slack.calls) < 10
    assert len(slack.messages(OPS)) == 1
    assert sql("SELECT version = sent_version, claimed_by FROM pmbot.messages") == [(True, None)]
    await database.engine.dispose()


def keep_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two results are recorded at the same instant, as long as there are two."""
    settle, met = Delivery._settle, asyncio.Barrier(2)

    async def together(delivery: Delivery, claim: Claim, job_id: int, sent: Sent) -> bool:
        with contextlib.suppress(TimeoutError, asyncio.BrokenBarrierError):
            await asyncio.wait_for(met.wait(), 0.5)
        return await settle(delivery, claim, job_id, sent)

    monkeypatch.setattr(Delivery, "_settle", together)
