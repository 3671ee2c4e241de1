"""The bot and a local Stripe: what happens there is on the platform in the end, however the webhooks fare."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from bot.demo.world import World as Around
from localpay import Customer, LocalPay, Price, Product, Subscription, World
from tests.conftest import until
from tests.integration.stripe_events import SECRET
from tests.integration.test_stripe_webhook import ACME, ACME_CUSTOMER, Stripe, status, stripe_and

DAY = 86_400
PAYMENTS = """
    SELECT y.status, count(*) FROM payments y JOIN subscriptions s ON s.id = y.subscription_id
    WHERE stripe_subscription_id = %s AND y.amount = 77 GROUP BY 1 ORDER BY 1
"""
WORLD = World(
    products=[Product("prod_demo_scale", "Scale", [Price("price_scale", 7700)])],
    customers=[Customer(ACME_CUSTOMER, "Acme Corp", subscriptions=[Subscription(ACME, "price_scale", days=10)])],
)
UNSETTLED = "SELECT event_type FROM webhook_events WHERE status <> 'success' AND stripe_event_id !~ '^evt_demo'"


@asynccontextmanager
async def both(around: Around, ago: float = 0) -> AsyncIterator[tuple[LocalPay, Stripe]]:
    """Stripe, whose clock is `ago` seconds behind, and the bot that it tells everything."""
    pay = LocalPay(WORLD, clock=lambda: time.time() - ago, retry_delays=(0.1, 0.2, 0.4, 0.8))
    async with (
        pay.serve() as url,
        stripe_and(around, stripe_api_key=pay.api_key, stripe_api_url=url) as bot,
    ):
        pay.add_endpoint(f"{bot.url}/stripe/webhook", secret=SECRET)
        yield pay, bot


def life(pay: LocalPay) -> None:
    """A renewal, one that fails and is paid later, one that is given back, and a dispute that is lost."""
    pay.renew(ACME)
    failed = pay.fail_renewal(ACME)
    pay.pay(failed["id"])
    again = pay.charge_again(pay.renew(ACME)["id"])
    pay.refund_in_dashboard(again["id"])
    pay.lose(pay.dispute(pay.charge_again(failed["id"])["id"], "duplicate", days=7)["id"])


async def arrived(sql) -> None:
    """What happened is on the platform: three invoices are paid, and the subscription is in order."""
    await until(lambda: sql(PAYMENTS, ACME) == [("succeeded", 3)], 60)
    await until(lambda: status(sql)[0] == "active")
    await until(lambda: sql("SELECT status FROM pmbot.stripe_disputes") == [("lost",)])
    await until(lambda: sql("SELECT status FROM pmbot.stripe_refunds") == [("succeeded",)])
    await until(lambda: sql("SELECT count(*) FROM pmbot.inbox WHERE kind = 'stripe' AND handled IS NULL") == [(0,)])
    assert sql("SELECT count(*) FROM webhook_events WHERE status <> 'success' AND stripe_event_id !~ '^evt_demo'") == [
        (0,)
    ]


async def five_times(pay: LocalPay, _: Stripe) -> None:
    pay.webhooks.trouble.duplicates = 4
    life(pay)


async def reversed_(pay: LocalPay, _: Stripe) -> None:
    pay.webhooks.trouble.held = True
    life(pay)
    pay.webhooks.release(reverse=True)


async def forged_first(pay: LocalPay, _: Stripe) -> None:
    pay.webhooks.trouble.forged = 3
    pay.webhooks.trouble.stale = 3
    life(pay)


@pytest.mark.parametrize("how", [five_times, reversed_, forged_first])
async def test_however_the_webhooks_fare_the_platform_is_right(
    surroundings: Around, sql, how: Callable[[LocalPay, Stripe], Awaitable[None]]
) -> None:
    async with both(surroundings) as (pay, bot):
        await how(pay, bot)
        await arrived(sql)


async def test_a_day_late_it_is_right_all_the_same(surroundings: Around, sql) -> None:
    async with both(surroundings, ago=DAY) as (pay, _):
        life(pay)
        await arrived(sql)


async def test_what_never_arrives_is_fetched(surroundings: Around, sql) -> None:
    """All webhooks are lost; the bot asks for what there was."""
    async with both(surroundings, ago=3600) as (pay, bot):
        pay.webhooks.trouble.dropped = 10_000
        life(pay)
        sql("UPDATE pmbot.stripe_listings SET asked = now() - interval '1 hour', until = until - 90000")
        await arrived(sql)
        await bot.says("from Stripe had not come")
