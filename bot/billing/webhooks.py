"""Stripe's events: checked and stored at the door, then mirrored by a worker, once and never backwards."""

from typing import NamedTuple

import structlog
from sqlalchemy import func
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.billing import mirror, money, problems
from bot.billing.mirror import Asked, Doubt
from bot.delivery.deliver import Projection
from bot.drawing.render import Renderer
from bot.errors import Unavailable
from bot.handlers.intake import Intake
from bot.integrations.stripe import events
from bot.integrations.stripe.api import StripeApi
from bot.integrations.stripe.events import Unreadable
from bot.platform import billing
from bot.platform.billing import TooEarly, Unmatched
from bot.store.database import Database
from bot.store.models import JSON, Inbox, Kind, StripeMirror
from bot.store.queue import Task, defer

ASKS = 5  # answers of Stripe's that may be overtaken by other events before the event's own word is taken
MOST_WAITING = 50  # events remembered of a subscription that cannot be mirrored
OVERDUE = Task("stripe_overdue")
PATIENCE = 600  # seconds that an invoice may be ahead of its subscription

log = structlog.get_logger()


class StripeDoor:
    """Where Stripe's events come in."""

    def __init__(self, intake: Intake, secret: str) -> None:
        self._intake, self._secret = intake, secret

    async def accept(self, body: bytes, signature: str | None) -> None:
        """Store the event with its job. Raises `NotStripes`, `Unreadable`, or `Unavailable` with nothing stored."""
        event = events.verified(body, signature, self._secret)
        await self._intake.store(Kind.STRIPE, event["id"], event)


class Stored(NamedTuple):
    """What is known of an event without reading it."""

    id: str
    type: str


