"""Customers, subscriptions and invoices: what the API changes about them."""

from typing import Any

from stripe import params

from localpay.api.methods import Call, Method
from localpay.errors import Json
from localpay.ledger import balance, collecting, pausing, previews, subscriptions
from localpay.ledger.core import merged

CUSTOMER_FIELDS = (
    "address", "business_name", "description", "email", "individual_name", "name", "phone", "preferred_locales",
    "tax_exempt",
)  # fmt: skip


def _update_customer(call: Call) -> Json:
    customer = call.thing("customer")
    fields: Json = {name: call.params[name] or None for name in CUSTOMER_FIELDS if name in call.params}
    if fields.get("address"):
        empty = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
        fields["address"] = {**empty, **(customer["address"] or {}), **fields["address"]}
    if "metadata" in call.params:
        fields["metadata"] = merged(customer["metadata"], call.params["metadata"])
    if "balance" in call.params and (difference := call.params["balance"] - (customer["balance"] or 0)):
        currency = customer["currency"] or "eur"
        balance.move(call.ledger, customer, difference, currency, "adjustment")
    return call.ledger.change(customer, "customer.updated", **fields)


def _move_balance(call: Call) -> Json:
    customer = call.ledger.book.get("customer", call.ids["customer"])
    more = {name: call.params[name] for name in ("description", "metadata") if name in call.params}
    if more.get("metadata") == "":
        more["metadata"] = {}
    return balance.move(call.ledger, customer, call.params["amount"], call.params["currency"], "adjustment", **more)


def _update_subscription(call: Call) -> Json:
    return subscriptions.update(call.ledger, call.thing("subscription"), call.params)


def _cancel_subscription(call: Call) -> Json:
    return subscriptions.cancel(call.ledger, call.thing("subscription"), call.params)


def _pause(call: Call) -> Json:
    return pausing.pause(call.ledger, call.thing("subscription"), call.params)


def _resume(call: Call) -> Json:
    return pausing.resume(call.ledger, call.thing("subscription"), call.params)


def _pay(call: Call) -> Json:
    invoice = call.thing("invoice")
    method = call.params.get("payment_method")
    out_of_band = call.params.get("paid_out_of_band", False)
    return collecting.pay(call.ledger, invoice, method, out_of_band=out_of_band)


def _preview(call: Call) -> Json:
    return previews.invoice(call.ledger, call.params)


def _void(call: Call) -> Json:
    return collecting.void(call.ledger, call.thing("invoice"))


def _mark_uncollectible(call: Call) -> Json:
    return collecting.mark_uncollectible(call.ledger, call.thing("invoice"))


def _post(name: str, path: str, published: type, act: Any, *does: str) -> Method:
    return Method(name, "POST", path, published, act, frozenset(does))


ITEMS = ("items.id", "items.price", "items.quantity", "items.deleted", "items.metadata")
METHODS = (
    _post(
        "customers.update",
        "/v1/customers/{id}",
        params.CustomerUpdateParams,
        _update_customer,
        *CUSTOMER_FIELDS,
        "balance",
        "metadata",
    ),
    _post(
        "customers.balance_transactions.create",
        "/v1/customers/{customer}/balance_transactions",
        params.CustomerBalanceTransactionCreateParams,
        _move_balance,
        "amount",
        "currency",
        "description",
        "metadata",
    ),
    _post(
        "subscriptions.update",
        "/v1/subscriptions/{id}",
        params.SubscriptionUpdateParams,
        _update_subscription,
        *subscriptions.PLAIN,
        *ITEMS,
        "cancel_at",
        "cancellation_details.comment",
        "cancellation_details.feedback",
        "metadata",
        "off_session",
        "pause_collection",
        "payment_behavior",
        "proration_behavior",
        "proration_date",
        "trial_end",
    ),
    Method(
        "subscriptions.cancel",
        "DELETE",
        "/v1/subscriptions/{id}",
        params.SubscriptionCancelParams,
        _cancel_subscription,
        frozenset({"cancellation_details.comment", "cancellation_details.feedback", "invoice_now", "prorate"}),
    ),
    _post(
        "subscriptions.pause",
        "/v1/subscriptions/{id}/pause",
        params.SubscriptionPauseParams,
        _pause,
        "bill_for",
        "invoicing_behavior",
        "type",
    ),
    _post(
        "subscriptions.resume",
        "/v1/subscriptions/{id}/resume",
        params.SubscriptionResumeParams,
        _resume,
        "billing_cycle_anchor",
        "payment_behavior",
        "proration_behavior",
        "proration_date",
    ),
    _post(
        "invoices.pay",
        "/v1/invoices/{id}/pay",
        params.InvoicePayParams,
        _pay,
        "off_session",
        "paid_out_of_band",
        "payment_method",
    ),
    _post("invoices.void_invoice", "/v1/invoices/{id}/void", params.InvoiceVoidInvoiceParams, _void),
    _post(
        "invoices.mark_uncollectible",
        "/v1/invoices/{id}/mark_uncollectible",
        params.InvoiceMarkUncollectibleParams,
        _mark_uncollectible,
    ),
    _post(
        "invoices.create_preview",
        "/v1/invoices/create_preview",
        params.InvoiceCreatePreviewParams,
        _preview,
        "customer",
        "subscription",
        *(f"subscription_details.{one}" for one in (*ITEMS, *previews.DETAILS)),
    ),
)
