"""Pausing a subscription and resuming it, since 2026-09-30: https://docs.stripe.com/billing/subscriptions/pause

Not to be taken for `pause_collection`, which leaves the status as it is and the invoices coming.
"""

from localpay.errors import Json, Refusal
from localpay.ledger import collecting, invoices, prorations, standing, subscriptions
from localpay.ledger.core import Ledger

NEVER_PAUSED = frozenset({"trialing", "paused", "incomplete", "incomplete_expired", "canceled"})
TOO_LATE = 23 * 3_600
"""Seconds after which a resumption that nobody tried to pay is off."""


def pause(ledger: Ledger, subscription: Json, params: Json) -> Json:
    """No service and no invoices until it is resumed. Raises `Refusal`."""
    _may_be_paused(subscription)
    now = ledger.clock.now()
    back = _credit(ledger, subscription, params, now)
    start = standing.period(subscription)[0]
    ledger.change(
        subscription, subscriptions.UPDATED, "customer.subscription.paused",
        status="paused", items=standing.from_then(subscription, start, now), pending_update=None,
        status_details={
            "paused": {"subscription": {"type": "pause_requested"}, "transitioned_at": now, "type": "subscription"}
        },
    )  # fmt: skip
    if params.get("invoicing_behavior") == "invoice" and back:
        invoices.finalize(ledger, invoices.draft(ledger, subscription, back, "subscription_update"))
    else:
        ledger.waiting_lines[subscription["id"]].extend(back)
    return subscription


def _may_be_paused(subscription: Json) -> None:
    if subscription["collection_method"] != "charge_automatically":
        raise Refusal("Only subscriptions with collection_method=charge_automatically can be paused.")
    if subscription["billing_mode"]["type"] != "flexible":
        raise Refusal("Only subscriptions with billing_mode[type]=flexible can be paused.")
    if subscription["status"] in NEVER_PAUSED:
        raise Refusal(f"A subscription with status {subscription['status']} cannot be paused.")


def _credit(ledger: Ledger, subscription: Json, params: Json, now: int) -> list[Json]:
    since = params.get("bill_for", {}).get("unused_time_from", {}).get("type", "now")
    if since == "none":
        return []
    moment = now if since == "now" else standing.period(subscription)[0]
    return prorations.unused(ledger, subscription["items"]["data"], moment)


def resume(ledger: Ledger, subscription: Json, params: Json) -> Json:
    """Active at once where nothing is to be paid, else once the invoice of the resumption is. Raises `Refusal`."""
    if subscription["status"] != "paused":
        raise Refusal(f"Only paused subscriptions can be resumed; this one is {subscription['status']}.")
    if any(one["subscription"] == subscription["id"] for one in ledger.resuming.values()):
        raise Refusal("This subscription is being resumed already: its invoice is not paid yet.")
    behavior = params.get("payment_behavior", "resume_on_payment_attempt")
    if behavior == "resume_on_payment_success" and subscription["billing_mode"]["type"] != "flexible":
        raise Refusal("resume_on_payment_success needs billing_mode[type]=flexible.", param="payment_behavior")
    start, lines = resumption(ledger, subscription, params)
    if start is not None and not subscription["pause_collection"]:
        lines = [*ledger.waiting_lines.pop(subscription["id"], []), *lines]
    if not lines:
        return standing.resume(ledger, subscription, start=start)
    return _billed(ledger, subscription, lines, start, behavior)


def resumption(ledger: Ledger, subscription: Json, params: Json) -> tuple[int | None, list[Json]]:
    """Since when the new period counts (None: the old one goes on), and what is billed for it at once."""
    now = ledger.clock.now()
    if params.get("billing_cycle_anchor", {}).get("type", "now") == "now":
        return now, prorations.whole_periods(ledger, standing.from_then(subscription, now)["data"])
    going = _going_on(subscription, now)
    behavior = params.get("proration_behavior", "create_prorations")
    rest = prorations.remaining(ledger, going["data"], params.get("proration_date", now))
    ledger.change(subscription, items=going)
    if behavior == "create_prorations":
        ledger.waiting_lines[subscription["id"]].extend(rest)
    return None, rest if behavior == "always_invoice" else []


def _going_on(subscription: Json, now: int) -> Json:
    """The period of the old cycle that it is in by now."""
    start = subscription["billing_cycle_anchor"]
    items = standing.from_then(subscription, start)
    while (end := items["data"][0]["current_period_end"]) <= now:
        items = standing.from_then(subscription, end)
    return items


def _billed(ledger: Ledger, subscription: Json, lines: list[Json], start: int | None, behavior: str) -> Json:
    invoice = invoices.draft(ledger, subscription, lines, "subscription_update", auto_advance=False)
    too_late = ledger.clock.now() + TOO_LATE
    ledger.resuming[invoice["id"]] = {
        "subscription": subscription["id"], "start": start, "behavior": behavior, "until": too_late,
    }  # fmt: skip
    at_once = behavior == "resume_on_payment_success"
    if at_once:
        ledger.change(invoice, auto_advance=True)
    invoices.finalize(ledger, invoice)
    if at_once or not invoice["amount_due"]:
        collecting.collect(ledger, invoice)
    return subscription
