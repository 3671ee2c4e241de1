"""Idempotency keys: the same request twice is one, for a day."""

import asyncio

import httpx
import pytest
import stripe

from tests.localpay.conftest import client_of, paid_charge, refused

HOUR = 3_600


def key(text="proposal-7"):
    return {"idempotency_key": text}


async def test_the_same_request_has_the_very_same_answer(pay, client):
    """Byte for byte, and says that it is one; the second does nothing."""
    given = {"charge": paid_charge(pay)["id"], "amount": 100}
    first = await client.v1.refunds.create_async(given, key())
    second = await client.v1.refunds.create_async(given, key())
    assert first.last_response.body == second.last_response.body
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert second.last_response.headers["original-request"] == first.last_response.headers["request-id"]
    assert paid_charge(pay)["amount_refunded"] == 100
    other = await client.v1.refunds.create_async(given, key("proposal-8"))
    assert other.id != first.id


async def test_refusals_are_kept_too(pay, client):
    """But for those of the schema, after which nothing had begun."""
    charge = paid_charge(pay)
    dispute = pay.dispute(charge["id"])
    given = {"charge": charge["id"], "amount": 100}
    assert (await refused(client.v1.refunds.create_async(given, key()))).code == "charge_disputed"
    pay.win(dispute["id"])
    assert (await refused(client.v1.refunds.create_async(given, key()))).code == "charge_disputed"
    wrong = {**given, "penguin": 1}
    assert (await refused(client.v1.refunds.create_async(wrong, key("other")))).code == "parameter_unknown"
    assert (await client.v1.refunds.create_async(given, key("other"))).amount == 100


async def test_another_request_under_the_key_is_refused(pay, client):
    charge = paid_charge(pay)
    await client.v1.refunds.create_async({"charge": charge["id"], "amount": 100}, key())
    error = await refused(client.v1.refunds.create_async({"charge": charge["id"], "amount": 200}, key()))
    assert (type(error), error.http_status) == (stripe.IdempotencyError, 400)
    assert "same parameters" in error.user_message
    error = await refused(client.v1.subscriptions.pause_async("sub_acme", {}, key()))
    assert "same endpoint" in error.user_message
    assert charge["amount_refunded"] == 100
    assert (await refused(client.v1.subscriptions.pause_async("sub_acme", {}, key("k" * 256)))).http_status == 400


async def test_at_the_same_time_one_is_told_to_come_later(pay, client):
    """409; the other one acts."""
    given = {"charge": paid_charge(pay)["id"], "amount": 100}
    pay.fault("refunds.create", "slow", seconds=0.3)
    async with client_of(pay.base_url) as second:
        answers = await asyncio.gather(
            client.v1.refunds.create_async(given, key()),
            second.v1.refunds.create_async(given, key()),
            return_exceptions=True,
        )
    (done,) = [one for one in answers if isinstance(one, stripe.Refund)]
    (late,) = [one for one in answers if isinstance(one, stripe.StripeError)]
    assert (done.amount, late.http_status) == (100, 409)
    assert late.json_body["error"]["code"] == "idempotency_key_in_use"
    assert paid_charge(pay)["amount_refunded"] == 100


async def test_a_day_later_the_key_is_forgotten(pay, client):
    """Then the same request is another one."""
    given = {"charge": paid_charge(pay)["id"], "amount": 100}
    first = await client.v1.refunds.create_async(given, key())
    pay.advance(24 * HOUR - 1)
    assert (await client.v1.refunds.create_async(given, key())).id == first.id
    pay.advance(1)
    assert (await client.v1.refunds.create_async(given, key())).id != first.id
    assert paid_charge(pay, "cus_acme")["amount_refunded"] == 200


async def test_reading_knows_no_keys(pay):
    headers = {"Authorization": "Bearer sk_test_local", "Idempotency-Key": "k"}
    async with httpx.AsyncClient(base_url=pay.base_url, headers=headers) as http:
        for path in ("/v1/customers", "/v1/products"):
            answer = await http.get(path)
            assert (answer.status_code, "Idempotent-Replayed" in answer.headers) == (200, False)


@pytest.mark.parametrize("kind", ["lost", "acted_then_error", "failed"])
async def test_with_the_key_an_unknown_is_cleared_up(pay, client, kind):
    """What had been done is answered as it was; a 500 stays one, and Stripe's list says whether anything was done."""
    given = {"charge": paid_charge(pay)["id"], "amount": 100, "metadata": {"proposal": "7"}}
    pay.fault("refunds.create", kind)
    await refused(client.v1.refunds.create_async(given, key()))
    if kind == "lost":
        assert (await client.v1.refunds.create_async(given, key())).amount == 100
    else:
        assert (await refused(client.v1.refunds.create_async(given, key()))).http_status == 500
    found = await client.v1.refunds.list_async({"charge": given["charge"]})
    assert [one.metadata["proposal"] for one in found.data] == ([] if kind == "failed" else ["7"])
