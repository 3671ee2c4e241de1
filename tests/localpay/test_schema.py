"""Every method takes what Stripe publishes for it, and nothing else."""

import re
from pathlib import Path
from typing import get_args

import httpx
import pytest
from stripe import PaymentIntent
from stripe._encode import _api_encode

import localpay
from localpay.api.door import METHODS
from localpay.schema.library import API_VERSION, SOURCE, fields
from tests.localpay.conftest import newest
from tests.localpay.requests import complete, objects, own, required, scalars, some, words

NAMES = {method.name: method for method in METHODS}


@pytest.fixture
async def http(pay):
    headers = {"Authorization": "Bearer sk_test_local", "Stripe-Version": API_VERSION}
    async with httpx.AsyncClient(base_url=pay.base_url, headers=headers) as made:
        yield made


async def send(http, method, params):
    """Encoded as the official library does; the answer's error, or None."""
    path = method.path.replace("{id}", "nothing").replace("{customer}", "cus_acme")
    pairs = {name: str(value) for name, value in _api_encode(params)}
    where = {"data": pairs} if method.verb == "POST" else {"params": pairs}
    answer = await http.request(method.verb, path, **where)
    return answer.status_code, answer.json().get("error", {})


@pytest.mark.parametrize("name", NAMES)
async def test_no_required_parameter_may_be_missing(http, name):
    """Each in turn, however deep it stands; with all of them the schema has nothing to say."""
    method = NAMES[name]
    for path, published, around in objects(method.published):
        whole = complete(published) or (some(published) if path else {})
        status, error = await send(http, method, around(whole))
        assert not error.get("message", "").startswith(("Missing required", "Received unknown")), (path, error)
        for missing in required(published):
            rest = {key: value for key, value in complete(published).items() if key != missing}
            if path and not rest:
                rest = some(published, but=missing)
                if not rest:
                    continue  # it would not be sent at all
            status, error = await send(http, method, around(rest))
            assert (status, error.get("code")) == (400, "parameter_missing"), (path, missing, error)
            assert error["param"].rstrip("]").endswith(missing)


@pytest.mark.parametrize("name", NAMES)
async def test_an_unknown_parameter_is_refused(http, name):
    """Beside all the others, and inside each object."""
    method = NAMES[name]
    for path, published, around in objects(method.published):
        status, error = await send(http, method, around({**complete(published), "penguin": "1"}))
        assert (status, error["code"]) == (400, "parameter_unknown"), path
        assert error["param"].rstrip("]").endswith("penguin")


@pytest.mark.parametrize("name", NAMES)
async def test_a_word_or_a_number_that_is_none_is_refused(http, name):
    method = NAMES[name]
    for parameter, hint in scalars(method.published):
        choices = [hint, *getattr(hint, "__args__", ())]
        if not (any(words(one) for one in choices) or hint in (int, bool)):
            continue
        status, error = await send(http, method, {**complete(method.published), parameter: "penguin"})
        assert (status, error["type"], error["param"]) == (400, "invalid_request_error", parameter)
        assert error["message"].startswith("Invalid ")
        assert error.get("code") == ("parameter_invalid_integer" if hint is int else None)


async def test_what_stripe_takes_and_has_no_effect_here_is_refused_by_name(http):
    """Nobody takes silence for success."""
    status, error = await send(http, NAMES["subscriptions.update"], {"discounts": [{"coupon": "SAVE"}]})
    assert (status, error["code"], error["param"]) == (400, "not_done_here", "discounts[0][coupon]")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("items[0][price]=a&items=b", "Invalid parameter name"),
        ("items[x][price]=a", "Invalid array"),
        ("metadata=a", "Invalid object"),
        ("a[b[c]]=1", "Invalid parameter name"),
        ("cancel_at_period_end=yes", "Invalid boolean"),
        ("metadata[a][b]=1", "Metadata values can only be strings"),
        ("description=", None),
        ("cancel_at_period_end=", "You passed an empty string"),
        ("pause_collection=", None),
        (f"metadata[{'k' * 41}]=1", "Metadata keys can have up to 40"),
        (f"metadata[k]={'v' * 501}", "Metadata values can have up to 500"),
    ],
)
async def test_forms_that_are_odd_are_answered(http, body, said):
    """In a sentence, with 400; what may be unset is."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await http.post("/v1/subscriptions/sub_acme", content=body, headers=headers)
    message = answer.json().get("error", {}).get("message")
    assert (answer.status_code, message) == (200, None) if said is None else said in message


@pytest.mark.parametrize(
    ("name", "params", "said"),
    [
        ("refunds.create", {}, "payment_intent or charge"),
        ("invoices.create_preview", {}, "customer, subscription"),
        ("credit_notes.create", {"invoice": "PAID"}, "amount, lines, or shipping_cost"),
    ],
)
async def test_one_of_several_has_to_be_there(http, pay, name, params, said):
    """What the types cannot say."""
    invoice = newest(pay, "invoice", status="paid")["id"]
    status, error = await send(http, NAMES[name], dict.fromkeys(params, invoice))
    assert (status, error["code"]) == (400, "parameter_missing")
    assert said in error["message"]


async def test_another_version_is_refused(http):
    answer = await http.get("/v1/customers", headers={"Stripe-Version": "2024-06-20"})
    assert answer.status_code == 400
    assert "Invalid Stripe API version: 2024-06-20" in answer.json()["error"]["message"]


@pytest.mark.parametrize("header", [None, "Bearer sk_test_other", "Basic abc"])
async def test_nobody_gets_in_without_the_key(http, header):
    del http.headers["Authorization"]
    answer = await http.get("/v1/customers", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401


async def test_json_and_unknown_addresses_are_refused(http):
    assert (await http.post("/v1/refunds", json={"charge": "ch_1"})).status_code == 400
    answer = await http.get("/v1/payouts")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")


def test_the_source_is_cited():
    assert SOURCE.startswith("stripe-python ")
    assert all(own(method.published) for method in METHODS)


def test_every_error_code_is_stripes():
    """But for the one that says that something is not done here."""
    source = "".join(path.read_text("utf-8") for path in Path(localpay.__file__).parent.rglob("*.py"))
    codes = set(re.findall(r'code="(\w+)"', source)) - {"not_done_here"}
    (known,) = (set(get_args(one)) for one in get_args(fields(PaymentIntent.LastPaymentError)["code"]) if get_args(one))
    assert len(codes) > 10
    assert codes <= known
