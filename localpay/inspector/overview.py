"""Everything there is, as the page lists it: rows in plain words, each with what can be made to happen to it."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from localpay import money
from localpay.account import Account
from localpay.errors import Json
from localpay.ledger import disputes, invoices, refunds, standing
from localpay.ledger.core import Ledger

MOST = 200
"""Rows of a kind, the newest."""


class Deed(NamedTuple):
    """A button: its words, the method of `Happenings`, and the argument that takes the id."""

    label: str
    name: str
    takes: str
    more: Mapping[str, object] = {}


RENEWED = (
    Deed("Renew now", "renew", "subscription"),
    Deed("Renewal fails", "fail_renewal", "subscription"),
    Deed("Renews by accident", "accidental_renewal", "subscription"),
    Deed("To the end of the period", "next_period", "subscription"),
    Deed("Customer cancels", "cancel", "subscription"),
)
OPEN = (Deed("Customer pays", "pay", "invoice"), Deed("Payment fails", "fail_payment", "invoice"))
DECIDED = (Deed("We win", "win", "dispute"), Deed("We lose", "lose", "dispute"))
DEEDS: Mapping[str, Mapping[str, Sequence[Deed]]] = {
    "subscription": {"active": RENEWED, "trialing": RENEWED, "past_due": RENEWED},
    "invoice": {
        "open": OPEN,
        "uncollectible": OPEN[:1],
        "paid": (Deed("Charge a second time", "charge_again", "invoice"),),
    },
    "refund": {
        "pending": (Deed("Arrives", "refund_succeeds", "refund"), Deed("Fails", "refund_fails", "refund")),
        "succeeded": (Deed("Comes back", "refund_fails", "refund"),),
    },
    "dispute": {
        "needs_response": (*DECIDED, Deed("Time runs out", "overdue", "dispute")),
        "warning_needs_response": (*DECIDED, Deed("Time runs out", "overdue", "dispute")),
        "under_review": DECIDED,
        "warning_under_review": DECIDED,
    },
}
DISPUTABLE = (
    Deed("Customer disputes it", "dispute", "charge"),
    Deed("Bank asks about it", "dispute", "charge", {"inquiry": True}),
    Deed("Refund by hand", "refund_in_dashboard", "charge"),
)
KINDS = ("customer", "subscription", "invoice", "charge", "refund", "dispute", "credit_note", "event")


def overview(account: Account) -> Json:
    """The rows by kind, the newest first; how many there are; the time, and what is switched on."""
    book = account.ledger.book
    things = {kind: book.all(kind) for kind in KINDS}
    return {
        "version": book.version,
        "now": account.ledger.clock.now(),
        "rows": {kind: [row(account.ledger, one) for one in all_of[:MOST]] for kind, all_of in things.items()},
        "counts": {kind: len(all_of) for kind, all_of in things.items()},
        "refunds_wait": account.ledger.refunds_wait,
        "endpoints": [{"url": one.url, "events": list(one.events)} for one in account.webhooks.endpoints],
        "faults": account.faults.as_json(),
    }


def row(ledger: Ledger, thing: Json) -> Json:
    """One object: its words, its state, its amount, whose it is, and its buttons."""
    return {
        "id": thing["id"],
        "kind": thing["object"],
        "title": _title(ledger, thing),
        "state": state(ledger, thing),
        "amount": _amount(thing),
        "customer": _customer(ledger, thing),
        "created": thing["created"],
        "until": _until(thing),
        "deeds": [deed._asdict() for deed in _deeds(ledger, thing)],
    }


def state(ledger: Ledger, thing: Json) -> str:
    """As Stripe's dashboard says it."""
    if thing["object"] == "customer":
        reason = ledger.declines.get(thing["id"])
        return f"bank declines: {reason}" if reason else "bank pays"
    if thing["object"] == "charge":
        return _state_of_charge(thing)
    if thing["object"] == "subscription" and thing["pause_collection"]:
        return f"{thing['status']}, collection paused"
    if thing["object"] == "subscription" and thing["cancel_at_period_end"]:
        return f"{thing['status']}, ends with the period"
    found: str = thing.get("status") or ""
    return found


