"""Subscriptions: what each state allows, what a change costs, and what time brings."""

import itertools

import pytest
import stripe

from tests.localpay.conftest import newest, refused

DAY = 86_400


async def item_of(client, subscription):
    found = await client.v1.subscriptions.retrieve_async(subscription)
    return found["items"].data[0]


async def test_collection_is_paused_and_the_status_stays(pay, client):
    """Invoices keep coming, and are void, uncollectible or drafts."""
    for behavior, status in (("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")):
        update = {"pause_collection": {"behavior": behavior}}
        found = await client.v1.subscriptions.update_async("sub_acme", update)
        assert (found.status, found.pause_collection.behavior) == ("active", behavior)
        assert pay.renew("sub_acme")["status"] == "draft" or status != "draft"
        assert newest(pay, "invoice", customer="cus_acme")["status"] == status
    found = await client.v1.subscriptions.update_async("sub_acme", {"pause_collection": ""})
    assert found.pause_collection is None
    pay.renew("sub_acme")
    assert newest(pay, "invoice", customer="cus_acme")["status"] == "paid"


async def test_a_pause_of_collection_ends_by_itself(pay, client):
    resumes = pay.ledger.clock.now() + 3 * DAY
    pause = {"pause_collection": {"behavior": "void", "resumes_at": resumes}}
    await client.v1.subscriptions.update_async("sub_acme", pause)
    pay.advance(2 * DAY)
    assert (await client.v1.subscriptions.retrieve_async("sub_acme")).pause_collection is not None
    pay.advance(DAY)
    assert (await client.v1.subscriptions.retrieve_async("sub_acme")).pause_collection is None
    past = {"pause_collection": {"behavior": "void", "resumes_at": resumes}}
    error = await refused(client.v1.subscriptions.update_async("sub_acme", past))
    assert error.param == "pause_collection[resumes_at]"


async def test_paused_for_real_it_makes_no_invoices(pay, client):
    paused = await client.v1.subscriptions.pause_async("sub_acme")
    assert (paused.status, paused.status_details.paused.subscription.type) == ("paused", "pause_requested")
    assert paused["items"].data[0].current_period_end == pay.ledger.clock.now()
    before = len(pay.ledger.book.all("invoice"))
    with pytest.raises(ValueError, match="not renewed"):
        pay.renew("sub_acme")
    pay.advance(DAY)
    assert len(pay.ledger.book.all("invoice")) == before
    assert "cannot be paused" in (await refused(client.v1.subscriptions.pause_async("sub_acme"))).user_message


async def test_it_resumes_once_its_invoice_is_paid(pay, client):
    """By default nobody tries to collect in the request, and it stays paused until somebody does."""
    await client.v1.subscriptions.pause_async("sub_acme", {"bill_for": {"unused_time_from": {"type": "none"}}})
    resumed = await client.v1.subscriptions.resume_async("sub_acme")
    assert resumed.status == "paused"
    assert "being resumed" in (await refused(client.v1.subscriptions.resume_async("sub_acme"))).user_message
    invoice = await client.v1.invoices.pay_async(resumed.latest_invoice)
    assert (invoice.status, invoice.amount_paid) == ("paid", 19_900)
    found = await client.v1.subscriptions.retrieve_async("sub_acme")
    assert (found.status, found.status_details) == ("active", None)
    assert found["items"].data[0].current_period_start == pay.ledger.clock.now()
    assert "Only paused" in (await refused(client.v1.subscriptions.resume_async("sub_acme"))).user_message


async def test_the_unused_time_is_credit_for_what_comes_next(pay, client):
    found = await item_of(client, "sub_acme")
    left = (found.current_period_end - pay.ledger.clock.now()) / (found.current_period_end - found.current_period_start)
    await client.v1.subscriptions.pause_async("sub_acme")
    resumed = await client.v1.subscriptions.resume_async("sub_acme")
    invoice = await client.v1.invoices.retrieve_async(resumed.latest_invoice)
    assert invoice.total == 19_900 - round(19_900 * left)


@pytest.mark.parametrize(
    ("behavior", "status"), [("resume_on_payment_attempt", "past_due"), ("resume_on_payment_success", "paused")]
)
async def test_a_resumption_that_is_declined(pay, client, behavior, status):
    pay.decline("cus_acme")
    await client.v1.subscriptions.pause_async("sub_acme")
    resumed = await client.v1.subscriptions.resume_async("sub_acme", {"payment_behavior": behavior})
    if behavior == "resume_on_payment_attempt":
        assert (await refused(client.v1.invoices.pay_async(resumed.latest_invoice))).http_status == 402
    assert (await client.v1.subscriptions.retrieve_async("sub_acme")).status == status
    pay.pay(resumed.latest_invoice)
    assert (await client.v1.subscriptions.retrieve_async("sub_acme")).status == "active"


