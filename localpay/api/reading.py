"""Retrieving and listing, of every kind of object."""

import fnmatch
from collections.abc import Callable
from typing import Any

from stripe import params

from localpay.api.lists import PAGING, Filter, created, equal, listing, page, within
from localpay.api.methods import Call, Method
from localpay.clock import DAY
from localpay.errors import Json, Refusal, missing

EVENTS_KEPT = 30 * DAY  # https://docs.stripe.com/api/events
ENDED = frozenset({"canceled", "incomplete_expired"})


def retrieving(plural: str, published: type, kind: str) -> Method:
    def act(call: Call) -> Json:
        return call.thing(kind)

    return Method(f"{plural}.retrieve", "GET", f"/v1/{plural}/{{id}}", published, act)


def _of_list(name: str) -> Filter:
    return lambda thing, wanted: thing[name] in wanted


def _recurring(price: Json, wanted: Json) -> bool:
    return all((price["recurring"] or {}).get(name) == value for name, value in wanted.items())


def _status(subscription: Json, wanted: str) -> bool:
    if wanted == "ended":
        return subscription["status"] in ENDED
    return wanted in ("all", subscription["status"])


def _period(name: str) -> Filter:
    return lambda subscription, wanted: within(subscription["items"]["data"][0][name], wanted)


def _priced(subscription: Json, wanted: str) -> bool:
    return any(one["price"]["id"] == wanted for one in subscription["items"]["data"])


SUBSCRIPTION_FILTERS: dict[str, Filter] = {
    "created": created,
    "customer": equal("customer"),
    "status": _status,
    "collection_method": equal("collection_method"),
    "current_period_start": _period("current_period_start"),
    "current_period_end": _period("current_period_end"),
    "price": _priced,
    "plan": _priced,
}


def _list_subscriptions(call: Call) -> Json:
    """Those that have ended only where they are asked for."""
    things = call.ledger.book.all("subscription")
    if "status" not in call.params:
        things = [one for one in things if one["status"] not in ENDED]
    return page(call, things, "subscription", SUBSCRIPTION_FILTERS, "/v1/subscriptions")


def _invoice_subscription(invoice: Json, wanted: str) -> bool:
    details = (invoice["parent"] or {}).get("subscription_details") or {}
    return bool(details.get("subscription") == wanted)


def _paid_by(payment: Json, wanted: Json) -> bool:
    return all(payment["payment"].get(name) == value for name, value in wanted.items())


def _retrieve_event(call: Call) -> Json:
    event = call.thing("event")
    if call.ledger.clock.now() - event["created"] > EVENTS_KEPT:
        raise missing("event", event["id"], "id")
    return event


def _list_events(call: Call) -> Json:
    if {"type", "types"} <= call.params.keys():
        raise Refusal(
            "You may only specify one of these parameters: type, types.", code="parameters_exclusive", param="types"
        )
    since = call.ledger.clock.now() - EVENTS_KEPT
    things = [one for one in call.ledger.book.all("event") if one["created"] >= since]
    return page(call, things, "event", EVENT_FILTERS, "/v1/events")


def _matching(event: Json, wanted: str) -> bool:
    return fnmatch.fnmatchcase(event["type"], wanted)


def _delivered(event: Json, wanted: Any) -> bool:
    return (event["pending_webhooks"] == 0) is wanted


EVENT_FILTERS: dict[str, Filter] = {
    "created": created,
    "type": _matching,
    "types": _of_list("type"),
    "delivery_success": _delivered,
}


def _list_balance_transactions(call: Call) -> Json:
    customer = call.ids["customer"]
    call.ledger.book.get("customer", customer, "id")
    kind = "customer_balance_transaction"
    things = [one for one in call.ledger.book.all(kind) if one["customer"] == customer]
    filters: dict[str, Filter] = {"created": created, "invoice": equal("invoice")}
    return page(call, things, kind, filters, f"/v1/customers/{customer}/balance_transactions")


def _special(name: str, path: str, published: type, act: Callable[[Call], Json], *does: str) -> Method:
    return Method(name, "GET", path, published, act, PAGING | frozenset(does))


_of_charge: dict[str, Filter] = {"charge": equal("charge"), "payment_intent": equal("payment_intent")}
METHODS = (
    retrieving("customers", params.CustomerRetrieveParams, "customer"),
    listing("customers", params.CustomerListParams, "customer", {"email": equal("email")}),
    retrieving("products", params.ProductRetrieveParams, "product"),
    listing(
        "products",
        params.ProductListParams,
        "product",
        {"ids": _of_list("id"), **{name: equal(name) for name in ("active", "type", "url", "shippable")}},
    ),
    retrieving("prices", params.PriceRetrieveParams, "price"),
    listing(
        "prices",
        params.PriceListParams,
        "price",
        {
            "lookup_keys": _of_list("lookup_key"),
            "recurring": _recurring,
            **{name: equal(name) for name in ("active", "currency", "product", "type")},
        },
    ),
    retrieving("subscriptions", params.SubscriptionRetrieveParams, "subscription"),
    _special(
        "subscriptions.list",
        "/v1/subscriptions",
        params.SubscriptionListParams,
        _list_subscriptions,
        *SUBSCRIPTION_FILTERS,
    ),
    retrieving("invoices", params.InvoiceRetrieveParams, "invoice"),
    listing(
        "invoices",
        params.InvoiceListParams,
        "invoice",
        {
            "subscription": _invoice_subscription,
            **{name: equal(name) for name in ("customer", "status", "collection_method")},
        },
    ),
    listing(
        "invoice_payments",
        params.InvoicePaymentListParams,
        "invoice_payment",
        {"invoice": equal("invoice"), "status": equal("status"), "payment": _paid_by},
    ),
    retrieving("charges", params.ChargeRetrieveParams, "charge"),
    listing(
        "charges",
        params.ChargeListParams,
        "charge",
        {"customer": equal("customer"), "payment_intent": equal("payment_intent")},
    ),
    retrieving("payment_intents", params.PaymentIntentRetrieveParams, "payment_intent"),
    retrieving("refunds", params.RefundRetrieveParams, "refund"),
    listing("refunds", params.RefundListParams, "refund", _of_charge),
    retrieving("disputes", params.DisputeRetrieveParams, "dispute"),
    listing("disputes", params.DisputeListParams, "dispute", _of_charge),
    retrieving("credit_notes", params.CreditNoteRetrieveParams, "credit_note"),
    listing(
        "credit_notes",
        params.CreditNoteListParams,
        "credit_note",
        {"customer": equal("customer"), "invoice": equal("invoice")},
    ),
    _special(
        "customers.balance_transactions.list",
        "/v1/customers/{customer}/balance_transactions",
        params.CustomerBalanceTransactionListParams,
        _list_balance_transactions,
        "created",
        "invoice",
    ),
    Method("events.retrieve", "GET", "/v1/events/{id}", params.EventRetrieveParams, _retrieve_event),
    _special("events.list", "/v1/events", params.EventListParams, _list_events, *EVENT_FILTERS),
)
