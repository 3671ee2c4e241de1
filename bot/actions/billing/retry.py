"""`stripe retry evt_…`: an event of Stripe's that could not be copied is worked on once more."""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group, Outcome
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.permissions import Permission
from bot.personal import Moment
from bot.platform import billing_reads
from bot.platform.billing_reads import EventRecord
from bot.policy import Risk
from bot.store.models import Inbox
from bot.store.queue import Task, defer
from bot.targets.stripe_event import StripeEvent

AGAIN = Task("stripe_again")


@register
class RetryEvent(Action):
    """Work again on an event from Stripe that could not be copied to the platform.

    It only copies what Stripe has said already: the worst that can happen is that it fails once more, and is told.
    """

    name, verb, says = "stripe.retry", "stripe retry", "try again"
    also = ("stripe try again",)
    phrased = "try a Stripe event again"
    offered_as = "try a Stripe event again"
    permission, risk = Permission.BILLING_SYNC, Risk.LOW
    team = "finance"
    group = Group("Stripe", 6)
    event: StripeEvent

    async def _failed(self, session: AsyncSession) -> tuple[EventRecord, Inbox]:
        """As it is, with what Stripe sent. Raises `NothingToDo`."""
        found = await billing_reads.event(session, self.event.id)
        if found is None or found.status != "failed":
            now = "gone" if found is None else {"success": "copied", "retrying": "being worked on"}[found.status]
            raise NothingToDo(f"The event {self.event.id} is {now}. Nothing was done.")
        sent = await session.scalar(select(Inbox).where(Inbox.key == f"stripe:{self.event.id}"))
        if sent is not None and sent.handled is None:
            raise NothingToDo(f"The event {self.event.id} is being worked on. Nothing was done.")
        if sent is None:
            raise NothingToDo(
                f"The bot no longer keeps what {self.event.id} said. Nothing was done: “pm stripe catch-up --days 30”"
                " on the bot's machine fetches events of the last 30 days anew."
            )
        return found, sent

    async def preview(self, session: AsyncSession) -> Impact:
        found, _ = await self._failed(session)
        return Impact(
            facts=(
                fact("Event", f"{found.type} · {self.event.id}", bound=True),
                fact(
                    "Failed",
                    Moment.of(found.at) if found.at else "at a time not on record",
                    f": {found.error or 'no reason given'}",
                ),
                fact("After", "it is worked on again; #finance hears if it fails once more"),
            ),
            context={"event": {"id": self.event.id, "type": found.type}},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        _, sent = await self._failed(session)
        await defer(session, AGAIN, inbox_id=sent.id)
        return Outcome({"event": self.event.id}, {"status": "failed"}, {"status": "retrying"})
