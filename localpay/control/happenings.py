"""What customers and their banks do, and time. Ids go in, objects as they are then come out.

Every method raises `LookupError` for what there is not, and `ValueError` for what cannot happen to it.
"""

import copy
from typing import Any

from localpay.errors import Json, Refusal
from localpay.ledger import collecting, disputes, invoices, passing, payments, refunds, renewing, standing
from localpay.ledger import subscriptions as ending
from localpay.ledger.core import Ledger


class Happenings:
    """Of one ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def advance(self, seconds: float) -> Json:
        """Let time pass, and what is due by then happen; gives the time and how much happened."""
        self.ledger.clock.advance(seconds)
        return {"happened": passing.catch_up(self.ledger), "now": self.ledger.clock.now()}

    def decline(self, customer: str, reason: str = "insufficient_funds") -> Json:
        """From now on the customer's bank declines; an empty reason lets payments pass again.

        Reasons are Stripe's decline codes: https://docs.stripe.com/declines/codes
        """
        found = self._get("customer", customer)
        if reason:
            self.ledger.declines[customer] = reason
        else:
            self.ledger.declines.pop(customer, None)
        return found

    def renew(self, subscription: str) -> Json:
        """The period ends now and a new one begins; gives the invoice, paid or not as the customer's bank wills."""
        found = self._get("subscription", subscription)
        return _as_is(renewing.renew(self.ledger, found, self.ledger.clock.now(), anew=True))

    def fail_renewal(self, subscription: str, reason: str = "insufficient_funds") -> Json:
        """A renewal whose payment fails, this once; gives the invoice."""
        customer = self._get("subscription", subscription)["customer"]
        before = self.ledger.declines.get(customer)
        self.ledger.declines[customer] = reason
        try:
            return self.renew(subscription)
        finally:
            self.decline(customer, before or "")

    def accidental_renewal(self, subscription: str) -> Json:
        """A renewal that the customer did not want: they cancel to the end of the new period; gives the invoice."""
        invoice = self.renew(subscription)
        details = {"feedback": "unused", "comment": "I did not mean to renew."}
        change = {"cancel_at_period_end": True, "cancellation_details": details}
        ending.update(self.ledger, self._get("subscription", subscription), change)
        return invoice

    def pay(self, invoice: str) -> Json:
        """The customer pays an open invoice, whatever their bank did before; gives the invoice."""
        found = self._get("invoice", invoice)
        if found["status"] not in ("open", "uncollectible"):
            raise ValueError(f"{invoice} is {found['status']}: it cannot be paid")
        collecting.pay(self.ledger, found, "pm_card_visa")
        return _as_is(found)

    def fail_payment(self, invoice: str, reason: str = "insufficient_funds") -> Json:
        """One more attempt on an open invoice fails; gives the invoice."""
        found = self._get("invoice", invoice)
        if found["status"] != "open":
            raise ValueError(f"{invoice} is {found['status']}: nothing is tried any more")
        before = self.ledger.declines.get(found["customer"])
        self.ledger.declines[found["customer"]] = reason
        collecting.collect(self.ledger, found)
        self.decline(found["customer"], before or "")
        return _as_is(found)

    def charge_again(self, invoice: str) -> Json:
        """The customer is charged a second time for what an invoice was paid for; gives that charge."""
        found = self._get("invoice", invoice)
        intent = invoices.intent(self.ledger, found)
        if intent is None or found["status"] != "paid":
            raise ValueError(f"{invoice} is {found['status']}, not paid by card")
        again = payments.intend(
            self.ledger, intent["customer"], intent["amount"], intent["currency"], intent["description"]
        )
        return _as_is(payments.attempt(self.ledger, again, "pm_card_visa"))

    def dispute(
        self, charge: str, reason: str = "fraudulent", *, days: float | None = None, inquiry: bool = False
    ) -> Json:
        """The customer's bank disputes a charge, with so many days to answer; gives the dispute."""
        found = self._get("charge", charge)
        seconds = disputes.TIME if days is None else int(days * 86_400)
        return _as_is(disputes.dispute(self.ledger, found, reason, seconds=seconds, inquiry=inquiry))

    def win(self, dispute: str) -> Json:
        """The bank decides for us; gives the dispute."""
        return _as_is(disputes.decide(self.ledger, self._get("dispute", dispute), won=True))

    def lose(self, dispute: str) -> Json:
        """The bank decides for the customer; gives the dispute."""
        return _as_is(disputes.decide(self.ledger, self._get("dispute", dispute), won=False))

    def keep_refunds_waiting(self, *, on: bool = True) -> bool:
        """Refunds stay pending from now on until somebody says what became of them; or succeed at once."""
        self.ledger.refunds_wait = on
        return on

    def refund_succeeds(self, refund: str) -> Json:
        """A pending refund arrives; gives it."""
        return _as_is(refunds.succeed(self.ledger, self._get("refund", refund)))

    def refund_fails(self, refund: str, reason: str = "expired_or_canceled_card") -> Json:
        """The customer's bank sends a refund back, also one that had succeeded; gives it."""
        return _as_is(refunds.fail(self.ledger, self._get("refund", refund), reason))

    def refund_in_dashboard(self, charge: str, amount: int | None = None) -> Json:
        """A colleague refunds by hand, in Stripe's dashboard; gives the refund."""
        return _as_is(self._allowed(refunds.refund, self._get("charge", charge), amount))

    def cancel(self, subscription: str) -> Json:
        """The customer cancels, at once; gives the subscription."""
        return _as_is(self._allowed(ending.cancel, self._get("subscription", subscription), {}))

    def overdue(self, dispute: str) -> Json:
        """The time to answer a dispute passes; gives the dispute."""
        found = self._get("dispute", dispute)
        self.advance(max(0, found["evidence_details"]["due_by"] - self.ledger.clock.now()))
        return _as_is(found)

    def next_period(self, subscription: str) -> Json:
        """Time passes to the end of a subscription's period; gives the subscription."""
        found = self._get("subscription", subscription)
        self.advance(max(0, standing.period(found)[1] - self.ledger.clock.now()))
        return _as_is(found)

    def _allowed(self, what: Any, *given: Any) -> Json:
        try:
            done: Json = what(self.ledger, *given)
        except Refusal as refusal:
            raise ValueError(str(refusal)) from None
        return done

    def _get(self, kind: str, identifier: str) -> Json:
        found = self.ledger.book.find(kind, identifier)
        if found is None:
            raise LookupError(f"there is no {kind.replace('_', ' ')} {identifier}")
        return found


def _as_is(thing: Json) -> Json:
    return copy.deepcopy(thing)
