"""The routes: the API, the page under the paths of Stripe's dashboard, and /_local/* for the page and tests."""

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from localpay.account import Account
from localpay.inspector.routes import control_routes

PAGE = Path(__file__).parent / "page"
POLICY = (
    "default-src 'self'; img-src data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# As dashboard.stripe.com has them, with /test before them or without.
DASHBOARD = ("customers", "subscriptions", "invoices", "payments", "refunds", "disputes", "credit_notes", "events")
ANY = ["GET", "POST", "DELETE", "PUT", "PATCH"]


def build_app(account: Account) -> Starlette:
    routes: list[BaseRoute] = [
        Route("/v1/{rest:path}", account.door.answer, methods=ANY),
        Mount("/_local", routes=control_routes(account)),
        Mount("/page", StaticFiles(directory=PAGE)),
        Route("/", index),
    ]
    for before in ("", "/test"):
        routes += [Route(f"{before}/{plural}/{{id}}", index) for plural in DASHBOARD]
        routes += [Route(f"{before}/{plural}", index) for plural in DASHBOARD]
    return Starlette(routes=routes)


async def index(_request: Request) -> Response:
    headers = {"Cache-Control": "no-cache", "Content-Security-Policy": POLICY, "Referrer-Policy": "no-referrer"}
    return FileResponse(PAGE / "index.html", headers=headers)
