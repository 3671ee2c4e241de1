"""Payment intents and the charges that they are paid by. https://docs.stripe.com/payments/paymentintents/lifecycle"""

import secrets
from typing import Any

from localpay.errors import Json, Refusal
from localpay.ledger.book import new_id
from localpay.ledger.core import Ledger

# Stripe's own methods of payment for tests: https://docs.stripe.com/testing
TEST_METHODS = {
    "pm_card_visa": "",
    "pm_card_chargeDeclined": "generic_decline",
    "pm_card_chargeDeclinedInsufficientFunds": "insufficient_funds",
    "pm_card_chargeDeclinedExpiredCard": "expired_card",
}
OWN_CODE = frozenset({"expired_card", "incorrect_cvc", "processing_error"})
"""Reasons that are codes of their own; all others come with the code `card_declined`."""
DECLINED = {
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}
ADDRESS = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))


def intend(ledger: Ledger, customer: str, amount: int, currency: str, description: str, **more: Any) -> Json:
    """A payment that is asked for, and not yet tried."""
    identifier = more.pop("id", None) or new_id("payment_intent")
    fields: Json = {
        "id": identifier,
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "amount_details": {"tip": {}},
        "capture_method": "automatic",
        "client_secret": f"{identifier}_secret_{secrets.token_hex(12)}",
        "confirmation_method": "automatic",
        "currency": currency,
        "customer": customer,
        "description": description,
        "livemode": False,
        "metadata": {},
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
    }
    return ledger.add("payment_intent", **{**fields, **more})


def attempt(ledger: Ledger, intent: Json, method: str | None = None) -> Json:
    """Try to collect; the charge says whether it was paid. `method`: one of `TEST_METHODS`, else the customer's."""
    reason = TEST_METHODS.get(method, "") if method in TEST_METHODS else ledger.declines.get(intent["customer"], "")
    return _declined(ledger, intent, reason) if reason else _paid(ledger, intent)


def _paid(ledger: Ledger, intent: Json) -> Json:
    charge = _charge(ledger, intent, status="succeeded", paid=True, captured=True)
    fields = {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "last_payment_error": None,
        "payment_method": charge["payment_method"],
    }
    ledger.change(intent, "payment_intent.succeeded", **fields)
    return charge


def _declined(ledger: Ledger, intent: Json, reason: str) -> Json:
    code = reason if reason in OWN_CODE else "card_declined"
    message = DECLINED.get(reason, "Your card was declined.")
    charge = _charge(
        ledger,
        intent,
        status="failed",
        paid=False,
        captured=False,
        failure_code=code,
        failure_message=message,
        outcome=_outcome("issuer_declined", reason),
    )
    error = {"type": "card_error", "code": code, "decline_code": reason, "message": message, "charge": charge["id"]}
    ledger.change(
        intent,
        "payment_intent.payment_failed",
        status="requires_payment_method",
        latest_charge=charge["id"],
        last_payment_error=error,
    )
    return charge


def _charge(ledger: Ledger, intent: Json, **fields: Any) -> Json:
    paid = fields["paid"]
    customer = ledger.book.get("customer", intent["customer"])
    given: Json = {
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if paid else 0,
        "amount_refunded": 0,
        "billing_details": {
            "address": customer["address"] or dict(ADDRESS),
            "email": customer["email"],
            "name": customer["name"],
            "phone": customer["phone"],
            "tax_id": None,
        },
        "calculated_statement_descriptor": "LOCAL STRIPE",
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": _outcome("approved_by_network", None),
        "payment_intent": intent["id"],
        "payment_method": f"pm_{customer['id'].removeprefix('cus_')}",
        "payment_method_details": {"type": "card", "card": _card()},
        "refunded": False,
    }
    return ledger.add("charge", f"charge.{fields['status']}", **{**given, **fields})


def _outcome(status: str, reason: str | None) -> Json:
    paid = status == "approved_by_network"
    return {
        "advice_code": None if paid else "try_again_later",
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": "approved_by_network" if paid else "declined_by_network",
        "reason": reason,
        "risk_level": "normal",
        "seller_message": "Payment complete." if paid else "The bank returned a decline.",
        "type": "authorized" if paid else "issuer_declined",
    }


def _card() -> Json:
    return {
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "DE",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": "localpay00000001",
        "funding": "credit",
        "last4": "4242",
        "network": "visa",
    }


def refused_by_bank(intent: Json, charge: Json) -> Refusal:
    """What a request is answered that tried to collect and could not: 402."""
    error = intent["last_payment_error"]
    return Refusal(
        error["message"],
        status=402,
        kind="card_error",
        code=error["code"],
        decline_code=error["decline_code"],
        charge=charge["id"],
        payment_intent=intent,
    )
