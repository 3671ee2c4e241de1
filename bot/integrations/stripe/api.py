"""Stripe's API, with the account's key: asking how things are now."""

import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple, TypeVar

import stripe
from stripe.params import EventListParams, InvoiceListParams, SubscriptionListParams

from bot.errors import Unavailable
from bot.integrations.stripe.events import InvoiceNow, invoice_now
from bot.integrations.stripe.fields import STRIPE_ID
from bot.integrations.stripe.snapshots import Snapshot, snapshot

API_URL = "https://api.stripe.com"
DASHBOARD = "https://dashboard.stripe.com"
TIMEOUT = 10.0  # seconds for one call
Page = TypeVar("Page")
PAGE = 100  # objects of a list at once: the most that Stripe gives


class Answer(NamedTuple):
    """A subscription as Stripe has it, at a moment between `since` and `until` on Stripe's own clock."""

    snapshot: Snapshot
    since: int
    until: int
    livemode: bool = False


def dashboard(kind: str, stripe_id: str, *, live: bool) -> str | None:
    """Where Stripe's own page about an object is; None for what is no id of Stripe's."""
    return f"{DASHBOARD}/{'' if live else 'test/'}{kind}/{stripe_id}" if STRIPE_ID.fullmatch(stripe_id) else None


class StripeApi:
    """Stripe's answers, with the account's key."""

    def __init__(self, key: str, url: str = API_URL) -> None:
        self.live = not key.startswith(("sk_test_", "rk_test_"))
        self._http = stripe.HTTPXClient(timeout=TIMEOUT)
        self._client = stripe.StripeClient(
            key, base_addresses={"api": url.rstrip("/")}, max_network_retries=0, http_client=self._http
        )

    async def subscription(self, subscription_id: str) -> Answer | None:
        """As it is now; None if Stripe has none of that id. Raises `Unavailable`."""
        started = time.monotonic()
        try:
            found = await self._client.v1.subscriptions.retrieve_async(subscription_id)
        except stripe.InvalidRequestError:
            return None
        except stripe.StripeError as error:
            raise Unavailable(f"Stripe did not answer ({type(error).__name__}).") from None
        took = math.ceil(time.monotonic() - started)
        until = _moment(found.last_response.headers if found.last_response else {})
        one = found.to_dict()
        return Answer(snapshot(one), until - took, until, one.get("livemode") is True)

    async def answers_of(self, customer: str) -> dict[str, Answer]:
        """All subscriptions of a customer as they are now, by their ids. Raises `Unavailable`."""
        started = time.monotonic()
        asked: SubscriptionListParams = {"customer": customer, "status": "all", "limit": PAGE}
        page = await self._page(self._client.v1.subscriptions.list_async(asked))
        until = _moment(page.last_response.headers if page.last_response else {})
        since = until - math.ceil(time.monotonic() - started)
        found = [one.to_dict() for one in page.data]
        return {one["id"]: Answer(snapshot(one), since, until, one.get("livemode") is True) for one in found}

    async def invoices_of(self, customer: str, most: int) -> list[InvoiceNow]:
        """The newest invoices of a customer that were paid, or tried, with their payments. Raises `Unavailable`."""
        asked: InvoiceListParams = {"customer": customer, "limit": most, "expand": ["data.payments"]}
        page = await self._page(self._client.v1.invoices.list_async(asked))
        return [now for one in page.data if (now := invoice_now(one.to_dict())) is not None]

    async def _page(self, asked: Awaitable[Page]) -> Page:
        """An answer; what Stripe refuses is no page of anything, either."""
        try:
            return await asked
        except stripe.StripeError as error:
            raise Unavailable(f"Stripe did not answer ({type(error).__name__}).") from None

    async def events(self, since: int, until: int) -> AsyncIterator[dict[str, Any]]:
        """All events from `since` to before `until` (seconds since 1970), the newest first. Raises `Unavailable`."""
        asked: EventListParams = {"created": {"gte": since, "lt": until}, "limit": PAGE}
        while True:
            page = await self._page(self._client.v1.events.list_async(asked))
            for one in page.data:
                yield json.loads(str(one))
            if not page.has_more or not page.data:
                return
            asked = {**asked, "starting_after": page.data[-1].id}

    async def close(self) -> None:
        await self._http.close_async()  # type: ignore[no-untyped-call]


def _moment(headers: Mapping[str, str]) -> int:
    """When an answer was given, by Stripe's clock if it says so."""
    stated = next((value for name, value in headers.items() if name.lower() == "date"), None)
    return int(parsedate_to_datetime(stated).timestamp()) if stated else int(time.time())