class Webhooks:
    """Stored events become the mirror. Without `api` the order of one second's events is what they say themselves."""

    def __init__(self, database: Database, renderer: Renderer, api: StripeApi | None) -> None:
        self._database, self._renderer, self._api = database, renderer, api

    async def handle(self, inbox_id: int) -> None:
        """Mirror one event; a second call finds it handled. Raises `Unavailable` when Stripe is needed and away."""
        try:
            await self._settle(inbox_id, ask=self._api is not None)
        except DBAPIError:
            raise
        except Exception as error:
            await self._retrying(inbox_id, error)
            raise

    async def again(self, inbox_id: int) -> None:
        """As `handle`, of one that counts as handled: it failed, and somebody wants it tried once more."""
        async with self._database.transaction() as session:
            row = await session.get_one(Inbox, inbox_id, with_for_update=True)
            row.handled = row.reference = None
        await self.handle(inbox_id)

    async def give_up(self, inbox_id: int, error: BaseException, reference: str) -> None:
        """Stripe does not answer: take the events' own word for it. Anything else is recorded as failed, and told."""
        if isinstance(error, Unavailable):
            try:
                await self._settle(inbox_id, ask=False)
            except DBAPIError:
                raise
            except Exception as second:  # noqa: BLE001 - it is recorded below, with its reference
                log.error("gave up on an event", inbox_id=inbox_id, reference=reference, error=type(second).__name__)  # noqa: TRY400
            else:
                return
        async with self._database.transaction() as session:
            row = await session.get_one(Inbox, inbox_id, with_for_update=True)
            if row.handled is not None:
                return
            row.handled, row.reference = func.now(), reference
            stored = _stored(row)
            text = (
                f"{stored.type} could not be handled, so the platform's copy of the Stripe data may be out of date. "
                f"Compare it with Stripe. Reference {reference}."
            )
            await self._failed(session, stored, text, about=stored.type)

    async def overdue(self, subscription_id: str) -> None:
        """An invoice came ahead of its subscription some time ago: if that still has not come, it is a failure."""
        async with self._database.transaction() as session:
            mirror = await session.get(StripeMirror, subscription_id, with_for_update=True)
            for event_id in mirror.waiting if mirror else []:
                text = f"The platform has no subscription {subscription_id}, and no event about its creation has come."
                await self._failed(session, Stored(event_id, "invoice"), text, about=subscription_id)

    async def _settle(self, inbox_id: int, *, ask: bool) -> None:
        """Apply the event; where Stripe has to be asked, that happens between two transactions, with nothing locked."""
        asked: Asked | None = None
        for left in reversed(range(ASKS + 1)):
            try:
                async with self._database.transaction() as session:
                    row = await session.get_one(Inbox, inbox_id, with_for_update=True)
                    if row.handled is None:
                        await self._apply(session, row, asked, ask=ask and left > 0)
                        row.handled = func.now()
            except Doubt as doubt:
                if self._api is None:
                    raise
                asked = Asked(doubt.version, await self._api.subscription(doubt.subscription_id))
            else:
                return

    async def _apply(self, session: AsyncSession, row: Inbox, asked: Asked | None, *, ask: bool) -> None:
        stored = _stored(row)
        try:
            event = events.read(row.payload)
            if event.said is not None:
                async with session.begin_nested():
                    mirrored = await mirror.hear(session, event, asked, ask=ask)
            elif event.moved is not None:
                async with session.begin_nested():
                    await money.hear(session, event)
        except Unreadable as error:
            await self._failed(session, stored, str(error), about=stored.id)
            return
        if event.said is None:
            await self._copied(session, stored)
            return
        await self._project(session, stored, mirrored, event.created)

    async def _project(self, session: AsyncSession, stored: Stored, mirrored: StripeMirror, at: int) -> None:
        """Bring the platform's tables to what is known now, and say what became of the event."""
        try:
            async with session.begin_nested():
                note = await mirror.project(session, mirrored, at)
        except Unmatched as error:
            mirrored.waiting = [*mirrored.waiting, stored.id][-MOST_WAITING:]
            if isinstance(error, TooEarly):
                await billing.record_event(session, stored.id, stored.type, "retrying", str(error))
                await defer(session, OVERDUE, delay=PATIENCE, subscription_id=mirrored.subscription_id)
            else:
                await self._failed(session, stored, str(error), about=mirrored.subscription_id)
            return
        await billing.settle_events(session, mirrored.waiting)
        mirrored.waiting = []
        if note is None:
            await self._copied(session, stored, about=mirrored.subscription_id)
        else:
            await self._failed(session, stored, note, about=mirrored.subscription_id)

    async def _failed(self, session: AsyncSession, stored: Stored, text: str, *, about: str) -> None:
        """Record a failure, and tell finance once for each thing that it is about."""
        await billing.record_event(session, stored.id, stored.type, "failed", text)
        await problems.note(session, about, stored.id, stored.type, text)

    async def _copied(self, session: AsyncSession, stored: Stored, *, about: str | None = None) -> None:
        await billing.record_event(session, stored.id, stored.type, "success")
        await problems.settle(session, [stored.id], about=about)

    async def _retrying(self, inbox_id: int, error: Exception) -> None:
        text = str(error) if isinstance(error, Unavailable) else f"Will be tried again ({type(error).__name__})."
        async with self._database.transaction() as session:
            row = await session.get_one(Inbox, inbox_id)
            await billing.record_event(session, *_stored(row), "retrying", text)

    def projections(self) -> dict[str, Projection]:
        """What delivery draws of Stripe's."""
        return {
            "subscription": self.subscription,
            "dispute": self.dispute,
            "dispute_due": self.dispute_due,
            "stripe_problem": self.problem,
        }

    async def subscription(self, session: AsyncSession, subject: str) -> JSON:
        """The projection of one subscription's message in the finance channel."""
        subscription_id, _, episode = subject.partition("/")
        return self._renderer.message(
            "stripe/subscription.j2", **await mirror.told(session, subscription_id, int(episode))
        )

    async def dispute(self, session: AsyncSession, subject: str) -> JSON:
        """The projection of one dispute's message in the finance channel."""
        return self._renderer.message("stripe/dispute.j2", **await money.told(session, subject))

    async def dispute_due(self, session: AsyncSession, subject: str) -> JSON:
        """The projection of a reminder that evidence is due."""
        return self._renderer.message("stripe/dispute_due.j2", **await money.told(session, subject))

    async def problem(self, session: AsyncSession, subject: str) -> JSON:
        """The projection of what could not be copied."""
        return self._renderer.message("stripe/problem.j2", **await problems.told(session, subject))

    async def count_down(self, dispute_id: str, due: int) -> None:
        """A day less is left to answer a dispute."""
        async with self._database.transaction() as session:
            await money.count_down(session, dispute_id, due)


def _stored(row: Inbox) -> Stored:
    return Stored(str(row.payload["id"]), str(row.payload["type"]))
