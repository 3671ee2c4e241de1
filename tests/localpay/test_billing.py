"""Customers, invoices, credit notes and balances."""

import pytest

from tests.localpay.conftest import newest, paid_charge, refused


async def test_a_paid_invoice_is_not_paid_again(pay, client):
    paid = newest(pay, "invoice", customer="cus_acme")["id"]
    for what in ("pay_async", "void_invoice_async", "mark_uncollectible_async"):
        error = await refused(getattr(client.v1.invoices, what)(paid))
        assert (error.http_status, "paid" in error.user_message) == (400, True)


async def test_a_declined_payment_is_402_and_counts(pay, client):
    invoice = newest(pay, "invoice", customer="cus_cedar", status="open")["id"]
    before = (await client.v1.invoices.retrieve_async(invoice)).attempt_count
    error = await refused(client.v1.invoices.pay_async(invoice))
    assert (error.http_status, error.code, error.error.decline_code) == (402, "card_declined", "insufficient_funds")
    assert (await client.v1.invoices.retrieve_async(invoice)).attempt_count == before + 1
    other = await refused(
        client.v1.invoices.pay_async(invoice, {"payment_method": "pm_card_chargeDeclinedExpiredCard"})
    )
    assert other.code == "expired_card"
    assert (await client.v1.invoices.pay_async(invoice, {"payment_method": "pm_card_visa"})).status == "paid"


async def test_paid_elsewhere_there_is_no_charge(pay, client):
    invoice = newest(pay, "invoice", customer="cus_cedar", status="open")["id"]
    before = len(pay.ledger.book.all("charge"))
    paid = await client.v1.invoices.pay_async(invoice, {"paid_out_of_band": True})
    assert (paid.status, len(pay.ledger.book.all("charge"))) == ("paid", before)


async def test_an_open_invoice_is_void_or_uncollectible(pay, client):
    invoice = newest(pay, "invoice", customer="cus_cedar", status="open")["id"]
    assert (await client.v1.invoices.mark_uncollectible_async(invoice)).status == "uncollectible"
    assert (await refused(client.v1.invoices.mark_uncollectible_async(invoice))).http_status == 400
    assert (await client.v1.invoices.void_invoice_async(invoice)).status == "void"
    assert "void" in (await refused(client.v1.invoices.pay_async(invoice))).user_message


async def test_an_invoice_leads_to_its_charge_by_its_payments(pay, client):
    """Since 2025-03-31 it has neither a payment intent nor a charge."""
    invoice = newest(pay, "invoice", customer="cus_acme")["id"]
    found = await client.v1.invoices.retrieve_async(invoice)
    assert not {"payment_intent", "charge", "subscription"} & found.to_dict().keys()
    (payment,) = (await client.v1.invoice_payments.list_async({"invoice": invoice})).data
    intent = await client.v1.payment_intents.retrieve_async(payment.payment.payment_intent)
    assert intent.latest_charge == paid_charge(pay)["id"]
    by_intent = {"payment": {"type": "payment_intent", "payment_intent": intent.id}}
    assert [one.invoice for one in (await client.v1.invoice_payments.list_async(by_intent)).data] == [invoice]


async def test_credit_is_used_up_by_the_next_invoice(pay, client):
    """Below zero it is credit; each transaction says what it came to."""
    credit = {"amount": -5_000, "currency": "eur", "description": "sorry"}
    made = await client.v1.customers.balance_transactions.create_async("cus_acme", credit)
    assert (made.ending_balance, made.type) == (-5_000, "adjustment")
    invoice = pay.renew("sub_acme")
    assert (invoice["total"], invoice["amount_paid"], invoice["ending_balance"]) == (19_900, 14_900, 0)
    assert (await client.v1.customers.retrieve_async("cus_acme")).balance == 0
    found = await client.v1.customers.balance_transactions.list_async("cus_acme")
    assert [one.type for one in found.data] == ["applied_to_invoice", "adjustment"]
    dollars = client.v1.customers.balance_transactions.create_async("cus_acme", {"amount": -1, "currency": "usd"})
    assert (await refused(dollars)).param == "currency"


async def test_a_customer_is_changed_field_by_field(pay, client):
    changed = await client.v1.customers.update_async(
        "cus_acme", {"email": "new@acme.example", "metadata": {"a": "1", "b": "2"}, "address": {"city": "Kiel"}}
    )
    assert (changed.email, changed.name, changed.address.city) == ("new@acme.example", "Acme Corp", "Kiel")
    changed = await client.v1.customers.update_async("cus_acme", {"metadata": {"a": ""}, "balance": -100})
    assert (changed.metadata.to_dict(), changed.balance) == ({"b": "2"}, -100)
    assert (await client.v1.customers.update_async("cus_acme", {"metadata": ""})).metadata.to_dict() == {}


