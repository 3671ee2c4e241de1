"""The route that CI posts the events of deployments to."""

import time

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.deployments.events import Events, read
from bot.errors import Malformed, Unavailable
from bot.integrations import signing
from bot.logs import REFERENCE, new_reference
from bot.runtime.web import TooLarge, limited, refuse, too_slow

REFUSED: dict[type[Exception], tuple[int, str]] = {
    TooLarge: (413, "too_large"),
    signing.NotSigned: (401, "deployment_signature"),
    Malformed: (422, "deployment_unreadable"),
    ClientDisconnect: (400, "unreadable"),
    Unavailable: (503, "unavailable"),
}
"""What is answered; a sender sends again what was not taken, and mends what it sent where that is a 4xx."""


def route(events: Events, secret: str) -> Route:
    """Whatever is not answered with 2xx is to be sent again, with the same id."""

    async def taken(request: Request) -> Response:
        body = await limited(request)
        signing.verify(body, request.headers.get(signing.HEADER), secret, time.time())
        return JSONResponse({"received": True, "new": await events.take(read(body))})

    async def webhook(request: Request) -> Response:
        REFERENCE.set(new_reference())
        try:
            return await taken(request)
        except TimeoutError:
            return too_slow()
        except tuple(REFUSED) as error:
            status, why = REFUSED[type(error)]
            response = refuse(status, why)
            return JSONResponse({"error": str(error)}, status) if isinstance(error, Malformed) else response

    return Route("/webhooks/deployments", webhook, methods=["POST"])
