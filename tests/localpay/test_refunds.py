"""Refunds: of what was paid, once, and never more than that."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localpay import LocalPay
from localpay.errors import Refusal
from localpay.ledger import refunds
from localpay.sample import sample_world
from tests.localpay.conftest import newest, paid_charge, refused


async def test_all_that_is_left_unless_an_amount_is_said(pay, client):
    charge = paid_charge(pay)
    part = await client.v1.refunds.create_async({"charge": charge["id"], "amount": 5_000, "reason": "duplicate"})
    assert (part.amount, part.status, part.reason) == (5_000, "succeeded", "duplicate")
    assert (charge["amount_refunded"], charge["refunded"]) == (5_000, False)
    rest = await client.v1.refunds.create_async({"payment_intent": charge["payment_intent"]})
    assert rest.amount == 14_900
    assert (charge["amount_refunded"], charge["refunded"]) == (19_900, True)
    found = await client.v1.refunds.list_async({"charge": charge["id"]})
    assert [one.id for one in found.data] == [rest.id, part.id]


async def test_more_than_is_left_is_refused(pay, client):
    charge = paid_charge(pay)
    error = await refused(client.v1.refunds.create_async({"charge": charge["id"], "amount": 19_901}))
    assert (error.http_status, error.param) == (400, "amount")
    assert "greater than charge amount (199.00 EUR)" in error.user_message
    await client.v1.refunds.create_async({"charge": charge["id"], "amount": 19_900})
    error = await refused(client.v1.refunds.create_async({"charge": charge["id"]}))
    assert error.code == "charge_already_refunded"


async def test_a_disputed_charge_is_not_refunded_until_it_is_won(pay, client):
    """An inquiry does not keep anybody from it."""
    charge = paid_charge(pay)
    dispute = pay.dispute(charge["id"])
    assert (await refused(client.v1.refunds.create_async({"charge": charge["id"]}))).code == "charge_disputed"
    pay.win(dispute["id"])
    assert (await client.v1.refunds.create_async({"charge": charge["id"], "amount": 100})).status == "succeeded"
    lost = paid_charge(pay, "cus_birch")
    pay.lose(pay.dispute(lost["id"])["id"])
    assert (await refused(client.v1.refunds.create_async({"charge": lost["id"]}))).code == "charge_disputed"
    asked = paid_charge(pay, "cus_elm")
    pay.dispute(asked["id"], inquiry=True)
    assert (await client.v1.refunds.create_async({"charge": asked["id"]})).status == "succeeded"


async def test_what_was_never_paid_is_not_refunded(pay, client):
    failed = newest(pay, "charge", customer="cus_cedar", status="failed")
    assert (await refused(client.v1.refunds.create_async({"charge": failed["id"]}))).code == "charge_not_refundable"
    error = await refused(client.v1.refunds.create_async({"payment_intent": failed["payment_intent"]}))
    assert error.code == "payment_intent_unexpected_state"
    both = {"charge": failed["id"], "payment_intent": failed["payment_intent"]}
    assert (await refused(client.v1.refunds.create_async(both))).code == "parameters_exclusive"


async def test_a_pending_refund_counts_until_it_fails(pay, client):
    """What comes back can be refunded again; so can what had succeeded."""
    charge = paid_charge(pay)
    pay.keep_refunds_waiting()
    waiting = await client.v1.refunds.create_async({"charge": charge["id"]})
    assert (waiting.status, charge["amount_refunded"]) == ("pending", 19_900)
    pay.refund_fails(waiting.id)
    assert (charge["amount_refunded"], charge["refunded"]) == (0, False)
    second = await client.v1.refunds.create_async({"charge": charge["id"]})
    assert pay.refund_succeeds(second.id)["status"] == "succeeded"
    with pytest.raises(ValueError, match="waits for nothing"):
        pay.refund_succeeds(second.id)
    assert pay.refund_fails(second.id, "declined")["failure_reason"] == "declined"
    with pytest.raises(ValueError, match="cannot fail any more"):
        pay.refund_fails(second.id)


@pytest.mark.parametrize(
    ("customer", "amount", "shown"), [("cus_elm", 5_801, "5801 JPY"), ("cus_fern", 61_510, "61.510 KWD")]
)
async def test_currencies_have_no_decimals_or_three(pay, client, customer, amount, shown):
    charge = paid_charge(pay, customer)
    error = await refused(client.v1.refunds.create_async({"charge": charge["id"], "amount": amount}))
    assert shown in error.user_message
    assert (await client.v1.refunds.create_async({"charge": charge["id"], "amount": 100})).amount == 100


async def test_of_three_decimals_the_last_is_nought(pay, client):
    charge = paid_charge(pay, "cus_fern")
    error = await refused(client.v1.refunds.create_async({"charge": charge["id"], "amount": 105}))
    assert (error.code, error.param) == ("invalid_charge_amount", "amount")


@pytest.mark.parametrize("amount", [0, -1])
async def test_nothing_cannot_be_refunded(pay, client, amount):
    error = await refused(client.v1.refunds.create_async({"charge": paid_charge(pay)["id"], "amount": amount}))
    assert error.code == "parameter_invalid_integer"


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("refund"), st.one_of(st.none(), st.integers(-5, 25_000))),
        st.tuples(st.just("by hand"), st.integers(1, 9_000)),
        st.tuples(st.sampled_from(["arrives", "fails"]), st.integers(0, 9)),
        st.tuples(st.just("wait"), st.booleans()),
        st.tuples(st.sampled_from(["dispute", "win", "lose"]), st.none()),
    ),
    max_size=14,
)


def step(pay, charge, what, value):
    """One thing that is tried; it may be refused."""
    made = list(pay.ledger.book.where("refund", charge=charge["id"]))
    disputes = list(pay.ledger.book.where("dispute", charge=charge["id"]))
    if what == "refund":
        refunds.refund(pay.ledger, charge, value)
    elif what == "by hand":
        pay.refund_in_dashboard(charge["id"], value)
    elif what == "wait":
        pay.keep_refunds_waiting(on=value)
    elif what == "dispute":
        pay.dispute(charge["id"])
    elif what in ("win", "lose") and disputes:
        getattr(pay, what)(disputes[-1]["id"])
    elif what in ("arrives", "fails") and made:
        one = made[value % len(made)]["id"]
        pay.refund_succeeds(one) if what == "arrives" else pay.refund_fails(one)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_never_more_than_was_paid_whatever_happens(steps):
    """And the charge always says just what its refunds come to."""
    pay = LocalPay(sample_world())
    charge = paid_charge(pay)
    for what, value in steps:
        with contextlib.suppress(Refusal, ValueError):
            step(pay, charge, what, value)
        made = list(pay.ledger.book.where("refund", charge=charge["id"]))
        counted = sum(one["amount"] for one in made if one["status"] in ("pending", "succeeded"))
        assert counted == charge["amount_refunded"] <= charge["amount"]
        assert charge["refunded"] == (counted == charge["amount"])
        assert all(one["amount"] > 0 for one in made)
