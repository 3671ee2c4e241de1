"""Customers and subscriptions that there are from the beginning: only seeds make them, no method does."""

from typing import Any

from localpay.errors import Json
from localpay.ledger import collecting, invoices, items, periods, prorations
from localpay.ledger.core import Ledger, listed


def customer(ledger: Ledger, identifier: str, name: str, **more: Any) -> Json:
    """A customer without any subscription."""
    fields: Json = {
        "id": identifier, "name": name, "balance": 0, "currency": None, "delinquent": False, "livemode": False,
        "metadata": {}, "invoice_prefix": identifier.removeprefix("cus_").upper()[-8:], "next_invoice_sequence": 1,
        "preferred_locales": [], "tax_exempt": "none",
        "invoice_settings": {
            "custom_fields": None, "default_payment_method": f"pm_{identifier.removeprefix('cus_')}", "footer": None,
            "rendering_options": None,
        },
    }  # fmt: skip
    return ledger.add("customer", **{**fields, **more})


def subscription(
    ledger: Ledger, identifier: str, of: Json, price: Json, quantity: int = 1, *, trial_end: int | None = None,
    flexible: bool = True,
) -> Json:  # fmt: skip
    """Begun now: with its first invoice, or with a trial."""
    now = ledger.clock.now()
    trialing = trial_end is not None and trial_end > now
    end = trial_end if trialing and trial_end else periods.after(now, price["recurring"])
    first = items.item(ledger, identifier, price, quantity, now, end)
    mode = {"type": "flexible", "flexible": {"proration_discounts": "included"}} if flexible else {"type": "classic"}
    made = ledger.add(
        "subscription",
        "customer.subscription.created",
        id=identifier,
        automatic_tax={"enabled": False, "liability": None, "disabled_reason": None},
        billing_cycle_anchor=end if trialing else now,
        billing_mode=mode,
        billing_schedules=[],
        cancel_at_period_end=False,
        cancellation_details={"comment": None, "feedback": None, "reason": None},
        collection_method="charge_automatically",
        currency=price["currency"],
        customer=of["id"],
        default_tax_rates=[],
        discounts=[],
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}},
        items=listed([first], f"/v1/subscription_items?subscription={identifier}"),
        livemode=False,
        metadata={},
        payment_settings={
            "payment_method_options": None, "payment_method_types": None, "save_default_payment_method": "off"
        },
        start_date=now,
        status="trialing" if trialing else "active",
        trial_end=trial_end,
        trial_start=now if trialing else None,
        trial_settings={"end_behavior": {"missing_payment_method": "create_invoice"}},
    )  # fmt: skip
    ledger.change(of, currency=price["currency"])
    if not trialing:
        lines = prorations.whole_periods(ledger, made["items"]["data"])
        invoice = invoices.draft(ledger, made, lines, "subscription_create")
        collecting.collect(ledger, invoices.finalize(ledger, invoice))
    return made
