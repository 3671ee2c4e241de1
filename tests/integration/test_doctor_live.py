"""`pm doctor --live`: the round trip through a channel says what each step came to, and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot import doctor
from bot.demo import world
from bot.demo.world import World
from bot.doctor import live, live_stripe
from bot.doctor.findings import Finding, Level
from localslack import hosting
from localslack.control.faults import Fault
from tests.conftest import OPS, environment, free_port, until

SECURITY, ONCALL = world.slack_id("security"), world.slack_id("oncall")
STEPS = ["channel", "post", "update", "thread", "metadata", "chart", "picture", "button", "ephemeral", "home", "delete"]


@pytest.fixture
def travelled(surroundings: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Make the trip with this world's settings, with some changed; what it said."""
    monkeypatch.setattr(live, "SECOND_LOOK", 0.0)
    monkeypatch.setattr(live_stripe, "BETWEEN", 0.0)

    async def go(
        person: str | None = ONCALL, wait: float = 0, channel: str = "#operations", **changed: str
    ) -> list[Finding]:
        for name, value in (environment(surroundings, PORT=free_port()) | changed).items():
            monkeypatch.setenv(name, value)
        return [finding async for finding in doctor.round_trip(channel, person, wait)]

    return go


@pytest.fixture
async def nothing_left(surroundings: World) -> AsyncIterator[None]:
    """Whatever a test does, the workspace is as before."""
    before = everything(surroundings)
    yield
    assert everything(surroundings) == before


def everything(around: World) -> tuple[list[str], list[str]]:
    shown = [one["ts"] for one in around.slack.messages(OPS, SECURITY) if not one.get("is_ephemeral")]
    return shown, sorted(set(around.slack.state.files) - around.slack.state.deleted_files)


def levels(found: list[Finding]) -> dict[str, Level]:
    return {one.subject: one.level for one in found}


pytestmark = pytest.mark.usefixtures("nothing_left")


async def test_somebody_presses_the_button_and_everything_is_fine(bot_world: World, travelled) -> None:
    """One line each, in order."""
    trip = asyncio.create_task(travelled(None, 30.0))
    button = await until(lambda: [one for one in bot_world.slack.messages(OPS, SECURITY) if "Press me" in str(one)])
    await bot_world.slack.click(SECURITY, button[0]["ts"], OPS, "doctor")
    found = await trip
    assert [one.subject for one in found] == [*STEPS, "stripe"]
    assert {one.level for one in found} == {Level.OK}, "\n".join(map(str, found))
    assert bot_world.slack.home(SECURITY) is not None


async def test_without_a_bot_nobody_can_press(surroundings: World, travelled) -> None:
    """Said as such, and the rest goes on."""
    found = await travelled(ONCALL, 0)
    assert levels(found)["button"] is Level.WARNING
    assert levels(found)["home"] is Level.OK


async def test_where_slack_does_not_draw_charts_the_picture_is_tried(surroundings: World, travelled) -> None:
    surroundings.slack.faults.switch("no_data_blocks")
    found = await travelled()
    assert levels(found)["chart"] is Level.WARNING
    assert levels(found)["picture"] is Level.OK


@pytest.mark.parametrize(
    ("method", "subject"),
    [
        ("chat.update", "update"),
        ("conversations.history", "metadata"),
        ("files.getUploadURLExternal", "picture"),
        ("chat.postEphemeral", "ephemeral"),
        ("views.publish", "home"),
    ],
)
async def test_what_slack_refuses_is_said_in_its_own_words(surroundings: World, travelled, method, subject) -> None:
    surroundings.slack.faults.add(method, Fault("refuse", error="not_allowed_token_type"))
    found = await travelled()
    (line,) = [one for one in found if one.level is Level.FAILED]
    assert line.subject == subject
    assert "not_allowed_token_type" in line.says
    assert levels(found)["delete"] is Level.OK


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update", "chat.delete", "files.delete"])
async def test_a_lost_answer_leaves_nothing_behind(surroundings: World, travelled, method: str) -> None:
    """What was posted without an answer is found by its metadata."""
    surroundings.slack.faults.add(method, Fault("lost"))
    found = await travelled()
    assert levels(found)["delete"] is Level.OK, "\n".join(map(str, found))


async def test_what_slack_wants_later_is_tried_later(surroundings: World, travelled) -> None:
    for method in ("chat.postMessage", "chat.update", "conversations.history", "chat.delete"):
        surroundings.slack.faults.add(method, Fault("ratelimited", retry_after=0))
    assert {one.level for one in await travelled() if one.subject != "button"} == {Level.OK}


async def test_whoever_interrupts_it_leaves_nothing_behind(surroundings: World, travelled) -> None:
    trip = asyncio.create_task(travelled(None, 3600.0))
    await until(lambda: any("Press me" in str(one) for one in surroundings.slack.messages(OPS, SECURITY)))
    trip.cancel()
    with pytest.raises(asyncio.CancelledError):
        await trip


