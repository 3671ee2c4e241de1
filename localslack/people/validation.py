"""What Slack's client itself finds wrong with a form, before the app hears of it."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from localslack.workspace.inputs import VALUE_FIELD
from localslack.workspace.model import Json

REQUIRED = "Please complete this required field."
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
WHOLE = re.compile(r"[+-]?\d+")
EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def complaints(blocks: list[Json], values: Json) -> dict[str, str]:
    """What is wrong with the inputs, by block_id; `values` as in state.values."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input" or block["element"]["type"] not in VALUE_FIELD:
            continue
        element = block["element"]
        held = values[block["block_id"]][element["action_id"]][VALUE_FIELD[element["type"]]]
        if not held and not block.get("optional"):
            found[block["block_id"]] = REQUIRED
        elif held and (problem := _problem(element, held)):
            found[block["block_id"]] = problem
    return found


def _problem(element: Json, value: Any) -> str:
    check = CHECKS.get(element["type"])
    return check(element, value) if check else ""


def _length(element: Json, value: str) -> str:
    least, most = element.get("min_length"), element.get("max_length")
    if least and len(value) < least:
        return f"Please lengthen this text to {least} characters or more."
    if most and len(value) > most:
        return f"Please shorten this text to {most} characters or fewer."
    return ""


def _number(element: Json, value: str) -> str:
    decimals = element.get("is_decimal_allowed")
    if not (NUMBER if decimals else WHOLE).fullmatch(value):
        return "Please enter a number." if decimals else "Please enter a whole number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and Decimal(value) < Decimal(least):
        return f"Please enter {least} or more."
    if most is not None and Decimal(value) > Decimal(most):
        return f"Please enter {most} or less."
    return ""


def _email(_element: Json, value: str) -> str:
    return "" if EMAIL.fullmatch(value) else "Please enter an e-mail address."


def _url(_element: Json, value: str) -> str:
    parts = urlsplit(value)
    return "" if parts.scheme and parts.netloc and " " not in value else "Please enter a web address."


CHECKS: dict[str, Callable[[Json, str], str]] = {
    "plain_text_input": _length,
    "number_input": _number,
    "email_text_input": _email,
    "url_text_input": _url,
}
