"""A click on Approve until the platform answers 401, beside a bare UPDATE, commit and notify."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httpx
import psycopg

from bench import Comparison, Figure, bench
from bench.surroundings import Surroundings
from bot.demo import world

ROUNDS = 30
SEEN = 0.3  # seconds from a card to a click on it: nobody is quicker, and by then all else is done
OPS = "C0OPERATIONS"
REVOKE = (
    "UPDATE sessions SET revoked = now() WHERE revoked IS NULL AND user_id = (SELECT id FROM users WHERE email = %s)"
)
STAFFER = "staffer@penguinmails.example"


@bench
async def approved_to_refused(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """In turns, so that both meet the same machine."""
    ours, bare = [], []
    async with (
        surroundings.database() as url,
        world.around(url) as around,
        surroundings.program("bot.cli", "serve", "--all", **world.environment(around)) as bot,
        httpx.AsyncClient(base_url=around.platform_url, trust_env=False) as platform,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as connection,
    ):
        around.slack.request_url = f"{bot.url}/slack/events"
        around.slack.limits = None  # the bot is measured, not how often Slack lets it speak

        async def approve() -> None:
            await around.slack.click(world.slack_id("security"), cards[-1]["ts"], OPS, "approve")

        async def update() -> None:
            await connection.execute(REVOKE, (STAFFER,))

        for _ in range(ROUNDS):
            async with _signed_in(platform) as token:
                cards = await _asked(around)
                ours.append(await _until_refused(platform, token, approve))
            await asyncio.sleep(SEEN)
            async with _signed_in(platform) as token:
                bare.append(await _until_refused(platform, token, update))
    for name, figure in (("p50", Figure.typical), ("p99", Figure.worst)):
        what = f"Approve clicked → 401 at the platform, {name} ÷ bare UPDATE, commit, notify"
        yield Comparison(what, "ms", figure(ours), figure(bare))


@asynccontextmanager
async def _signed_in(platform: httpx.AsyncClient) -> AsyncIterator[str]:
    """A session in force; its token."""
    answer = await platform.post("/login", json={"email": STAFFER})
    token = answer.raise_for_status().json()["token"]
    if await _status(platform, token) != 200:
        raise RuntimeError("The platform does not accept a session it has just made.")
    yield token


async def _status(platform: httpx.AsyncClient, token: str) -> int:
    return (await platform.get("/dashboard/users", headers={"Authorization": f"Bearer {token}"})).status_code


async def _asked(around: world.World) -> list[dict[str, Any]]:
    """Have a revocation asked for; the cards, the new one last."""
    before = len(_cards(around))
    await around.slack.command(world.slack_id("oncall"), OPS, "/pm revoke @staffer because laptop stolen")
    for _ in range(500):
        if len(_cards(around)) > before:
            await asyncio.sleep(SEEN)
            return _cards(around)
        await asyncio.sleep(0.02)
    raise RuntimeError("No card came.")


def _cards(around: world.World) -> list[dict[str, Any]]:
    return [one for one in around.slack.messages(OPS, world.slack_id("root")) if one.get("metadata")]


async def _until_refused(
    platform: httpx.AsyncClient, token: str, end: Callable[[], Coroutine[Any, Any, None]]
) -> float:
    """Milliseconds from the click to the first 401."""
    started = time.perf_counter()
    ending = asyncio.create_task(end())
    while await _status(platform, token) != 401:
        if time.perf_counter() - started > 10:
            raise RuntimeError("The session is still in force after 10 s.")
        await asyncio.sleep(0.005)
    took = (time.perf_counter() - started) * 1000
    await ending
    return took
