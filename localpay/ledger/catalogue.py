"""Products and prices, and the plan that an item still carries for each price."""

from typing import Any

from localpay.errors import Json, Refusal
from localpay.ledger.core import Ledger
from localpay.schema.objects import whole


def product(ledger: Ledger, identifier: str, name: str, **more: Any) -> Json:
    """A product that was there before anybody looked."""
    fields: Json = {
        "id": identifier, "name": name, "active": True, "images": [], "livemode": False, "marketing_features": [],
        "metadata": {}, "type": "service", "updated": ledger.clock.now(),
    }  # fmt: skip
    return ledger.add("product", quiet=True, **{**fields, **more})


def price(
    ledger: Ledger, identifier: str, of: str, unit_amount: int, currency: str, interval: str, **more: Any
) -> Json:
    """A price for each `interval` (day, week, month, year), in the currency's smallest unit."""
    ledger.book.get("product", of, "product")
    fields: Json = {
        "id": identifier, "product": of, "active": True, "billing_scheme": "per_unit", "currency": currency,
        "livemode": False, "metadata": {}, "tax_behavior": "unspecified", "type": "recurring",
        "unit_amount": unit_amount, "unit_amount_decimal": str(unit_amount),
        "recurring": {
            "interval": interval, "interval_count": 1, "meter": None, "trial_period_days": None,
            "usage_type": "licensed",
        },
    }  # fmt: skip
    return ledger.add("price", quiet=True, **{**fields, **more})


def plan(of: Json) -> Json:
    """What a price was called before there were prices; items carry both."""
    return whole(
        "plan",
        id=of["id"],
        active=of["active"],
        amount=of["unit_amount"],
        amount_decimal=of["unit_amount_decimal"],
        billing_scheme=of["billing_scheme"],
        created=of["created"],
        currency=of["currency"],
        interval=of["recurring"]["interval"],
        interval_count=of["recurring"]["interval_count"],
        livemode=False,
        metadata=of["metadata"],
        nickname=of["nickname"],
        product=of["product"],
        usage_type="licensed",
    )


def usable(ledger: Ledger, identifier: str, currency: str, param: str) -> Json:
    """A price that an item may have. Raises `Refusal`."""
    found = ledger.book.get("price", identifier, param)
    if not found["active"]:
        raise Refusal("The price specified is inactive. This field only accepts active prices.", param=param)
    if found["type"] != "recurring":
        raise Refusal(
            f"The price specified is set to `type={found['type']}` but this field only accepts prices with "
            "`type=recurring`.",
            param=param,
        )
    if found["currency"] != currency:
        raise Refusal(
            f"The price specified only supports `{found['currency']}`. This doesn't match the expected currency: "
            f"`{currency}`.",
            param=param,
        )
    return found


def name(ledger: Ledger, of: Json) -> str:
    """The name of a price's product."""
    return str(ledger.book.get("product", of["product"])["name"])
