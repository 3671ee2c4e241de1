"""How often the app may call: the tiers of Slack's methods, and a message a second in a channel with short bursts."""

import asyncio

import httpx
import pytest

from localslack import LocalSlack
from localslack.api.door import METHODS
from localslack.workspace.limits import POSTS_AT_ONCE, TIERS, Limits
from tests.localslack.calling import posted, refusal
from tests.localslack.playing import OPS, SHARED, workspace


class Clock:
    """Time that passes when it is told to."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(slack):
    made = Clock()
    slack.limits = Limits(made)
    return made


class TestLimits:
    def take(self, limits, method, times, channel=""):
        return [limits.take(method, channel) for _ in range(times)]

    @pytest.mark.parametrize(
        ("method", "a_minute"), [("conversations.list", 20), ("chat.update", 50), ("views.open", 100)]
    )
    def test_a_minutes_worth_may_come_at_once_and_then_evenly(self, method, a_minute):
        limits = Limits(clock := Clock())
        assert self.take(limits, method, a_minute) == [0] * a_minute
        wait = limits.take(method)
        assert wait == -(-60 // a_minute)
        clock.now += wait
        assert limits.take(method) == 0
        clock.now += 600
        assert self.take(limits, method, a_minute + 1)[-1] > 0

    def test_a_refused_call_costs_nothing(self):
        """Who keeps asking does not wait longer for it."""
        limits = Limits(clock := Clock())
        self.take(limits, "conversations.list", 20)
        assert set(self.take(limits, "conversations.list", 50)) == {3}
        clock.now += 3
        assert limits.take("conversations.list") == 0

    def test_methods_do_not_share_their_limits(self):
        limits = Limits(Clock())
        self.take(limits, "conversations.list", 21)
        assert limits.take("conversations.info") == 0

    def test_a_channel_takes_a_burst_and_then_a_message_a_second(self):
        limits = Limits(clock := Clock())
        assert self.take(limits, "chat.postMessage", POSTS_AT_ONCE + 1, OPS) == [0] * POSTS_AT_ONCE + [1]
        assert limits.take("chat.postMessage", SHARED) == 0
        for _ in range(5):
            clock.now += 1
            assert self.take(limits, "chat.postMessage", 2, OPS) == [0, 1]

    def test_the_workspace_as_a_whole_takes_three_hundred_a_minute(self):
        limits = Limits(Clock())
        assert not any(limits.take("chat.postMessage", f"C{number}") for number in range(300))
        assert limits.take("chat.postMessage", "C300") == 1


def test_every_method_has_its_tier() -> None:
    assert TIERS.keys() == METHODS.keys()


async def test_one_message_too_many_is_answered_with_the_time_to_wait(client, slack, clock):
    """Status 429 and whole seconds; nothing was posted, and other channels go on."""
    for number in range(POSTS_AT_ONCE):
        await posted(client, OPS, str(number))
    refused = await refusal(client.chat_postMessage(channel=OPS, text="x"))
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert refused.data == {"ok": False, "error": "ratelimited"}
    assert len(slack.messages(OPS)) == POSTS_AT_ONCE
    await posted(client, SHARED)
    clock.now += 1
    await posted(client, OPS)


async def test_limits_are_on_unless_switched_off(slack):
    assert slack.limits is not None
    assert LocalSlack(workspace(), limits=False).limits is None


async def test_they_can_be_switched_off_and_on_again_meanwhile(client, slack):
    async with httpx.AsyncClient(base_url=slack.base_url) as http:
        await http.post("/_local/limit_rates", json={"on": False})
        for number in range(POSTS_AT_ONCE + 1):
            await posted(client, OPS, str(number))
        await http.post("/_local/limit_rates", json={"on": True})
        many = asyncio.gather(*(posted(client, OPS, str(number)) for number in range(10 * POSTS_AT_ONCE)))
        assert (await refusal(many)).status_code == 429
