"""A subscription as the mirror holds it, read from either shape that Stripe's API has had."""

from pydantic import BaseModel, ConfigDict

from bot.integrations.stripe.fields import Object, id_of, second

STATUS = {
    "active": "active",
    "past_due": "past_due",
    "canceled": "canceled",
    "unpaid": "unpaid",
    "trialing": "trialing",
    "paused": "paused",
    "incomplete": "unpaid",  # the first payment is not through yet
    "incomplete_expired": "canceled",  # and never came
}


class Snapshot(BaseModel):
    """What the mirror holds of a subscription, as it was at one moment."""

    model_config = ConfigDict(frozen=True)

    customer: str | None
    status: str
    """In the platform's words; collection paused counts as paused."""
    products: tuple[str, ...]
    period_start: int | None
    period_end: int | None
    cancel_at_period_end: bool


def snapshot(thing: Object) -> Snapshot:
    """What counts of a subscription. Raises `ValueError` for a status that is not known here."""
    status = thing["status"]
    if status not in STATUS:
        raise ValueError(f"status: “{status}” is not known here")
    mirrored = STATUS[status]
    if thing.get("pause_collection") and mirrored != "canceled":
        mirrored = "paused"
    items = (thing.get("items") or {}).get("data") or []
    first = items[0] if items else {}
    return Snapshot(
        customer=id_of(thing.get("customer")),
        status=mirrored,
        products=tuple(filter(None, [*map(_product, items), _product(thing)])),
        period_start=_period(thing, first, "current_period_start"),
        period_end=_period(thing, first, "current_period_end"),
        cancel_at_period_end=bool(thing.get("cancel_at_period_end")),
    )


def _period(thing: Object, item: Object, name: str) -> int | None:
    """At the subscription in older versions of Stripe's API, at its item in newer ones. Raises `ValueError`."""
    found = thing.get(name) or item.get(name)
    return None if found is None else second(found)


def _product(item: Object) -> str | None:
    priced = item.get("price") or item.get("plan") or {}
    return id_of(priced.get("product"))
