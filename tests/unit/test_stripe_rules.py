"""Which state of a subscription is the newest: whatever order its events come in, and however often."""

import hashlib
import hmac
import itertools
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.integrations.stripe.api import Answer
from bot.integrations.stripe.events import Event, InvoiceSaid, SubscriptionSaid, Unreadable, read, verified
from bot.integrations.stripe.order import Known, answered, doubtful, heard, last, status_after
from bot.integrations.stripe.snapshots import Snapshot

CREATED, CHANGED, DELETED = 0, 1, 2


def state(name: str) -> Snapshot:
    """One state of a subscription, told apart by its customer."""
    return Snapshot(
        customer=name, status="active", products=(), period_start=None, period_end=None, cancel_at_period_end=False
    )


def event(name: str, after: str, at: int, *, rank: int = CHANGED, before: str | None = None) -> Event:
    said = SubscriptionSaid("sub_1", state(after), None if before is None else state(before), rank)
    return Event(name, "customer.subscription.updated", at, False, said)


def invoice(at: int) -> Event:
    return Event("evt_i", "invoice.paid", at, False, InvoiceSaid("in_1", "sub_1", None, at, True, 100, "eur", None))


def after(*events: Event, known: Known | None = None) -> Known:
    known = known or Known()
    for one in events:
        assert isinstance(one.said, SubscriptionSaid)
        known = heard(known, one, one.said)
    return known


def newest(known: Known) -> str | None:
    return known.state.customer if known.state else None


class TestHeard:
    def test_the_newest_second_counts(self) -> None:
        """Whichever comes last over the wire; and it is of that second alone."""
        early, late = event("evt_1", "a", 10), event("evt_2", "b", 20)
        assert after(early, late) == after(late, early) == after(late)
        known = after(early, late)
        assert (newest(known), known.since, known.until, known.fetched) == ("b", 20, 20, False)
        assert [one.id for one in known.tied] == ["evt_2"]

    @given(order=st.permutations(range(4)), again=st.integers(0, 3))
    def test_dominoes_of_one_second_fall_one_way(self, order: list[int], again: int) -> None:
        """Each says which state it was made to; in any order, and told twice."""
        chain = [event(f"evt_{n}", f"s{n}", 10, before=f"s{n - 1}") for n in range(1, 5)]
        events = [chain[place] for place in order]
        assert newest(after(*events, events[again])) == "s4"
        assert after(*events) == after(*events, *reversed(events))

    @pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
    def test_created_is_first_and_deleted_last(self, order: tuple[int, ...]) -> None:
        """Of one second, whatever they say of what was before."""
        events = [
            event("evt_c", "new", 10, rank=CREATED),
            event("evt_b", "changed", 10, before="elsewhere"),
            event("evt_a", "gone", 10, rank=DELETED, before="changed"),
        ]
        assert newest(after(*(events[place] for place in order))) == "gone"
        assert newest(after(events[0], events[1])) == newest(after(events[1], events[0])) == "changed"

    def test_what_even_that_leaves_open_is_decided_alike_everywhere(self) -> None:
        """By the ids, among the latest of their kind."""
        two = [event("evt_a", "one", 10), event("evt_b", "two", 10), event("evt_z", "new", 10, rank=CREATED)]
        assert newest(after(*two)) == newest(after(*reversed(two))) == "two"
        deleted = [event("evt_a", "gone", 10, rank=DELETED), event("evt_b", "gone too", 10, rank=DELETED)]
        assert newest(after(*deleted)) == newest(after(*reversed(deleted))) == "gone too"

    def test_there_and_back_is_back(self) -> None:
        """The state that was left once more than it was made to."""
        words = after(
            event("evt_1", "b", 10, before="a"),
            event("evt_2", "a", 10, before="b"),
            event("evt_3", "c", 10, before="a"),
        )
        assert newest(words) == "c"
        assert last(words.tied).customer == "c"

    def test_a_second_event_of_a_fetched_second_is_decided_by_the_events(self) -> None:
        known = Known(state=state("x"), since=10, until=10, fetched=True)
        found = after(event("evt_1", "a", 10), known=known)
        assert (newest(found), found.fetched, found.until) == ("a", False, 10)

    def test_what_is_older_than_the_answer_changes_nothing(self) -> None:
        known = Known(state=state("x"), since=10, until=12, fetched=True)
        assert after(event("evt_1", "a", 11), known=known) == known


