"""The route that Stripe posts to."""

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.billing.webhooks import StripeDoor
from bot.errors import Malformed, Unavailable
from bot.integrations.stripe.events import NotStripes, Unreadable
from bot.logs import REFERENCE, new_reference
from bot.runtime.web import TooLarge, limited, refuse, too_slow


def route(door: StripeDoor) -> Route:
    """Where Stripe posts. It repeats whatever is not answered with 2xx, for three days."""

    async def webhook(request: Request) -> Response:
        try:
            REFERENCE.set(new_reference())
            await door.accept(await limited(request), request.headers.get("stripe-signature"))
        except TooLarge:
            return refuse(413, "too_large")
        except NotStripes:
            return refuse(400, "stripe_signature")
        except (Unreadable, Malformed, ClientDisconnect):
            return refuse(400, "unreadable")
        except TimeoutError:
            return too_slow()
        except Unavailable:
            return refuse(503, "unavailable")
        return JSONResponse({"received": True})

    return Route("/stripe/webhook", webhook, methods=["POST"])
