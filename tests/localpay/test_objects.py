"""What is answered has the shape that Stripe publishes: in its library's classes, and in its own examples."""

import json
from pathlib import Path

import pytest

from localpay.ledger.book import PREFIXES
from localpay.schema.library import fields, optional, resource
from localpay.schema.objects import Unpublished, fields_of, problems, whole
from tests.localpay.conftest import newest, paid_charge, refused

EXAMPLES = json.loads(Path(__file__).with_name("fixtures.json").read_text("utf-8"))["resources"]
NOT_IN_THE_EXAMPLES = {"line_item", "request"}


async def played(pay, client):
    """A life in which every kind of object comes to be, in many of its states."""
    charge = paid_charge(pay)
    pay.keep_refunds_waiting()
    refund = await client.v1.refunds.create_async({"charge": charge["id"], "amount": 500})
    pay.refund_fails(refund.id)
    pay.keep_refunds_waiting(on=False)
    await client.v1.refunds.create_async({"charge": charge["id"], "amount": 700, "metadata": {"proposal": "7"}})
    dispute = pay.dispute(paid_charge(pay, "cus_birch")["id"], "duplicate")
    await client.v1.disputes.update_async(dispute["id"], {"evidence": {"customer_name": "Birch"}, "submit": False})
    pay.win(dispute["id"])
    pay.fail_renewal("sub_elm")
    invoice = newest(pay, "invoice", customer="cus_fern", status="paid")
    note = {"invoice": invoice["id"], "amount": 1_000, "credit_amount": 1_000}
    await client.v1.credit_notes.create_async(note)
    pay.accidental_renewal("sub_fern")
    await client.v1.subscriptions.pause_async("sub_acme")
    await client.v1.subscriptions.resume_async("sub_acme")
    pay.pay(newest(pay, "invoice", customer="cus_acme")["id"])
    again = pay.charge_again(newest(pay, "invoice", customer="cus_acme")["id"])
    pay.dispute(again["id"], inquiry=True)
    pay.cancel("sub_cedar")
    pay.advance(60 * 86_400)


def kinds(value):
    """The name of a value's type in JSON."""
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def agrees(ours, theirs, place):
    """Every key that both have has a value of the same type, where neither is null."""
    for name in ours.keys() & theirs.keys():
        one, other = ours[name], theirs[name]
        if one is None or other is None:
            continue
        assert kinds(one) == kinds(other), f"{place}.{name}"
        if isinstance(one, dict):
            agrees(one, other, f"{place}.{name}")
        elif isinstance(one, list) and one and other and isinstance(one[0], dict) and isinstance(other[0], dict):
            agrees(one[0], other[0], f"{place}.{name}[]")


async def test_every_object_is_as_published(pay, client):
    """Its keys stand in the library's class or in Stripe's example, all that must be there are, types agree."""
    await played(pay, client)
    seen = {}
    for kind in PREFIXES.keys() - NOT_IN_THE_EXAMPLES:
        for thing in pay.ledger.book.all(kind):
            assert list(problems(thing)) == [], kind
            assert thing.keys() <= fields_of(kind).keys() | EXAMPLES[kind].keys()
            agrees(thing, EXAMPLES[kind], kind)
            seen[kind] = seen.get(kind, 0) + 1
    assert seen.keys() == PREFIXES.keys() - NOT_IN_THE_EXAMPLES - {"subscription_item", "credit_note_line_item"}


async def test_every_event_has_the_object_as_published(pay, client):
    await played(pay, client)
    for event in pay.ledger.book.all("event"):
        assert list(problems(event["data"]["object"])) == [], event["type"]


@pytest.mark.parametrize("kind", sorted(PREFIXES.keys() - NOT_IN_THE_EXAMPLES))
def test_stripes_own_examples_pass(kind):
    """But for what they have from before: the check is no stricter than Stripe."""
    older = {"invoice.subscription does not exist", "dispute.evidence_details.submission_method is missing"}
    assert set(problems(EXAMPLES[kind])) <= older


def test_what_is_not_published_is_never_kept():
    """A field too many, one too few, a word or a type that is none."""
    good = {
        "id": "re_1", "amount": 1, "created": 1, "currency": "eur", "metadata": {}, "status": "succeeded",
    }  # fmt: skip
    assert whole("refund", **good)["reason"] is None
    for wrong in ({"penguin": 1}, {"amount": "1"}, {"amount": True}, {"reason": "mood"}, {"metadata": {"a": 1}}):
        with pytest.raises(Unpublished):
            whole("refund", **good | wrong)
    with pytest.raises(Unpublished, match=r"refund.amount is missing"):
        whole("refund", **{name: value for name, value in good.items() if name != "amount"})


def test_a_field_that_must_be_there_is_no_null():
    known = fields(resource("charge"))
    assert not optional(known["amount"])
    assert optional(known["customer"])


async def test_references_are_expanded_where_it_is_asked_for(pay, client):
    found = await client.v1.subscriptions.retrieve_async(
        "sub_acme", {"expand": ["customer", "latest_invoice.payments", "items.data.price.product"]}
    )
    assert found.customer.name == "Acme Corp"
    assert found["items"].data[0].price.product.name == "Scale"
    payment = found.latest_invoice.payments.data[0].payment.payment_intent
    intent = await client.v1.payment_intents.retrieve_async(payment, {"expand": ["latest_charge.refunds"]})
    assert intent.latest_charge.refunds.data == []
    page = await client.v1.charges.list_async({"expand": ["data.customer"], "limit": 1})
    assert page.data[0].customer.object == "customer"


@pytest.mark.parametrize(
    "path", ["amount", "penguin", "metadata", "data.customer", "customer.subscriptions.data.items.data"]
)
async def test_what_cannot_be_expanded_is_refused_before_anything_happens(pay, client, path):
    """Five levels neither."""
    charge = paid_charge(pay)
    error = await refused(client.v1.refunds.create_async({"charge": charge["id"], "expand": [path]}))
    assert (error.http_status, error.param) == (400, "expand")
    assert charge["amount_refunded"] == 0


async def test_what_it_keeps_none_of_is_refused_by_name(client):
    error = await refused(client.v1.charges.list_async({"expand": ["data.balance_transaction"]}))
    assert error.code == "not_done_here"
