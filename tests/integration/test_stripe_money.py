"""Charges, refunds and disputes: in whatever order events come, the newest state counts; finance hears of disputes."""

import itertools
import time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import until
from tests.integration.stripe_events import START
from tests.integration.test_stripe_order import delivering
from tests.integration.test_stripe_webhook import ACME_CUSTOMER, Stripe, acme, stripe  # noqa: F401 - fixtures

DAY = 86_400
IDS = itertools.count()


def event(kind: str, thing: dict[str, Any], at: int = START) -> dict[str, Any]:
    number = next(IDS)
    return {
        "id": f"evt_money{number:06}",
        "object": "event",
        "type": kind,
        "created": at,
        "livemode": False,
        "data": {"object": thing},
    }


def charge(**changed: Any) -> dict[str, Any]:
    return {
        "id": "ch_1",
        "object": "charge",
        "customer": ACME_CUSTOMER,
        "payment_intent": "pi_1",
        "amount": 4900,
        "amount_refunded": 0,
        "currency": "eur",
        "status": "succeeded",
        "disputed": False,
        "created": START,
        **changed,
    }


def refund(**changed: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "amount": 4900,
        "currency": "eur",
        "status": "pending",
        "reason": "duplicate",
        "created": START,
        "metadata": {},
        **changed,
    }


def dispute(due: int | None = None, **changed: Any) -> dict[str, Any]:
    return {
        "id": "dp_1",
        "object": "dispute",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "amount": 4900,
        "currency": "eur",
        "reason": "product_not_received",
        "status": "needs_response",
        "evidence_details": {"due_by": due or int(time.time()) + 5 * DAY + 60, "submission_count": 0},
        "created": START,
        **changed,
    }


LIFE = (
    event("charge.succeeded", charge(), START),
    event("charge.refunded", charge(amount_refunded=4900), START + 9),
    event("refund.created", refund(), START + 9),
    event("refund.updated", refund(status="succeeded"), START + 9),
    event("refund.failed", refund(status="failed", failure_reason="lost_or_stolen_card"), START + 50),
    event("charge.updated", charge(amount_refunded=0), START + 50),
    event("charge.dispute.created", dispute(START + 9 * DAY), START + 60),
    event("charge.dispute.closed", dispute(START + 9 * DAY, status="lost"), START + 90),
    event("invoice_payment.paid", {
        "id": "inpay_1", "object": "invoice_payment", "invoice": "in_1",
        "payment": {"type": "payment_intent", "payment_intent": "pi_1"},
    }, START),
)  # fmt: skip
KEPT = """
    SELECT (SELECT (status, refunded, disputed)::text FROM pmbot.stripe_charges),
           (SELECT (status, failure)::text FROM pmbot.stripe_refunds),
           (SELECT status FROM pmbot.stripe_disputes),
           (SELECT payment_intent FROM pmbot.stripe_paid_by)
"""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(LIFE), max_size=6), st.permutations(LIFE))
async def test_in_any_order_and_repeated_the_newest_state_counts(
    database_url: str, sql, twice: list[dict[str, Any]], order: list[dict[str, Any]]
) -> None:
    sql("TRUNCATE pmbot.stripe_charges, pmbot.stripe_refunds, pmbot.stripe_disputes, pmbot.stripe_paid_by")
    sql("DELETE FROM pmbot.inbox")
    async with delivering(database_url) as deliver:
        for one in [*twice, *order]:
            await deliver(one)
    assert sql(KEPT) == [("(succeeded,0,f)", "(failed,lost_or_stolen_card)", "lost", "pi_1")]


async def test_what_is_given_back_as_a_whole_is_refunded_on_the_platform_until_the_refund_fails(
    database_url: str, sql
) -> None:
    intent = sql("SELECT stripe_payment_intent_id FROM payments WHERE status = 'succeeded' LIMIT 1")[0][0]
    status = "SELECT status FROM payments WHERE stripe_payment_intent_id = %s"
    async with delivering(database_url) as deliver:
        await deliver(event("charge.refunded", charge(payment_intent=intent, amount_refunded=1000), START))
        assert sql(status, intent) == [("succeeded",)]
        await deliver(event("charge.refunded", charge(payment_intent=intent, amount_refunded=4900), START + 1))
        assert sql(status, intent) == [("refunded",)]
        await deliver(event("charge.updated", charge(payment_intent=intent, amount_refunded=0), START + 2))
        assert sql(status, intent) == [("succeeded",)]


