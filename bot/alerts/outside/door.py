"""The route that Alertmanager and Grafana post to: stored before it is answered, as whatever Slack sends."""

import hmac
import re
import uuid

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.alerts.outside.payload import read
from bot.errors import Malformed, Unavailable
from bot.handlers.intake import Intake
from bot.logs import REFERENCE, new_reference
from bot.runtime.web import TooLarge, limited, refuse, too_slow
from bot.store.models import Kind

LARGEST = 8_000_000  # bytes; a group may have thousands of alerts
REFUSED: dict[type[Exception], tuple[int, str]] = {
    TooLarge: (413, "too_large"),
    ClientDisconnect: (400, "unreadable"),
    Unavailable: (503, "unavailable"),
}
SENDER = re.compile(r"[a-z0-9-]{0,40}")


class NotTheirs(Exception):
    """Without the shared secret."""


def routes(intake: Intake, secret: str) -> list[Route]:
    """Where they post; each of several senders has a name of its own. What gets neither 2xx nor 4xx they post again."""

    async def taken(request: Request) -> Response:
        _known(request, secret)
        sender = request.path_params.get("sender", "")
        if not SENDER.fullmatch(sender):
            return refuse(404, "alerts_sender")
        said = read(await limited(request, LARGEST))
        # Each is stored, also one that says what another did: it may be news again. Taken twice, it changes nothing.
        await intake.store(Kind.ALERTS, uuid.uuid4().hex, {"sender": sender, "said": said.model_dump(mode="json")})
        return JSONResponse({"received": True})

    async def webhook(request: Request) -> Response:
        REFERENCE.set(new_reference())
        try:
            return await taken(request)
        except NotTheirs:
            response = refuse(401, "alerts_secret")
            response.headers["www-authenticate"] = "Bearer"
            return response
        except Malformed as error:
            refuse(422, "alerts_unreadable")
            return JSONResponse({"error": str(error)}, 422)
        except TimeoutError:
            return too_slow()
        except tuple(REFUSED) as error:
            return refuse(*REFUSED[type(error)])

    paths = ("/webhooks/alerts", "/webhooks/alerts/{sender}")
    return [Route(path, webhook, methods=["POST"]) for path in paths]


def _known(request: Request, secret: str) -> None:
    """Before anything of the body is read. Raises `NotTheirs`."""
    given = request.headers.get("authorization", "").encode()
    if not hmac.compare_digest(given, f"Bearer {secret}".encode()):
        raise NotTheirs
