"""JSON as it comes over the wire."""

import json
from typing import Any, NoReturn


def parsed(text: str | bytes) -> Any:
    """What it says; ValueError for what is no JSON, nests too deep, or cannot be sent on: NaN, half a character."""
    try:
        value = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deep") from None
    json.dumps(value, ensure_ascii=False).encode()
    return value


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
