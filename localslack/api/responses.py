"""Response urls: what the app says later, in answer to something a person did."""

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from localslack.api.door import CutOff, before
from localslack.changes.answers import replace, said, says_something
from localslack.hub import Hub
from localslack.workspace.model import Json, SlackError
from localslack.workspace.state import ResponseUrl
from localslack.workspace.wire import parsed

FAULT_NAME = "response_url"
GONE = 404


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
        answer = parsed(body)
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
        replace(hub, original, answer)
    elif says_something(answer):
        message = said(hub, response.user, response.channel, answer)
        message.thread_ts = message.thread_ts or response.thread_ts
        posted = hub.add_message(message)
        response.message_ts = response.message_ts or posted.ts
    else:
        raise SlackError("no_text")
