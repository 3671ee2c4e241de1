"""The ledger: its book, its clock, and the events that each change makes."""

import copy
from collections import defaultdict, deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from localpay.clock import Clock
from localpay.errors import Json
from localpay.ledger.book import Book, new_id
from localpay.schema.library import API_VERSION
from localpay.schema.objects import whole

NOBODY: Json = {"id": None, "idempotency_key": None}
REQUEST: ContextVar[Json] = ContextVar("request", default=NOBODY)
"""Which request makes the changes: its id and idempotency key; neither where a customer, a bank or time does."""
SILENT = (".created", ".deleted", ".succeeded", ".failed", ".paid", ".finalized")
"""Events that say nothing of how it was before."""


class Ledger:
    """One account: what other files of this package do is done to it."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.book = Book()
        self.told: Callable[[Json], None] = lambda _event: None
        """Called with each event once the change is done."""
        self.endpoints: Callable[[str], int] = lambda _kind: 0
        """How many endpoints wait for an event of this type."""
        self.declines: dict[str, str] = {}
        """Customer → why their bank declines them, while it does."""
        self.waiting_lines: defaultdict[str, list[Json]] = defaultdict(list)
        """Subscription → prorations that its next invoice will have."""
        self.resuming: dict[str, Json] = {}
        """Invoice → of which paused subscription it decides, and when it is too late."""
        self.reserved: defaultdict[str, deque[Json]] = defaultdict(deque)
        """Subscription → the ids that its next invoices and their payment intents have, where somebody chose them."""
        self.unseen = False
        """While it is so nothing is told: it was there before anybody looked."""
        self.refunds_wait = False
        """Whether a refund stays pending until somebody says what became of it, or succeeds at once."""

    def add(self, kind: str, *events: str, quiet: bool = False, **fields: Any) -> Json:
        """Make an object; its `created` event unless another is named. `quiet`: Stripe tells of none."""
        given = {"id": new_id(kind), "created": self.clock.now(), **fields}
        thing = self.book.keep(whole(kind, **given))
        for event in () if quiet else events or (f"{kind}.created",):
            self.record(event, thing)
        return thing

    def change(self, thing: Json, *events: str, **fields: Any) -> Json:
        """Set fields and tell of it; what was the same already is no change. Gives the object."""
        before = self.book.set(thing, fields)
        if before:
            for event in events:
                self.record(event, thing, before)
        return thing

    def record(self, kind: str, thing: Json, before: Json | None = None) -> None:
        """Tell that something happened to an object, as it is now."""
        if self.unseen:
            return
        data: Json = {"object": copy.deepcopy(thing)}
        if before and not kind.endswith(SILENT):
            data["previous_attributes"] = copy.deepcopy(before)
        event = whole(
            "event",
            id=new_id("event"),
            api_version=API_VERSION,
            created=self.clock.now(),
            data=data,
            livemode=False,
            pending_webhooks=self.endpoints(kind),
            request=dict(REQUEST.get()),
            type=kind,
        )
        self.book.keep(event)
        self.told(event)


def merged(metadata: Json | None, given: Any) -> Json:
    """Metadata after an update: an empty value unsets its key, an empty text all of them."""
    if given == "":
        return {}
    return {key: value for key, value in {**(metadata or {}), **(given or {})}.items() if value != ""}


def listed(things: list[Json], url: str) -> Json:
    """Objects inside another one: all of them."""
    return {"object": "list", "data": things, "has_more": False, "url": url}