async def test_what_cannot_be_deleted_is_named(surroundings: World, travelled) -> None:
    """By its message, for whoever deletes it by hand."""
    surroundings.slack.faults.add("chat.delete", Fault("refuse", error="cant_delete_message"), 1)
    found = await travelled()
    (line,) = [one for one in found if one.level is Level.FAILED]
    assert (line.subject, "left behind in #operations" in line.says) == ("delete", True)
    for one in surroundings.slack.messages(OPS, SECURITY):
        if "pm doctor" in one["text"] and not one.get("is_ephemeral"):
            await surroundings.slack.delete_message(OPS, one["ts"])


async def test_a_channel_that_is_not_there_is_not_posted_to(surroundings: World, travelled) -> None:
    assert levels(await travelled(channel="#nowhere")) == {"channel": Level.FAILED, "stripe": Level.OK}


@dataclass
class TestMode:
    """Stripe's test mode, as far as the trip goes. `refuses`: method and path → status and code."""

    __test__ = False

    customers: dict[str, Any] = field(default_factory=dict)
    events: list[Any] = field(default_factory=list)
    refuses: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    calls: int = 0

    async def answer(self, request: Request) -> JSONResponse:
        self.calls += 1
        path = "/".join(request.url.path.split("/")[:3])
        if refusal := self.refuses.get((request.method, path)):
            error = {"type": "invalid_request_error", "code": refusal[1], "message": "no"}
            return JSONResponse({"error": error}, refusal[0])
        if request.method == "POST":
            customer = {"id": "cus_1", "object": "customer"}
            self.customers["cus_1"] = customer
            self.events.append(
                {
                    "id": "evt_1",
                    "object": "event",
                    "type": "customer.created",
                    "created": 1_795_000_000,
                    "livemode": False,
                    "data": {"object": customer},
                }
            )
            return JSONResponse(customer)
        if request.method == "DELETE":
            self.customers.pop(request.path_params["rest"].rpartition("/")[2])
            return JSONResponse({"id": "cus_1", "object": "customer", "deleted": True})
        return JSONResponse({"object": "list", "data": self.events if "events" in path else [], "has_more": False})

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        route = Route("/v1/{rest:path}", self.answer, methods=["GET", "POST", "DELETE"])
        async with hosting.serve(Starlette(routes=[route])) as url:
            yield url


@pytest.fixture
async def stripe() -> AsyncIterator[tuple[TestMode, dict[str, str]]]:
    mode = TestMode()
    async with mode.serve() as url:
        yield mode, {"STRIPE_API_URL": url, "STRIPE_API_KEY": "sk_test_1", "STRIPE_WEBHOOK_SECRET": "whsec_1"}


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # Stripe's own library, of every post
class TestStripe:
    async def test_a_customer_is_made_heard_of_and_deleted(self, travelled, stripe) -> None:
        mode, settings = stripe
        found = [one for one in await travelled(**settings) if one.subject.startswith("stripe")]
        assert [one.subject for one in found] == ["stripe read", "stripe make", "stripe event", "stripe delete"]
        assert {one.level for one in found} == {Level.OK}, "\n".join(map(str, found))
        assert mode.customers == {}
        assert not any("sk_test_1" in str(one) or "whsec_1" in str(one) for one in found)

    @pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1", "anything"])
    async def test_a_live_key_is_refused_before_any_call(self, travelled, stripe, key: str) -> None:
        mode, settings = stripe
        found = await travelled(**settings | {"STRIPE_API_KEY": key})
        assert levels(found)["stripe"] is Level.FAILED
        assert mode.calls == 0
        assert key not in "".join(map(str, found))

    async def test_what_fails_midway_is_deleted_all_the_same(self, travelled, stripe) -> None:
        mode, settings = stripe
        mode.refuses["GET", "/v1/events"] = (400, "parameter_unknown")
        found = levels(await travelled(**settings))
        assert (found["stripe event"], found["stripe delete"]) == (Level.FAILED, Level.OK)
        assert mode.customers == {}

    async def test_a_key_that_may_only_read_is_enough(self, travelled, stripe) -> None:
        mode, settings = stripe
        mode.refuses["POST", "/v1/customers"] = (403, "")
        found = await travelled(**settings)
        assert levels(found)["stripe make"] is Level.WARNING, "\n".join(map(str, found))

    async def test_a_customer_that_stays_is_named(self, travelled, stripe) -> None:
        mode, settings = stripe
        mode.refuses["DELETE", "/v1/customers"] = (400, "lock_timeout")
        (line,) = [one for one in await travelled(**settings) if one.level is Level.FAILED]
        assert (line.subject, "cus_1" in line.says, "lock_timeout" in line.says) == ("stripe delete", True, True)
