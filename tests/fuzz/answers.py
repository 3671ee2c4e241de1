"""The answers there are, route by route; any other is a fault, and so is one of these where it does not belong."""

import json
from collections.abc import Collection
from typing import Any, NamedTuple

from tests.fuzz import values

UNSIGNED = {401: "the signature is missing, wrong, or not of the last five minutes"}
SIZES = {413: "the body is larger than a megabyte, or does not say how large it is"}
ELSEWHERE = {404: "there is nothing at this address", 405: "this address takes another method"}
DOCUMENTED: dict[str, dict[int, str]] = {
    "/slack/events": {
        200: "stored, or answered, or nothing that concerns the bot, or told that they are of another workspace",
        400: "no payload can be read from the body, or it is none of Slack's",
        **UNSIGNED,
        403: "it is about another workspace",
        404: "a kind of payload that the bot has no use for",
        405: ELSEWHERE[405],
        **SIZES,
    },
    "/stripe/webhook": {
        200: "stored",
        400: "the signature is missing, wrong or old, or the body is no event",
        405: ELSEWHERE[405],
        **SIZES,
    },
    "/healthz": {200: "the process answers", 405: ELSEWHERE[405]},
}
SAYS = (
    {"response_type", "text"},
    {"response_action"},
    {"response_action", "errors"},
    {"options"},
    {"challenge"},
    {"received"},
)
UNFORESEEN = "(ref "  # with which an answer names what nobody had thought of


class Answer(NamedTuple):
    """What came back; status 0: the connection was closed without an answer."""

    status: int
    body: bytes = b""


NONE = Answer(-1)  # within 20 s
UNACKNOWLEDGED = Answer(0)  # an envelope of Socket Mode: Slack sends it again, over another connection


def fault_of(path: str, answer: Answer, expected: Collection[int]) -> str | None:
    """What is wrong with an answer, if anything is."""
    if answer is NONE:
        return "no answer at all"
    documented = DOCUMENTED.get(path.partition("?")[0], ELSEWHERE)
    if answer.status not in documented and answer.status not in expected:
        return f"{answer.status} is no documented answer of {path}"
    if answer.status not in expected:
        return f"answered {answer.status} where {' or '.join(map(str, sorted(expected)))} was due"
    return _said(answer)


def _said(answer: Answer) -> str | None:
    text = answer.body.decode("utf-8", "replace")
    if UNFORESEEN in text:
        return f"an unforeseen error: {text[:200]}"
    if "Traceback" in text:
        return "a trace in the answer"
    if answer.status == 200 and not _known(text):
        return f"an answer of a shape nobody knows: {text[:200]}"
    if values.CANARY in text.lower() and "challenge" not in text:
        return f"the answer repeats what came in: {text[:200]}"
    return None


def _known(text: str) -> bool:
    if not text:
        return True
    try:
        said: Any = json.loads(text)
    except ValueError:
        return False
    return said == {} or (isinstance(said, dict) and (said.keys() in SAYS or said.get("status") == "ok"))
