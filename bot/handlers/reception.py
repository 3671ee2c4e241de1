"""What has to be done before Slack is answered: look at what came, store it with its job, acknowledge.

By whichever way it came, HTTP or Socket Mode. What becomes of it is decided in a worker, where Bolt routes it
(bot/handlers/routes.py): nobody has three seconds there.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import structlog

from bot.errors import Malformed, Unavailable
from bot.handlers import intake
from bot.handlers.codes import Codes, is_secret
from bot.handlers.intake import Intake
from bot.handlers.payloads import concerns_the_bot, is_known, is_readable, storable, team_of, without_words
from bot.handlers.views import CODE
from bot.logs import REFERENCE, new_reference
from bot.runtime.web import REFUSED
from bot.store.models import JSON, Kind

OUTSIDER = (
    "This bot answers only the staff of the workspace it belongs to, so nothing was done. "
    "Ask the colleague who shares this channel with you."
)
SLOW = "Received. Slack is slow today; the answer comes as soon as it can."
WRONG = "Something went wrong here, so nothing was done. Try again."
UNKNOWN = "The bot does not handle this kind of payload."
UNREADABLE = "This is not in Slack's format."
NO_BUTTON = "The click names no button: its list of actions is empty."

log = structlog.get_logger()


@dataclass(frozen=True)
class Answer:
    """What Slack is told; an empty body is an acknowledgement, and over a socket nothing but a 200 is one."""

    status: int = 200
    body: JSON | None = None


class InRequest(Protocol):
    """What Slack needs in the same breath."""

    async def options(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The entries of a type-ahead."""
        ...

    async def errors(self, body: Mapping[str, Any]) -> dict[str, str]:
        """What is wrong with a form, by block."""
        ...


class Reception:
    """Takes what Slack sends for one workspace."""

    def __init__(self, store: Intake, in_request: InRequest, codes: Codes, team_id: str) -> None:
        self._store, self._in_request, self._codes, self._team_id = store, in_request, codes, team_id

    async def take(self, body: Any) -> Answer:
        """Answer one payload, whatever is in it; each has a reference of its own, in all log lines."""
        REFERENCE.set(new_reference())
        if not isinstance(body, Mapping):
            return refused(400, "unreadable", UNREADABLE)
        try:
            return await self._looked_at(body)
        except (Malformed, RecursionError):
            return refused(400, "unreadable", UNREADABLE)
        except Exception as error:  # noqa: BLE001 - whoever waits is told, and what was not foreseen is logged
            return failed(error, body)

    async def _looked_at(self, body: Mapping[str, Any]) -> Answer:
        if body.get("type") == "url_verification":
            return Answer(body={"challenge": body.get("challenge")})
        if team_of(body) != self._team_id:
            return await _outsider(body)
        if not is_known(body):
            return refused(404, "unknown_payload", UNKNOWN)
        if body.get("type") == "block_actions" and not body.get("actions"):
            return refused(400, "empty_actions", NO_BUTTON)
        if not is_readable(body):
            return refused(400, "unreadable", UNREADABLE)
        return await self._taken(body)

    async def _taken(self, body: Mapping[str, Any]) -> Answer:
        if "command" in body:
            return await self._command(body)
        match body["type"]:
            case "block_actions":
                await self._store.store(Kind.CLICK, intake.trigger_key(body), body)
            case "message_action":
                await self._store.store(Kind.SHORTCUT, intake.trigger_key(body), body)
            case "event_callback":
                # What people say to each other is not for the bot, and is not kept.
                if concerns_the_bot(body["event"]):
                    await self._store.store(Kind.EVENT, intake.event_key(body), without_words(body))
            case "view_submission":
                return await self._submission(body)
            case "block_suggestion":
                return Answer(body={"options": await self._in_request.options(storable(body))})
        return Answer()  # also to a form that was closed

    async def _command(self, body: Mapping[str, Any]) -> Answer:
        await self._store.store(Kind.COMMAND, intake.trigger_key(body), body)
        # While Slack's Web API is slow, the ack is all that gets through.
        return Answer(body=_only_for_them(SLOW)) if self._store.slack_is_slow else Answer()

    async def _submission(self, body: Mapping[str, Any]) -> Answer:
        if is_secret(body):
            return await self._secret(body)
        if errors := await self._in_request.errors(storable(body)):
            return Answer(body={"response_action": "errors", "errors": errors})
        await self._store.store(Kind.SUBMISSION, intake.submission_key(body), body)
        return Answer(body={"response_action": "clear"})

    async def _secret(self, body: Mapping[str, Any]) -> Answer:
        """A form with a code in it: what is stored has none, and what it shows next nobody else sees."""
        taken = await self._codes.take(storable(body))
        if taken.error is not None:
            return Answer(body={"response_action": "errors", "errors": {CODE: taken.error}})
        if taken.answer is not None:
            return Answer(body={"response_action": "update", "view": taken.answer})
        await self._store.store(Kind.SUBMISSION, intake.submission_key(body), taken.stored or {})
        return Answer(body={"response_action": "clear"})


async def _outsider(body: Mapping[str, Any]) -> Answer:
    """Somebody of another workspace, in a shared channel: they read once why nothing happens.

    Slack shows people an error of HTTP beside any answer, so they get none; what no workspace sent does.
    """
    refusal = refused(403, "unknown_team", OUTSIDER)
    if not team_of(body):
        return refusal
    said = _only_for_them(OUTSIDER)
    if "command" in body:
        return Answer(body=said)
    url = body.get("response_url")
    if url is not None and not isinstance(url, str):
        return refused(400, "unreadable", UNREADABLE)
    if url:
        with contextlib.suppress(TimeoutError, aiohttp.ClientError):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as http:
                (await http.post(url, json={**said, "replace_original": False})).release()
    return Answer()


def refused(status: int, why: str, text: str) -> Answer:
    """Counted, with a sentence for whoever reads the answer."""
    REFUSED.labels(why).inc()
    return Answer(status, {"error": why, "text": text})


def failed(error: Exception, body: Mapping[str, Any]) -> Answer:
    """Say that nothing was done. Events get 503, so that Slack repeats them; people are told, with a reference."""
    if not isinstance(error, Unavailable):
        log.error("a request could not be accepted", error=type(error).__name__, exc_info=error)
    told = str(error) if isinstance(error, Unavailable) else WRONG
    reference = REFERENCE.get()
    text = f"{told} (ref {reference})"
    REFUSED.labels("unavailable").inc()
    if "command" in body:
        return Answer(body=_only_for_them(text))
    if body.get("type") == "view_submission":
        inputs = [
            str(block.get("block_id")) for block in body["view"].get("blocks", []) if block.get("type") == "input"
        ]
        return Answer(body={"response_action": "errors", "errors": {inputs[-1]: text} if inputs else {}})
    return Answer(503, {"error": "unavailable", "reference": reference})


def _only_for_them(text: str) -> JSON:
    return {"response_type": "ephemeral", "text": text}
