"""The page on which customers answer the one question: how satisfied they are with how they were told.

Following the link only shows it, since mail scanners follow links; an answer is a click there. The address holds the
secret, so the page is neither kept nor indexed, and tells other sites nothing of it.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from bot.actions.incidents.customers import satisfaction
from bot.integrations.mail.smtp import ANSWERS
from bot.runtime.web import TooLarge, limited, refuse, too_slow
from bot.store import rooms
from bot.store.database import Database

LARGEST = 1000  # bytes of an answer
LONGEST = 100  # characters of a secret
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
PATH = ANSWERS + "/{secret:str}"
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(database: Database, templates: Path) -> list[Route]:
    """Showing the question, and taking an answer."""
    loader = FileSystemLoader(templates / "web")
    pages = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)

    def page(status: int = 200, **shown: Any) -> Response:
        drawn = pages.get_template("answer.html").render(scores=satisfaction.SAYS, **shown)
        return HTMLResponse(drawn, status, HEADERS)

    async def show(request: Request) -> Response:
        async with database.snapshot() as session:
            number = await satisfaction.asked_about(session, _secret(request))
        return page(number=number) if number else page(404)

    async def take(request: Request) -> Response:
        score = _score(await limited(request, LARGEST))
        if score is None:
            return refuse(400, "unreadable")
        async with database.transaction() as session:
            incident_id = await satisfaction.answer(session, _secret(request), score)
            if incident_id is not None:
                await rooms.redraw(session, incident_id)
        return page(given=score) if incident_id else page(404)

    return [Route(PATH, _safely(show), methods=["GET"]), Route(PATH, _safely(take), methods=["POST"])]


def _safely(endpoint: Endpoint) -> Endpoint:
    """What goes wrong is answered shortly."""

    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except TooLarge:
            return refuse(413, "too_large")
        except ClientDisconnect:
            return refuse(400, "unreadable")
        except TimeoutError:
            return too_slow()
        except DBAPIError:
            return refuse(503, "unavailable")

    return answered


def _secret(request: Request) -> str:
    return str(request.path_params["secret"])[:LONGEST]


def _score(body: bytes) -> int | None:
    """From `score=4`, as a form sends it."""
    name, _, value = body.decode("ascii", errors="replace").partition("=")
    return int(value) if name == "score" and value in map(str, satisfaction.SCORES) else None
