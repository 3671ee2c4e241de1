"""The demo's CI: takes what it is asked to deploy, and tells of it as it goes on. It deploys nothing."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.integrations import signing
from localslack import hosting, moment

SECRET = "the-demos-ci-and-the-bot"  # noqa: S105 - of the demo


class DemoCi:
    """`bot`: where it tells of deployments, once that is known; each request counts once."""

    def __init__(self) -> None:
        self.bot = ""
        self._asked: set[str] = set()
        self._under_way: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Its address; at the end nothing goes on."""
        try:
            async with hosting.serve(Starlette(routes=[Route("/deploy", self._take, methods=["POST"])])) as url:
                yield f"{url}/deploy"
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _take(self, request: Request) -> JSONResponse:
        body = await request.body()
        try:
            signing.verify(body, request.headers.get(signing.HEADER), SECRET, time.time())
        except signing.NotSigned:
            return JSONResponse({"error": "signature"}, 401)
        asked = json.loads(body)
        if asked["request"] not in self._asked:
            self._asked.add(asked["request"])
            task = asyncio.create_task(self._deploy(asked))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return JSONResponse({"taken": True}, 202)

    async def _deploy(self, asked: dict[str, Any]) -> None:
        """At once: whoever is shown around does not wait, and nothing is asked for while one is under way."""
        for state in ("started", "succeeded"):
            await self._tell(asked, state)

    async def _tell(self, asked: dict[str, Any], state: str) -> None:
        event = {
            "id": f"{asked['request']}:{state}",
            "deployment": asked["request"],
            "service": asked["service"],
            "version": asked["version"] or "the previous version",
            "state": state,
            "at": moment.now().isoformat(),
            "by": "the demo's CI",
            "request": asked["request"],
        }
        body = json.dumps(event).encode()
        headers = {signing.HEADER: signing.sign(body, SECRET, int(time.time()))}
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.post(f"{self.bot}/webhooks/deployments", content=body, headers=headers)
