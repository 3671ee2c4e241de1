"""A request against the schema: what is not in it is refused, in the words that Stripe answers with."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from localpay.errors import Json, Refusal
from localpay.schema.forms import places
from localpay.schema.parameters import Fields, Kind

WHOLE = re.compile(r"-?\d{1,18}")
NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,12})?")
TRUTHS = {"true": True, "false": False}
# https://docs.stripe.com/metadata
MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500
LONGEST_TEXT = 5_000


def checked(fields: Fields, given: Json, within: str = "") -> Json:
    """The parameters with the types that the schema names; an empty string unsets. Raises `Refusal`."""
    for name in given:
        if name not in fields.kinds:
            raise _unknown(_named(within, name), get_close_matches(name, fields.kinds, n=1))
    for name in sorted(fields.required):
        if name not in given:
            param = _named(within, name)
            raise Refusal(f"Missing required param: {param}.", code="parameter_missing", param=param)
    return {name: _value(fields.kinds[name], raw, _named(within, name)) for name, raw in given.items()}


def _named(within: str, name: str) -> str:
    return f"{within}[{name}]" if within else name


def _unknown(param: str, close: list[str]) -> Refusal:
    meant = f". Did you mean {close[0]}?" if close else ""
    return Refusal(f"Received unknown parameter: {param}{meant}", code="parameter_unknown", param=param)


def _value(kind: Kind, raw: Any, param: str) -> Any:
    if isinstance(raw, dict):
        return _nested(kind, raw, param)
    if raw == "":
        if kind.unset:
            return ""
        raise _empty(param)
    for takes, read in READERS:
        if takes(kind) and (value := read(kind, raw)) is not None:
            return value
    raise _wrong(kind, raw, param)


def _nested(kind: Kind, raw: Json, param: str) -> Any:
    if kind.each is not None and (kind.inside is None or all(key.isdecimal() for key in raw)):
        return [_value(kind.each, raw[place], f"{param}[{place}]") for place in places(raw, param)]
    if kind.inside is not None:
        return checked(kind.inside, raw, param)
    if kind.mapping:
        return _mapping(raw, param)
    raise _wrong(kind, "an object", param)


def _mapping(raw: Json, param: str) -> Json:
    if len(raw) > MOST_KEYS:
        raise Refusal(f"You cannot have more than {MOST_KEYS} metadata keys.", param=param)
    for key, value in raw.items():
        if isinstance(value, dict):
            raise Refusal("Metadata values can only be strings.", param=f"{param}[{key}]")
        for what, text, longest in (("keys", key, LONGEST_KEY), ("values", value, LONGEST_VALUE)):
            if len(text) > longest:
                raise Refusal(f"Metadata {what} can have up to {longest} characters.", param=f"{param}[{key}]")
    return dict(raw)


def _word(kind: Kind, raw: str) -> str | None:
    return raw if raw in kind.words else None


def _text(kind: Kind, raw: str) -> str | None:
    return raw if len(raw) <= LONGEST_TEXT else None


def _whole(kind: Kind, raw: str) -> int | None:
    return int(raw) if WHOLE.fullmatch(raw) else None


def _number(kind: Kind, raw: str) -> str | None:
    return raw if NUMBER.fullmatch(raw) else None


def _truth(kind: Kind, raw: str) -> bool | None:
    return TRUTHS.get(raw)


READERS: tuple[tuple[Callable[[Kind], Any], Callable[[Kind, str], Any]], ...] = (
    (lambda kind: kind.words, _word),
    (lambda kind: kind.truth, _truth),
    (lambda kind: kind.whole, _whole),
    (lambda kind: kind.number, _number),
    (lambda kind: kind.text, _text),
)


def _empty(param: str) -> Refusal:
    return Refusal(
        f"You passed an empty string for '{param}'. We assume empty values are an attempt to unset a parameter; "
        f"however '{param}' cannot be unset. You should remove '{param}' from your request or supply a non-empty "
        "value.",
        code="parameter_invalid_empty",
        param=param,
    )


def _wrong(kind: Kind, raw: str, param: str) -> Refusal:
    """Only integers have a code at Stripe: https://docs.stripe.com/error-codes"""
    shown = raw[:100]
    if kind.words:
        *first, last = kind.words
        named = f"{', '.join(first)}, or {last}" if first else last
        return Refusal(f"Invalid {param}: must be one of {named}", param=param)
    if kind.whole:
        return Refusal(f"Invalid integer: {shown}", code="parameter_invalid_integer", param=param)
    if kind.each or kind.inside or kind.mapping:
        return Refusal(f"Invalid {'array' if kind.each else 'object'}", param=param)
    return Refusal(f"Invalid {_what(kind)}: {shown}", param=param)


def _what(kind: Kind) -> str:
    return "boolean" if kind.truth else "decimal" if kind.number else "string"
