"""The Bolt app: which handler a stored payload goes to. It runs in the worker, where nobody waits for an answer."""

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.logger.messages import warning_client_prioritized_and_token_skipped
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.handlers import buttons, choosing, commands, events, submissions
from bot.handlers.desk import Button, Desk
from bot.handlers.manifest import ABOUT_MESSAGE

ANYTHING = re.compile(".*", re.DOTALL)
NOT_VERIFIED = "verified at the door"  # Bolt wants a secret, also where it verifies nothing
DESK, PAYLOAD = "desk", "payload"  # in Bolt's context

Handler = Callable[[Desk, Mapping[str, Any]], Awaitable[None]]
Listener = Callable[..., Awaitable[BoltResponse]]


class Routes:
    """A handler for each command, click, form and event. What a handler raises is the caller's."""

    def __init__(self, team_id: str, by_name: Mapping[str, Button]) -> None:
        async def clicked(desk: Desk, payload: Mapping[str, Any]) -> None:
            await buttons.clicked({**buttons.BUTTONS, **by_name}, desk, *buttons.chosen(payload["actions"][0]))

        self._bolt = _bolt(team_id)
        self._bolt.command(ANYTHING)(_listener(commands.command))
        self._bolt.action(ANYTHING)(_listener(clicked))
        self._bolt.message_shortcut(ABOUT_MESSAGE)(_listener(choosing.about))
        for callback_id, handler in submissions.BY_FORM.items():
            self._bolt.view_submission(callback_id)(_listener(handler))
        for event, handler in events.BY_EVENT:
            self._bolt.event(event)(_listener(handler))

    async def route(self, desk: Desk, payload: Mapping[str, Any]) -> None:
        """Handle one payload. Raises `Refused`, and `BoltUnhandledRequestError` if it is nobody's."""
        context = {DESK: desk, PAYLOAD: payload}
        request = AsyncBoltRequest(body=routed_by(payload), mode="socket_mode", context=context)
        await self._bolt.async_dispatch(request)


def routed_by(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What tells Bolt whose a payload is, all of it checked at the door; it would stumble over much of the rest."""
    if "command" in payload:
        return {"command": payload["command"]}
    kind = {"type": payload["type"]}
    match payload["type"]:
        case "block_actions":
            return {**kind, "actions": [{"action_id": payload["actions"][0]["action_id"], "block_id": ""}]}
        case "view_submission":
            return {**kind, "view": {"type": "modal", "callback_id": payload["view"]["callback_id"]}}
        case "message_action":
            return {**kind, "callback_id": payload["callback_id"]}
    event = payload["event"]
    return {**kind, "event": {name: event[name] for name in ("type", "subtype") if name in event}}


def _bolt(team_id: str) -> AsyncApp:
    """Bolt as a router: what it does at a door is done (bot/handlers/door.py), and `authorize` asks nobody.

    Its client has no token: handlers speak to Slack through the desk.
    """

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id=team_id)

    bolt = AsyncApp(
        name="penguinmails-bot",
        client=AsyncWebClient(),
        logger=_logger(),
        authorize=authorize,
        signing_secret=NOT_VERIFIED,
        process_before_response=True,
        raise_error_for_unhandled_request=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        ignoring_self_events_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    bolt.error(_passed_on)
    return bolt


def _listener(handler: Handler) -> Listener:
    async def listener(context: AsyncBoltContext) -> BoltResponse:
        await handler(context[DESK], context[PAYLOAD])
        return BoltResponse(status=200)

    return listener


async def _passed_on(error: Exception) -> None:
    raise error


def _logger() -> logging.Logger:
    """Bolt looks for a token in the environment by itself, and warns that it has no use for the one it finds."""
    logger, unused = logging.getLogger("slack_bolt.AsyncApp"), warning_client_prioritized_and_token_skipped()
    logger.addFilter(lambda record: record.getMessage() != unused)
    return logger
