"""The items of a subscription, and what an update makes of them."""

from collections.abc import Sequence

from localpay.errors import Json, Refusal, missing
from localpay.ledger import catalogue
from localpay.ledger.book import new_id
from localpay.ledger.core import Ledger, merged
from localpay.schema.objects import whole

MOST = 20


def item(ledger: Ledger, subscription: str, price: Json, quantity: int, start: int, end: int) -> Json:
    """One item with its period."""
    return whole(
        "subscription_item",
        id=new_id("subscription_item"),
        created=ledger.clock.now(),
        current_period_start=start,
        current_period_end=end,
        discounts=[],
        metadata={},
        plan=catalogue.plan(price),
        price=price,
        quantity=quantity,
        subscription=subscription,
        tax_rates=[],
    )


def changed(ledger: Ledger, subscription: Json, given: Sequence[Json]) -> list[Json]:
    """The items after an update that names these. Raises `Refusal`."""
    items: dict[str, Json] = {one["id"]: one for one in subscription["items"]["data"]}
    for place, wanted in enumerate(given):
        _one(ledger, subscription, items, wanted, f"items[{place}]")
    left = list(items.values())
    _together(left)
    return left


def _one(ledger: Ledger, subscription: Json, items: dict[str, Json], wanted: Json, param: str) -> None:
    identifier = wanted.get("id")
    if identifier is None:
        added = _added(ledger, subscription, wanted, param)
        items[added["id"]] = added
    elif identifier not in items:
        raise missing("subscription_item", identifier, f"{param}[id]")
    elif wanted.get("deleted"):
        del items[identifier]
    else:
        items[identifier] = _altered(ledger, subscription, items[identifier], wanted, param)


def _added(ledger: Ledger, subscription: Json, wanted: Json, param: str) -> Json:
    if "price" not in wanted:
        raise Refusal(f"Missing required param: {param}[price].", code="parameter_missing", param=f"{param}[price]")
    price = catalogue.usable(ledger, wanted["price"], subscription["currency"], f"{param}[price]")
    first = subscription["items"]["data"][0]
    period = first["current_period_start"], first["current_period_end"]
    return item(ledger, subscription["id"], price, _quantity(wanted, 1, param), *period)


def _altered(ledger: Ledger, subscription: Json, before: Json, wanted: Json, param: str) -> Json:
    price = before["price"]
    if "price" in wanted:
        price = catalogue.usable(ledger, wanted["price"], subscription["currency"], f"{param}[price]")
    return {
        **before,
        "price": price,
        "plan": catalogue.plan(price),
        "quantity": _quantity(wanted, before["quantity"], param),
        "metadata": merged(before["metadata"], wanted.get("metadata")),
    }


def _quantity(wanted: Json, default: int, param: str) -> int:
    quantity: int = wanted.get("quantity", default)
    if quantity < 0:
        raise Refusal("Invalid non-negative integer", code="parameter_invalid_integer", param=f"{param}[quantity]")
    return quantity


def _together(items: Sequence[Json]) -> None:
    """Whether they can be one subscription's."""
    if not items:
        raise Refusal("A subscription must have at least one active item.", param="items")
    if len(items) > MOST:
        raise Refusal(f"A subscription can have at most {MOST} items.", param="items")
    prices = [one["price"]["id"] for one in items]
    if len(set(prices)) < len(prices):
        raise Refusal("Cannot add multiple subscription items with the same price.", param="items")
    if len({rhythm(one) for one in items}) > 1:
        raise Refusal("All items of a subscription must have prices of the same interval.", param="items")


def rhythm(one: Json) -> tuple[str, int]:
    """How often an item is billed."""
    recurring = one["price"]["recurring"]
    return recurring["interval"], recurring["interval_count"]
