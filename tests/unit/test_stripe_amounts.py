"""Amounts as Stripe counts them, and what differs between the platform and Stripe."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.billing import differences
from bot.integrations.stripe.events import InvoiceSaid
from bot.integrations.stripe.money import digits, in_units, said
from bot.integrations.stripe.snapshots import Snapshot

CURRENCIES = st.sampled_from(["eur", "usd", "jpy", "krw", "kwd", "bhd"])


@given(st.integers(-(10**15), 10**15), CURRENCIES)
def test_nothing_of_an_amount_is_lost(counted: int, currency: str) -> None:
    assert in_units(counted, currency) * 10 ** digits(currency) == counted


@pytest.mark.parametrize(
    ("counted", "currency", "text"),
    [(4900, "eur", "49.00 EUR"), (4900, "jpy", "4,900 JPY"), (4900, "kwd", "4.900 KWD"), (0, "eur", "0.00 EUR")],
)
def test_an_amount_has_the_digits_of_its_currency(counted: int, currency: str, text: str) -> None:
    assert said(counted, currency) == text


def there(**changed: Any) -> Snapshot:
    known = {"customer": "cus_1", "status": "active", "products": ("prod_1",), "period_start": 1, "period_end": 100}
    return Snapshot.model_validate({**known, "cancel_at_period_end": False, **changed})


def here(**changed: Any) -> dict[str, Any]:
    return {"id": "sub_1", "status": "active", "product": "prod_1", "until": 100, "cancelling": False, **changed}


class TestSubscriptions:
    def test_the_same_is_no_line(self) -> None:
        assert differences.of_subscriptions([here()], {"sub_1": there(products=("prod_9", "prod_1"))}) == []

    @pytest.mark.parametrize(
        ("changed", "what"),
        [
            ({"status": "paused"}, "Status"),
            ({"products": ("prod_2",)}, "Product"),
            ({"period_end": 4000}, "Period until"),
            ({"cancel_at_period_end": True}, "Ends with its period"),
        ],
    )
    def test_each_field_that_differs_is_one(self, changed: dict[str, Any], what: str) -> None:
        assert [one["what"] for one in differences.of_subscriptions([here()], {"sub_1": there(**changed)})] == [what]

    def test_what_only_one_of_them_has_is_one_unless_it_is_over(self) -> None:
        assert [one["ours"] for one in differences.of_subscriptions([], {"sub_1": there()})] == [["not there"]]
        assert differences.of_subscriptions([], {"sub_1": there(status="canceled")}) == []
        assert [one["theirs"] for one in differences.of_subscriptions([here()], {})] == [["not there"]]
        assert differences.of_subscriptions([here(status="canceled")], {}) == []


def invoice(*, paid: bool = True, amount: int = 4900) -> InvoiceSaid:
    return InvoiceSaid("in_1", "sub_1", "cus_1", 1, paid, amount, "eur", None)


class TestInvoices:
    @pytest.mark.parametrize(
        ("ours", "theirs", "differs"),
        [
            ({"in_1": "succeeded"}, invoice(), False),
            ({"in_1": "refunded"}, invoice(), False),
            ({"in_1": "failed"}, invoice(paid=False), False),
            ({}, invoice(amount=0), False),
            ({}, invoice(), True),
            ({"in_1": "failed"}, invoice(), True),
            ({"in_1": "succeeded"}, invoice(paid=False), True),
            ({"in_1": "refunded"}, invoice(paid=False), True),
        ],
    )
    def test_what_became_of_it_is_compared(self, ours: dict[str, str], theirs: InvoiceSaid, *, differs: bool) -> None:
        """What was given back later was paid once; what asked for nothing is no payment."""
        assert bool(differences.of_invoices(ours, [theirs])) is differs
