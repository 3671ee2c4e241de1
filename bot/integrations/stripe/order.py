"""In which order Stripe's events happened, whatever the order they come in.

The mirror is decided by the newest state of an object. Events are dated to the second, and several may share one:
among those, `created` comes first, `deleted` last, and the others say by `previous_attributes` which state each was
made to, like dominoes. Where even that leaves a choice, Stripe is asked, if it can be.
Each function here is a maximum over what has been heard, so that repeating or reordering events changes nothing.
"""

from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from bot.integrations.stripe.api import Answer
from bot.integrations.stripe.events import Event, SubscriptionSaid
from bot.integrations.stripe.snapshots import Snapshot


class Tied(BaseModel):
    """One of the events of the newest second."""

    model_config = ConfigDict(frozen=True)

    id: str
    rank: int
    after: Snapshot
    before: Snapshot | None


class Known(BaseModel):
    """The newest state heard of, and of which moment it is: between `since` and `until`, both included."""

    model_config = ConfigDict(frozen=True)

    state: Snapshot | None = None
    since: int = 0
    until: int = 0
    fetched: bool = False
    tied: tuple[Tied, ...] = ()


def heard(known: Known, event: Event, said: SubscriptionSaid) -> Known:
    """What is known after an event."""
    own = Tied(id=event.id, rank=said.rank, after=said.after, before=said.before)
    if event.created < known.until:
        return known
    if event.created > known.until:
        return Known(state=said.after, since=event.created, until=event.created, tied=(own,))
    tied = tuple(sorted({one.id: one for one in (*known.tied, own)}.values(), key=lambda one: one.id))
    return known.model_copy(update={"tied": tied, "state": last(tied), "fetched": False})


def last(tied: Sequence[Tied]) -> Snapshot:
    """The state after all events of one second."""
    highest = max(one.rank for one in tied)
    if highest == 2:  # deleted
        return max((one for one in tied if one.rank == highest), key=lambda one: one.id).after
    ends = Counter(one.after for one in tied)
    ends.subtract(Counter(one.before for one in tied if one.before is not None))
    left = [state for state, count in ends.items() if count > 0]
    if len(left) == 1:
        return left[0]
    return max((one for one in tied if one.rank == highest), key=lambda one: one.id).after


def doubtful(known: Known, event: Event) -> bool:
    """Whether an event may be older or newer than what is known: Stripe should say how it is."""
    if not isinstance(event.said, SubscriptionSaid):
        return known.state is None or (known.fetched and known.since <= event.created <= known.until)
    if known.state is None or event.said.after == known.state:
        return False
    return known.since <= event.created <= known.until


def answered(known: Known, event: Event, answer: Answer) -> Known:
    """What is known after asking: an answer given because of an event is not older than it."""
    return Known(
        state=answer.snapshot,
        since=max(answer.since, event.created),
        until=max(answer.until, event.created),
        fetched=True,
    )


def status_after(status: str, *, paid: bool, amount: int) -> str:
    """A subscription's status after its newest invoice was paid, or failed."""
    if paid:
        trial = status == "trialing" and amount == 0  # a trial's invoice asks for nothing
        return "active" if status in ("active", "past_due", "unpaid", "trialing") and not trial else status
    return "past_due" if status in ("active", "past_due", "trialing") else status
