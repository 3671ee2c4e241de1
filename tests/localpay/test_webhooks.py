"""Events: what each change tells, and how it arrives."""

import httpx
import pytest

from tests.conftest import until
from tests.localpay.conftest import newest, paid_charge, refused

DAY = 86_400


async def test_a_refund_tells_of_itself_and_its_charge(pay, client, listener):
    charge = paid_charge(pay)
    refund = await client.v1.refunds.create_async(
        {"charge": charge["id"], "amount": 100}, {"idempotency_key": "proposal-7"}
    )
    await pay.webhooks.settled()
    assert listener.types == ["refund.created", "charge.refunded"]
    made, changed = listener.seen
    assert made["data"]["object"]["id"] == refund.id
    assert changed["data"]["previous_attributes"] == {"amount_refunded": 0}
    assert made["request"]["idempotency_key"] == "proposal-7"
    assert made["api_version"] == "2026-10-28.endive"


async def test_an_event_has_the_object_as_it_was_then(pay, client, listener):
    """Whatever became of it later."""
    await client.v1.subscriptions.update_async("sub_acme", {"metadata": {"n": "1"}})
    await client.v1.subscriptions.update_async("sub_acme", {"metadata": {"n": "2"}})
    await pay.webhooks.settled()
    assert [one["data"]["object"]["metadata"]["n"] for one in listener.seen] == ["1", "2"]
    assert listener.seen[1]["data"]["previous_attributes"] == {"metadata": {"n": "1"}}


async def test_what_changes_nothing_tells_nothing(pay, client, listener):
    await client.v1.customers.update_async("cus_acme", {"name": "Acme Corp"})
    await pay.webhooks.settled()
    assert listener.seen == []


@pytest.mark.parametrize(
    ("happens", "types"),
    [
        (
            lambda pay: pay.fail_renewal("sub_acme"),
            ["customer.subscription.updated", "invoice.payment_failed", "charge.failed"],
        ),
        (
            lambda pay: pay.renew("sub_acme"),
            ["invoice.created", "invoice.finalized", "invoice.paid", "charge.succeeded"],
        ),
        (
            lambda pay: pay.lose(pay.dispute(paid_charge(pay)["id"])["id"]),
            ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.closed"],
        ),
        (
            lambda pay: pay.win(pay.dispute(paid_charge(pay)["id"])["id"]),
            ["charge.dispute.created", "charge.dispute.closed", "charge.dispute.funds_reinstated"],
        ),
        (
            lambda pay: pay.refund_fails(pay.refund_in_dashboard(paid_charge(pay)["id"])["id"]),
            ["refund.created", "charge.refunded", "refund.failed", "charge.refund.updated"],
        ),
        (lambda pay: pay.cancel("sub_acme"), ["customer.subscription.deleted"]),
        (lambda pay: pay.decline("cus_acme"), []),
        (lambda pay: pay.charge_again(newest(pay, "invoice", customer="cus_acme")["id"]), ["charge.succeeded"]),
    ],
)
async def test_what_happens_is_told(pay, listener, happens, types):
    """Signed, by nobody's request."""
    happens(pay)
    await pay.webhooks.settled()
    assert set(types) <= set(listener.types)
    assert all(one["request"] == {"id": None, "idempotency_key": None} for one in listener.seen)


async def test_a_pause_and_a_resumption_are_told_twice(pay, client, listener):
    """As what they are, and as an update that says what was before."""
    await client.v1.subscriptions.pause_async("sub_acme")
    resumed = await client.v1.subscriptions.resume_async("sub_acme")
    await client.v1.invoices.pay_async(resumed.latest_invoice)
    await pay.webhooks.settled()
    told = [one for one in listener.types if one.startswith("customer.subscription.")]
    assert told == [
        "customer.subscription.updated",
        "customer.subscription.paused",
        "customer.subscription.updated",
        "customer.subscription.resumed",
    ]
    assert listener.seen[0]["data"]["previous_attributes"]["status"] == "active"


async def test_evidence_is_staged_handed_in_and_decided(pay, client, listener):
    """`submit` is the default; what was handed in takes no more."""
    dispute = pay.dispute(paid_charge(pay)["id"], days=7)
    assert dispute["evidence_details"]["due_by"] == pay.ledger.clock.now() + 7 * DAY
    staged = await client.v1.disputes.update_async(
        dispute["id"], {"evidence": {"customer_name": "Acme"}, "submit": False}
    )
    assert (staged.status, staged.evidence_details.has_evidence) == ("needs_response", True)
    sent = await client.v1.disputes.update_async(dispute["id"], {"evidence": {"uncategorized_text": "They used it."}})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert sent.evidence.customer_name == "Acme"
    error = await refused(client.v1.disputes.update_async(dispute["id"], {"evidence": {"customer_name": "x"}}))
    assert "under_review" in error.user_message
    assert (await refused(client.v1.disputes.close_async(dispute["id"]))).http_status == 400
    pay.win(dispute["id"])
    await pay.webhooks.settled()
    assert listener.types[-2:] == ["charge.dispute.closed", "charge.dispute.funds_reinstated"]


async def test_a_dispute_that_nobody_answers_is_lost(pay, client):
    """An inquiry is only closed; one may be dismissed by ourselves."""
    dispute = pay.dispute(paid_charge(pay)["id"], days=7)["id"]
    inquiry = pay.dispute(paid_charge(pay, "cus_birch")["id"], inquiry=True, days=7)["id"]
    given_up = pay.dispute(paid_charge(pay, "cus_elm")["id"])["id"]
    assert (await client.v1.disputes.close_async(given_up)).status == "lost"
    pay.advance(7 * DAY)
    lost = await client.v1.disputes.retrieve_async(dispute)
    assert (lost.status, lost.evidence_details.past_due) == ("lost", True)
    assert (await client.v1.disputes.retrieve_async(inquiry)).status == "warning_closed"
    with pytest.raises(ValueError, match="decided"):
        pay.win(dispute)


