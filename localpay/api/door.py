"""The front door: who asks, for which version, under which key; then the schema, the method, and the answer."""

import asyncio
import json
import logging
import secrets
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from localpay.api import billing, expanding, giving_back, reading
from localpay.api.faults import Fault, Faults
from localpay.api.idempotency import Keys, Saved
from localpay.api.methods import Call, Method
from localpay.errors import Json, Refusal
from localpay.ledger.book import new_id
from localpay.ledger.core import REQUEST, Ledger
from localpay.schema.checking import checked
from localpay.schema.forms import decoded
from localpay.schema.library import API_VERSION

log = logging.getLogger(__name__)
METHODS: tuple[Method, ...] = (*giving_back.METHODS, *billing.METHODS, *reading.METHODS)
BROKEN = Refusal("An error occurred with our connection to Stripe.", status=500, kind="api_error")
REMEMBERED = 5_000


class CutOff(Response):
    """Promises a body and never sends it: the caller sees the connection end."""

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})


@dataclass(slots=True)
class Asked:
    """One request as it was, and how it was answered; `status` 0: not at all."""

    id: str
    verb: str
    path: str
    method: str = ""
    params: Json = field(default_factory=dict)
    key: str | None = None
    at: float = field(default_factory=time.time)
    status: int = 0
    fault: str = ""
    error: str = ""
    replayed: bool = False

    def as_json(self) -> Json:
        return asdict(self)


class Door:
    def __init__(self, ledger: Ledger, faults: Faults, api_key: str) -> None:
        self._ledger, self._faults, self._api_key = ledger, faults, api_key
        self._keys = Keys(ledger.clock)
        self.asked: deque[Asked] = deque(maxlen=REMEMBERED)

    async def answer(self, request: Request) -> Response:
        """Answer one request to /v1."""
        asked = Asked(new_id("request"), request.method, request.url.path)
        self.asked.append(asked)
        try:
            response = await self._answered(request, asked)
        except Refusal as refusal:
            response = self._response(asked, *_refused(asked, refusal))
        asked.status = 0 if isinstance(response, CutOff) else response.status_code
        return response

    async def _answered(self, request: Request, asked: Asked) -> Response:
        self._admit(request)
        method, ids = _route(asked)
        asked.method = method.name
        raw = await _given(request)
        asked.params, asked.key = raw, _key(request)
        fault = self._faults.take(method.name)
        asked.fault = fault.kind if fault else ""
        _at_the_door(fault)
        if asked.key is not None:
            same = json.dumps(raw, sort_keys=True)
            if (saved := self._keys.begin(asked.key, f"{asked.verb} {asked.path}", same)) is not None:
                asked.replayed = True
                return self._response(asked, saved.status, saved.body, saved.request_id)
        try:
            return await self._first(method, ids, asked, fault)
        finally:
            self._keys.forget(asked.key or "")

    async def _first(self, method: Method, ids: Mapping[str, str], asked: Asked, fault: Fault | None) -> Response:
        if fault is not None and fault.kind in ("slow", "hang"):
            await asyncio.sleep(fault.seconds)
            if fault.kind == "hang":
                return CutOff()
        params = checked(method.fields, asked.params)
        method.check_effect(params)
        expanding.check(method.kind, params.get("expand", ()), listing=method.lists)
        status, body = self._done(method, ids, params, asked, fault)
        if asked.key is not None:
            self._keys.finish(asked.key, Saved(status, body, asked.id))
        return CutOff() if fault is not None and fault.kind == "lost" else self._response(asked, status, body)

    def _done(
        self, method: Method, ids: Mapping[str, str], params: Json, asked: Asked, fault: Fault | None
    ) -> tuple[int, bytes]:
        """What the method answers; from here on the answer is kept under the key."""
        if fault is not None and fault.kind == "failed":
            return _refused(asked, BROKEN)
        token = REQUEST.set({"id": asked.id, "idempotency_key": asked.key})
        try:
            answer = method.act(Call(self._ledger, ids, params))
            said = 200, _body(expanding.expanded(self._ledger, answer, params.get("expand", ())))
        except Refusal as refusal:
            return _refused(asked, refusal)
        except Exception:
            log.exception("our own fault in %s", method.name)
            return _refused(asked, BROKEN)
        finally:
            REQUEST.reset(token)
        return _refused(asked, BROKEN) if fault is not None and fault.kind == "acted_then_error" else said

    def _admit(self, request: Request) -> None:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            raise Refusal(
                "You did not provide an API key. You need to provide your API key in the Authorization header, using "
                "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        if not secrets.compare_digest(key.encode(), self._api_key.encode()):
            raise Refusal(f"Invalid API Key provided: {key[:8]}****", status=401)
        version = request.headers.get("Stripe-Version", API_VERSION)
        if version != API_VERSION:
            raise Refusal(f"Invalid Stripe API version: {version}. This local Stripe speaks {API_VERSION} alone.")

    def _response(self, asked: Asked, status: int, body: bytes, original: str | None = None) -> Response:
        headers = {
            "Request-Id": asked.id,
            "Stripe-Version": API_VERSION,
            "Date": formatdate(self._ledger.clock.now(), usegmt=True),
        }
        if asked.key is not None:
            headers["Idempotency-Key"] = asked.key
            headers["Original-Request"] = original or asked.id
        if original is not None:
            headers["Idempotent-Replayed"] = "true"
        if status == 429:
            headers["Stripe-Rate-Limited-Reason"] = "global-rate"
        return Response(body, status, headers, media_type="application/json")


def _route(asked: Asked) -> tuple[Method, Mapping[str, str]]:
    for method in METHODS:
        if (ids := method.matches(asked.verb, asked.path)) is not None:
            return method, ids
    raise Refusal(
        f"Unrecognized request URL ({asked.verb}: {asked.path}). This local Stripe has {len(METHODS)} of Stripe's "
        "methods; its README names them.",
        status=404,
    )


async def _given(request: Request) -> Json:
    """What stands in the query, and in a POST's body."""
    pairs = list(request.query_params.multi_items())
    body = await request.body()
    if body:
        kind = request.headers.get("Content-Type", "").split(";")[0]
        if kind != "application/x-www-form-urlencoded":
            raise Refusal("Invalid request (check that your POST content type is application/x-www-form-urlencoded).")
        try:
            pairs += parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
        except UnicodeDecodeError:
            raise Refusal("Invalid UTF-8 encoding in request body.") from None
    return decoded(pairs)


def _key(request: Request) -> str | None:
    """Only POST has them: https://docs.stripe.com/api/idempotent_requests"""
    return request.headers.get("Idempotency-Key") if request.method == "POST" else None


def _at_the_door(fault: Fault | None) -> None:
    """Faults that strike before anything begins."""
    if fault is not None and fault.kind == "ratelimited":
        raise Refusal("Request rate limit exceeded.", status=429, code="rate_limit")
    if fault is not None and fault.kind == "error":
        raise BROKEN


def _refused(asked: Asked, refusal: Refusal) -> tuple[int, bytes]:
    asked.error = str(refusal)
    return refusal.status, _body(refusal.as_json())


def _body(answer: Json) -> bytes:
    return json.dumps(answer, indent=2, ensure_ascii=False).encode()
