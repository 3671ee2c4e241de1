"""A small workspace for the tests of the local Slack, and an app that keeps what it is sent."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localslack import Channel, LocalSlack, Person, Workspace, hosting

OPS, SECRET, SHARED = "C0OPS", "C0SECRET", "C0SHARED"
ONCALL, SECURITY, STRANGER = "U0ONCALL", "U0SECURITY", "U0STRANGER"
BOT = "U0BOT"


def workspace(**changes: Any) -> Workspace:
    return Workspace(
        people=[
            Person(ONCALL, "oncall", "Oncall Name", "oncall@penguinmails.example"),
            Person(SECURITY, "security", "Security Name", "security@penguinmails.example"),
            Person(STRANGER, "stranger", "A Guest", "guest@elsewhere.example", team_id="T0OTHER"),
        ],
        channels=[
            Channel(OPS, "operations"),
            Channel(SECRET, "secret", private=True, members=[SECURITY, BOT]),
            Channel(SHARED, "shared", members=[ONCALL, STRANGER, BOT]),
        ],
        **changes,
    )


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def options(*texts: str) -> list[dict[str, Any]]:
    return [{"text": plain(text), "value": text.lower()} for text in texts]


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    return {"type": "button", "action_id": action_id, "text": plain("Go"), "value": "v1", **more}


def actions(*elements: dict[str, Any], block_id: str = "acts") -> list[dict[str, Any]]:
    return [{"type": "actions", "block_id": block_id, "elements": list(elements)}]


def asked(element: dict[str, Any], block_id: str | None = None, **more: Any) -> dict[str, Any]:
    """An input block around an element, called like it."""
    name = block_id or element["action_id"]
    return {"type": "input", "block_id": name, "label": plain(name), "element": element, **more}


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    parts = {"type": "modal", "callback_id": "form", "title": plain("Form"), "submit": plain("Send")}
    return {**parts, "blocks": list(blocks), **more}


async def late(_request: Request) -> Response:
    """An answer after the time that `impatient` leaves."""
    await asyncio.sleep(0.6)
    return Response()


@contextlib.contextmanager
def impatient(slack: LocalSlack) -> Iterator[None]:
    """For the time of the block this Slack waits a fifth of a second for an answer."""
    before, slack.courier.ack_seconds = slack.courier.ack_seconds, 0.2
    yield
    slack.courier.ack_seconds = before


@dataclass
class Recorder:
    """Keeps each payload with its headers; answers what is put in `answers` next, else an empty 200."""

    seen: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)

    async def __call__(self, request: Request) -> Response:
        body = await request.body()
        self.headers.append(dict(request.headers))
        if request.headers["Content-Type"].startswith("application/json"):
            self.seen.append(json.loads(body))
        else:
            form = dict(parse_qsl(body.decode()))
            self.seen.append(json.loads(form["payload"]) if "payload" in form else form)
        answer = self.answers.pop(0) if self.answers else Response()
        answer = await answer(request) if callable(answer) and not isinstance(answer, Response) else answer
        return answer if isinstance(answer, Response) else JSONResponse(answer)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The events of a type among what was seen, without their envelopes."""
        return [body["event"] for body in self.seen if body.get("event", {}).get("type") == kind]


@contextlib.asynccontextmanager
async def recording() -> AsyncIterator[tuple[Recorder, str]]:
    """A recorder that listens, and its URL."""
    recorder = Recorder()

    async def endpoint(request: Request) -> Response:
        return await recorder(request)

    web = Starlette(routes=[Route("/{path:path}", endpoint, methods=["POST"])])
    async with hosting.serve(web, lifespan="off", log_level="critical") as url:
        yield recorder, f"{url}/slack/events"
