"""The invoice that a change would make, or that comes next; nothing is kept of it."""

import secrets

from localpay.errors import Json, Refusal
from localpay.ledger import invoices, prorations, standing, subscriptions
from localpay.ledger.core import Ledger
from localpay.ledger.renewing import RENEWED
from localpay.schema.objects import whole

DETAILS = ("cancel_at_period_end", "proration_behavior", "proration_date", "trial_end")


def invoice(ledger: Ledger, params: Json) -> Json:
    """Of a subscription, or of the customer's only one. Raises `Refusal`."""
    subscription = _subscription(ledger, params)
    details = params.get("subscription_details", {})
    change = subscriptions.planned(ledger, subscription, details)
    after = {**subscription, **change.fields}
    lines = [*ledger.waiting_lines.get(subscription["id"], []), *change.lines]
    moment = ledger.clock.now()
    if not change.at_once:
        lines += _next(ledger, after)
        moment = standing.period(after)[1]
    if not lines:
        raise _none(subscription["customer"])
    reason = "subscription_update" if change.at_once else "upcoming"
    start = standing.period(subscription)[0]
    identifier = f"upcoming_in_{secrets.token_hex(12)}"
    fields = invoices.described(
        ledger, after, lines, reason, id=identifier, created=moment, period_start=start, period_end=moment
    )
    if details.get("proration_date"):
        fields["parent"]["subscription_details"]["subscription_proration_date"] = details["proration_date"]
    return whole("invoice", **fields)


def _next(ledger: Ledger, subscription: Json) -> list[Json]:
    """What the renewal will ask for."""
    if subscription["status"] not in RENEWED or subscription["cancel_at_period_end"]:
        return []
    end = standing.period(subscription)[1]
    return prorations.whole_periods(
        ledger, subscriptions.renewal(subscription, end, subscription["billing_cycle_anchor"])["data"]
    )


def _subscription(ledger: Ledger, params: Json) -> Json:
    if "subscription" in params:
        found = ledger.book.get("subscription", params["subscription"], "subscription")
        if params.get("customer") not in (None, found["customer"]):
            raise Refusal("The customer is not the subscription's.", param="customer")
        return found
    if "customer" not in params:
        raise Refusal(
            "You must specify one of: customer, subscription.", code="parameter_missing", param="subscription"
        )
    ledger.book.get("customer", params["customer"], "customer")
    for one in ledger.book.where("subscription", customer=params["customer"]):
        if one["status"] in RENEWED:
            return one
    raise _none(params["customer"])


def _none(customer: str) -> Refusal:
    return Refusal(f"No upcoming invoices for customer: {customer}", status=404, code="invoice_upcoming_none")
