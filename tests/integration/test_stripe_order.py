"""Stripe's events end in the same mirror in whatever order, how often and how late they come."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.billing.webhooks import Webhooks
from bot.drawing.render import Renderer
from bot.errors import Unavailable
from bot.integrations.stripe.api import Answer, StripeApi
from bot.store.database import Database
from tests.integration.stripe_events import HAPPENINGS, KEY, Account, FakeStripe

Deliver = Callable[[dict[str, Any]], Awaitable[None]]

MIRROR = """
    SELECT s.status, p.stripe_product_id, s.current_period_end, s.cancel_at_period_end
    FROM subscriptions s JOIN plans p ON p.id = s.plan_id WHERE stripe_subscription_id = %s
"""
TENANT = "SELECT t.status FROM tenants t JOIN tenant_config c ON c.tenant_id = t.id WHERE c.stripe_customer_id = %s"
PAYMENTS = """
    SELECT y.status, y.amount FROM payments y JOIN subscriptions s ON s.id = y.subscription_id
    WHERE stripe_subscription_id = %s ORDER BY 1, 2
"""


@asynccontextmanager
async def delivering(url: str, api: StripeApi | None = None) -> AsyncIterator[Deliver]:
    """Store an event as the door does, and handle it as a worker does; a repeated one is not stored again."""
    database = Database(url, pool_size=2)
    webhooks = Webhooks(database, Renderer(), api)

    async def deliver(event: dict[str, Any]) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute(
                "INSERT INTO pmbot.inbox (key, kind, payload) VALUES (%s, 'stripe', %s)"
                " ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING id",
                (f"stripe:{event['id']}", json.dumps(event)),
            ).fetchone()
        assert row is not None
        await webhooks.handle(row[0])

    try:
        yield deliver
    finally:
        await database.engine.dispose()
        if api is not None:
            await api.close()


def known(url: str, account: Account, status: str = "active") -> None:
    """The platform has the customer; not yet the subscription."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "WITH made AS (INSERT INTO tenants (name, status) VALUES ('Order Ltd', %s) RETURNING id)"
            " INSERT INTO tenant_config (tenant_id, stripe_customer_id) SELECT id, %s FROM made",
            (status, account.customer),
        )


def read(url: str, query: str, subject: str) -> list[Any]:
    with psycopg.connect(url) as connection:
        return connection.execute(query, (subject,)).fetchall()  # type: ignore[arg-type]


def assert_mirrored(url: str, account: Account, before: str = "active") -> None:
    assert read(url, MIRROR, account.id) == [account.mirrored]
    paused = account.mirrored[0] == "paused"
    assert read(url, TENANT, account.customer) == [("paused" if paused else before,)]
    assert sorted(status for status, _ in read(url, PAYMENTS, account.id)) == sorted(account.invoices.values())
    ids = [event["id"] for event in account.events]
    with psycopg.connect(url) as connection:
        states = connection.execute(
            "SELECT status, count(*) FROM webhook_events WHERE stripe_event_id = ANY(%s) GROUP BY 1", (ids,)
        ).fetchall()
    assert states == [("success", len(ids))]


def lived(steps: list[tuple[int, int]], *, trial: bool, old_shape: bool) -> Account:
    """An account to which this happened: seconds waited, and what then."""
    account = Account(old_shape=old_shape)
    account.start(trial=trial)
    for wait, which in steps:
        account.now += wait
        HAPPENINGS[which](account)
    return account


