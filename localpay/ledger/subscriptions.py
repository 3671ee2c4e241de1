"""Subscriptions: what a change would come to, the change, and the end. https://docs.stripe.com/billing/subscriptions"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from localpay.errors import Json, NotDoneHere, Refusal, missing
from localpay.ledger import collecting, invoices, items, payments, periods, prorations, standing
from localpay.ledger.core import Ledger, merged

AFTER_THE_END = frozenset({"cancellation_details", "metadata"})
UPDATED = "customer.subscription.updated"
PLAIN = ("cancel_at_period_end", "collection_method", "days_until_due", "default_payment_method", "description")


@dataclass(frozen=True, slots=True)
class Change:
    """What an update comes to: fields, and lines to bill, now or with the next invoice."""

    fields: Json
    lines: Sequence[Json] = field(default_factory=tuple)
    at_once: bool = False


def update(ledger: Ledger, subscription: Json, params: Json) -> Json:
    """Raises `Refusal`; then nothing has changed."""
    change = planned(ledger, subscription, params)
    if change.at_once and params.get("payment_behavior") == "error_if_incomplete":
        _would_be_paid(ledger, subscription, change)
    ledger.change(subscription, UPDATED, **change.fields)
    if change.at_once:
        _invoice(ledger, subscription, [*change.lines, *ledger.waiting_lines.pop(subscription["id"], [])])
    else:
        ledger.waiting_lines[subscription["id"]].extend(change.lines)
    return subscription


def _invoice(ledger: Ledger, subscription: Json, lines: Sequence[Json]) -> None:
    if lines:
        invoice = invoices.draft(ledger, subscription, lines, "subscription_update")
        collecting.collect(ledger, invoices.finalize(ledger, invoice))


def _would_be_paid(ledger: Ledger, subscription: Json, change: Change) -> None:
    reason = ledger.declines.get(subscription["customer"])
    if reason and sum(one["amount"] for one in change.lines) > 0:
        message = payments.DECLINED.get(reason, "Your card was declined.")
        raise Refusal(message, status=402, kind="card_error", code="card_declined", decline_code=reason)


def planned(ledger: Ledger, subscription: Json, params: Json) -> Change:
    """What an update would come to; nothing changes yet. Raises `Refusal`."""
    _still_changeable(subscription, params)
    fields = _fields(ledger, subscription, params)
    if params.get("trial_end"):
        return _trial(ledger, subscription, params, fields)
    if "items" not in params:
        return Change(fields)
    return _items(ledger, subscription, params, fields)


def _still_changeable(subscription: Json, params: Json) -> None:
    if subscription["status"] == "canceled" and params.keys() - AFTER_THE_END:
        raise Refusal(
            "A canceled subscription can only update its cancellation_details and metadata.",
            code="invalid_canceled_subscription_fields",
        )
    if subscription["status"] == "paused" and {"items", "trial_end", "pause_collection"} & params.keys():
        raise NotDoneHere("changing the items of a paused subscription; resume it first")


def _fields(ledger: Ledger, subscription: Json, params: Json) -> Json:
    fields: Json = {name: params[name] or None for name in PLAIN if name in params}
    if "cancel_at_period_end" in params:
        fields |= _ends(ledger, subscription, params)
    if "cancel_at" in params:
        fields |= _ends_at(ledger, params)
    if "metadata" in params:
        fields["metadata"] = merged(subscription["metadata"], params["metadata"])
    if "cancellation_details" in params:
        fields["cancellation_details"] = _details(subscription, params)
    if "pause_collection" in params:
        fields["pause_collection"] = _collection(ledger, params["pause_collection"])
    return fields


def _ends(ledger: Ledger, subscription: Json, params: Json) -> Json:
    ends = params["cancel_at_period_end"]
    if ends and params.get("cancel_at"):
        raise Refusal(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
            code="parameters_exclusive",
        )
    details = {**(subscription["cancellation_details"] or {}), "reason": "cancellation_requested" if ends else None}
    return {
        "cancel_at_period_end": ends,
        "cancel_at": standing.period(subscription)[1] if ends else None,
        "canceled_at": ledger.clock.now() if ends else None,
        "cancellation_details": details,
    }


def _ends_at(ledger: Ledger, params: Json) -> Json:
    moment = params["cancel_at"]
    if isinstance(moment, str) and moment:
        raise NotDoneHere(f"cancel_at={moment}", "cancel_at")
    if moment and moment <= ledger.clock.now():
        raise Refusal("cancel_at must be in the future.", param="cancel_at")
    return {"cancel_at": moment or None, "canceled_at": ledger.clock.now() if moment else None}


def _details(subscription: Json, params: Json) -> Json:
    given = {name: value or None for name, value in params["cancellation_details"].items()}
    before = subscription["cancellation_details"] or {"comment": None, "feedback": None, "reason": None}
    return {**before, **given}


def _collection(ledger: Ledger, given: Any) -> Json | None:
    if given == "":
        return None
    resumes = given.get("resumes_at")
    if resumes is not None and resumes <= ledger.clock.now():
        raise Refusal("The resumes_at timestamp must be in the future.", param="pause_collection[resumes_at]")
    return {"behavior": given["behavior"], "resumes_at": resumes}


def _items(ledger: Ledger, subscription: Json, params: Json, fields: Json) -> Change:
    before = subscription["items"]["data"]
    after = items.changed(ledger, subscription, params["items"])
    behavior = params.get("proration_behavior", "create_prorations")
    moment = _moment(ledger, subscription, params)
    if items.rhythm(before[0]) != items.rhythm(after[0]):
        return _new_cycle(ledger, subscription, after, fields, credit=behavior != "none")
    fields["items"] = {**subscription["items"], "data": after}
    if behavior == "none" or subscription["status"] == "trialing":
        return Change(fields)
    return Change(fields, prorations.of_change(ledger, before, after, moment), behavior == "always_invoice")


def _moment(ledger: Ledger, subscription: Json, params: Json) -> int:
    start, end = standing.period(subscription)
    moment: int = params.get("proration_date", ledger.clock.now())
    if "proration_date" in params and not start <= moment <= end:
        raise Refusal("Cannot specify a proration date outside of the current period.", param="proration_date")
    return moment


def _new_cycle(ledger: Ledger, subscription: Json, after: list[Json], fields: Json, *, credit: bool) -> Change:
    """Another interval: the billing cycle begins anew, now."""
    now = ledger.clock.now()
    renewed = standing.from_then({"items": {**subscription["items"], "data": after}}, now)
    back = prorations.unused(ledger, subscription["items"]["data"], now) if credit else []
    return Change(
        {**fields, "items": renewed, "billing_cycle_anchor": now},
        [*back, *prorations.whole_periods(ledger, renewed["data"])],
        at_once=True,
    )


def _trial(ledger: Ledger, subscription: Json, params: Json, fields: Json) -> Change:
    """Ended now, or later."""
    now = ledger.clock.now()
    if "items" in params:
        raise NotDoneHere("items and trial_end in one update", "trial_end")
    if params["trial_end"] != "now" and params["trial_end"] <= now:
        raise Refusal("Trial end must be in the future; use 'now' to end it immediately.", param="trial_end")
    if params["trial_end"] != "now":
        end = params["trial_end"]
        extended = standing.from_then(subscription, standing.period(subscription)[0], end)
        return Change(
            {**fields, "status": "trialing", "trial_end": end, "trial_start": subscription["trial_start"] or now,
             "items": extended, "billing_cycle_anchor": end}
        )  # fmt: skip
    if subscription["status"] != "trialing":
        raise Refusal("This subscription is not in a trial.", param="trial_end")
    paid = standing.from_then(subscription, now)
    ended = {**fields, "status": "active", "trial_end": now, "items": paid, "billing_cycle_anchor": now}
    return Change(ended, prorations.whole_periods(ledger, paid["data"]), at_once=True)


def cancel(ledger: Ledger, subscription: Json, params: Json, reason: str = "cancellation_requested") -> Json:
    """At once and for good. Raises `Refusal`."""
    if subscription["status"] == "canceled":
        raise missing("subscription", subscription["id"], "id")
    now = ledger.clock.now()
    waiting = ledger.waiting_lines.pop(subscription["id"], [])
    if params.get("prorate"):
        waiting += prorations.unused(ledger, subscription["items"]["data"], now)
    details = {**_details(subscription, {"cancellation_details": params.get("cancellation_details") or {}})}
    ledger.change(
        subscription, "customer.subscription.deleted",
        status="canceled", canceled_at=subscription["canceled_at"] or now, ended_at=now, cancel_at_period_end=False,
        cancellation_details={**details, "reason": reason}, pause_collection=None, status_details=None,
    )  # fmt: skip
    if params.get("invoice_now"):
        _invoice(ledger, subscription, waiting)
    for invoice in ledger.book.where("invoice", customer=subscription["customer"], status="open"):
        ledger.change(invoice, "invoice.updated", auto_advance=False, next_payment_attempt=None)
    return subscription


def renewal(subscription: Json, start: int, anchor: int) -> Json:
    """Its items for the period that begins then; the period ends on the anchor's day."""
    end = periods.after(start, subscription["items"]["data"][0]["price"]["recurring"], anchor)
    return standing.from_then(subscription, start, end)
