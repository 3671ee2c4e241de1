"""The Bolt app: one listener per kind of payload, each of which checks, stores and returns."""

import contextlib
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.error import BoltUnhandledRequestError
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import Malformed, Unavailable
from bot.handlers import intake
from bot.handlers.intake import Intake, refusal
from bot.handlers.payloads import concerns_the_bot, is_known, is_readable, storable
from bot.logs import REFERENCE, new_reference
from bot.runtime.web import REFUSED
from bot.store.models import Kind

ANYTHING = re.compile(".*", re.DOTALL)
OUTSIDER = (
    "This bot answers only the staff of the workspace it belongs to, so nothing was done. "
    "Ask the colleague who shares this channel with you."
)
SLOW = "Received. Slack is slow today; the answer comes as soon as it can."
WRONG = "Something went wrong here, so nothing was done. Try again."
UNKNOWN = "The bot does not handle this kind of payload."
UNREADABLE = "This is not in Slack's format."
Listener = Callable[..., Awaitable[BoltResponse | None]]

log = structlog.get_logger()


class InRequest:
    """What Slack needs in the same breath: the options of a type-ahead, the errors of a form."""

    async def options(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        raise NotImplementedError

    async def errors(self, body: Mapping[str, Any]) -> dict[str, str]:
        raise NotImplementedError


def team_of(body: Mapping[str, Any]) -> str | None:
    """The workspace that Slack delivers for; the actor's own may be another."""
    team = body.get("team")
    found = body.get("team_id") or (team.get("id") if isinstance(team, Mapping) else team)
    return found if isinstance(found, str) else None


def build(
    *, store: Intake, in_request: InRequest, signing_secret: str, bot_token: str, api_url: str, team_id: str
) -> AsyncApp:
    """Wire the listeners. The token is given by `authorize`, so that no request costs an `auth.test`."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=bot_token)

    app = AsyncApp(
        name="penguinmails-bot",
        client=AsyncWebClient(base_url=api_url),
        logger=_logger(),
        authorize=authorize,
        signing_secret=signing_secret,
        process_before_response=True,
        raise_error_for_unhandled_request=True,  # else Bolt logs all that is in it
        request_verification_enabled=True,
        attaching_conversation_kwargs_enabled=False,
    )
    app.middleware(_Only(team_id))
    app.command(ANYTHING)(_storing(store, Kind.COMMAND, intake.command_key))
    app.action(ANYTHING)(_storing(store, Kind.CLICK, intake.click_key))
    app.view_submission(ANYTHING)(_submission(store, in_request))
    app.view_closed(ANYTHING)(_nothing)
    app.options(ANYTHING)(_options(in_request))
    app.event(ANYTHING)(_events(store))
    app.error(_failed)
    return app


def _logger() -> logging.Logger:
    """Bolt looks for a token in the environment by itself, and warns that it has no use for the one it finds."""
    logger, unused = logging.getLogger("slack_bolt.AsyncApp"), warning_client_prioritized_and_token_skipped()
    logger.addFilter(lambda record: record.getMessage() != unused)
    return logger


class _Only(AsyncMiddleware):
    """A reference for each request. Those for any other workspace are refused, and what has not the form of its kind.

    A class, since Bolt takes the first action out of the body before it calls a function, and looks up what the
    function asks for by name, for every request.
    """

    def __init__(self, team_id: str) -> None:
        self._team_id = team_id

    async def async_process(
        self,
        *,
        req: AsyncBoltRequest,
        resp: BoltResponse,
        next: Callable[[], Awaitable[BoltResponse]],  # noqa: A002 - Bolt's name
    ) -> BoltResponse | None:
        REFERENCE.set(new_reference())
        if team_of(req.body) != self._team_id:
            return await _refuse_outsider(req.body)
        if not is_known(req.body):
            return refusal(404, "unknown_payload", UNKNOWN)
        if req.body.get("type") == "block_actions" and not req.body.get("actions"):
            return refusal(400, "empty_actions", "The click names no button: its list of actions is empty.")
        if not is_readable(req.body):
            return refusal(400, "unreadable", UNREADABLE)
        return await next()


async def _refuse_outsider(body: Mapping[str, Any]) -> BoltResponse:
    """Somebody of another workspace, in a shared channel: they read once why nothing happens.

    Slack shows people an error of HTTP beside any answer, so they get none; what no workspace sent does.
    """
    refused = refusal(403, "unknown_team", OUTSIDER)
    if not team_of(body):
        return refused
    said = {"response_type": "ephemeral", "text": OUTSIDER}
    if "command" in body:
        return BoltResponse(status=200, body=said)
    if url := body.get("response_url"):
        with contextlib.suppress(TimeoutError, aiohttp.ClientError):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
                (await http.post(url, json={**said, "replace_original": False})).release()
    return BoltResponse(status=200, body="")


def _storing(store: Intake, kind: Kind, key: Callable[[Mapping[str, Any]], str]) -> Listener:
    async def listener(body: dict[str, Any]) -> BoltResponse:
        await store.store(kind, key(body), body)
        if store.slack_is_slow and kind is Kind.COMMAND:  # the ack is all that gets through
            return BoltResponse(status=200, body={"response_type": "ephemeral", "text": SLOW})
        return BoltResponse(status=200, body="")

    return listener


def _events(store: Intake) -> Listener:
    async def listener(body: dict[str, Any]) -> BoltResponse:
        # What people say to each other is not for the bot, and is not kept.
        if concerns_the_bot(body["event"]):
            await store.store(Kind.EVENT, intake.event_key(body), body)
        return BoltResponse(status=200, body="")

    return listener


def _submission(store: Intake, in_request: InRequest) -> Listener:
    async def listener(body: dict[str, Any]) -> BoltResponse:
        errors = await in_request.errors(storable(body))
        if errors:
            return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})
        await store.store(Kind.SUBMISSION, intake.submission_key(body), body)
        return BoltResponse(status=200, body={"response_action": "clear"})

    return listener


def _options(in_request: InRequest) -> Listener:
    async def listener(body: dict[str, Any]) -> BoltResponse:
        return BoltResponse(status=200, body={"options": await in_request.options(storable(body))})

    return listener


async def _nothing() -> BoltResponse:
    return BoltResponse(status=200, body="")


async def _failed(error: Exception, body: dict[str, Any]) -> BoltResponse:
    """Say that nothing was done. Events get 503, so that Slack repeats them; people are told, with a reference."""
    if isinstance(error, BoltUnhandledRequestError):
        return refusal(404, "unknown_payload", UNKNOWN)
    if isinstance(error, (Malformed, RecursionError)) or not is_readable(body):
        return refusal(400, "unreadable", UNREADABLE)
    if not isinstance(error, Unavailable):
        log.error("a request could not be accepted", error=type(error).__name__, exc_info=error)
    told = str(error) if isinstance(error, Unavailable) else WRONG
    reference = REFERENCE.get()
    text = f"{told} (ref {reference})"
    REFUSED.labels("unavailable").inc()
    if "command" in body:
        return BoltResponse(status=200, body={"response_type": "ephemeral", "text": text})
    if body.get("type") == "view_submission":
        blocks = [block["block_id"] for block in body["view"].get("blocks", []) if block.get("type") == "input"]
        return BoltResponse(
            status=200, body={"response_action": "errors", "errors": {blocks[-1]: text} if blocks else {}}
        )
    return BoltResponse(status=503, body={"error": "unavailable", "reference": reference})