async def test_a_credit_note_gives_back_what_was_paid(pay, client):
    """As a refund, as credit, elsewhere; together just what it is over."""
    invoice = newest(pay, "invoice", customer="cus_acme")["id"]
    ways = {"refund_amount": 5_000, "credit_amount": 3_000, "out_of_band_amount": 2_000}
    note = {"invoice": invoice, "amount": 10_000, "reason": "duplicate", **ways}
    preview = await client.v1.credit_notes.preview_async(note)
    assert (preview.amount, pay.ledger.book.all("credit_note")) == (10_000, [])
    made = await client.v1.credit_notes.create_async(note)
    assert (made.type, made.post_payment_amount, made.number) == ("post_payment", 10_000, "ACME-0002-CN-01")
    assert made.refunds[0].amount_refunded == paid_charge(pay)["amount_refunded"] == 5_000
    assert (await client.v1.customers.retrieve_async("cus_acme")).balance == -3_000
    assert (await client.v1.invoices.retrieve_async(invoice)).post_payment_credit_notes_amount == 10_000
    more = {"invoice": invoice, "amount": 9_901, "credit_amount": 9_901}
    assert "above what is left" in (await refused(client.v1.credit_notes.create_async(more))).user_message
    short = {"invoice": invoice, "amount": 900, "credit_amount": 800}
    assert "must equal" in (await refused(client.v1.credit_notes.create_async(short))).user_message


async def test_before_it_is_paid_it_makes_the_invoice_smaller(pay, client):
    invoice = newest(pay, "invoice", customer="cus_cedar", status="open")["id"]
    line = {"type": "custom_line_item", "description": "Outage", "unit_amount": 450, "quantity": 2}
    made = await client.v1.credit_notes.create_async({"invoice": invoice, "lines": [line]})
    assert (made.type, made.amount) == ("pre_payment", 900)
    assert (await client.v1.invoices.retrieve_async(invoice)).amount_remaining == 4_000
    paid = await client.v1.invoices.pay_async(invoice, {"payment_method": "pm_card_visa"})
    assert (paid.amount_paid, paid_charge(pay, "cus_cedar")["amount"]) == (4_000, 4_000)


async def test_what_was_refunded_without_a_note_counts(pay, client):
    charge = paid_charge(pay)
    refund = await client.v1.refunds.create_async({"charge": charge["id"], "amount": 15_000})
    invoice = newest(pay, "invoice", customer="cus_acme")["id"]
    note = {"invoice": invoice, "amount": 5_000, "credit_amount": 5_000}
    assert "above what is left" in (await refused(client.v1.credit_notes.create_async(note))).user_message
    linked = {"invoice": invoice, "amount": 15_000, "refunds": [{"refund": refund.id, "amount_refunded": 15_000}]}
    assert (await client.v1.credit_notes.create_async(linked)).refunds[0].refund == refund.id


async def test_pages_of_a_list_follow_each_other(pay, client):
    """The newest first; backwards too; every one once."""
    pay.advance(200 * 86_400)
    everything = [one["id"] for one in pay.ledger.book.all("charge")]
    found = await client.v1.charges.list_async({"limit": 7})
    assert [one.id async for one in found.auto_paging_iter()] == everything
    middle = await client.v1.charges.list_async({"limit": 3, "starting_after": everything[4]})
    assert ([one.id for one in middle.data], middle.has_more) == (everything[5:8], True)
    back = await client.v1.charges.list_async({"limit": 3, "ending_before": everything[4]})
    assert ([one.id for one in back.data], back.has_more) == (everything[1:4], True)
    last = await client.v1.charges.list_async({"starting_after": everything[-1]})
    assert (last.data, last.has_more) == ([], False)


@pytest.mark.parametrize(
    ("given", "param"),
    [
        ({"limit": 101}, "limit"),
        ({"limit": 0}, "limit"),
        ({"starting_after": "ch_none"}, "starting_after"),
        ({"customer": "cus_none"}, "customer"),
    ],
)
async def test_lists_that_make_no_sense_are_refused(client, given, param):
    error = await refused(client.v1.charges.list_async(given))
    assert (error.http_status, error.param) == (400, param)


async def test_lists_are_filtered(pay, client):
    since = pay.ledger.clock.now()
    pay.advance(86_400)
    invoice = pay.renew("sub_acme")
    found = await client.v1.invoices.list_async({"created": {"gt": since}, "subscription": "sub_acme"})
    assert [one.id for one in found.data] == [invoice["id"]]
    assert (await client.v1.invoices.list_async({"created": {"gt": since}, "status": "open"})).data == []
    assert len((await client.v1.subscriptions.list_async({"status": "past_due"})).data) == 1
    await client.v1.subscriptions.cancel_async("sub_acme")
    assert "sub_acme" not in [one.id for one in (await client.v1.subscriptions.list_async()).data]
    assert [one.id for one in (await client.v1.subscriptions.list_async({"status": "ended"})).data] == ["sub_acme"]
    assert len((await client.v1.subscriptions.list_async({"status": "all"})).data) == 6
    assert [one.id for one in (await client.v1.prices.list_async({"currency": "jpy"})).data] == ["price_starter_jpy"]
    assert len((await client.v1.prices.list_async({"recurring": {"interval": "year"}})).data) == 1
    assert [one.id for one in (await client.v1.products.list_async({"ids": ["prod_scale"]})).data] == ["prod_scale"]
    assert (await client.v1.products.retrieve_async("prod_scale")).name == "Scale"
    assert (await client.v1.prices.retrieve_async("price_scale")).unit_amount == 19_900
    assert [one.id for one in (await client.v1.customers.list_async({"email": "pay@cedar.example"})).data] == [
        "cus_cedar"
    ]


async def test_what_there_is_not_is_404(client):
    error = await refused(client.v1.customers.retrieve_async("cus_none"))
    assert (error.http_status, error.code, error.param) == (404, "resource_missing", "id")
    assert error.user_message == "No such customer: 'cus_none'"
