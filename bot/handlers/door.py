"""The route that Slack posts to: only what is signed, and can be read, goes further."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from slack_sdk.signature import SignatureVerifier
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.handlers.reception import UNREADABLE, Answer, Reception, refused
from bot.runtime.web import TooLarge, limited, refuse, too_slow

STAMP, SIGNATURE = "x-slack-request-timestamp", "x-slack-signature"
TIME = re.compile(r"[0-9]{1,12}")
TLS_CHECK = re.compile(r"(^|&)ssl_check=1(&|$)")


class NotSigned(Exception):
    """It did not come from Slack, or long ago."""


REFUSALS: Mapping[type[Exception], tuple[int, str]] = {
    NotSigned: (401, "signature"),
    TooLarge: (413, "too_large"),
    UnicodeDecodeError: (400, "unreadable"),
    ClientDisconnect: (400, "unreadable"),
}


def route(reception: Reception | None, signing_secret: str) -> Route:
    """Where Slack posts to; with Socket Mode there is nothing here."""
    verifier = SignatureVerifier(signing_secret)

    async def events(request: Request) -> Response:
        if reception is None:
            return Response(status_code=404)
        try:
            text = await _text(request)
            if TLS_CHECK.search(text):
                return Response()  # anybody may ask whether this is TLS; nothing is done
            _verify(verifier, request.headers, text)
        except TimeoutError:
            return too_slow()
        except tuple(REFUSALS) as error:
            return refuse(*REFUSALS[type(error)])
        return _response(await _taken(reception, text, request.headers.get("content-type", "")))

    return Route("/slack/events", events, methods=["POST"])


async def _text(request: Request) -> str:
    """The body, unless the head alone tells that it cannot be signed: by a time or a signature that are none."""
    stamp, signature = request.headers.get(STAMP, "0"), request.headers.get(SIGNATURE, "")
    if not (TIME.fullmatch(stamp) and signature.isascii()):
        raise NotSigned
    return (await limited(request)).decode()  # Slack sends UTF-8


def _verify(verifier: SignatureVerifier, headers: Headers, text: str) -> None:
    if not verifier.is_valid(text, headers.get(STAMP), headers.get(SIGNATURE)):
        raise NotSigned


async def _taken(reception: Reception, body: str, content_type: str) -> Answer:
    try:
        payload = read(body, content_type)
    except (ValueError, RecursionError):
        return refused(400, "unreadable", UNREADABLE)
    return await reception.take(payload)


def read(body: str, content_type: str) -> Any:
    """What is in a body: JSON, JSON in a form's field `payload`, or the form itself. Raises `ValueError`."""
    if content_type.startswith("application/json") or body.startswith("{"):
        return json.loads(body)
    form = dict(parse_qsl(body, keep_blank_values=True))
    return json.loads(form["payload"]) if "payload" in form else form


def _response(answer: Answer) -> Response:
    return Response(status_code=answer.status) if answer.body is None else JSONResponse(answer.body, answer.status)
