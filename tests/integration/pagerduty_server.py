"""A PagerDuty of the tests' own, over HTTP: its events and its schedules."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from localslack import hosting

KEY, TOKEN = "R0123456789012345678901234567890"[:32], "u+secret"


class FakePagerDuty:
    """`statuses`: what it answers to the next events, then 202; `late`: seconds until it answers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.payloads: list[dict[str, Any]] = []
        self.shown: dict[str, str] = {}
        self.statuses: list[int] = []
        self.late = 0.0
        self.on_call: list[dict[str, Any]] = []
        self.status = 200

    @property
    def open(self) -> list[str]:
        return sorted(state for state in self.shown.values() if state != "resolve")

    async def enqueue(self, request: Request) -> JSONResponse:
        said = await request.json()
        assert said["routing_key"] == KEY
        status = self.statuses.pop(0) if self.statuses else 202
        if status == 202:
            self._take(said)
        await asyncio.sleep(self.late)
        answers = {
            202: {"status": "success"},
            400: {"status": "invalid event", "message": "Event object is invalid", "errors": [f"{KEY} is unknown"]},
        }
        return JSONResponse(answers.get(status, {}), status, {"Retry-After": "1"} if status == 429 else None)

    def _take(self, said: dict[str, Any]) -> None:
        action, key = said["event_action"], said["dedup_key"]
        self.events.append((action, key))
        self.payloads.append(said.get("payload") or {})
        if action == "trigger":
            self.shown[key] = self.shown[key] if self.shown.get(key) == "acknowledge" else "trigger"
        elif key in self.shown and self.shown[key] != "resolve":
            self.shown[key] = action

    async def oncalls(self, request: Request) -> JSONResponse:
        assert request.headers["Authorization"] == f"Token token={TOKEN}"
        if self.status != 200:
            return JSONResponse({}, self.status)
        wanted = request.query_params.getlist("schedule_ids[]")
        return JSONResponse(
            {"oncalls": [one for one in self.on_call if one["schedule"]["id"] in wanted], "more": False}
        )

    async def schedule(self, request: Request) -> JSONResponse:
        return JSONResponse({"schedule": {}}, self.status)

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        routes = [
            Route("/v2/enqueue", self.enqueue, methods=["POST"]),
            Route("/oncalls", self.oncalls),
            Route("/schedules/{id}", self.schedule),
        ]
        async with hosting.serve(Starlette(routes=routes)) as url:
            yield url
