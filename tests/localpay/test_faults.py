"""What goes wrong on order: each fault does what it is said to do, no more."""

import asyncio

import httpx
import pytest
import stripe

from localpay.api.faults import KINDS, Faults
from tests.localpay.conftest import paid_charge, refused


@pytest.mark.parametrize(
    ("kind", "error", "acted"),
    [
        ("ratelimited", stripe.RateLimitError, False),
        ("error", stripe.APIError, False),
        ("failed", stripe.APIError, False),
        ("acted_then_error", stripe.APIError, True),
        ("lost", stripe.APIConnectionError, True),
        ("hang", stripe.APIConnectionError, False),
    ],
)
async def test_a_call_that_goes_wrong(pay, client, kind, error, acted):
    """It did what it should have, or nothing; the next one is fine."""
    charge = paid_charge(pay)
    pay.fault("refunds.create", kind, seconds=0.05)
    assert isinstance(await refused(client.v1.refunds.create_async({"charge": charge["id"], "amount": 100})), error)
    assert charge["amount_refunded"] == (100 if acted else 0)
    await client.v1.refunds.create_async({"charge": charge["id"], "amount": 100})
    assert charge["amount_refunded"] == (200 if acted else 100)


async def test_a_slow_call_works_and_takes_its_time(pay, client):
    pay.fault("*", "slow", seconds=0.2)
    begun = asyncio.get_running_loop().time()
    await client.v1.customers.list_async()
    assert asyncio.get_running_loop().time() - begun >= 0.2


async def test_faults_concern_the_method_they_were_ordered_for(pay, client):
    pay.fault("refunds.create", "error", times=2)
    await client.v1.customers.list_async()
    for _ in range(2):
        assert (await refused(client.v1.refunds.create_async({"charge": "ch"}))).http_status == 500
    assert (await refused(client.v1.refunds.create_async({"charge": "ch"}))).http_status == 400


def test_chance_comes_from_the_seed():
    """The same seed and calls, the same faults; about as many as were wished for."""

    def struck(seed):
        faults = Faults(seed)
        faults.switch("error", share=0.3, methods="refunds.*")
        return [faults.take("refunds.create") is not None for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90
    assert Faults().take("refunds.create") is None


def test_what_there_is_not_is_refused():
    faults = Faults()
    with pytest.raises(ValueError, match="no fault 'penguin'; there is ratelimited"):
        faults.order("*", "penguin")
    with pytest.raises(ValueError, match="between 0 and 1"):
        faults.switch("error", share=2)
    faults.switch("error")
    faults.order("*", "slow")
    assert (len(faults.as_json()["next"]), len(faults.as_json()["standing"])) == (1, 1)
    faults.clear()
    assert faults.as_json() == {"next": [], "standing": [], "kinds": KINDS}


async def test_another_process_orders_them_by_http(pay, client):
    """And makes customers and their banks do things; what makes no sense is told in a sentence."""
    async with httpx.AsyncClient(base_url=pay.base_url) as http:
        await http.post("/_local/fault", json={"method": "customers.list", "kind": "error"})
        assert (await refused(client.v1.customers.list_async())).http_status == 500
        await http.post("/_local/fault_switch", json={"kind": "ratelimited", "share": 1.0})
        assert (await refused(client.v1.customers.list_async())).http_status == 429
        await http.post("/_local/clear_faults")
        charge = paid_charge(pay)["id"]
        dispute = (await http.post("/_local/dispute", json={"charge": charge, "reason": "duplicate"})).json()
        assert dispute["status"] == "needs_response"
        for path, given in (
            ("dispute", {"charge": charge}),
            ("dispute", {"charge": "ch_none"}),
            ("dispute", {"penguin": 1}),
            ("dispute", [1]),
            ("advance", {"seconds": -1}),
            ("trouble", {"penguin": 1}),
            ("trouble", {"delay": -1}),
            ("resend", {"event": "evt_none"}),
        ):
            answer = await http.post(f"/_local/{path}", json=given)
            assert (answer.status_code, bool(answer.json()["error"])) == (400, True), (path, given)
        assert (await http.post("/_local/renew", content=b"{")).status_code == 400
        asked = (await http.get("/_local/asked")).json()
        assert [(one["method"], one["status"], one["fault"]) for one in asked] == [
            ("customers.list", 500, "error"),
            ("customers.list", 429, "ratelimited"),
        ]
