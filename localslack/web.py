"""The routes: Web API, Socket Mode, response urls, the page, and /_local/* for the page and tests."""

from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from localslack.api.door import web_api
from localslack.api.files import picture, private_file, upload
from localslack.api.responses import response_url
from localslack.inspector.routes import control_routes
from localslack.slack import Slack
from localslack.workspace.pictures import drawn

PAGE = Path(__file__).parent / "page"
# The page may load from here alone, and runs no script that stands in it: what people type stays text.
POLICY = (
    "default-src 'self'; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; "
    "img-src 'self' data: http://127.0.0.1:* http://localhost:*; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
Handler = Callable[[Slack, Request], Coroutine[Any, Any, Response]]


def build_app(slack: Slack) -> Starlette:
    witnessed = slack.journal.witnessed
    routes: list[BaseRoute] = [
        Route("/api/{method}", witnessed("api", partial(web_api, slack)), methods=["GET", "POST"]),
        Route("/upload/{file_id}", witnessed("upload", partial(upload, slack)), methods=["POST"]),
        Route("/files/{file_id}", partial(picture, slack)),
        Route("/files-pri/{team_id}-{file_id}/{name:path}", partial(private_file, slack)),
        Route("/avatars/{user}/{size:int}", partial(avatar, slack)),
        Route(
            "/response/{team_id}/{response_id}",
            witnessed("response_url", partial(response_url, slack)),
            methods=["POST"],
        ),
        WebSocketRoute("/link/", slack.sockets.serve),
        Mount("/_local", routes=control_routes(slack)),
        Route("/archives/{channel}/{ts}", permalink),
        Route("/", index),
        Mount("/page", StaticFiles(directory=PAGE)),
    ]
    return Starlette(routes=routes)


async def index(_request: Request) -> Response:
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return FileResponse(PAGE / "index.html", headers=headers)


async def avatar(slack: Slack, request: Request) -> Response:
    """Somebody's picture, for whoever asks."""
    person = slack.state.find_person(request.path_params["user"])
    if person is None:
        return Response(status_code=404)
    return Response(drawn(person.real_name or person.name, request.path_params["size"]), media_type="image/svg+xml")


async def permalink(request: Request) -> Response:
    channel, ts = request.path_params["channel"], request.path_params["ts"].removeprefix("p")
    return RedirectResponse(f"/?channel={channel}&ts={ts[:-6]}.{ts[-6:]}")
