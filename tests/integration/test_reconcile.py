"""`/pm reconcile` and `/pm force sync`: what Stripe has and the platform has not, shown and then copied."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from bot.demo.world import World, slack_id
from tests.conftest import cards, until, whispers
from tests.integration.stripe_events import KEY, Account, FakeStripe
from tests.integration.test_stripe_webhook import ACME, ACME_CUSTOMER, FINANCE, Stripe, status, stripe_and

PAID = """
    SELECT count(*) FROM payments y JOIN subscriptions s ON s.id = y.subscription_id
    WHERE stripe_subscription_id = %s AND y.status = 'succeeded' AND y.amount = 49
"""


@dataclass
class Both:
    """The bot, and a Stripe that it can ask."""

    bot: Stripe
    fake: FakeStripe
    acme: Account

    async def typed(self, text: str, says: str, who: str = "finance") -> str:
        around = self.bot.around
        await around.slack.command(slack_id(who), FINANCE, text)
        return await until(lambda: next((one for one in whispers(around, who, FINANCE) if says in one), None))

    async def copied(self) -> None:
        """Somebody asks for it and confirms."""
        around = self.bot.around
        await around.slack.command(
            slack_id("finance"), FINANCE, "/pm force sync Acme Corp because the customer shows a paid invoice"
        )
        asked = await until(
            lambda: next((one for one in cards(around, FINANCE) if "Copy the billing" in one["text"]), None)
        )
        await around.slack.click(slack_id("finance"), asked["ts"], FINANCE, "approve")


@pytest.fixture
async def both(surroundings: World, sql) -> AsyncIterator[Both]:
    """Acme Corp has paid and then paused, of which no event came."""
    acme = Account(customer=ACME_CUSTOMER, id=ACME)
    acme.start()
    acme.renew()
    acme.pause_collection()
    acme.events.clear()
    fake = FakeStripe({ACME: acme})
    async with (
        fake.serve() as url,
        stripe_and(surroundings, stripe_api_key=KEY, stripe_api_url=url) as bot,
    ):
        yield Both(bot, fake, acme)


async def test_what_differs_is_a_line_each(both: Both, sql) -> None:
    said = await both.typed("/pm reconcile Acme Corp", "differences from Stripe: Acme Corp")
    assert "Status · sub" in said
    assert "here active · in Stripe paused" in said
    invoice = list(both.acme.at_stripe)[-1]
    assert f"Invoice · {invoice}" in said.replace("\u2060", "")
    assert "here not there · in Stripe paid, 49.00 EUR" in said
    assert sql("SELECT count(*) FROM pmbot.audit_log WHERE action = 'stripe.reconcile' AND kind = 'looked'") == [(1,)]


async def test_force_sync_copies_it_and_nothing_differs_afterwards(both: Both, sql) -> None:
    """J6: the payment that the customer shows and the platform did not have is there; the tenant is paused."""
    before = sql(PAID, ACME)[0][0]
    await both.copied()
    await until(lambda: status(sql) == ("paused", "paused"))
    assert sql(PAID, ACME) == [(before + 2,)]
    await until(lambda: any("copied from Stripe" in one["text"] for one in cards(both.bot.around, FINANCE)))
    await both.typed("/pm reconcile Acme Corp", "The same as in Stripe: Acme Corp")


async def test_an_old_event_that_comes_afterwards_moves_nothing_back(both: Both, sql) -> None:
    both.acme.change(status="active", pause_collection=None)
    both.acme.pause_collection()
    await both.copied()
    await until(lambda: status(sql) == ("paused", "paused"))
    await both.bot.send(both.acme.events[0])
    await until(lambda: sql("SELECT count(*) FROM pmbot.inbox WHERE kind = 'stripe' AND handled IS NULL") == [(0,)])
    assert status(sql) == ("paused", "paused")


async def test_while_stripe_is_away_it_says_so_and_the_copy_comes_later(both: Both, sql) -> None:
    both.fake.away = True
    await both.typed("/pm reconcile Acme Corp", "Not compared with Stripe: Acme Corp")
    await both.copied()
    await until(lambda: sql("SELECT state FROM pmbot.effects") == [("planned",)])
    assert status(sql)[0] == "active"
    both.fake.away = False
    await until(lambda: status(sql) == ("paused", "paused"), 60)


async def test_support_may_not_compare(both: Both) -> None:
    await both.typed("/pm reconcile Acme Corp", "You can't use", "support")


async def test_a_payment_of_before_there_was_a_mirror_is_not_copied_a_second_time(both: Both, sql) -> None:
    """The platform has it by another id; Stripe's own id of the payment says that it is the same."""
    [subscription] = sql("SELECT id FROM subscriptions WHERE stripe_subscription_id = %s", ACME)
    for number, invoice in enumerate(both.acme.at_stripe.values()):
        intent = f"pi_before{number}"
        invoice["payments"] = {"data": [{"payment": {"type": "payment_intent", "payment_intent": intent}}]}
        sql(
            "INSERT INTO payments (id, subscription_id, amount, currency, status, processed, stripe_payment_intent_id)"
            " VALUES (gen_random_uuid(), %s, 49, 'eur', 'succeeded', now(), %s)",
            subscription[0],
            intent,
        )
    before = sql(PAID, ACME)
    said = await both.typed("/pm reconcile Acme Corp", "from Stripe: Acme Corp")
    assert "Invoice" not in said
    await both.copied()
    await until(lambda: status(sql) == ("paused", "paused"))
    assert sql(PAID, ACME) == before
