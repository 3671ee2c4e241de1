"""What the bot asks Stripe for, held to Stripe's published schema: the local Stripe refuses whatever is not in it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.errors import Unavailable
from bot.integrations.stripe.api import StripeApi
from bot.integrations.stripe.events import read
from localpay import Customer, LocalPay, Price, Product, Subscription, World

WORLD = World(
    products=[Product("prod_scale", "Scale", [Price("price_scale", 19_900)])],
    customers=[
        Customer(
            "cus_acme",
            "Acme",
            subscriptions=[
                Subscription("sub_acme", "price_scale", days=70),
                Subscription("sub_old", "price_scale", days=40, status="canceled"),
            ],
        ),
        Customer("cus_other", "Other", subscriptions=[Subscription("sub_other", "price_scale")]),
    ],
)


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[LocalPay, StripeApi]]:
    pay = LocalPay(WORLD)
    async with pay.serve() as url:
        api = StripeApi(pay.api_key, url)
        try:
            yield pay, api
        finally:
            await api.close()


async def test_all_subscriptions_of_a_customer_and_of_nobody_else() -> None:
    """Also those that have ended; with the time at which it was so."""
    async with asking() as (pay, api):
        found = await api.answers_of("cus_acme")
        assert {one: answer.snapshot.status for one, answer in found.items()} == {
            "sub_acme": "active",
            "sub_old": "canceled",
        }
        assert found["sub_acme"].snapshot.products == ("prod_scale",)
        one = await api.subscription("sub_acme")
        assert one is not None
        assert one.snapshot == found["sub_acme"].snapshot
        assert await api.subscription("sub_none") is None
        assert abs(found["sub_acme"].until - time.time()) < 60
        assert {one.status for one in pay.asked} <= {200, 404}


async def test_invoices_name_their_payments() -> None:
    """Since 2025-03 only where one asks for them; one that failed is there, one that nobody tried is not."""
    async with asking() as (pay, api):
        failed = pay.fail_renewal("sub_acme")
        found = await api.invoices_of("cus_acme", 24)
        newest = found[0].said
        assert (newest.invoice_id, newest.paid, newest.amount) == (failed["id"], False, 19_900)
        paid = [one.said for one in found if one.said.paid]
        assert len(paid) >= 3
        assert {(one.payment_intent or "")[:3] for one in paid} == {"pi_"}
        assert {one.subscription_id for one in paid} == {"sub_acme", "sub_old"}


async def test_every_event_of_its_can_be_read() -> None:
    """Charges, refunds, disputes, payments of invoices: whatever the mirror has a place for."""
    async with asking() as (pay, api):
        begun = int(time.time()) - 5
        invoice = pay.renew("sub_acme")
        charge = pay.charge_again(invoice["id"])
        dispute = pay.dispute(charge["id"], "duplicate", days=7)
        pay.win(dispute["id"])
        pay.refund_in_dashboard(pay.charge_again(invoice["id"])["id"])
        pay.cancel("sub_other")
        events = [read(one) async for one in api.events(begun, int(time.time()) + 5)]
        said = {type(one.said).__name__ for one in events if one.said}
        moved = {type(one.moved).__name__ for one in events if one.moved}
    assert said == {"SubscriptionSaid", "InvoiceSaid"}
    assert moved == {"ChargeSaid", "RefundSaid", "DisputeSaid", "PaidBySaid"}


@pytest.mark.parametrize("kind", ["ratelimited", "error"])
async def test_while_stripe_refuses_it_is_unavailable(kind: str) -> None:
    async with asking() as (pay, api):
        pay.fault("*", kind, times=3)
        for ask in (api.answers_of("cus_acme"), api.invoices_of("cus_acme", 5), api.subscription("sub_acme")):
            with pytest.raises(Unavailable):
                await ask
