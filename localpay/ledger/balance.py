"""A customer's balance: below zero it is credit. https://docs.stripe.com/billing/customer/balance"""

from typing import Any

from localpay.errors import Json, Refusal
from localpay.ledger.core import Ledger


def move(
    ledger: Ledger, customer: Json, amount: int, currency: str, kind: str, invoice: str | None = None, **more: Any
) -> Json:
    """Change it by an amount, negative to give credit; the transaction says what it came to. Raises `Refusal`."""
    if customer["currency"] not in (None, currency):
        raise Refusal(
            f"The customer's balance is in {customer['currency']}; a transaction in {currency} cannot change it.",
            param="currency",
        )
    ending = (customer["balance"] or 0) + amount
    transaction = ledger.add(
        "customer_balance_transaction",
        quiet=True,  # Stripe tells of the customer alone
        **{
            "amount": amount,
            "currency": currency,
            "customer": customer["id"],
            "ending_balance": ending,
            "invoice": invoice,
            "livemode": False,
            "metadata": {},
            "type": kind,
            **more,
        },
    )
    ledger.change(customer, "customer.updated", balance=ending, currency=currency)
    return transaction
