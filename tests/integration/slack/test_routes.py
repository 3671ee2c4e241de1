"""/_local: another process can do all that a person can, and sees what they see."""

import httpx

from tests.integration.slack.playing import ONCALL, OPS, SECURITY


async def test_another_process_can_do_all_of_it_by_http(slack):
    async with httpx.AsyncClient(base_url=slack.base_url) as http:
        said = await http.post("/_local/post", json={"user": ONCALL, "channel": OPS, "text": "hi"})
        wrong = await http.post("/_local/click", json={"user": ONCALL, "message_ts": "1", "channel": OPS})
        seen = (await http.get("/_local/messages", params={"channel": OPS, "as": SECURITY})).json()
        state = (await http.get("/_local/state", params={"as": ONCALL})).json()
    assert said.json() == seen[0]["ts"]
    assert wrong.status_code == 400
    assert [c["name"] for c in state["channels"] if c["kind"] == "channel"] == ["operations", "shared"]
