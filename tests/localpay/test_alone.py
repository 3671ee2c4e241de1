"""`python -m localpay` from the wheel, with nothing but what its extra installs, and the official client beside it."""

import asyncio
import json
import subprocess
import tomllib

import httpx
import pytest

from localpay import __main__ as program
from localpay import seed
from localpay.sample import sample_world
from tests import wheels
from tests.conftest import until
from tests.localpay.conftest import Listener, client_of

WORLD = {
    "products": [{"id": "prod_a", "name": "A", "prices": [{"id": "price_a", "amount": 900, "currency": "usd"}]}],
    "customers": [
        {
            "id": "cus_demo0001",
            "name": "Acme",
            "subscriptions": [
                {
                    "id": "sub_demo0001",
                    "price": "price_a",
                    "days": 40,
                    "invoices": [["in_demo000101", "pi_demo000101"], ["in_demo000102", "pi_demo000102"]],
                }
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The programs of an environment with the wheel and the packages of the extra `localpay`, no others."""
    extras = tomllib.loads((wheels.ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    own = [one for one in extras["localpay"] if not one.startswith("penguinmails-bot")]
    wheel = wheels.build(tmp_path_factory.mktemp("wheel"))
    return wheels.fresh(tmp_path_factory.mktemp("alone"), wheel, wheels.needed([*own, *extras["localslack"]]))


async def printed(process):
    lines = {}
    async with asyncio.timeout(60):
        while "Signing secret" not in lines:
            line = (await process.stdout.readline()).decode()
            assert line, lines
            lines[line[:16].strip()] = line[16:].strip()
    return lines


async def test_it_serves_a_world_of_ones_own(alone, tmp_path):
    """With the ids that were chosen; neither a database nor the bot's settings are there."""
    (tmp_path / "world.json").write_text(json.dumps(WORLD))
    listener = Listener()
    async with listener.serve() as hook:
        options = ("--port", "0", "--world", "world.json", "--webhook", hook, "--secret", "whsec_test")
        process = await asyncio.create_subprocess_exec(
            str(alone / "python"), "-m", "localpay", *options, cwd=tmp_path, stdout=subprocess.PIPE, env={}
        )
        try:
            said = await printed(process)
            async with client_of(said["API"], said["API key"]) as client:
                invoices = (await client.v1.invoices.list_async({"customer": "cus_demo0001"})).data
                assert [one.id for one in invoices] == ["in_demo000102", "in_demo000101"]
                intent = await client.v1.payment_intents.retrieve_async("pi_demo000101")
                assert (intent.amount, intent.currency, intent.status) == (900, "usd", "succeeded")
                await client.v1.refunds.create_async({"payment_intent": intent.id})
                await until(lambda: "charge.refunded" in listener.types, 20)
            async with httpx.AsyncClient(base_url=said["Page"]) as http:
                assert "<title>Local Stripe</title>" in (await http.get("/test/subscriptions/sub_demo0001")).text
        finally:
            if process.returncode is None:
                process.terminate()
            assert await process.wait() == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot be read: No such file or directory"),
        ("{", "is not as it should be"),
        ("[]", "is not as it should be"),
        ('{"products": [], "customers": [{"name": "A"}]}', "is not as it should be"),
        (json.dumps(WORLD).replace('"days": 40', '"days": 1, "status": "past_due"'), "came to be active, not past_due"),
        (json.dumps(WORLD).replace('"price": "price_a"', '"price": "price_b"'), "No such price"),
    ],
)
def test_a_world_that_is_none_is_told_in_a_sentence(tmp_path, capsys, content, complaint):
    path = tmp_path / "world.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SystemExit):
        program.main(["--world", str(path)])
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize("status", seed.STATUSES)
def test_a_subscription_begins_in_the_state_that_was_said(status):
    """Made by what leads there."""
    trial = {"trial_days": 60} if status == "trialing" else {}
    one = seed.Subscription("sub_x", "price_scale", status=status, **trial)
    world = seed.World(sample_world().products, [seed.Customer("cus_x", "X", subscriptions=[one])])
    pay = program.LocalPay(world)
    assert pay.ledger.book.get("subscription", "sub_x")["status"] == status
    assert pay.ledger.book.all("event") == []
