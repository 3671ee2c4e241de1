"""The same for Stripe, in its test mode: a customer made, heard of in an event, and deleted again."""

import asyncio
import json
import uuid
from collections.abc import Callable
from typing import Any

import stripe

from bot.config import Settings
from bot.doctor.findings import Finding, failed, ok, warning
from bot.integrations.stripe.api import TIMEOUT
from bot.integrations.stripe.events import read, verified

TEST = ("sk_test_", "rk_test_")
LOOKS, BETWEEN = 10, 1.0  # for the event: how often, and seconds between
PATIENCE = "Try again; status.stripe.com says whether Stripe is late."

Tell = Callable[[Finding], None]


async def round_trip(settings: Settings, tell: Tell) -> None:
    """Read, make and delete a customer, and read its event as the bot does. A live key is refused before any call."""
    if settings.stripe_api_key is None:
        tell(ok("stripe", "off: STRIPE_API_KEY is not set"))
        return
    key = settings.stripe_api_key.get_secret_value()
    if not key.startswith(TEST):
        tell(
            failed("stripe", "STRIPE_API_KEY is a live key: nothing was sent", "Use a key of the test mode: sk_test_…")
        )
        return
    http = stripe.HTTPXClient(timeout=TIMEOUT)
    client = stripe.StripeClient(
        key, base_addresses={"api": settings.stripe_api_url.rstrip("/")}, max_network_retries=2, http_client=http
    )
    secret = settings.stripe_webhook_secret
    try:
        await _through(client, secret.get_secret_value() if secret else "whsec_of_nobody", tell)
    finally:
        await http.close_async()  # type: ignore[no-untyped-call]


async def _through(client: stripe.StripeClient, secret: str, tell: Tell) -> None:
    try:
        await client.v1.subscriptions.list_async({"limit": 1})
    except stripe.StripeError as error:
        tell(_refused("stripe read", error))
        return
    tell(ok("stripe read", "subscriptions can be read"))
    mark = uuid.uuid4().hex
    try:
        # Asked again with the same key when the answer is lost, Stripe answers with the customer it made.
        made = await client.v1.customers.create_async(
            {"description": "pm doctor, deleted at once", "metadata": {"pm_doctor": mark}}, {"idempotency_key": mark}
        )
    except stripe.PermissionError:
        tell(warning("stripe make", "this key may only read, as the bot itself needs it", "Nothing has to be done."))
        return
    except stripe.StripeError as error:
        tell(_refused("stripe make", error))
        return
    tell(ok("stripe make", f"customer {made.id} made"))
    try:
        await _event(client, made.id, secret, tell)
    finally:
        await asyncio.shield(_delete(client, made.id, tell))


async def _event(client: stripe.StripeClient, customer: str, secret: str, tell: Tell) -> None:
    try:
        found = await _told(client, customer)
    except stripe.StripeError as error:
        tell(_refused("stripe event", error))
        return
    if found is None:
        tell(warning("stripe event", "the event of the new customer did not come", PATIENCE))
        return
    body = json.dumps(found)
    header = stripe.WebhookSignature.generate_signature_header(body, secret)
    read(verified(body.encode(), header, secret))
    tell(ok("stripe event", f"{found['id']} is readable, and its signature is accepted"))


async def _told(client: stripe.StripeClient, customer: str) -> dict[str, Any] | None:
    for _ in range(LOOKS):
        events = await client.v1.events.list_async({"type": "customer.created", "limit": 20})
        for one in events.data:
            event: dict[str, Any] = one.to_dict()
            if event["data"]["object"].get("id") == customer:
                return event
        await asyncio.sleep(BETWEEN)
    return None


async def _delete(client: stripe.StripeClient, customer: str, tell: Tell) -> None:
    try:
        await client.v1.customers.delete_async(customer)
    except stripe.StripeError as error:
        why = _said(error)
        tell(failed("stripe delete", f"left behind: customer {customer} ({why})", "Delete it in Stripe's dashboard."))
    else:
        tell(ok("stripe delete", "nothing is left behind"))


def _refused(subject: str, error: stripe.StripeError) -> Finding:
    return failed(subject, f"Stripe says {_said(error)}", "Check STRIPE_API_KEY and STRIPE_API_URL: run pm doctor.")


def _said(error: stripe.StripeError) -> str:
    return error.code or (f"status {error.http_status}" if error.http_status else type(error).__name__)
