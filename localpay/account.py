"""An account at Stripe: its objects, the door to them, who is told, and what happens to it."""

import time
from collections.abc import Callable, Sequence

from localpay.api.door import Asked, Door
from localpay.api.faults import FaultKind, Faults
from localpay.clock import Clock
from localpay.control.happenings import Happenings
from localpay.ledger.core import Ledger
from localpay.seed import World, seed
from localpay.webhooks.courier import RETRY_DELAYS, Courier, Delivery, Endpoint

KEY = "sk_test_local"


class Account(Happenings):
    """In memory, for the time this object lives."""

    def __init__(
        self,
        world: World | None = None,
        *,
        api_key: str = KEY,
        clock: Callable[[], float] = time.time,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        fault_seed: int = 0,
    ) -> None:
        """`clock` gives seconds since 1970; `retry_delays` are those of webhooks, in seconds.

        Raises `ValueError` for a world that cannot be.
        """
        super().__init__(Ledger(Clock(clock)))
        seed(self.ledger, world or World())
        self.api_key = api_key
        self.faults = Faults(fault_seed)
        self.door = Door(self.ledger, self.faults, api_key)
        self.webhooks = Courier(retry_delays)
        self.ledger.told, self.ledger.endpoints = self.webhooks.take, self.webhooks.count
        self.base_url = ""

    @property
    def asked(self) -> list[Asked]:
        """Every request to the API, the oldest first, with how it was answered."""
        return list(self.door.asked)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every attempt to deliver an event, the oldest first."""
        return list(self.webhooks.deliveries)

    def add_endpoint(self, url: str, *, secret: str | None = None, events: Sequence[str] = ("*",)) -> Endpoint:
        """Send events there from now on; the endpoint's `secret` signs them."""
        given = {} if secret is None else {"secret": secret}
        endpoint = Endpoint(url, events=tuple(events), **given)
        self.webhooks.endpoints.append(endpoint)
        return endpoint

    def fault(self, method: str, kind: FaultKind, times: int = 1, *, seconds: float = 1.0) -> None:
        """The next `times` calls of a method ("refunds.create", `*` for any) go wrong. Raises `ValueError`."""
        self.faults.order(method, kind, times, seconds=seconds)
