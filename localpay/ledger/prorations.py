"""Lines for a change in the middle of a period. https://docs.stripe.com/billing/subscriptions/prorations"""

from collections.abc import Sequence

from localpay import money
from localpay.errors import Json
from localpay.ledger import catalogue
from localpay.ledger.core import Ledger
from localpay.ledger.invoices import line, title, until


def price_of(item: Json) -> int:
    """What a whole period of an item costs."""
    amount: int = (item["price"]["unit_amount"] or 0) * (item["quantity"] or 0)
    return amount


def unused(ledger: Ledger, items: Sequence[Json], moment: int) -> list[Json]:
    """Credit for what is left of the period then."""
    return [_part(ledger, item, moment, -1, "Unused") for item in items if price_of(item)]


def remaining(ledger: Ledger, items: Sequence[Json], moment: int) -> list[Json]:
    """What is left of the period, to be paid."""
    return [_part(ledger, item, moment, 1, "Remaining") for item in items if price_of(item)]


def _part(ledger: Ledger, item: Json, moment: int, sign: int, what: str) -> Json:
    start, end = item["current_period_start"], item["current_period_end"]
    amount = sign * money.share(price_of(item), max(0, end - moment), end - start)
    text = until(catalogue.name(ledger, item["price"]), what, moment)
    return line(item, amount, text, moment, end, proration=True)


def whole_periods(ledger: Ledger, items: Sequence[Json]) -> list[Json]:
    """Each item for its period."""
    return [
        line(
            item,
            price_of(item),
            title(item["quantity"], catalogue.name(ledger, item["price"]), item["price"]),
            item["current_period_start"],
            item["current_period_end"],
        )
        for item in items
    ]


def of_change(ledger: Ledger, before: Sequence[Json], after: Sequence[Json], moment: int) -> list[Json]:
    """Credit for each item as it was and a debit as it is, where price or quantity differ."""
    old, new = ({item["id"]: item for item in items} for items in (before, after))
    same = {one for one in old.keys() & new.keys() if _billed(old[one]) == _billed(new[one])}
    return [
        *unused(ledger, [item for item in before if item["id"] not in same], moment),
        *remaining(ledger, [item for item in after if item["id"] not in same], moment),
    ]


def _billed(item: Json) -> tuple[str, int]:
    return item["price"]["id"], item["quantity"]
