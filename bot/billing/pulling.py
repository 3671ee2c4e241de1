"""Pulling a customer's billing from Stripe as it is now: the integration behind `force sync`.

It only reads at Stripe, so that a second time does no harm: what became of a call is found out by making it again.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from bot.actions.billing.reconcile import INVOICES
from bot.actions.billing.sync import STRIPE
from bot.billing import mirror, problems
from bot.errors import Unavailable
from bot.integrations.base import EffectNotYet, EffectRefused
from bot.integrations.stripe.api import Answer, StripeApi
from bot.integrations.stripe.events import InvoiceNow
from bot.platform.billing import Unmatched
from bot.store.database import Database
from bot.words import counted

NAME = STRIPE


class Pulling:
    """An integration: asks Stripe, and writes what it says to the mirror and the platform."""

    tells: ClassVar[bool] = True

    def __init__(self, database: Database, api: StripeApi) -> None:
        self._database, self._api = database, api

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Copy all subscriptions of a customer with their newest invoices. Raises `EffectNotYet`, `EffectRefused`."""
        customer = str(request["customer"])
        try:
            answers = await self._api.answers_of(customer)
            invoices = await self._api.invoices_of(customer, INVOICES)
        except Unavailable as error:
            raise EffectNotYet("Stripe does not answer") from error
        notes = [await self._copied(one, answer, invoices) for one, answer in answers.items()]
        if refused := [one for one in notes if one]:
            raise EffectRefused(" ".join(refused))
        said = f"{counted(len(answers), 'subscription')} and {counted(len(invoices), 'invoice')} copied from Stripe"
        return {"said": said}

    async def look_up(self, key: str, request: dict[str, Any], sent: dt.datetime) -> dict[str, Any] | None:
        """Made again: it changes nothing that is right already."""
        return await self.send(key, request)

    async def close(self) -> None:
        """The API is closed by whoever made it."""

    async def _copied(self, subscription_id: str, answer: Answer, invoices: Sequence[InvoiceNow]) -> str | None:
        """One subscription, in a transaction of its own; what could not be copied of it."""
        mine = [one for one in invoices if one.said.subscription_id == subscription_id]
        async with self._database.transaction() as session:
            try:
                async with session.begin_nested():
                    note = await mirror.pulled(session, subscription_id, answer, mine)
            except Unmatched as error:
                return str(error)
            if note is None:
                await problems.settle(session, (), about=subscription_id)
        return note
