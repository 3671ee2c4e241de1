"""Reading the fields of Stripe's objects: whatever is not what its type promises raises `ValueError`.

An event that was signed may still be of a version, or from a proxy, whose fields look otherwise.
"""

import re
from collections.abc import Mapping
from typing import Any

Object = Mapping[str, Any]

LATEST = 253_402_300_799  # seconds: the end of the year 9999, the last that has a date here
MOST = 10**15  # of a currency's smallest unit
STRIPE_ID = re.compile(r"[a-z]+_[A-Za-z0-9_]+")


def second(number: Any) -> int:
    """A moment, in seconds since 1970."""
    return within(0, number, LATEST)


def amount(number: Any) -> int:
    """An amount in the currency's smallest unit; nothing is 0."""
    return within(-MOST, number or 0, MOST)


def within(least: int, number: Any, most: int) -> int:
    found = int(number)
    if not least <= found <= most:
        raise ValueError(f"number: {found} is beyond all reason")
    return found


def currency(thing: Object) -> str:
    """Three small letters."""
    return str(thing.get("currency") or "eur").lower()


def id_of(reference: Any) -> str | None:
    """An object's id, whether it is given as such or expanded."""
    found = reference.get("id") if isinstance(reference, Mapping) else reference
    return found if isinstance(found, str) else None


def stripe_id(found: Any) -> str:
    if not isinstance(found, str) or not STRIPE_ID.fullmatch(found):
        raise ValueError("id")
    return found
