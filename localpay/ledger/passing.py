"""What time brings by itself: renewals, retries, deadlines. Each happens at its moment, the earliest first."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from localpay.errors import Json
from localpay.ledger import collecting, disputes, renewing, standing
from localpay.ledger.core import Ledger

MOST = 10_000
"""Things that one step of time may bring; more would be a loop of our own."""


class Due(NamedTuple):
    """Something that is to happen to an object at a moment."""

    moment: int
    happen: Callable[[Ledger, Json], object]
    thing: Json


def catch_up(ledger: Ledger) -> int:
    """Let everything happen that is due by now; how much it was."""
    now = ledger.clock.now()
    for count in range(MOST):
        waiting = [due for due in _due(ledger) if due.moment <= now]
        if not waiting:
            return count
        first = min(waiting, key=lambda due: due.moment)
        with ledger.clock.at(first.moment):
            first.happen(ledger, first.thing)
    raise RuntimeError("time brings ever more: something is due again and again")


def _due(ledger: Ledger) -> Iterator[Due]:
    for subscription in list(ledger.book.where("subscription")):
        yield from _of_subscription(subscription)
    for invoice in list(ledger.book.where("invoice", status="open")):
        if (moment := invoice["next_payment_attempt"]) is not None:
            yield Due(moment, collecting.retry, invoice)
        if (resumption := ledger.resuming.get(invoice["id"])) is not None and not invoice["attempted"]:
            yield Due(resumption["until"], collecting.void, invoice)
    for status in disputes.ANSWERABLE:
        for dispute in list(ledger.book.where("dispute", status=status)):
            yield Due(dispute["evidence_details"]["due_by"], disputes.too_late, dispute)


def _of_subscription(subscription: Json) -> Iterator[Due]:
    if subscription["status"] not in renewing.RENEWED:
        return
    end = standing.period(subscription)[1]
    yield Due(min(end, subscription["cancel_at"] or end), renewing.period_over, subscription)
    collection = subscription["pause_collection"]
    if collection and collection["resumes_at"]:
        yield Due(collection["resumes_at"], renewing.collection_resumes, subscription)
