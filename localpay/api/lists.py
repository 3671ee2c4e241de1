"""Lists: newest first, filtered, a page at a time. https://docs.stripe.com/api/pagination"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from localpay.api.methods import Call, Method
from localpay.errors import Json, Refusal, missing

Filter = Callable[[Json, Any], bool]
PAGING = frozenset({"ending_before", "limit", "starting_after"})
MOST = 100
USUAL = 10
COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}
REFERENCES = frozenset({"charge", "customer", "invoice", "payment_intent", "price", "product", "subscription"})
"""Filters that name an object, which there has to be."""


def equal(name: str) -> Filter:
    return lambda thing, value: bool(thing[name] == value)


def within(value: int, wanted: Any) -> bool:
    """Whether a moment is the one that is wanted, or within the bounds."""
    if isinstance(wanted, dict):
        return all(COMPARED[name](value, bound) for name, bound in wanted.items())
    return bool(value == wanted)


def created(thing: Json, wanted: Any) -> bool:
    return within(thing["created"], wanted)


def listing(
    plural: str, published: type, kind: str, filters: Mapping[str, Filter], *, path: str | None = None
) -> Method:
    """The method that lists objects of that kind."""
    known = {"created": created, **filters}

    def act(call: Call) -> Json:
        return page(call, call.ledger.book.all(kind), kind, known, f"/v1/{plural}")

    return Method(f"{plural}.list", "GET", path or f"/v1/{plural}", published, act, PAGING | known.keys())


def page(call: Call, things: Sequence[Json], kind: str, filters: Mapping[str, Filter], url: str) -> Json:
    """One page of those that the parameters want. Raises `Refusal`."""
    wanted = {name: value for name, value in call.params.items() if name in filters}
    for name in REFERENCES & wanted.keys():
        call.ledger.book.get(name, wanted[name], name)
    found = [thing for thing in things if all(filters[name](thing, value) for name, value in wanted.items())]
    data, more = _cut(call.params, things, found, kind)
    return {"object": "list", "data": data, "has_more": more, "url": url}


def _cut(params: Json, things: Sequence[Json], found: list[Json], kind: str) -> tuple[list[Json], bool]:
    limit = _limit(params)
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise Refusal(
            "You may only specify one of these parameters: ending_before, starting_after.",
            code="parameters_exclusive",
        )
    if before:
        newer = found[: _place(things, found, before, kind, "ending_before")]
        return newer[-limit:], len(newer) > limit
    older = found[_place(things, found, after, kind, "starting_after", past=1) :] if after else found
    return older[:limit], len(older) > limit


def _limit(params: Json) -> int:
    limit: int = params.get("limit", USUAL)
    if not 1 <= limit <= MOST:
        side = f"greater than or equal to {1}" if limit < 1 else f"less than or equal to {MOST}"
        raise Refusal(
            f"This value must be {side} (it currently is '{limit}').", code="parameter_invalid_integer", param="limit"
        )
    return limit


def _place(things: Sequence[Json], found: list[Json], cursor: str, kind: str, param: str, past: int = 0) -> int:
    """Where the cursor stands among those found; it may be one that the filters leave out."""
    order = {thing["id"]: place for place, thing in enumerate(things)}
    if cursor not in order:
        raise missing(kind, cursor, param)
    return sum(1 for thing in found if order[thing["id"]] < order[cursor] + past)
