"""Events that never came are fetched from Stripe: by itself after a start, once, and finance hears how many."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from click.testing import CliRunner, Result

from bot import cli
from bot.billing.catch_up import ON_ITS_WAY, CatchUp
from bot.demo.world import World
from bot.drawing.render import Renderer
from bot.errors import Unavailable
from bot.handlers.intake import Intake
from bot.integrations.stripe.api import StripeApi
from bot.store.database import Database
from tests.conftest import environment, until
from tests.integration.stripe_events import KEY, Account, FakeStripe
from tests.integration.test_stripe_webhook import ACME, ACME_CUSTOMER, stripe_and

HOUR = 3600
STORED = "SELECT count(*) FROM pmbot.inbox WHERE kind = 'stripe'"
REACHED = "SELECT until FROM pmbot.stripe_listings"


@pytest.fixture
def acme() -> Account:
    """Its life of the last hours, of which nobody heard."""
    account = Account(customer=ACME_CUSTOMER, id=ACME, now=int(time.time()) - 9 * HOUR)
    account.start()
    account.events.clear()
    for happens in (Account.renew, Account.fail, Account.fail_again, Account.recover, Account.pause_collection):
        account.now += HOUR
        happens(account)
    return account


@asynccontextmanager
async def asking(url: str, fake: FakeStripe) -> AsyncIterator[CatchUp]:
    database = Database(url, pool_size=2)
    await database.open()
    async with fake.serve() as address:
        api = StripeApi(KEY, address)
        intake = Intake(database)
        try:
            yield CatchUp(database, Renderer(), api, intake)
        finally:
            await intake.drain()
            await api.close()
            await database.close()


async def test_after_downtime_the_platform_is_brought_up_to_date_by_itself(
    surroundings: World, acme: Account, sql
) -> None:
    """Nobody types anything; what came meanwhile by webhook is not taken twice."""
    async with (
        FakeStripe({acme.id: acme}).serve() as url,
        stripe_and(surroundings, stripe_api_key=KEY, stripe_api_url=url) as stripe,
    ):
        await stripe.send(acme.events[0])
        await until(
            lambda: sql("SELECT status FROM subscriptions WHERE stripe_subscription_id = %s", ACME) == [("paused",)]
        )
        await stripe.says("from Stripe had not come")
        assert sql(STORED) == [(len(acme.events),)]
        told = [one for one in stripe.told() if "had not come" in one]
        assert sum(int(one.split()[0]) for one in told) == len(acme.events) - 1


async def test_all_pages_are_read_and_a_second_look_finds_nothing_new(database_url: str, acme: Account, sql) -> None:
    fake = FakeStripe({acme.id: acme}, page=2)
    async with asking(database_url, fake) as catch_up:
        assert (await catch_up.since(int(time.time()) - 12 * HOUR)).missing == len(acme.events)
        assert (await catch_up.since(int(time.time()) - 12 * HOUR)) == (len(acme.events), 0)
    assert sql(STORED) == [(len(acme.events),)]


async def test_what_may_still_come_by_itself_is_not_missing_yet(database_url: str, acme: Account, sql) -> None:
    acme.events[-1]["created"] = int(time.time()) - ON_ITS_WAY + 30
    async with asking(database_url, FakeStripe({acme.id: acme})) as catch_up:
        assert (await catch_up.since(int(time.time()) - 12 * HOUR)).missing == len(acme.events) - 1


async def test_of_many_clocks_one_asks_and_not_all_the_time(database_url: str, acme: Account, sql) -> None:
    fake = FakeStripe({acme.id: acme})
    async with asking(database_url, fake) as catch_up:
        await asyncio.gather(*(catch_up.sweep() for _ in range(5)))
        asked = len(fake.listed)
        assert asked == len({one["created[gte]"] for one in fake.listed})
        await catch_up.sweep()
        assert len(fake.listed) == asked
        sql("UPDATE pmbot.stripe_listings SET asked = now() - interval '11 min', until = until - 660")
        await catch_up.sweep()
        assert len(fake.listed) == asked + 1


async def test_while_stripe_is_away_nothing_counts_as_asked_for(database_url: str, acme: Account, sql) -> None:
    """The next time begins where the last answer ended."""
    fake = FakeStripe({acme.id: acme}, away=True)
    async with asking(database_url, fake) as catch_up:
        await catch_up.sweep()
        [(before,)] = sql(REACHED)
        with pytest.raises(Unavailable):
            await catch_up.since(int(time.time()) - HOUR)
        assert sql(REACHED) == [(before,)]
        fake.away = False
        await catch_up.since(int(time.time()) - HOUR)  # a later part alone leaves the gap before it
        assert sql(REACHED) == [(before,)]
        sql("UPDATE pmbot.stripe_listings SET asked = now() - interval '11 min'")
        await catch_up.sweep()
        assert sql(REACHED)[0][0] > before
    assert sql(STORED) == [(len(acme.events),)]


class TestByHand:
    async def typed(self, around: World, *more: str, **settings: str) -> Result:
        command = CliRunner(env=environment(around, **settings)).invoke
        return await asyncio.to_thread(command, cli.main, ["stripe", "catch-up", *more])

    async def test_it_goes_back_as_far_as_is_asked(self, surroundings: World, acme: Account, sql) -> None:
        """And says how many there are, and how many had not come."""
        acme.events[0]["created"] -= 20 * 24 * HOUR
        async with FakeStripe({acme.id: acme}).serve() as url:
            asked = {"stripe_api_key": KEY, "stripe_api_url": url}
            said = await self.typed(surroundings, **asked)
            assert said.output.startswith(f"Stripe lists {len(acme.events) - 1} events of the last 3 days")
            said = await self.typed(surroundings, "--days", "30", **asked)
            assert said.output.endswith("; 1 of them had not come.\n")
        assert sql(STORED) == [(len(acme.events),)]

    async def test_without_a_key_it_says_what_to_set(self, surroundings: World) -> None:
        said = await self.typed(surroundings)
        assert said.exit_code == 1
        assert "STRIPE_API_KEY is not set" in said.output