def scrambled(events: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """Some up to five times, in any order."""
    rng = random.Random(seed)
    many = [event for event in events for _ in range(rng.choice((1, 1, 2, 5)))]
    rng.shuffle(many)
    return many


happening = st.integers(0, len(HAPPENINGS) - 1)
slow = st.lists(st.tuples(st.sampled_from([1, 5, 3600, 86_400]), happening), max_size=9)
fast = st.lists(st.tuples(st.sampled_from([0, 0, 1, 60]), happening), max_size=9)
database_stays = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class TestAnyOrder:
    @database_stays
    @given(steps=slow, trial=st.booleans(), old_shape=st.booleans(), seed=st.integers(0, 2**32))
    def test_the_mirror_ends_as_in_order(
        self, database_url: str, steps: list[tuple[int, int]], *, trial: bool, old_shape: bool, seed: int
    ) -> None:
        """Permuted, repeated, late: subscription, tenant, payments and the events' own record are right."""
        account = lived(steps, trial=trial, old_shape=old_shape)
        before = "trial" if trial else "active"
        known(database_url, account, before)

        async def all_of_it() -> None:
            async with delivering(database_url) as deliver:
                for event in scrambled(account.events, seed):
                    await deliver(event)

        asyncio.run(all_of_it())
        assert_mirrored(database_url, account, before)

    @database_stays
    @given(steps=fast, seed=st.integers(0, 2**32))
    def test_what_happened_in_one_second_is_asked_of_stripe(
        self, database_url: str, steps: list[tuple[int, int]], seed: int
    ) -> None:
        """With a key, the order within a second is Stripe's to say."""
        account = lived(steps, trial=False, old_shape=False)
        known(database_url, account)

        async def all_of_it() -> None:
            fake = FakeStripe({account.id: account})
            async with fake.serve() as url, delivering(database_url, StripeApi(KEY, url)) as deliver:
                for event in scrambled(account.events, seed):
                    await deliver(event)

        asyncio.run(all_of_it())
        assert_mirrored(database_url, account)

    @pytest.mark.parametrize("backwards", [False, True])
    async def test_an_old_event_moves_nothing(self, database_url: str, *, backwards: bool) -> None:
        """After the newest, each older one leaves subscription and tenant as they are."""
        account = lived([(10, 4), (10, 5), (10, 4)], trial=False, old_shape=False)
        known(database_url, account)
        async with delivering(database_url) as deliver:
            await deliver(account.events[-1])
            newest = read(database_url, MIRROR, account.id)
            for event in account.events[-2::-1] if backwards else account.events[:-1]:
                await deliver(event)
                assert read(database_url, MIRROR, account.id) == newest
                assert read(database_url, TENANT, account.customer) == [("paused",)]

    @pytest.mark.parametrize("seed", range(6))
    async def test_within_a_second_events_say_what_they_changed(self, database_url: str, seed: int) -> None:
        """Without a key: past due, paused, cancelling, and past due no longer, all at once."""
        account = lived([(60, 1), (0, 4), (0, 8), (0, 3)], trial=False, old_shape=False)
        known(database_url, account)
        async with delivering(database_url) as deliver:
            for event in scrambled(account.events, seed):
                await deliver(event)
        assert account.mirrored[0] == "paused"
        assert_mirrored(database_url, account)

    async def test_an_older_invoice_that_fails_once_more_changes_nothing(self, database_url: str) -> None:
        """The newest is the one that was made last, whichever Stripe tried last."""
        account = lived([(60, 1)], trial=False, old_shape=False)
        known(database_url, account)
        account.events.pop()  # its subscription says nothing of all this
        account.now += 60
        account._invoice("paid")
        account.now += 60
        account.fail_again()
        async with delivering(database_url) as deliver:
            for event in account.events:
                await deliver(event)
        assert [status for status, *_ in read(database_url, MIRROR, account.id)] == ["active"]


class TestAsking:
    async def test_an_answer_that_was_overtaken_is_not_taken(self, database_url: str) -> None:
        """Between the question and the answer another event arrives: Stripe is asked again."""
        account = Account(now=int(time.time()))
        account.start()
        account.set_cancelling()
        account.pause_collection()
        known(database_url, account)
        fake = FakeStripe({account.id: account})
        async with fake.serve() as url, delivering(database_url, StripeApi(KEY, url)) as deliver:

            async def resumed() -> None:
                account.unpause_collection()
                async with delivering(database_url, StripeApi(KEY, url)) as other:
                    await other(account.events[-1])

            await deliver(account.events[0])
            fake.meanwhile = resumed
            await deliver(account.events[3])  # the pause, of the same second
        assert account.mirrored[0] == "active"
        assert read(database_url, MIRROR, account.id) == [account.mirrored]

    async def test_what_was_mirrored_meanwhile_stays_on_record_as_such(self, database_url: str) -> None:
        """Of two runs one is answered by Stripe and the other is not, and that one comes last."""
        account = Account(now=int(time.time()))
        account.start()
        account.set_cancelling()
        account.pause_collection()
        known(database_url, account)
        async with delivering(database_url) as alone:

            class Overtaken(StripeApi):
                async def subscription(self, subscription_id: str) -> Answer | None:
                    await alone(account.events[3])
                    raise Unavailable("Stripe did not answer.")

            async with delivering(database_url, Overtaken(KEY)) as deliver:
                await deliver(account.events[0])
                with pytest.raises(Unavailable):
                    await deliver(account.events[3])
        record = "SELECT status FROM webhook_events WHERE stripe_event_id = %s"
        assert read(database_url, record, account.events[3]["id"]) == [("success",)]

    async def test_an_invoice_ahead_of_its_subscription_has_it_fetched(self, database_url: str) -> None:
        """With a key nothing has to wait."""
        account = lived([], trial=False, old_shape=False)
        known(database_url, account)
        fake = FakeStripe({account.id: account})
        async with fake.serve() as url, delivering(database_url, StripeApi(KEY, url)) as deliver:
            await deliver(account.events[1])
        assert read(database_url, MIRROR, account.id) == [account.mirrored]
        assert fake.asked == [account.id]


class TestAhead:
    async def test_an_invoice_waits_for_its_subscription(self, database_url: str) -> None:
        """Without a key: on record as waiting, and mirrored with what it waited for."""
        account = lived([], trial=False, old_shape=False)
        known(database_url, account)
        record = "SELECT status FROM webhook_events WHERE stripe_event_id = %s"
        async with delivering(database_url) as deliver:
            await deliver(account.events[1])
            assert read(database_url, record, account.events[1]["id"]) == [("retrying",)]
            await deliver(account.events[0])
        assert_mirrored(database_url, account)

    async def test_one_that_waits_in_vain_is_a_failure_that_finance_hears_of(self, database_url: str) -> None:
        account = lived([], trial=False, old_shape=False)
        known(database_url, account)
        record = "SELECT status, error_message FROM webhook_events WHERE stripe_event_id = %s"
        async with delivering(database_url) as deliver:
            await deliver(account.events[1])
        database = Database(database_url, pool_size=1)
        await Webhooks(database, Renderer(), None).overdue(account.id)
        await database.engine.dispose()
        [(state, message)] = read(database_url, record, account.events[1]["id"])
        assert state == "failed"
        assert account.id in message
        told = "SELECT channel FROM pmbot.messages WHERE key = %s"
        assert read(database_url, told, f"stripe-problem:{account.id}") == [("finance",)]
