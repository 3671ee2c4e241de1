"""Asking the platform: the demo's as it answers, and one that answers less or otherwise than agreed."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.demo.data import AI_COMPOSER, STAFF, uid
from bot.demo.world import SERVICE_TOKEN, World
from bot.errors import Unavailable
from bot.integrations.platform.probe import PlatformProbe
from localslack import hosting

IDS = {person.local_part: person.id for person in STAFF}
ACME = uid("tenant", "acme-corp")
AT = "2026-11-20T10:30:00+00:00"
ACCESS = {"may_sign_in": True, "sessions_in_force": 1, "roles": [], "session_roles": [], "answered_at": AT}
FLAG = {"enabled": True, "rule": "rollout", "default": False, "rollout": 50, "until": None, "answered_at": AT}
QUEUE = {"paused": True, "until": None, "answered_at": AT}


@asynccontextmanager
async def answering(body: Any) -> AsyncIterator[PlatformProbe]:
    """A probe of a platform that gives this answer to every question."""

    async def answer(request: Request) -> JSONResponse:
        return JSONResponse(body)

    async with hosting.serve(Starlette(routes=[Route("/{path:path}", answer)])) as url:
        probe = PlatformProbe(url, "token")
        yield probe
        await probe.close()


@pytest.fixture
async def probe(surroundings: World) -> AsyncIterator[PlatformProbe]:
    probe = PlatformProbe(surroundings.platform_url, SERVICE_TOKEN)
    yield probe
    await probe.close()


class TestDemo:
    async def test_roles(self, probe: PlatformProbe) -> None:
        answer = await probe.access(IDS["maria.costa"])
        assert (answer.may_sign_in, answer.sessions) == (True, 1)
        assert answer.session_roles == answer.roles.keys() == {"support", "user_manager"}
        assert answer.roles["user_manager"] is None
        assert dt.timedelta(days=4) < answer.roles["support"] - answer.at < dt.timedelta(days=5)

    async def test_flags(self, probe: PlatformProbe, sql) -> None:
        answer = await probe.flag(AI_COMPOSER.key, ACME)
        assert (answer.enabled, answer.rule, answer.default, answer.rollout) == (True, "rollout", False, 50)
        assert answer.until is None
        assert (await probe.flag(AI_COMPOSER.key, uid("tenant", AI_COMPOSER.lent))).until > answer.at
        assert (await probe.flag(AI_COMPOSER.key)).rule == "default"
        [(user,)] = sql(
            "SELECT user_id FROM tenant_users WHERE tenant_id = %s"
            " AND user_id NOT IN (SELECT user_id FROM user_feature_flags) ORDER BY user_id LIMIT 1",
            ACME,
        )
        assert (await probe.flag(AI_COMPOSER.key, user_id=user, tenant_id=ACME)).rule == "rollout"

    async def test_queues(self, probe: PlatformProbe, sql) -> None:
        answer = await probe.queue("email-sending", ACME)
        assert (answer.paused, answer.until) == (False, None)
        ends = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
        sql("INSERT INTO queue_pauses (queue_name, ends) VALUES ('email-sending:low', %s)", ends)
        answer = await probe.queue("email-sending:low", None)
        assert (answer.paused, answer.until) == (True, ends)

    @pytest.mark.parametrize("key", ["nothing", "../healthz", "a/b", "ä?b"])
    async def test_a_flag_that_nobody_knows_has_no_answer(self, probe: PlatformProbe, key: str) -> None:
        """Nor does a key that looks like a path lead anywhere else."""
        with pytest.raises(Unavailable, match="did not answer"):
            await probe.flag(key)


class TestLess:
    @pytest.mark.parametrize("lost", ACCESS)
    async def test_of_roles(self, lost: str) -> None:
        """Older platforms say who may sign in, and not as what: nobody guesses."""
        async with answering({key: value for key, value in ACCESS.items() if key != lost}) as probe:
            with pytest.raises(Unavailable, match=f"^The platform's answer lacks {lost}.$"):
                await probe.access(IDS["staffer"])

    @pytest.mark.parametrize("lost", FLAG)
    async def test_of_flags(self, lost: str) -> None:
        async with answering({key: value for key, value in FLAG.items() if key != lost}) as probe:
            with pytest.raises(Unavailable, match=f"lacks {lost}."):
                await probe.flag("any")

    @pytest.mark.parametrize("lost", QUEUE)
    async def test_of_queues(self, lost: str) -> None:
        async with answering({key: value for key, value in QUEUE.items() if key != lost}) as probe:
            with pytest.raises(Unavailable, match=f"lacks {lost}."):
                await probe.queue("any", None)

    async def test_of_an_end(self) -> None:
        """A role without the word of its end is not one that never ends."""
        async with answering({**ACCESS, "roles": [{"name": "admin"}]}) as probe:
            with pytest.raises(Unavailable, match="lacks expires"):
                await probe.access(IDS["staffer"])

    @pytest.mark.parametrize(
        "body",
        [
            [],
            ["ab"],
            "no",
            {**ACCESS, "answered_at": "yesterday"},
            {**ACCESS, "answered_at": 3},
            {**ACCESS, "roles": ["admin"]},
            {**ACCESS, "roles": None},
            {**ACCESS, "sessions_in_force": "some"},
        ],
    )
    async def test_of_the_agreed_form(self, body: Any) -> None:
        async with answering(body) as probe:
            with pytest.raises(Unavailable):
                await probe.access(IDS["staffer"])
