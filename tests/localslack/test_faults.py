"""Everything that can be made to go wrong: what it does, that it can be switched, and that a seed repeats it."""

import asyncio

import httpx
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from localslack import LocalSlack
from localslack.control.faults import CALL_FAULTS, Faults
from tests.conftest import until
from tests.localslack.playing import ONCALL, OPS, SECURITY, actions, button, modal, workspace

CARD = actions(button())
TABLE = {
    "type": "data_table",
    "caption": "x",
    "rows": [[{"type": "raw_text", "text": "x"}], [{"type": "raw_text", "text": "y"}]],
}


@pytest.fixture
async def slack():
    local = LocalSlack(workspace(events=frozenset({"app_mention"})), retry_delays=(0,))
    async with local.serve():
        yield local


@pytest.fixture
def client(slack):
    return AsyncWebClient(slack.workspace.bot_token, base_url=f"{slack.base_url}/api/", retry_handlers=[])


async def error_of(call):
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response["error"]


class TestChance:
    def drawn(self, faults, methods):
        return [None if (fault := faults.take(method)) is None else fault.kind for method in methods]

    def stormy(self, seed):
        faults = Faults(seed)
        faults.switch("rate_limits", share=0.3)
        faults.switch("lost_answers", share=0.3)
        return faults

    def test_the_same_seed_and_the_same_calls_meet_the_same_faults(self):
        calls = ["chat.postMessage", "chat.update", "views.open"] * 40
        first, second = self.drawn(self.stormy(7), calls), self.drawn(self.stormy(7), calls)
        assert first == second
        assert {None, "ratelimited", "lost"} == set(first)
        assert self.drawn(self.stormy(8), calls) != first

    def test_calls_of_other_methods_in_between_change_nothing(self):
        alone = self.drawn(self.stormy(7), ["chat.update"] * 40)
        mixed = self.drawn(self.stormy(7), ["chat.update", "users.info"] * 40)
        assert mixed[::2] == alone

    def test_a_new_seed_begins_again(self):
        faults = self.stormy(7)
        first = self.drawn(faults, ["chat.update"] * 40)
        faults.reseed(7)
        assert self.drawn(faults, ["chat.update"] * 40) == first

    def test_the_share_is_about_what_was_asked_for(self):
        faults = Faults(1)
        faults.switch("server_errors", share=0.25)
        struck = sum(faults.take("chat.update") is not None for _ in range(2000))
        assert 400 < struck < 600
        assert next(one for one in faults.switches() if one["name"] == "server_errors")["struck"] == struck


class TestSwitches:
    def test_each_says_what_it_does_and_what_can_be_set(self):
        switches = Faults().switches()
        assert len({one["name"] for one in switches}) == len(switches) == 11
        assert all(one["label"] and one["description"].endswith(".") and not one["on"] for one in switches)
        assert {one["name"] for one in switches} >= set(CALL_FAULTS)

    @pytest.mark.parametrize(
        ("name", "parameters"),
        [
            ("no_such_fault", {}),
            ("rate_limits", {"unknown": 1}),
            ("rate_limits", {"share": 2}),
            ("rate_limits", {"share": "often"}),
            ("slow_answers", {"seconds": -1}),
        ],
    )
    def test_what_cannot_be_is_refused(self, name, parameters):
        with pytest.raises(ValueError, match=r"."):
            Faults().switch(name, on=True, **parameters)

    async def test_they_are_switched_over_http(self, slack):
        async with httpx.AsyncClient(base_url=f"{slack.base_url}/_local") as http:
            body = {"name": "rate_limits", "on": True, "share": 1, "methods": "chat.*"}
            turned = (await http.post("/fault_switch", json=body)).json()
            await http.post("/fault_seed", json={"seed": 5})
            listed = (await http.get("/faults")).json()
            wrong = await http.post("/fault_switch", json={"name": "nothing", "on": True})
        assert turned["on"] is True
        assert turned in listed["switches"]
        assert (listed["seed"], wrong.status_code) == (5, 400)

    async def test_clearing_ends_them_all(self, slack, client):
        slack.faults.switch("revoked_token")
        slack.faults.switch("no_data_blocks")
        slack.fault("auth.test", "error")
        slack.faults.clear()
        await client.auth_test()
        assert not any(one["on"] for one in slack.faults.switches())
        assert slack.workspace.refused_blocks == frozenset()


