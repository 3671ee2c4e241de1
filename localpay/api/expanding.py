"""`expand`: objects in the place of their ids, as deep as four levels. https://docs.stripe.com/api/expanding_objects"""

import copy
from collections.abc import Callable, Iterable, Mapping
from types import UnionType
from typing import Any, Union, get_args, get_origin

import stripe

from localpay.errors import Json, NotDoneHere, Refusal
from localpay.ledger.book import PREFIXES
from localpay.ledger.core import Ledger, listed
from localpay.schema.library import fields
from localpay.schema.objects import fields_of

DEEPEST = 4


def _refunds(ledger: Ledger, charge: Json) -> Json:
    found = [one for one in ledger.book.all("refund") if one["charge"] == charge["id"]]
    return listed(found, f"/v1/charges/{charge['id']}/refunds")


def _subscriptions(ledger: Ledger, customer: Json) -> Json:
    found = [one for one in ledger.book.where("subscription", customer=customer["id"]) if one["status"] != "canceled"]
    return listed(found, f"/v1/customers/{customer['id']}/subscriptions")


def _payments(ledger: Ledger, invoice: Json) -> Json:
    return listed(list(ledger.book.where("invoice_payment", invoice=invoice["id"])), "/v1/invoice_payments")


INCLUDED: Mapping[tuple[str, str], Callable[[Ledger, Json], Json]] = {
    ("charge", "refunds"): _refunds,
    ("customer", "subscriptions"): _subscriptions,
    ("invoice", "payments"): _payments,
}
"""Lists that are there only where they are asked for."""


def check(kind: str, paths: Iterable[str], *, listing: bool) -> None:
    """Whether these can be expanded in an answer of that kind, before anything is done. Raises `Refusal`."""
    for path in paths:
        parts = path.split(".")
        if listing and parts[0] != "data":
            raise _cannot(path)
        if len(parts) > DEEPEST:
            raise Refusal(f"You cannot expand more than {DEEPEST} levels of a property ({path}).", param="expand")
        _check(kind, fields_of(kind), parts[listing:], path)


def _check(kind: str, known: Mapping[str, Any], parts: list[str], path: str) -> None:
    if not parts or parts[0] not in known:
        raise _cannot(path)
    name, *rest = parts
    choices = _choices(known[name])
    lists = [choice for choice in choices if get_origin(choice) is stripe.ListObject]
    if lists:
        _check_list(lists[0], kind, name, rest, path)
    elif kinds := _kinds(choices):
        if not any(one in PREFIXES for one in kinds):
            raise NotDoneHere(f"expanding {path}: it keeps no {kinds[0].replace('_', ' ')}", "expand")
        if rest:
            kept = next(one for one in kinds if one in PREFIXES)
            _check(kept, fields_of(kept), rest, path)
    elif rest and (inside := _inside(choices)) is not None:
        _check("", fields(inside), rest, path)
    else:
        raise _cannot(path)


def _check_list(hint: Any, kind: str, name: str, rest: list[str], path: str) -> None:
    if not rest and (kind, name) not in INCLUDED:
        raise _cannot(path)
    if rest:
        (of,) = _kinds(_choices(get_args(hint)[0]))[:1] or [""]
        if rest[0] != "data" or not of:
            raise _cannot(path)
        _check(of, fields_of(of), rest[1:], path)


def expanded(ledger: Ledger, answer: Json, paths: Iterable[str]) -> Json:
    """A copy of the answer with what these paths name in it; `check` has found that they can be."""
    answer = copy.deepcopy(answer)
    for path in paths:
        _expand(ledger, answer, path.split("."))
    return answer


def _expand(ledger: Ledger, thing: Json, parts: list[str]) -> None:
    name, *rest = parts
    include = INCLUDED.get((thing.get("object", ""), name))
    if name not in thing and include is not None:
        thing[name] = copy.deepcopy(include(ledger, thing))
    value = thing.get(name)
    if isinstance(value, str):
        value = thing[name] = copy.deepcopy(_find(ledger, value)) or value
    for one in value if isinstance(value, list) else [value]:
        if rest and isinstance(one, dict):
            _expand(ledger, one, rest)


def _find(ledger: Ledger, identifier: str) -> Json | None:
    for kind in PREFIXES:
        if (found := ledger.book.find(kind, identifier)) is not None:
            return found
    return None


def _choices(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _kinds(choices: Iterable[Any]) -> list[str]:
    return [choice.OBJECT_NAME for choice in choices if hasattr(choice, "OBJECT_NAME")]


def _inside(choices: Iterable[Any]) -> Any:
    """What stands inside, field by field, and is no object of its own."""
    nested = (one for one in choices if isinstance(one, type) and issubclass(one, stripe.StripeObject))
    return next(nested, None)


def _cannot(path: str) -> Refusal:
    return Refusal(f"This property cannot be expanded ({path}).", param="expand")
