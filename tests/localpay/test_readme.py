"""What localpay/README.md shows works as it stands there."""

import json
import re
import textwrap
from pathlib import Path

import httpx

import localpay
from localpay.api.door import METHODS
from localpay.api.faults import KINDS
from localpay.inspector.routes import HAPPENINGS
from localpay.webhooks.trouble import Trouble
from tests.localpay.conftest import Listener

README = (Path(localpay.__file__).parent / "README.md").read_text("utf-8")


async def test_its_example_for_tests_runs():
    """With an endpoint that verifies what it is sent."""
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    listener = Listener()
    async with listener.serve() as url:
        source = textwrap.indent(example.replace("http://127.0.0.1:3000/stripe/webhook", url), "    ")
        names = {}
        exec(f"async def example():\n{source}\n    return pay", names)
        pay = await names["example"]()
    assert listener.types[-1] == "charge.dispute.closed"
    assert pay.deliveries[-1].status == 200
    assert pay.ledger.book.all("dispute")[0]["status"] == "lost"


async def test_its_orders_are_taken(pay):
    async with httpx.AsyncClient(base_url=pay.base_url) as http:
        for path, body in re.findall(r"curl http://127.0.0.1:8910(\S+) -d '(.*)'", README):
            assert (await http.post(path, json=json.loads(body))).status_code == 200


def test_what_it_names_is_there():
    """Methods are counted; faults, troubles and happenings are all named."""
    assert f"{len(METHODS)} methods" in README
    for name in (*KINDS, *HAPPENINGS, *Trouble.__dataclass_fields__):
        assert f"`{name}" in README or f".{name}(" in README, name