async def test_what_is_not_taken_is_sent_again(pay, listener):
    """A while later, with the same id; each attempt is on record."""
    listener.statuses = [500, 503, 200]
    pay.ledger.change(pay.ledger.book.get("customer", "cus_acme"), "customer.updated", name="Acme")
    await pay.webhooks.settled()
    assert [(one.attempt, one.status) for one in pay.deliveries] == [(1, 500), (2, 503), (3, 200)]
    assert listener.types == ["customer.updated"]
    assert pay.ledger.book.all("event")[0]["pending_webhooks"] == 0


async def test_an_endpoint_that_is_not_there_is_given_up(pay):
    pay.add_endpoint("http://127.0.0.1:9/hook")
    pay.cancel("sub_acme")
    await pay.webhooks.settled()
    assert {one.error for one in pay.deliveries} == {"ConnectError"}
    assert pay.ledger.book.all("event")[0]["pending_webhooks"] == 1


async def test_only_what_an_endpoint_wants_is_sent(pay, listener):
    pay.webhooks.endpoints[0].events = ("charge.dispute.*", "refund.created")
    pay.dispute(paid_charge(pay)["id"])
    pay.renew("sub_birch")
    await pay.webhooks.settled()
    assert listener.types == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


async def trouble(pay, **values):
    async with httpx.AsyncClient(base_url=pay.base_url) as http:
        return (await http.post("/_local/trouble", json=values)).raise_for_status().json()


async def test_five_times(pay, listener):
    await trouble(pay, duplicates=4)
    pay.cancel("sub_acme")
    await pay.webhooks.settled()
    assert len(listener.seen) == 5
    assert len({one["id"] for one in listener.seen}) == 1


async def test_reversed_and_a_day_late(pay, listener):
    """Held back, while time passes; the signature is fresh."""
    await trouble(pay, held=True)
    pay.dispute(paid_charge(pay)["id"])
    pay.advance(DAY)
    await pay.webhooks.settled()
    assert listener.seen == []
    async with httpx.AsyncClient(base_url=pay.base_url) as http:
        assert (await http.post("/_local/release", json={"reverse": True})).json() >= 3
    await pay.webhooks.settled()
    disputed = [one for one in listener.seen if one["type"].startswith("charge.dispute")]
    assert [one["type"] for one in disputed] == ["charge.dispute.funds_withdrawn", "charge.dispute.created"]
    assert disputed[0]["created"] <= pay.ledger.clock.now() - DAY


async def test_lost_for_good_but_on_the_list_and_sent_again_by_hand(pay, client, listener):
    await trouble(pay, dropped=1)
    pay.cancel("sub_acme")
    await pay.webhooks.settled()
    assert (listener.seen, [one.error for one in pay.deliveries]) == ([], ["dropped"])
    (event,) = (await client.v1.events.list_async({"type": "customer.subscription.*"})).data
    assert (await client.v1.events.list_async({"delivery_success": False})).data[0].id == event.id
    async with httpx.AsyncClient(base_url=pay.base_url) as http:
        await http.post("/_local/resend", json={"event": event.id})
    await pay.webhooks.settled()
    assert listener.types == ["customer.subscription.deleted"]


@pytest.mark.parametrize(
    ("values", "said"),
    [({"forged": 1}, "No signatures found"), ({"stale": 1, "stale_by": 900}, "outside the tolerance")],
)
async def test_a_signature_that_is_wrong_or_old_is_noticed(pay, listener, values, said):
    """The next attempt is signed as it should be."""
    await trouble(pay, **values)
    pay.cancel("sub_acme")
    await pay.webhooks.settled()
    assert said in listener.refused[0]
    assert listener.types == ["customer.subscription.deleted"]


async def test_late(pay, listener):
    await trouble(pay, delay=0.1)
    pay.cancel("sub_acme")
    assert listener.seen == []
    await pay.webhooks.settled()
    assert len(listener.seen) == 1


async def test_events_are_listed_by_type_and_time_for_thirty_days(pay, client):
    pay.renew("sub_acme")
    since = pay.ledger.clock.now()
    pay.advance(DAY)
    pay.cancel("sub_acme")
    types = ["customer.subscription.deleted", "invoice.paid"]
    found = (await client.v1.events.list_async({"types": types})).data
    assert [one.type for one in found] == types
    late = (await client.v1.events.list_async({"types": types, "created": {"gt": since}})).data
    assert [one.type for one in late] == types[:1]
    assert (await client.v1.events.retrieve_async(found[0].id)).type == types[0]
    both = client.v1.events.list_async({"types": types, "type": "invoice.paid"})
    assert (await refused(both)).code == "parameters_exclusive"
    pay.advance(30 * DAY)
    assert [
        one.type for one in (await client.v1.events.list_async({"types": types})).data if one.created <= since
    ] == []
    assert (await refused(client.v1.events.retrieve_async(found[1].id))).http_status == 404


async def test_time_that_was_moved_elsewhere_is_noticed(pay, clock, listener):
    """A clock of somebody else's: what is due happens soon after."""
    clock.now += 30 * DAY
    await until(lambda: "invoice.paid" in listener.types, 5)
