"""Campaigns, mailboxes and sending addresses: stopped for a time, and afterwards as they were before."""

from collections.abc import AsyncIterator

import pytest

from bot import policy
from bot.actions.base import Action
from bot.errors import NothingToDo
from bot.holds import engine
from bot.policy import Requirement
from bot.store.database import Database
from bot.targets.campaign import Campaign
from bot.targets.ip import Ip
from bot.targets.mailbox import Mailbox
from tests.integration.action_examples import BEFORE, ITS_CAMPAIGN, done, example

STATUS = f"SELECT status FROM campaigns WHERE {ITS_CAMPAIGN}"
OVER = "UPDATE pmbot.holds SET ends = now() - interval '1 second'"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def does(database: Database, name: str, **given: object) -> None:
    async with database.transaction() as session:
        await done(await example(f"deliverability.{name}", session, **given), session)


def needs(action: type[Action]) -> Requirement:
    return policy.load().requirement(action.usually(), roles=frozenset({"operations"}), on_self=False)


async def test_a_pause_ends_by_itself_and_the_campaign_is_as_it_was(database: Database, sql) -> None:
    """Scheduled, not sending: nothing starts early."""
    sql(f"UPDATE campaigns SET status = 'scheduled' WHERE {ITS_CAMPAIGN}")
    await does(database, "pause_campaign")
    assert sql(STATUS) == [("paused",)]
    sql(OVER)
    await engine.sweep(database)
    assert sql(STATUS) == [("scheduled",)]


async def test_without_an_end_it_is_resumed_to_what_it_was(database: Database, sql) -> None:
    sql(f"UPDATE campaigns SET status = 'scheduled' WHERE {ITS_CAMPAIGN}")
    await does(database, "pause_campaign", duration=None)
    await does(database, "resume_campaign")
    assert sql(STATUS) == [("scheduled",)]
    assert sql("SELECT cause FROM pmbot.holds") == [("resumed",)]


async def test_what_the_tenant_paused_is_the_tenants(database: Database, sql) -> None:
    """Nor is a draft paused: it sends nothing."""
    sql(f"UPDATE campaigns SET status = 'paused' WHERE {ITS_CAMPAIGN}")
    async with database.snapshot() as session:
        with pytest.raises(NothingToDo, match="on the platform itself"):
            await (await example("deliverability.resume_campaign", session)).preview(session)
        [draft] = await Campaign.find(session, "Spring offer of Acme Corp")
        with pytest.raises(NothingToDo, match="is draft, so it is not sending now"):
            await (await example("deliverability.pause_campaign", session, campaign=draft)).preview(session)


async def test_an_address_that_the_platform_quarantined_can_be_returned(database: Database, sql) -> None:
    sql("UPDATE smtp_ip_addresses SET status = 'quarantined' WHERE ip_address = '203.0.113.51'")
    await does(database, "return_ip")
    assert sql("SELECT status FROM smtp_ip_addresses WHERE ip_address = '203.0.113.51'") == [("active",)]


async def test_to_stop_is_easy_and_to_go_on_takes_another(database: Database) -> None:
    async with database.snapshot() as session:
        stops = [type(await example(f"deliverability.{name}", session)) for name in ("pause_campaign", "quarantine_ip")]
        ends = [type(await example(f"deliverability.{name}", session)) for name in ("resume_campaign", "return_ip")]
    assert all(needs(one).self_approval for one in stops)
    assert not any(needs(one).self_approval for one in ends)


async def test_it_says_what_stopped_it_and_how_it_goes_on(database: Database, sql) -> None:
    """And the address of a mailbox is for those who may read it."""
    sql(BEFORE["deliverability.resume_mailbox"])
    async with database.snapshot() as session:
        action = await example("deliverability.mailbox", session)
        impact = await action.preview(session)
        assert action.leads_to(impact) == ("mailbox resume",)
        assert "Priya Raghunathan" in next(one.text for one in impact.facts if one.label == "Stopped by")
        [box] = await Mailbox.find(session, "SALES@acme-corp.example")
        assert box.shown == "a mailbox of Acme Corp"
        ip = await example("deliverability.ip", session)
        assert ip.leads_to(await ip.preview(session)) == ("ip quarantine",)
        [listed] = await Ip.find(session, "203.0.113.65")
        seen = await (await example("deliverability.ip", session, ip=listed)).preview(session)
        assert "blocklist.example" in str(seen.facts)


async def test_a_name_that_several_have_is_asked_about(database: Database) -> None:
    """With its tenant it means one."""
    async with database.snapshot() as session:
        assert len(await Campaign.find(session, "Quarterly news")) > 1
        [one] = await Campaign.find(session, "quarterly news of acme corp")
        assert one.parts == ("Quarterly news of Acme Corp",)