def _state_of_charge(charge: Json) -> str:
    if charge["disputed"]:
        return "disputed"
    if charge["refunded"]:
        return "refunded"
    return "partly refunded" if charge["amount_refunded"] else str(charge["status"])


def _deeds(ledger: Ledger, thing: Json) -> Sequence[Deed]:
    if thing["object"] == "customer":
        if thing["id"] in ledger.declines:
            return (Deed("Bank pays again", "decline", "customer", {"reason": ""}),)
        return (Deed("Bank declines from now on", "decline", "customer"),)
    if thing["object"] == "charge":
        open_to = thing["paid"] and refunds.left(thing) and refunds.blocking(ledger, thing) is None
        return DISPUTABLE if open_to else ()
    if thing["object"] == "event":
        return (Deed("Send again", "resend", "event"),)
    return DEEDS.get(thing["object"], {}).get(thing.get("status", ""), ())


def _title(ledger: Ledger, thing: Json) -> str:
    if thing["object"] == "subscription":
        names = [ledger.book.get("product", one["price"]["product"])["name"] for one in thing["items"]["data"]]
        return " + ".join(names)
    titles = {
        "customer": thing.get("name"), "invoice": thing.get("number"), "charge": thing.get("description"),
        "refund": thing.get("reason") or "refund", "dispute": thing.get("reason"), "credit_note": thing.get("number"),
        "event": thing.get("type"),
    }  # fmt: skip
    return titles.get(thing["object"]) or ""


def _until(thing: Json) -> int | None:
    """The end of a subscription's period, the deadline of a dispute that waits for an answer."""
    if thing["object"] == "subscription":
        return standing.period(thing)[1]
    if thing["object"] == "dispute" and thing["status"] in disputes.ANSWERABLE:
        due: int = thing["evidence_details"]["due_by"]
        return due
    return None


def _amount(thing: Json) -> str:
    if thing["object"] == "customer":
        return money.shown(thing["balance"], thing["currency"]) if thing["balance"] and thing["currency"] else ""
    if thing["object"] == "subscription":
        items = thing["items"]["data"]
        each = sum((one["price"]["unit_amount"] or 0) * one["quantity"] for one in items)
        return f"{money.shown(each, thing['currency'])} / {items[0]['price']['recurring']['interval']}"
    amount = thing.get("total") if thing["object"] == "invoice" else thing.get("amount")
    return "" if amount is None else money.shown(amount, thing["currency"])


def _customer(ledger: Ledger, thing: Json) -> str:
    found = thing.get("customer")
    if found is None and thing.get("charge"):
        found = ledger.book.get("charge", thing["charge"])["customer"]
    if found is None or thing["object"] == "customer":
        return ""
    return str(ledger.book.get("customer", found)["name"])


def related(account: Account, thing: Json) -> list[Json]:
    """Rows of what an object leads to, and of what leads to it."""
    ledger = account.ledger
    if thing["object"] == "invoice":
        intent = invoices.intent(ledger, thing)
        mine = {thing["id"], intent["id"] if intent else thing["id"]}
    else:
        mine = {thing["id"], thing.get("payment_intent") or thing["id"]}
    named = {value for value in _texts(thing) if value.count("_")}
    kinds = [kind for kind in KINDS if kind != "event"]
    found = [one for kind in kinds for one in ledger.book.all(kind) if one["id"] != thing["id"]]
    return [row(ledger, one) for one in found if one["id"] in named or mine & _texts(one)][:MOST]


def _texts(thing: Json) -> set[str]:
    """The texts that stand in an object itself, and what its parent is."""
    details = (thing.get("parent") or {}).get("subscription_details") or {}
    return {value for value in (*thing.values(), *details.values()) if isinstance(value, str)}