async def test_a_resumption_that_nobody_pays_is_off_after_23_hours(pay, client):
    await client.v1.subscriptions.pause_async("sub_acme")
    resumed = await client.v1.subscriptions.resume_async("sub_acme")
    pay.advance(23 * 3_600 - 1)
    assert (await client.v1.invoices.retrieve_async(resumed.latest_invoice)).status == "open"
    pay.advance(1)
    assert (await client.v1.invoices.retrieve_async(resumed.latest_invoice)).status == "void"
    assert (await client.v1.subscriptions.retrieve_async("sub_acme")).status == "paused"


async def test_the_old_cycle_may_go_on_and_then_nothing_is_billed_at_once(pay, client):
    """Its rest is a proration on the next invoice, with `always_invoice` on one now, with `none` nowhere."""
    before = await item_of(client, "sub_acme")
    anchor = {"billing_cycle_anchor": {"type": "unchanged"}}
    for behavior, status in (("create_prorations", "active"), ("none", "active"), ("always_invoice", "paused")):
        await client.v1.subscriptions.pause_async("sub_acme", {"bill_for": {"unused_time_from": {"type": "none"}}})
        resumed = await client.v1.subscriptions.resume_async("sub_acme", {**anchor, "proration_behavior": behavior})
        assert resumed.status == status
        assert resumed["items"].data[0].current_period_end == before.current_period_end
    assert len(pay.ledger.waiting_lines["sub_acme"]) == 1


async def test_trials_and_invoiced_ones_are_not_paused(client):
    assert "trialing" in (await refused(client.v1.subscriptions.pause_async("sub_daisy"))).user_message
    await client.v1.subscriptions.update_async("sub_birch", {"collection_method": "send_invoice", "days_until_due": 14})
    assert "charge_automatically" in (await refused(client.v1.subscriptions.pause_async("sub_birch"))).user_message


async def test_a_change_of_plan_is_previewed_and_then_costs_just_that(pay, client):
    """Credit for the old price, a debit for the new one, at the same moment."""
    item = await item_of(client, "sub_birch")
    moment = pay.ledger.clock.now()
    change = {
        "items": [{"id": item.id, "price": "price_scale"}],
        "proration_behavior": "always_invoice",
        "proration_date": moment,
    }
    preview = await client.v1.invoices.create_preview_async(
        {"subscription": "sub_birch", "subscription_details": change}
    )
    assert [line.amount < 0 for line in preview.lines.data] == [True, False]
    changed = await client.v1.subscriptions.update_async("sub_birch", change)
    invoice = await client.v1.invoices.retrieve_async(changed.latest_invoice)
    assert (invoice.total, invoice.status) == (preview.total, "paid")
    assert changed["items"].data[0].price.id == "price_scale"
    assert changed["items"].data[0].current_period_end == item.current_period_end


async def test_by_default_the_next_invoice_has_the_prorations(pay, client):
    item = await item_of(client, "sub_birch")
    await client.v1.subscriptions.update_async("sub_birch", {"items": [{"id": item.id, "quantity": 3}]})
    preview = await client.v1.invoices.create_preview_async({"customer": "cus_birch"})
    assert len(preview.lines.data) == 3
    pay.next_period("sub_birch")
    invoice = newest(pay, "invoice", customer="cus_birch")
    assert invoice["total"] == preview.total
    assert invoice["lines"]["data"][-1]["amount"] == 3 * 4_900


async def test_another_interval_begins_anew(pay, client):
    item = await item_of(client, "sub_acme")
    changed = await client.v1.subscriptions.update_async(
        "sub_acme", {"items": [{"id": item.id, "price": "price_scale_year"}]}
    )
    invoice = newest(pay, "invoice", customer="cus_acme")
    assert invoice["lines"]["data"][-1]["amount"] == 199_000
    assert changed["items"].data[0].current_period_start == pay.ledger.clock.now()


@pytest.mark.parametrize(
    ("items", "param"),
    [
        ([{"price": "price_none"}], "items[0][price]"),
        ([{"price": "price_starter_jpy"}], "items[0][price]"),
        ([{"id": "si_none", "price": "price_starter"}], "items[0][id]"),
        ([{"price": "price_scale"}], "items"),
        ([{"quantity": 1}], "items[0][price]"),
        ([{"price": "price_scale_year"}], "items"),
    ],
)
async def test_items_that_cannot_be_are_refused_and_nothing_changes(pay, client, items, param):
    before = await client.v1.subscriptions.retrieve_async("sub_acme")
    error = await refused(client.v1.subscriptions.update_async("sub_acme", {"items": items, "description": "new"}))
    assert (error.http_status, error.param) == (400, param)
    assert await client.v1.subscriptions.retrieve_async("sub_acme") == before


