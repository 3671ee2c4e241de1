"""Another implementation, in a process of its own, takes the same calls of the official client and answers alike.

localstripe (PyPI) has many of the resources, as Stripe's API was some versions ago: what both have is compared.
"""

import asyncio
import contextlib
import os
import socket
import sys

import httpx
import stripe

from localpay import Customer, LocalPay, Price, Product, Subscription, World
from tests.conftest import until
from tests.localpay import others
from tests.localpay.conftest import client_of

AMOUNT = 19_900
NAMES = {"customer": "Acme Corp", "email": "billing@acme.example", "product": "Scale"}


@contextlib.asynccontextmanager
async def ours():
    """The local Stripe of this project; the customer and what they pay for."""
    subscription = Subscription("sub_acme", "price_scale", days=1)
    customer = Customer("cus_acme", NAMES["customer"], NAMES["email"], [subscription])
    pay = LocalPay(World([Product("prod_scale", NAMES["product"], [Price("price_scale", AMOUNT)])], [customer]))
    async with pay.serve() as url, client_of(url) as client:
        yield client, {"customer": "cus_acme", "subscription": "sub_acme", "product": "prod_scale"}


@contextlib.asynccontextmanager
async def theirs():
    """localstripe, with the same made by its API."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*await asyncio.to_thread(others.localstripe), str(port)]
    process = await asyncio.create_subprocess_exec(*command, env={"PATH": os.environ["PATH"]}, stderr=sys.stderr)
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(auth=("sk_test_local", "")) as http:
            await until(lambda: answers(http, url), 30)
            made = await begun(http, url)
        async with client_of(url) as client:
            yield client, made
    finally:
        process.kill()
        await process.wait()


async def answers(http, url):
    try:
        return (await http.get(f"{url}/v1/customers")).status_code == 200
    except httpx.TransportError:
        return False


async def begun(http, url):
    """A product, a plan (it has no prices), a card, a customer, a subscription."""

    async def post(path, **given):
        answer = await http.post(f"{url}/v1/{path}", data=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    product = await post("products", name=NAMES["product"], type="service")
    plan = {"amount": AMOUNT, "currency": "eur", "interval": "month", "product": product["id"]}
    plan = await post("plans", **plan)
    card = {"card[number]": "4242424242424242", "card[exp_month]": 12, "card[exp_year]": 2034, "card[cvc]": "123"}
    method = await post("payment_methods", type="card", **card)
    default = {"invoice_settings[default_payment_method]": method["id"]}
    customer = await post(
        "customers", name=NAMES["customer"], email=NAMES["email"], payment_method=method["id"], **default
    )
    items = {"items[0][plan]": plan["id"]}
    subscription = await post("subscriptions", customer=customer["id"], **items)
    return {"customer": customer["id"], "subscription": subscription["id"], "product": product["id"]}


async def outcome(awaited, *fields):
    """Its status, and those fields of what was answered; of a list, of each."""
    try:
        answer = await awaited
    except stripe.StripeError as error:
        return error.http_status, None
    things = answer.data if answer.object == "list" else [answer]
    return 200, [tuple(thing.to_dict().get(name) for name in ("object", *fields)) for thing in things]


async def played(client, ids):
    """The same calls to either, in the same order: what was called → what came of it."""
    v1, customer, subscription = client.v1, ids["customer"], ids["subscription"]
    invoice = (await v1.invoices.list_async({"customer": customer})).data[0].id
    charge = (await v1.charges.list_async({"customer": customer})).data[0]
    refund = {"charge": charge.id, "amount": 100, "metadata": {"proposal": "7"}}
    refunded = ("amount", "currency", "status", "metadata")
    invoiced = ("status", "amount_due", "amount_paid", "currency", "total", "subtotal")
    return {
        "customer": await outcome(v1.customers.retrieve_async(customer), "name", "email"),
        "no such customer": await outcome(v1.customers.retrieve_async("cus_none")),
        "customers": await outcome(v1.customers.list_async(), "name"),
        "customer changed": await outcome(v1.customers.update_async(customer, {"name": "Acme"}), "name", "email"),
        "product": await outcome(v1.products.retrieve_async(ids["product"]), "name", "active"),
        "products": await outcome(v1.products.list_async(), "name"),
        "subscription": await outcome(v1.subscriptions.retrieve_async(subscription), "status", "cancel_at_period_end"),
        "no such subscription": await outcome(v1.subscriptions.retrieve_async("sub_none")),
        "subscriptions": await outcome(v1.subscriptions.list_async({"customer": customer}), "status", "canceled_at"),
        "invoices": await outcome(v1.invoices.list_async({"customer": customer}), *invoiced),
        "invoice": await outcome(v1.invoices.retrieve_async(invoice), *invoiced),
        "paid again": await outcome(v1.invoices.pay_async(invoice)),
        "charge": await outcome(v1.charges.retrieve_async(charge.id), "amount", "status", "paid", "amount_refunded"),
        "intent": await outcome(v1.payment_intents.retrieve_async(charge.payment_intent), "amount", "status"),
        "refund": await outcome(v1.refunds.create_async(refund), *refunded),
        "refund of nothing": await outcome(v1.refunds.create_async({})),
        "refund of no charge": await outcome(v1.refunds.create_async({"charge": "pi_1"})),
        "refund of what is unknown": await outcome(v1.refunds.create_async({"charge": charge.id, "penguin": "1"})),
        "refunds": await outcome(v1.refunds.list_async({"charge": charge.id}), *refunded),
        "canceled": await outcome(v1.subscriptions.cancel_async(subscription), "status"),
    }


async def test_both_answer_alike():
    async with ours() as (client, ids):
        here = await played(client, ids)
    async with theirs() as (client, ids):
        there = await played(client, ids)
    assert here == there
    assert {status for status, _ in here.values()} == {200, 400, 404}


async def test_ours_refuses_what_theirs_lets_through():
    """More than was paid: why the other one alone would not do."""
    answers_of = []
    for server in (ours, theirs):
        async with server() as (client, ids):
            charge = (await client.v1.charges.list_async({"customer": ids["customer"]})).data[0].id
            given = {"charge": charge, "amount": AMOUNT + 1}
            answers_of.append((await outcome(client.v1.refunds.create_async(given)))[0])
    assert answers_of == [400, 200]
