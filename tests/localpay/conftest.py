"""A local Stripe with a few customers, Stripe's own client for it, and an endpoint that listens."""

import contextlib
import json
from dataclasses import dataclass, field

import pytest
import stripe
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from localpay import LocalPay
from localpay.sample import sample_world
from localslack import hosting

SECRET = "whsec_test"


class Time:
    """A clock that a test sets; it does not go by itself."""

    def __init__(self):
        self.now = 1_795_000_000.0

    def __call__(self):
        return self.now


@dataclass
class Listener:
    """An endpoint as an application has it: verifies with Stripe's library, and answers `statuses` in turn."""

    seen: list = field(default_factory=list)
    refused: list = field(default_factory=list)
    statuses: list = field(default_factory=list)

    async def take(self, request):
        body = await request.body()
        try:
            stripe.Webhook.construct_event(body, request.headers["Stripe-Signature"], SECRET)
        except stripe.SignatureVerificationError as wrong:
            self.refused.append(str(wrong))
            return Response(status_code=400)
        status = self.statuses.pop(0) if self.statuses else 200
        if status == 200:
            self.seen.append(json.loads(body))
        return Response(status_code=status)

    @property
    def types(self):
        return [event["type"] for event in self.seen]

    @contextlib.asynccontextmanager
    async def serve(self):
        async with hosting.serve(Starlette(routes=[Route("/hook", self.take, methods=["POST"])])) as url:
            yield f"{url}/hook"


@contextlib.asynccontextmanager
async def client_of(url, key="sk_test_local", **more):
    """The official client, changed in nothing but the address."""
    http = stripe.HTTPXClient(timeout=10)
    yield stripe.StripeClient(key, base_addresses={"api": url}, http_client=http, max_network_retries=0, **more)
    await http.close_async()


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
async def pay(clock):
    local = LocalPay(sample_world(), clock=clock, retry_delays=(0.02, 0.02))
    async with local.serve():
        yield local


@pytest.fixture
async def client(pay):
    async with client_of(pay.base_url) as made:
        yield made


@pytest.fixture
async def listener(pay):
    listening = Listener()
    async with listening.serve() as url:
        pay.add_endpoint(url, secret=SECRET)
        yield listening


def newest(pay, kind, **values):
    """The newest object of a kind with these values."""
    return next(one for one in pay.ledger.book.all(kind) if all(one[name] == value for name, value in values.items()))


def paid_charge(pay, customer="cus_acme"):
    return newest(pay, "charge", customer=customer, status="succeeded")


async def refused(awaited):
    """The error that a call is answered with."""
    with pytest.raises(stripe.StripeError) as caught:
        await awaited
    return caught.value
