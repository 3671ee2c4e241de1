"""What a method is: its address, the parameters that Stripe publishes for it, and what it does here."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localpay.errors import Json, NotDoneHere
from localpay.ledger.core import Ledger
from localpay.schema.parameters import Fields, fields_of

KINDS = {
    "charges": "charge",
    "credit_notes": "credit_note",
    "customers": "customer",
    "customers.balance_transactions": "customer_balance_transaction",
    "disputes": "dispute",
    "events": "event",
    "invoice_payments": "invoice_payment",
    "invoices": "invoice",
    "payment_intents": "payment_intent",
    "prices": "price",
    "products": "product",
    "refunds": "refund",
    "subscriptions": "subscription",
}
"""As the library calls its services → the kind of object."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that is as the schema wants it. `ids`: what stands in the path."""

    ledger: Ledger
    ids: Mapping[str, str]
    params: Json

    def thing(self, kind: str) -> Json:
        """The object that the path names. Raises `Refusal`."""
        return self.ledger.book.get(kind, self.ids["id"])


@dataclass(frozen=True, slots=True)
class Method:
    """`published`: a typed dictionary of `stripe.params`. `does`: the parameters, by path, that have an effect here."""

    name: str
    verb: str
    path: str
    published: type
    act: Callable[[Call], Json]
    does: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """What it answers, or lists."""
        return KINDS[self.name.rpartition(".")[0]]

    @property
    def lists(self) -> bool:
        return self.name.endswith(".list")

    @property
    def fields(self) -> Fields:
        return fields_of(self.published)

    def matches(self, verb: str, path: str) -> Mapping[str, str] | None:
        """What stands in the path, if it is this method's."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path) if verb == self.verb else None
        return None if found is None else found.groupdict()

    def check_effect(self, params: Json) -> None:
        """Raises `NotDoneHere` for a parameter that Stripe takes and that would have no effect here."""
        for path, param in leaves(params):
            if path.split(".")[0] != "expand" and not _covered(path, self.does):
                raise NotDoneHere(f"the parameter {param} of {self.name}", param)


def _covered(path: str, does: Iterable[str]) -> bool:
    return any(path == one or path.startswith(f"{one}.") for one in does)


def leaves(params: Any, path: str = "", param: str = "") -> Iterable[tuple[str, str]]:
    """Each value that was given: its path without places in arrays ("items.price"), and as Stripe names it."""
    if isinstance(params, dict):
        for name, value in params.items():
            yield from leaves(value, f"{path}.{name}" if path else name, f"{param}[{name}]" if param else name)
    elif isinstance(params, list):
        for place, value in enumerate(params):
            yield from leaves(value, path, f"{param}[{place}]")
    else:
        yield path, param