async def test_nothing_changes_where_a_declined_payment_is_an_error(pay, client):
    """Otherwise it does, and is past due."""
    pay.decline("cus_birch")
    item = await item_of(client, "sub_birch")
    change = {"items": [{"id": item.id, "price": "price_scale"}], "proration_behavior": "always_invoice"}
    error = await refused(
        client.v1.subscriptions.update_async("sub_birch", {**change, "payment_behavior": "error_if_incomplete"})
    )
    assert (error.http_status, type(error)) == (402, stripe.CardError)
    assert (await item_of(client, "sub_birch")).price.id == "price_starter"
    assert (await client.v1.subscriptions.update_async("sub_birch", change)).status == "past_due"


async def test_one_that_ended_takes_nothing_more_but_notes(client):
    ended = await client.v1.subscriptions.cancel_async("sub_acme", {"cancellation_details": {"feedback": "unused"}})
    assert (ended.status, ended.cancellation_details.feedback) == ("canceled", "unused")
    for change in ({"description": "x"}, {"pause_collection": {"behavior": "void"}}, {"trial_end": "now"}):
        error = await refused(client.v1.subscriptions.update_async("sub_acme", change))
        assert error.code == "invalid_canceled_subscription_fields"
    noted = await client.v1.subscriptions.update_async("sub_acme", {"metadata": {"why": "asked"}})
    assert noted.metadata["why"] == "asked"
    again = await refused(client.v1.subscriptions.cancel_async("sub_acme"))
    assert (again.http_status, again.code) == (404, "resource_missing")
    assert (await refused(client.v1.subscriptions.pause_async("sub_acme"))).http_status == 400


async def test_it_ends_with_its_period_where_that_was_said(pay, client):
    said = await client.v1.subscriptions.update_async("sub_acme", {"cancel_at_period_end": True})
    assert said.cancel_at == said["items"].data[0].current_period_end
    none = await refused(client.v1.invoices.create_preview_async({"subscription": "sub_acme"}))
    assert (none.http_status, none.code) == (404, "invoice_upcoming_none")
    assert pay.next_period("sub_acme")["status"] == "canceled"


async def test_a_trial_is_ended_and_paid(pay, client):
    ended = await client.v1.subscriptions.update_async("sub_daisy", {"trial_end": "now"})
    assert ended.status == "active"
    assert (await client.v1.invoices.retrieve_async(ended.latest_invoice)).amount_paid == 19_900
    assert (await refused(client.v1.subscriptions.update_async("sub_daisy", {"trial_end": "now"}))).param == "trial_end"


async def test_a_trial_ends_by_itself(pay, client):
    """Or later, where it is made longer."""
    later = pay.ledger.clock.now() + 20 * DAY
    await client.v1.subscriptions.update_async("sub_daisy", {"trial_end": later})
    pay.advance(19 * DAY)
    assert (await client.v1.subscriptions.retrieve_async("sub_daisy")).status == "trialing"
    pay.advance(DAY)
    assert (await client.v1.subscriptions.retrieve_async("sub_daisy")).status == "active"


async def test_a_year_passes_and_each_renewal_has_its_own_date(pay):
    """Twelve, a month apart, as if somebody had waited."""
    before = len(list(pay.ledger.book.where("invoice", customer="cus_acme")))
    pay.advance(365 * DAY)
    made = list(pay.ledger.book.where("invoice", customer="cus_acme"))[before:]
    assert len(made) == 12
    assert {28, 30, 31} >= {round((b["created"] - a["created"]) / DAY) for a, b in itertools.pairwise(made)}
    assert {one["status"] for one in made} == {"paid"}


async def test_a_declined_renewal_is_tried_again_three_times(pay, client):
    pay.decline("cus_birch")
    invoice = pay.renew("sub_birch")["id"]
    assert (await client.v1.subscriptions.retrieve_async("sub_birch")).status == "past_due"
    pay.advance(25 * DAY)
    found = await client.v1.invoices.retrieve_async(invoice)
    assert (found.attempt_count, found.next_payment_attempt, found.status) == (4, None, "open")
    pay.decline("cus_birch", "")
    paid = await client.v1.invoices.pay_async(invoice)
    assert paid.status == "paid"
    assert (await client.v1.subscriptions.retrieve_async("sub_birch")).status == "active"


async def test_an_accidental_renewal_is_paid_and_canceled_to_its_end(pay, client):
    invoice = pay.accidental_renewal("sub_acme")
    found = await client.v1.subscriptions.retrieve_async("sub_acme")
    assert (invoice["status"], found.cancel_at_period_end) == ("paid", True)
    assert found.cancellation_details.comment == "I did not mean to renew."
