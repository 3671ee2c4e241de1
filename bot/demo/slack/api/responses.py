"""What the app says in answer: the body of a command's acknowledgement, and response urls."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.demo.slack.api.blocks import accepted_attachments, accepted_blocks
from bot.demo.slack.api.chat import TEXT_LIMIT, bounded
from bot.demo.slack.api.door import CutOff, before
from bot.demo.slack.hub import Hub
from bot.demo.slack.workspace.model import Json, Message, SlackError
from bot.demo.slack.workspace.shapes import message_json, with_ids
from bot.demo.slack.workspace.state import ResponseUrl

FAULT_NAME = "response_url"
GONE = 404
# What an answer may show; one of them at least.
PARTS = ("text", "blocks", "attachments")


def show_answer(hub: Hub, user: str, channel: str, body: Any) -> Message | None:
    """Show what a command was answered with, as an ephemeral unless it says in_channel."""
    answer = body if isinstance(body, dict) else {"text": body or ""}
    if not any(answer.get(part) for part in PARTS):
        return None
    return hub.add_message(_said(hub, user, channel, answer))


def _said(hub: Hub, user: str, channel: str, answer: Json) -> Message:
    blocks, attachments = answer.get("blocks"), answer.get("attachments")
    public = answer.get("response_type") == "in_channel"
    return Message(
        ts=hub.state.next_ts(),
        channel=channel,
        user=hub.workspace.bot_user_id,
        text=bounded(str(answer.get("text") or ""), TEXT_LIMIT),
        blocks=with_ids(accepted_blocks(hub, blocks)) if blocks else [],
        attachments=accepted_attachments(hub, attachments) if attachments else [],
        thread_ts=answer.get("thread_ts"),
        by_app=True,
        ephemeral_to=None if public else user,
    )


async def response_url(hub: Hub, request: Request) -> Response:
    """Take one post to a response url."""
    fault = hub.faults.take(FAULT_NAME)
    try:
        if fault is not None and (early := await before(fault)) is not None:
            return early
        response = hub.state.use_response(request.path_params["response_id"])
        _use(hub, response, _answer(await request.body()))
    except SlackError as error:
        status = GONE if error.code.endswith("_url") else 400
        return JSONResponse({"ok": False, "error": error.code} | error.details, status_code=status)
    return CutOff() if fault is not None and fault.kind == "lost" else PlainTextResponse("ok")


def _answer(body: bytes) -> Json:
    try:
        answer = json.loads(body)
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(answer, dict):
        raise SlackError("invalid_payload")
    return answer


def _use(hub: Hub, response: ResponseUrl, answer: Json) -> None:
    original = hub.state.messages[response.channel].get(response.message_ts or "")
    if answer.get("delete_original"):
        if original is None:
            raise SlackError("message_not_found")
        hub.remove_message(original)
    elif answer.get("replace_original") and original is not None:
        _replace(hub, original, answer)
    elif any(answer.get(part) for part in PARTS):
        message = _said(hub, response.user, response.channel, answer)
        message.thread_ts = message.thread_ts or response.thread_ts
        posted = hub.add_message(message)
        response.message_ts = response.message_ts or posted.ts
    else:
        raise SlackError("no_text")


def _replace(hub: Hub, original: Message, answer: Json) -> None:
    previous = message_json(hub.state, original)
    fresh = _said(hub, original.user, original.channel, answer)
    original.text, original.blocks, original.attachments = fresh.text, fresh.blocks, fresh.attachments
    original.edited = {"user": hub.workspace.bot_user_id, "ts": hub.state.next_ts()}
    hub.change_message(original, previous)