@pytest.mark.parametrize("first", ["invoice", "payment"])
async def test_an_invoice_is_given_the_payment_that_it_does_not_name(database_url: str, sql, acme, first: str) -> None:  # noqa: F811
    """Since 2025-03 another object says so, before it or after it."""
    acme.renew()
    [paid] = [one for one in acme.events if one["type"] == "invoice.paid"]
    invoice = paid["data"]["object"]["id"]
    link = event("invoice_payment.paid", {
        "id": "inpay_9", "object": "invoice_payment", "invoice": invoice,
        "payment": {"type": "payment_intent", "payment_intent": "pi_9"},
    })  # fmt: skip
    async with delivering(database_url) as deliver:
        for one in [link, *acme.events] if first == "payment" else [*acme.events, link]:
            await deliver(one)
    assert sql("SELECT count(*) FROM payments WHERE stripe_payment_intent_id = 'pi_9'") == [(1,)]
    assert sql("SELECT payment_intent FROM pmbot.stripe_invoices WHERE id = %s", invoice) == [("pi_9",)]


@pytest.mark.parametrize(
    "broken",
    [
        charge(amount_refunded=4901),
        charge(status="odd"),
        refund(status="odd"),
        dispute(charge="no id"),
        dispute(evidence_details={"due_by": 10**20}),
    ],
)
async def test_an_object_that_cannot_be_so_is_kept_apart(database_url: str, sql, broken: dict[str, Any]) -> None:
    async with delivering(database_url) as deliver:
        await deliver(event("charge.updated", broken))
    assert sql("SELECT status FROM webhook_events WHERE stripe_event_id LIKE 'evt_money%%'") == [("failed",)]
    assert sql("SELECT count(*) FROM pmbot.stripe_charges") == [(0,)]


class TestDispute:
    """In the finance channel."""

    async def test_one_message_from_its_beginning_to_its_end(self, stripe: Stripe) -> None:  # noqa: F811
        due = int(time.time()) + 5 * DAY + 60
        await stripe.send(event("charge.succeeded", charge()), event("charge.dispute.created", dispute(due), START + 5))
        said = await stripe.says("Disputed payment: evidence is needed")
        assert "Tenant · Acme Corp" in said
        assert "Reason · not received" in said
        assert "5 days left" in said
        assert "49" not in said.replace(str(due), "")
        answered = dispute(due, evidence_details={"due_by": due, "submission_count": 1}, status="under_review")
        await stripe.send(event("charge.dispute.updated", answered, START + 9))
        await stripe.says("the bank decides")
        await stripe.send(event("charge.dispute.closed", dispute(due, status="won"), START + 20))
        await stripe.says("won; the money is back")
        assert len([one for one in stripe.told() if "Disputed payment" in one]) == 1

    async def test_whose_it_is_stands_there_also_where_the_charge_comes_later(self, stripe: Stripe) -> None:  # noqa: F811
        await stripe.send(event("charge.dispute.created", dispute(), START + 5))
        await stripe.says("Tenant · A customer")
        await stripe.send(event("charge.updated", charge(disputed=True), START + 6))
        await stripe.says("Tenant · Acme Corp")

    async def test_days_are_counted_down_and_near_the_end_somebody_is_reminded_once(
        self,
        stripe: Stripe,  # noqa: F811
        sql,
    ) -> None:
        due = int(time.time()) + DAY + 4
        opened = event("charge.dispute.created", dispute(due), START + 5)
        await stripe.send(event("charge.succeeded", charge()), opened, {**opened, "id": "evt_again"})
        await stripe.says("1 day left")
        await stripe.says("Evidence is due soon: the dispute of Acme Corp")
        await stripe.says("less than a day left")
        reminded = [one for one in stripe.told() if "due soon" in one]
        assert len(reminded) == 1
        await stripe.send(event("charge.dispute.closed", dispute(due, status="lost"), START + 20))
        await stripe.says("Evidence is due no more")
        assert await until(lambda: not [one for one in stripe.told() if "due soon" in one])