class TestCallsThatGoWrong:
    async def test_a_storm_of_rate_limits_concerns_the_methods_it_names(self, slack, client):
        slack.faults.switch("rate_limits", share=1.0, retry_after=3, methods="chat.*")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel=OPS, text="x")
        await client.auth_test()
        response = caught.value.response
        assert (response.status_code, response.headers["Retry-After"], response["error"]) == (429, "3", "ratelimited")

    async def test_server_errors_have_no_effect_and_lost_answers_have(self, slack, client):
        slack.faults.switch("server_errors", share=1.0)
        with pytest.raises(SlackApiError):
            await client.chat_postMessage(channel=OPS, text="never")
        slack.faults.switch("server_errors", on=False)
        slack.faults.switch("lost_answers", share=1.0)
        with pytest.raises(Exception, match=r"."):
            await client.chat_postMessage(channel=OPS, text="lost")
        assert [one["text"] for one in slack.messages(OPS)] == ["lost"]

    async def test_slow_answers_come(self, slack, client):
        slack.faults.switch("slow_answers", seconds=0.1, methods="auth.test")
        await client.auth_test()
        assert slack.calls[-1].finished_at - slack.calls[-1].started_at >= 0.1

    async def test_an_expired_trigger_opens_nothing(self, slack, client):
        slack.faults.switch("expired_trigger")
        trigger = slack.state.new_trigger(ONCALL)
        form = modal({"type": "divider"})
        assert await error_of(client.views_open(trigger_id=trigger, view=form)) == "expired_trigger_id"
        slack.faults.switch("expired_trigger", on=False)
        await client.views_open(trigger_id=trigger, view=form)
        assert slack.views(ONCALL)

    async def test_a_workspace_without_native_tables_refuses_them(self, slack, client):
        slack.faults.switch("no_data_blocks")
        assert await error_of(client.chat_postMessage(channel=OPS, text="x", blocks=[TABLE])) == "invalid_blocks"
        slack.faults.switch("no_data_blocks", on=False)
        await client.chat_postMessage(channel=OPS, text="x", blocks=[TABLE])

    async def test_a_revoked_token_works_nowhere_until_it_does(self, slack, client):
        slack.faults.switch("revoked_token")
        assert await error_of(client.auth_test()) == "token_revoked"
        assert await error_of(client.chat_postMessage(channel=OPS, text="x")) == "token_revoked"
        slack.faults.switch("revoked_token", on=False)
        await client.auth_test()


class TestDeliveriesThatGoWrong:
    async def test_an_event_taken_comes_again_as_a_retry(self, slack, app):
        slack.faults.switch("repeated_delivery", share=1.0, times=2)
        await slack.mention(ONCALL, OPS, "hello")
        await until(lambda: len(app.seen) == 3)
        assert [one.get("x-slack-retry-num") for one in app.headers] == [None, "1", "2"]
        assert len({body["event_id"] for body in app.seen}) == 1

    async def test_a_click_taken_comes_again_as_it_was(self, slack, app, client):
        slack.faults.switch("repeated_delivery", share=1.0)
        ts = (await client.chat_postMessage(channel=OPS, text="x", blocks=CARD))["ts"]
        await slack.click(ONCALL, ts, OPS, "go")
        await until(lambda: len(app.seen) == 2)
        assert app.seen[0] == app.seen[1]

    async def test_a_double_click_is_two_clicks(self, slack, app, client):
        """Each has its own trigger, moment and response url, as two clicks in Slack have."""
        slack.faults.switch("double_click")
        ts = (await client.chat_postMessage(channel=OPS, text="x", blocks=CARD))["ts"]
        await slack.click(ONCALL, ts, OPS, "go")
        first, second = app.seen
        for name in ("trigger_id", "response_url"):
            assert first[name] != second[name]
        assert first["actions"][0]["action_ts"] != second["actions"][0]["action_ts"]
        assert first["message"]["ts"] == second["message"]["ts"]

    async def test_what_is_held_back_goes_after_what_came_later(self, slack, app):
        slack.faults.switch("out_of_order", share=1.0, seconds=20)
        held = asyncio.create_task(slack.mention(ONCALL, OPS, "first"))
        await until(lambda: slack.courier._held)
        slack.faults.switch("out_of_order", on=False)
        await slack.mention(SECURITY, OPS, "second")
        await held
        assert [body["event"]["user"] for body in app.seen] == [SECURITY, ONCALL]

    async def test_nothing_is_held_back_for_longer_than_was_said(self, slack, app):
        slack.faults.switch("out_of_order", share=1.0, seconds=0.05)
        await slack.mention(ONCALL, OPS, "alone")
        assert len(app.seen) == 1
