"""What the page is made of and what it reads: bounded pages of channels, read marks, nothing from elsewhere."""

import re

import httpx
import pytest

from localslack import LocalSlack
from localslack.web import PAGE
from localslack.workspace.sample import sample_workspace

ONCALL, ROOT, OPS = "U0ONCALL", "U0ROOT", "C0OPS"


@pytest.fixture
async def slack():
    workspace = sample_workspace()
    workspace.events = frozenset()
    local = LocalSlack(workspace)
    async with local.serve():
        yield local


@pytest.fixture
async def http(slack):
    async with httpx.AsyncClient(base_url=f"{slack.base_url}/_local") as client:
        yield client


async def test_a_page_begins_with_the_newest_messages_and_reads_older_ones_on_demand(slack, http):
    """However long a channel is, what is loaded of it at once is bounded."""
    said = [await slack.post_as(ROOT, OPS, str(number)) for number in range(150)]
    begun = (await http.get("/state", params={"as": ONCALL})).json()["messages"][OPS]
    assert ([m["text"] for m in begun["messages"]], begun["older"]) == ([str(n) for n in range(50, 150)], True)
    wanted = {"channel": OPS, "as": ONCALL, "limit": 100, "before": said[50]}
    older = (await http.get("/messages", params=wanted)).json()
    assert [m["ts"] for m in older] == said[:50]


async def test_a_thread_is_read_with_its_first_message(slack, http):
    first = await slack.post_as(ROOT, OPS, "who?")
    await slack.post_as(ROOT, OPS, "something else")
    reply = await slack.post_as(ONCALL, OPS, "me", thread_ts=first)
    thread = (await http.get("/messages", params={"channel": OPS, "as": ONCALL, "thread": first})).json()
    assert [m["ts"] for m in thread] == [first, reply]


async def test_what_somebody_has_read_is_theirs_and_stays_read(slack, http):
    """A later mark counts, an earlier one does not, and nobody else's unread messages change."""
    for ts in ("2.000000", "1.000000"):
        await http.post("/mark_read", json={"user": ONCALL, "place": OPS, "ts": ts})
    reads = [(await http.get("/state", params={"as": user})).json()["reads"] for user in (ONCALL, ROOT)]
    assert reads == [{OPS: "2.000000"}, {}]


async def test_the_page_may_load_nothing_from_elsewhere(slack):
    async with httpx.AsyncClient() as client:
        answer = await client.get(slack.base_url)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    named = re.findall(r"""(?:src|href)="([^"]+)""", answer.text)
    assert [address for address in named if not address.startswith(("/page/", "data:"))] == []


def test_the_page_never_makes_markup_of_text():
    """Nothing in its sources writes HTML: what people type can only become text."""
    sources = [path for path in PAGE.rglob("*.js") if "vendor" not in path.parts]
    writing = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|dangerouslySetInnerHTML|\beval\(")
    assert [path.name for path in sources if writing.search(path.read_text())] == []
    assert len(sources) > 20
