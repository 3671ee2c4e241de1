"""What there is at the beginning: given as data, made by playing it.

Each subscription begins when it is said to have begun, and is renewed until now, so that its invoices and charges are
what they would be. No events tell of that time.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from localpay.clock import DAY
from localpay.errors import Json
from localpay.ledger import catalogue, passing, pausing, renewing, standing, starting, subscriptions
from localpay.ledger.core import Ledger

STATUSES = ("active", "trialing", "past_due", "paused", "canceled")


@dataclass(frozen=True)
class Price:
    """An amount in the currency's smallest unit, for each `interval`: day, week, month, year."""

    id: str
    amount: int
    currency: str = "eur"
    interval: str = "month"
    nickname: str | None = None


@dataclass(frozen=True)
class Product:
    id: str
    name: str
    prices: Sequence[Price] = ()


@dataclass(frozen=True)
class Subscription:
    """Begun `days` ago. `invoices`: ids for its invoices and their payment intents, the first first."""

    id: str
    price: str
    quantity: int = 1
    status: str = "active"
    days: float = 40
    trial_days: float = 0
    flexible: bool = True
    invoices: Sequence[tuple[str, str]] = ()
    cancel_at_period_end: bool = False


@dataclass(frozen=True)
class Customer:
    """`declines`: why the bank declines from now on."""

    id: str
    name: str
    email: str | None = None
    subscriptions: Sequence[Subscription] = ()
    balance: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)
    declines: str = ""


@dataclass(frozen=True)
class World:
    products: Sequence[Product] = ()
    customers: Sequence[Customer] = ()

    @classmethod
    def from_json(cls, given: Any) -> Self:
        """The same keys as the fields. Raises `KeyError`, `TypeError` or `ValueError` for what is none."""
        products = [
            Product(**{**one, "prices": [Price(**price) for price in one.get("prices", ())]})
            for one in given["products"]
        ]
        customers = [
            Customer(**{**one, "subscriptions": [Subscription(**sub) for sub in one.get("subscriptions", ())]})
            for one in given["customers"]
        ]
        return cls(products, customers)


def seed(ledger: Ledger, world: World) -> None:
    """Make all of it. Raises `ValueError` or a `Refusal` for what cannot be."""
    ledger.unseen = True
    long_ago = ledger.clock.now() - 400 * DAY
    for product in world.products:
        catalogue.product(ledger, product.id, product.name, created=long_ago, updated=long_ago)
        for price in product.prices:
            catalogue.price(
                ledger, price.id, product.id, price.amount, price.currency, price.interval,
                nickname=price.nickname, created=long_ago,
            )  # fmt: skip
    for customer in world.customers:
        _customer(ledger, customer)
    passing.catch_up(ledger)
    ledger.unseen = False


def _customer(ledger: Ledger, wanted: Customer) -> None:
    now = ledger.clock.now()
    since = min((now - int(one.days * DAY) for one in wanted.subscriptions), default=now)
    customer = starting.customer(
        ledger, wanted.id, wanted.name, email=wanted.email, balance=wanted.balance, metadata=dict(wanted.metadata),
        created=since,
    )  # fmt: skip
    for one in wanted.subscriptions:
        _subscription(ledger, customer, one)
    if wanted.declines:
        ledger.declines[wanted.id] = wanted.declines


def _subscription(ledger: Ledger, customer: Json, wanted: Subscription) -> None:
    if wanted.status not in STATUSES:
        raise ValueError(f"{wanted.id}: {wanted.status} is none of {', '.join(STATUSES)}")
    names = [{"invoice": invoice, "payment_intent": intent} for invoice, intent in wanted.invoices]
    ledger.reserved[wanted.id] = deque(names)
    now = ledger.clock.now()
    begun = now - int(wanted.days * DAY)
    price = ledger.book.get("price", wanted.price, "price")
    trial = begun + int(wanted.trial_days * DAY) if wanted.trial_days else None
    with ledger.clock.at(begun):
        made = starting.subscription(
            ledger, wanted.id, customer, price, wanted.quantity, trial_end=trial, flexible=wanted.flexible
        )
    _until_now(ledger, made, failing=wanted.status == "past_due")
    if wanted.cancel_at_period_end:
        subscriptions.update(ledger, made, {"cancel_at_period_end": True})
    if wanted.status == "paused":
        pausing.pause(ledger, made, {"bill_for": {"unused_time_from": {"type": "none"}}})
    elif wanted.status == "canceled":
        subscriptions.cancel(ledger, made, {})
    if made["status"] != wanted.status:
        raise ValueError(f"{wanted.id} came to be {made['status']}, not {wanted.status}")


def _until_now(ledger: Ledger, subscription: Json, *, failing: bool) -> None:
    """Renew it; where it is to be past due, the last renewal is declined, and the bank goes on declining."""
    now = ledger.clock.now()
    while (moment := standing.period(subscription)[1]) <= now:
        with ledger.clock.at(moment):
            following = subscriptions.renewal(subscription, moment, subscription["billing_cycle_anchor"])
            if failing and following["data"][0]["current_period_end"] > now:
                ledger.declines[subscription["customer"]] = "insufficient_funds"
            renewing.renew(ledger, subscription, moment)
