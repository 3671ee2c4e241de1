"""/_local: another process can do all that a person can, and sees what they see."""

import httpx

from tests.localslack.playing import ONCALL, OPS, SECURITY

JSON = {"Content-Type": "application/json"}


async def test_another_process_can_do_all_of_it_by_http(slack):
    async with httpx.AsyncClient(base_url=slack.base_url) as http:
        said = await http.post("/_local/post", json={"user": ONCALL, "channel": OPS, "text": "hi"})
        wrong = await http.post("/_local/click", json={"user": ONCALL, "message_ts": "1", "channel": OPS})
        odd = [
            await http.post("/_local/deactivate", content=body, headers=JSON) for body in (b"[]", b"1", rb'"\ud800"')
        ]
        seen = (await http.get("/_local/messages", params={"channel": OPS, "as": SECURITY})).json()
        state = (await http.get("/_local/state", params={"as": ONCALL})).json()
    assert said.json() == seen[0]["ts"]
    assert {answer.status_code for answer in (wrong, *odd)} == {400}
    assert [c["name"] for c in state["channels"] if c["kind"] == "channel"] == ["operations", "shared"]