class TestDoubt:
    FETCHED = Known(state=state("x"), since=10, until=12, fetched=True)
    HEARD = Known(state=state("x"), since=10, until=10)

    @pytest.mark.parametrize(("at", "doubt"), [(9, False), (10, True), (12, True), (13, False)])
    def test_an_event_within_the_moment_of_what_is_known(self, at: int, *, doubt: bool) -> None:
        """It may be older or newer, unless it says the same."""
        assert doubtful(self.FETCHED, event("evt_1", "y", at)) is doubt
        assert not doubtful(self.FETCHED, event("evt_1", "x", at))

    @pytest.mark.parametrize(("at", "doubt"), [(9, False), (10, True), (12, True), (13, False)])
    def test_an_invoice_within_the_moment_of_an_answer(self, at: int, *, doubt: bool) -> None:
        """The answer may have been given before it was paid; an event's own second is no such span."""
        assert doubtful(self.FETCHED, invoice(at)) is doubt
        assert not doubtful(self.HEARD, invoice(at))

    def test_nothing_known(self) -> None:
        """An event then says how it is; an invoice does not."""
        assert not doubtful(Known(), event("evt_1", "y", 0))
        assert doubtful(Known(), invoice(0))

    @pytest.mark.parametrize(("since", "until", "span"), [(8, 9, (10, 10)), (9, 12, (10, 12)), (11, 12, (11, 12))])
    def test_an_answer_is_not_older_than_what_it_was_asked_for(
        self, since: int, until: int, span: tuple[int, int]
    ) -> None:
        """Stripe's clock and its events' may disagree."""
        found = answered(self.HEARD, event("evt_1", "y", 10), Answer(state("z"), since, until))
        assert (newest(found), found.since, found.until, found.fetched, found.tied) == ("z", *span, True, ())


@pytest.mark.parametrize(
    ("status", "paid", "amount", "becomes"),
    [
        *((status, True, 100, "active") for status in ("active", "past_due", "unpaid", "trialing")),
        ("trialing", True, 0, "trialing"),
        ("past_due", True, 0, "active"),
        *((status, True, 100, status) for status in ("canceled", "paused")),
        *((status, False, 100, "past_due") for status in ("active", "past_due", "trialing")),
        *((status, False, 100, status) for status in ("unpaid", "canceled", "paused")),
    ],
)
def test_what_an_invoice_makes_of_a_status(status: str, *, paid: bool, amount: int, becomes: str) -> None:
    assert status_after(status, paid=paid, amount=amount) == becomes


@pytest.mark.parametrize(("outcome", "status", "amount"), [("paid", "paid", 1900), ("payment_failed", "open", 4900)])
def test_what_was_paid_counts_and_else_what_is_due(outcome: str, status: str, amount: int) -> None:
    """They differ where a part was paid otherwise."""
    thing = {"id": "in_1", "subscription": "sub_1", "status": status, "amount_due": 4900, "amount_paid": 1900}
    found = read({"id": "evt_1", "type": f"invoice.{outcome}", "created": 1, "data": {"object": thing}})
    assert isinstance(found.said, InvoiceSaid)
    assert found.said.amount == amount


HUGE = 9_007_199_254_740_993


@pytest.mark.parametrize("field", ["created", "amount_paid"])
@pytest.mark.parametrize("number", [HUGE, -HUGE, 1e308, "x"])
def test_a_number_beyond_all_reason_is_none(field: str, number: object) -> None:
    """No date, and no column, would hold it: found by fuzzing."""
    invoice = {"id": "in_1", "status": "paid", "subscription": "sub_1", field: number}
    with pytest.raises(Unreadable, match="no usable"):
        read({"id": "evt_1", "type": "invoice.paid", "created": 1, "data": {"object": invoice}})


@pytest.mark.parametrize("field", ["current_period_start", "current_period_end"])
def test_a_period_beyond_all_reason_is_none(field: str) -> None:
    changed = {"id": "sub_1", "status": "active", field: HUGE}
    with pytest.raises(Unreadable, match="no usable"):
        read({"id": "evt_1", "type": "customer.subscription.updated", "created": 1, "data": {"object": changed}})


@pytest.mark.parametrize("created", [HUGE, -1, "1", None])
def test_an_event_is_of_some_time(created: object) -> None:
    body = json.dumps({"id": "evt_1", "object": "event", "type": "x", "created": created, "data": {"object": {}}})
    stamp = str(int(time.time()))
    signature = hmac.new(b"whsec_1", f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    with pytest.raises(Unreadable):
        verified(body.encode(), f"t={stamp},v1={signature}", "whsec_1")
