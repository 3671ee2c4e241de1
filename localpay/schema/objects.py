"""What is answered: objects with the fields that Stripe publishes, no others, and none of them missing."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import stripe
from stripe._stripe_object import UntypedStripeObject

from localpay.errors import Json
from localpay.schema.library import fields, optional, resource

# Optional fields that are not there unless expanded, or unless something has happened. All others are null instead.
ABSENT = {
    "charge": {"authorization_code", "level3", "presentment_details", "radar_options", "refunds", "transfer", "source"},
    "credit_note": {"shipping_cost"},
    "customer": {
        "business_name", "cash_balance", "customer_account", "deleted", "individual_name", "invoice_credit_balance",
        "sources", "subscriptions", "tax", "tax_ids",
    },
    "event": {"account", "context"},
    "invoice": {
        "amount_paid_off_stripe", "confirmation_secret", "deleted", "payments", "status_details", "threshold_reason",
    },
    "line_item": {"quantity_decimal"},
    "payment_intent": {
        "allowed_payment_method_types", "hooks", "managed_payments", "payment_details", "payment_record",
        "presentment_details",
    },
    "plan": {"deleted", "tiers"},
    "price": {"currency_options", "deleted", "tiers"},
    "product": {"deleted", "tax_details"},
    "refund": {
        "description", "failure_balance_transaction", "failure_reason", "instructions_email", "next_action",
        "pending_reason", "presentment_details",
    },
    "dispute": {"intended_submission_method", "network_reason_code"},
    "subscription": {"managed_payments", "presentment_details", "status_details"},
    "subscription_item": {"billed_until", "current_trial", "deleted"},
}  # fmt: skip
NAMED_BY: dict[Any, type | tuple[type, ...]] = {str: str, bool: bool, int: int, float: (int, float), Decimal: str}


class Unpublished(Exception):
    """Our own fault: an object would be answered that Stripe's schema does not allow. Says what is wrong with it."""


def whole(kind: str, **given: Any) -> Json:
    """An object of that kind: what is given, and null for all else that may be. Raises `Unpublished`."""
    absent = ABSENT.get(kind, set())
    known = fields_of(kind)
    empty = {name: None for name, hint in known.items() if optional(hint) and name not in absent}
    return sound({**empty, "object": kind, **given})


def sound(thing: Json) -> Json:
    """The same object. Raises `Unpublished` where it is not as published."""
    if wrong := list(problems(thing)):
        raise Unpublished("; ".join(wrong[:5]))
    return thing


def sound_change(kind: str, changed: Json) -> None:
    """Raises `Unpublished` where a field of an object of that kind may not become what it is to be."""
    known = fields_of(kind)
    for name, value in changed.items():
        if name not in known:
            raise Unpublished(f"{kind}.{name} does not exist")
        if wrong := list(_fits(value, known[name], f"{kind}.{name}")):
            raise Unpublished("; ".join(wrong[:5]))


def problems(thing: Json) -> Iterator[str]:
    """What is not as published, in an object with an `object` of its own."""
    yield from _inside(thing, fields_of(thing["object"]), thing["object"])


def fields_of(kind: str) -> dict[str, Any]:
    """Field → type, of objects of that kind."""
    return fields(resource(kind))


def _inside(thing: Json, known: dict[str, Any], place: str) -> Iterator[str]:
    for name in thing.keys() - known.keys():
        yield f"{place}.{name} does not exist"
    for name, hint in known.items():
        if name in thing:
            yield from _fits(thing[name], hint, f"{place}.{name}")
        elif not optional(hint):
            yield f"{place}.{name} is missing"


def _fits(value: Any, hint: Any, place: str) -> Iterator[str]:
    """What is wrong with a value by its annotation; of several alternatives one has to fit."""
    choices, words = _choices(hint)
    if value is None and NoneType in choices:
        return
    if isinstance(value, str) and words:
        if value not in words:
            yield f"{place} has no word {value!r}"
        return
    wrong = [list(_is(value, choice, place)) for choice in choices]
    if all(wrong):
        yield from min(wrong, key=len)


@cache
def _choices(hint: Any) -> tuple[tuple[Any, ...], frozenset[str]]:
    """The alternatives of an annotation, and the words among them."""
    choices = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return choices, frozenset(word for one in choices if get_origin(one) is Literal for word in get_args(one))


def _is(value: Any, hint: Any, place: str) -> Iterator[str]:
    origin = get_origin(hint)
    if hint is Any:
        return
    if hint in NAMED_BY:
        if not isinstance(value, NAMED_BY[hint]) or (isinstance(value, bool) and hint is not bool):
            yield f"{place} is no {hint.__name__}: {value!r}"
    elif origin is Literal:
        if value not in get_args(hint):
            yield f"{place} has no {value!r}"
    elif origin is list:
        yield from _each(value, get_args(hint)[0], place)
    elif isinstance(value, dict):
        yield from _object(value, hint, place)
    else:
        yield f"{place} is no {hint}: {value!r}"


def _each(value: Any, hint: Any, place: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place} is no list"
        return
    for one in value:
        yield from _fits(one, hint, f"{place}[]")


def _object(value: Json, hint: Any, place: str) -> Iterator[str]:
    origin = get_origin(hint)
    if origin is stripe.ListObject:
        yield from _each(value.get("data"), get_args(hint)[0], f"{place}.data")
        if value.keys() != {"object", "data", "has_more", "url"}:
            yield f"{place} is no list object"
    elif origin is UntypedStripeObject:
        (each,) = get_args(hint)
        for name, one in value.items() if each is not Any else ():
            yield from _fits(one, each, f"{place}.{name}")
    elif not _published(hint):
        yield f"{place} is an object, and should be {hint}"
    else:
        yield from _inside(value, fields(hint), place)


def _published(hint: Any) -> bool:
    """Whether it is an object that Stripe describes field by field."""
    return isinstance(hint, type) and issubclass(hint, stripe.StripeObject)
