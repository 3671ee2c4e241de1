"""All objects, by id and by kind, just as they are answered: with ids where an object refers to another one."""

import secrets
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from localpay.errors import Json, missing
from localpay.schema.objects import sound_change

PREFIXES = {
    "charge": "ch", "credit_note": "cn", "credit_note_line_item": "cnli", "customer": "cus",
    "customer_balance_transaction": "cbtxn", "dispute": "du", "event": "evt", "invoice": "in",
    "invoice_payment": "inpay", "line_item": "il", "payment_intent": "pi", "price": "price", "product": "prod",
    "refund": "re", "subscription": "sub", "subscription_item": "si", "request": "req",
}  # fmt: skip
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def new_id(kind: str) -> str:
    """As Stripe's look: `re_` and 24 letters and digits."""
    return f"{PREFIXES[kind]}_{''.join(secrets.choice(LETTERS) for _ in range(24))}"


class Book:
    """Holds; what may become of an object is not decided here."""

    def __init__(self) -> None:
        self._by_kind: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        self.version = 0
        """Grows with each change, so that a page knows that it is behind."""

    def keep(self, thing: Json) -> Json:
        """Raises `ValueError` for an id that there is already."""
        kept = self._by_kind[thing["object"]]
        if thing["id"] in kept:
            raise ValueError(f"{thing['id']} exists already")
        kept[thing["id"]] = thing
        self.version += 1
        return thing

    def set(self, thing: Json, fields: Json) -> Json:
        """Change fields; gives what they were, only of those that differ, inside objects too."""
        before = differing(thing, fields)
        sound_change(thing["object"], fields)
        thing.update(fields)
        self.version += 1
        return before

    def find(self, kind: str, identifier: str) -> Json | None:
        return self._by_kind[kind].get(identifier)

    def get(self, kind: str, identifier: str, param: str = "id") -> Json:
        """Raises `Refusal` (`resource_missing`) where there is none."""
        found = self.find(kind, identifier)
        if found is None:
            raise missing(kind, identifier, param)
        return found

    def all(self, kind: str) -> list[Json]:
        """Newest first; of one second, what came later first."""
        later_first = list(self._by_kind[kind].values())[::-1]
        return sorted(later_first, key=lambda thing: -thing["created"])

    def where(self, kind: str, **values: Any) -> Iterator[Json]:
        """Those with these values, in the order they came."""
        for thing in self._by_kind[kind].values():
            if all(thing.get(name) == value for name, value in values.items()):
                yield thing


def differing(before: Json, after: Json) -> Json:
    """What fields were, where they are not so any more; of an object only the part that differs."""
    found: Json = {}
    for name, value in after.items():
        was = before.get(name)
        if was == value:
            continue
        if isinstance(was, dict) and isinstance(value, dict) and "object" not in was:
            found[name] = differing(was, value)
        else:
            found[name] = was
    return found
