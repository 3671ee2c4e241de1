"""Stripe's events that never came: Stripe is asked what there was, and the missing ones are stored like any other.

After downtime, or when the endpoint was switched off for longer than Stripe repeats an event (three days), nothing else
would bring them. Any number of processes may ask; who asks next stands in the database.
"""

import datetime as dt
from typing import NamedTuple

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from bot.billing.money import FINANCE
from bot.drawing.render import Renderer
from bot.errors import Malformed, Unavailable
from bot.handlers.intake import Intake
from bot.integrations.stripe.api import StripeApi
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import Kind, StripeListing

EVERY = dt.timedelta(minutes=10)
ON_ITS_WAY = 120  # seconds in which a webhook may still come by itself
WINDOW = 6 * 3600  # seconds of events that are asked for at once: what is done is done, also when the rest fails
AT_FIRST = 3 * 86_400  # seconds: as long as Stripe itself repeats what was not taken
LONGEST = 30 * 86_400  # and as long as it lists events: https://docs.stripe.com/api/events/list

log = structlog.get_logger()


class Caught(NamedTuple):
    """How many events Stripe listed, and how many of them had not come."""

    listed: int
    missing: int


class CatchUp:
    """Asks Stripe for its events."""

    def __init__(self, database: Database, renderer: Renderer, api: StripeApi, intake: Intake) -> None:
        self._database, self._renderer, self._api, self._intake = database, renderer, api, intake

    async def sweep(self) -> None:
        """Ask for what is new, once in a while: the first time shortly after a start."""
        since = await self._turn()
        if since is None:
            return
        try:
            await self.since(since)
        except Unavailable as error:
            log.warning("Stripe could not be asked for its events", error=str(error))

    async def since(self, since: int) -> Caught:
        """Store what Stripe lists from a moment on (seconds since 1970) and never came. Raises `Unavailable`.

        Finance hears of what was missing: whatever rests on the mirror was late.
        """
        now = await self._now()
        begins, last = max(since, now - LONGEST), now - ON_ITS_WAY
        listed = missing = 0
        while begins < last:
            ends = min(begins + WINDOW, last)
            found = await self._between(begins, ends)
            listed, missing = listed + found.listed, missing + found.missing
            await self._done(begins, ends, found.missing)
            begins = ends
        return Caught(listed, missing)

    async def _between(self, begins: int, ends: int) -> Caught:
        listed = missing = 0
        async for event in self._api.events(begins, ends):
            listed += 1
            try:
                missing += await self._intake.store(Kind.STRIPE, event["id"], event)
            except Malformed:
                log.warning("an event of Stripe's cannot be stored", event=event["id"])
        return Caught(listed, missing)

    async def _turn(self) -> int | None:
        """From when on to ask, if it is time; whoever gets that is the one who asks."""
        first = func.extract("epoch", func.now()) - AT_FIRST
        due = StripeListing.asked < func.now() - EVERY
        async with self._database.transaction() as session:
            await session.execute(
                insert(StripeListing).values(id=True, until=first, asked=func.to_timestamp(0)).on_conflict_do_nothing()
            )
            return await session.scalar(
                update(StripeListing).where(due).values(asked=func.now()).returning(StripeListing.until)
            )

    async def _done(self, begins: int, ends: int, missing: int) -> None:
        """Up to here everything has come; only from where the last ones ended: a gap stays to be asked for."""
        async with self._database.transaction() as session:
            reached = StripeListing.until.between(begins, ends)
            await session.execute(update(StripeListing).where(reached).values(until=ends))
            if missing:
                content = self._renderer.message("stripe/missing.j2", missing=missing, begins=begins, ends=ends)
                await outbox.post(session, f"stripe-missing:{begins}:{ends}", content, channel=FINANCE)

    async def _now(self) -> int:
        async with self._database.snapshot() as session:
            return int(await session.scalar(select(func.extract("epoch", func.clock_timestamp()))) or 0)
