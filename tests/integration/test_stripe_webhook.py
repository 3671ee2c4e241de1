"""`POST /stripe/webhook`, through the whole bot: who is let in, what becomes of it, who hears, who sees amounts."""

import secrets
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.billing import door
from bot.billing.webhooks import StripeDoor
from bot.demo.world import World, slack_id
from bot.handlers.intake import Intake
from bot.runtime import web
from bot.runtime.web import REFUSED
from bot.store.database import Database
from localslack import hosting
from tests.conftest import cards, running_bot, until, whispers
from tests.integration.stripe_events import KEY, SECRET, Account, FakeStripe, signed

FINANCE = "C0FINANCE"
ACME, ACME_CUSTOMER = "sub_demo0000", "cus_demo0000"
ODD = '{"id": "evt_1", "object": "event", "type": "x", "created": 1795000000, "data": {"object": {"amount": %s}}}'


@dataclass
class Stripe:
    """Stripe's side of the bot under test."""

    url: str
    http: httpx.AsyncClient
    around: World

    async def post(self, body: bytes, headers: dict[str, str]) -> int:
        return (await self.http.post(f"{self.url}/stripe/webhook", content=body, headers=headers)).status_code

    async def send(self, *events: dict[str, Any]) -> None:
        for event in events:
            assert await self.post(*signed(event)) == 200

    def told(self) -> list[str]:
        return [one["text"].replace("\u2060", "") for one in cards(self.around, FINANCE)]

    async def says(self, text: str) -> str:
        return await until(lambda: next((one for one in self.told() if text in one), None))


@asynccontextmanager
async def stripe_and(around: World, **settings: object) -> AsyncIterator[Stripe]:
    chosen = {"stripe_webhook_secret": SECRET, **settings}
    async with running_bot(around, **chosen) as url, httpx.AsyncClient(trust_env=False) as http:
        yield Stripe(url, http, around)


@pytest.fixture
async def stripe(surroundings: World) -> AsyncIterator[Stripe]:
    async with stripe_and(surroundings) as made:
        yield made


@pytest.fixture
def acme() -> Account:
    """The demo's Acme Corp, whose subscription has run for a while."""
    account = Account(customer=ACME_CUSTOMER, id=ACME)
    account.start()
    account.events.clear()
    account.invoices.clear()
    return account


def refused(why: str) -> float:
    return REFUSED.labels(why)._value.get()


async def settled(sql, account: Account) -> None:
    """All events of the account are on record."""
    ids = [one["id"] for one in account.events]
    query = "SELECT count(*) FROM webhook_events WHERE stripe_event_id = ANY(%s)"
    await until(lambda: sql(query, ids) == [(len(ids),)])


def status(sql, tenant: str = "Acme Corp") -> tuple[str, str]:
    """Of the subscription, and of the tenant."""
    query = "SELECT s.status, t.status FROM tenants t JOIN subscriptions s ON s.tenant_id = t.id WHERE t.name = %s"
    return sql(query, tenant)[0]


def on_record(sql, event: dict[str, Any]) -> list[Any]:
    return sql("SELECT status, error_message FROM webhook_events WHERE stripe_event_id = %s", event["id"])


class TestTheDoor:
    async def test_a_signed_event_is_stored_once_with_its_job(self, stripe: Stripe, acme: Account, sql) -> None:
        """However often Stripe repeats it."""
        acme.pause_collection()
        for _ in range(5):
            await stripe.send(acme.events[0])
        await settled(sql, acme)
        key = f"stripe:{acme.events[0]['id']}"
        assert sql("SELECT count(*) FROM pmbot.inbox WHERE key = %s", key) == [(1,)]
        await until(lambda: sql("SELECT handled IS NOT NULL FROM pmbot.inbox WHERE key = %s", key) == [(True,)])

    async def test_what_is_not_stripes_is_refused_and_counted(self, stripe: Stripe, acme: Account, sql) -> None:
        """Another secret, another body, an old signature, none at all."""
        acme.pause_collection()
        body, headers = signed(acme.events[0])
        before = refused("stripe_signature")
        day_old = signed(acme.events[0], timestamp=int(time.time()) - 86_400)
        wrong = [
            signed(acme.events[0], "whsec_other"),
            (body + b" ", headers),
            day_old,
            (body, {}),
            (body, {"stripe-signature": "t=x,v1=y"}),
            (b"\xff\xfe", headers),
        ]
        for one in wrong:
            assert await stripe.post(*one) == 400
        assert refused("stripe_signature") == before + len(wrong)
        assert sql("SELECT count(*) FROM pmbot.inbox WHERE kind = 'stripe'") == [(0,)]

    async def test_an_event_of_yesterday_signed_now_is_taken(self, stripe: Stripe, acme: Account, sql) -> None:
        """So Stripe repeats what was not taken for days."""
        acme.now = int(time.time()) - 86_400
        acme.pause_collection()
        await stripe.send(*acme.events)
        await until(lambda: status(sql) == ("paused", "paused"))

    async def test_a_huge_body_is_not_read(self, stripe: Stripe) -> None:
        before = refused("too_large")
        assert await stripe.post(b"x" * 1_000_001, {"stripe-signature": "t=1,v1=x"}) == 413

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(40):
                yield b"x" * 50_000

        answer = await stripe.http.post(f"{stripe.url}/stripe/webhook", content=endless())
        assert answer.status_code in (400, 413)  # of unknown length
        assert refused("too_large") > before

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "no json",
            "[]",
            "null",
            '"text"',
            "{}",
            '{"id": "evt_1"}',
            '{"object": "v2.core.event"}',
            "[" * 20_000,
            ODD % "NaN",
            ODD % "-Infinity",
            ODD % "1e999",
            ODD.replace("evt_1", secrets.token_hex(50_000)) % 1,
        ],
        ids=[
            "empty",
            "words",
            "list",
            "null",
            "string",
            "object",
            "no type",
            "thin",
            "deep",
            "nan",
            "inf",
            "huge",
            "long",
        ],
    )
    async def test_a_signed_body_that_is_no_event_is_refused(self, stripe: Stripe, body: str, sql) -> None:
        import stripe as library

        header = library.WebhookSignature.generate_signature_header(body, SECRET)
        assert await stripe.post(body.encode(), {"stripe-signature": header}) == 400
        assert sql("SELECT count(*) FROM pmbot.inbox WHERE kind = 'stripe'") == [(0,)]

    async def test_without_a_secret_there_is_no_door(self, surroundings: World, acme: Account) -> None:
        acme.pause_collection()
        async with stripe_and(surroundings, stripe_webhook_secret=None) as off:
            assert await off.post(*signed(acme.events[0])) == 404

    async def test_without_the_database_stripe_is_asked_to_repeat(self, acme: Account) -> None:
        """503: Stripe sends it again later."""
        database = Database("postgresql://nobody@127.0.0.1:1/nothing")
        await database.pool.open(wait=False)

        @asynccontextmanager
        async def nothing(app: Starlette) -> AsyncIterator[None]:
            yield

        app = web.build([door.route(StripeDoor(Intake(database), SECRET))], database, nothing)
        acme.pause_collection()
        body, headers = signed(acme.events[0])
        async with hosting.serve(app) as url, httpx.AsyncClient(trust_env=False) as http:
            answer = await http.post(f"{url}/stripe/webhook", content=body, headers=headers)
        await database.close()
        assert answer.status_code == 503


class TestTheMirror:
    @pytest.mark.parametrize("how", ["pause_collection", "pause"])
    async def test_paused_collection_pauses_the_tenant_until_it_resumes(
        self, stripe: Stripe, acme: Account, sql, how: str
    ) -> None:
        """Whether it comes as an event of its own or as a field of an update; finance hears both in one message."""
        getattr(acme, how)()
        await stripe.send(*acme.events)
        await until(lambda: status(sql) == ("paused", "paused"))
        assert "Payment collection was paused in Stripe" in await stripe.says("Acme Corp: payment collection is paused")
        acme.now += 60
        {"pause_collection": acme.unpause_collection, "pause": acme.resume}[how]()
        await stripe.send(*acme.events)
        await until(lambda: status(sql) == ("active", "active"))
        text = await stripe.says("Acme Corp: active again")
        assert "Payment collection was paused in Stripe" in text
        assert "Payment collection resumed" in text
        assert "https://dashboard.stripe.com/test/subscriptions/sub_demo0000" in text
        assert len(stripe.told()) == 1

    async def test_a_tenant_that_was_paused_before_the_bot_came_resumes(self, stripe: Stripe, sql) -> None:
        """The platform had it paused with its subscription."""
        name, customer, subscription = sql(
            "SELECT t.name, c.stripe_customer_id, s.stripe_subscription_id FROM tenants t"
            " JOIN tenant_config c ON c.tenant_id = t.id JOIN subscriptions s ON s.tenant_id = t.id"
            " WHERE t.status = 'paused' LIMIT 1"
        )[0]
        account = Account(customer=customer, id=subscription)
        account.start()
        account.subscription["status"] = "paused"
        account.events.clear()
        account.resume()
        await stripe.send(*account.events)
        await until(lambda: status(sql, name) == ("active", "active"))
        await stripe.says(f"{name}: active again")

    async def test_what_somebody_else_paused_stays_paused(self, stripe: Stripe, acme: Account, sql) -> None:
        """The bot gives back only what it took."""
        sql("UPDATE tenants SET status = 'paused' WHERE name = 'Acme Corp'")
        acme.set_cancelling()
        acme.now += 5
        acme.pause_collection()
        acme.now += 5
        acme.unpause_collection()
        await stripe.send(*acme.events)
        await settled(sql, acme)
        assert status(sql) == ("active", "paused")

    async def test_what_somebody_pauses_afterwards_stays_paused(self, stripe: Stripe, acme: Account, sql) -> None:
        """What the bot took it has given back: whatever Stripe says next is no reason to do so once more."""
        acme.pause_collection()
        acme.now += 60
        acme.unpause_collection()
        await stripe.send(*acme.events)
        await settled(sql, acme)
        assert status(sql) == ("active", "active")
        sql("UPDATE tenants SET status = 'paused' WHERE name = 'Acme Corp'")
        acme.now += 60
        acme.set_cancelling()
        await stripe.send(acme.events[-1])
        await settled(sql, acme)
        assert status(sql) == ("active", "paused")

    async def test_of_two_subscriptions_the_tenant_waits_for_both(self, stripe: Stripe, acme: Account, sql) -> None:
        """It is in use again once none of them is paused."""
        other = Account(customer=ACME_CUSTOMER)
        other.start()
        for one in (acme, other):
            one.now += 60
            one.pause_collection()
        await stripe.send(*acme.events, *other.events)
        await settled(sql, acme)
        await settled(sql, other)
        tenant = "SELECT status FROM tenants WHERE name = 'Acme Corp'"
        for one, becomes in ((acme, "paused"), (other, "active")):
            one.now += 60
            one.unpause_collection()
            await stripe.send(one.events[-1])
            await settled(sql, one)
            assert sql(tenant) == [(becomes,)]

    async def test_what_was_refunded_stays_refunded(self, stripe: Stripe, acme: Account, sql) -> None:
        """Each event writes the payments out once more."""
        acme.fail()
        acme.now += 60
        acme.recover()
        await stripe.send(*acme.events)
        await settled(sql, acme)
        refund = "UPDATE payments SET status = 'refunded' WHERE extract(epoch FROM processed) = %s RETURNING id"
        [(payment,)] = sql(refund, acme.now)
        acme.now += 60
        acme.set_cancelling()
        await stripe.send(acme.events[-1])
        await settled(sql, acme)
        assert sql("SELECT status FROM payments WHERE id = %s", payment) == [("refunded",)]

    async def test_a_failed_payment_and_its_recovery(self, stripe: Stripe, acme: Account, sql) -> None:
        """Past due and back; one payment, one message, told once however often it is tried again."""
        acme.fail()
        acme.now += 60
        acme.fail_again()
        await stripe.send(*acme.events)
        await until(lambda: status(sql) == ("past_due", "active"))
        await stripe.says("Acme Corp: a payment failed")
        acme.now += 60
        acme.recover()
        await stripe.send(*acme.events)
        await settled(sql, acme)
        assert status(sql) == ("active", "active")
        text = await stripe.says("Acme Corp: active again")
        assert text.count("A payment failed for the first time") == 1
        assert "Paid" in text
        assert len(stripe.told()) == 1
        assert len(acme.invoices) == 1
        rows = sql(
            "SELECT p.amount, p.currency, p.status FROM payments p JOIN subscriptions s ON s.id = subscription_id"
            " WHERE stripe_subscription_id = %s AND extract(epoch FROM processed) = %s",
            ACME,
            acme.now,
        )
        assert [(float(amount), currency, state) for amount, currency, state in rows] == [(49.0, "eur", "succeeded")]

    async def test_only_an_invoice_is_enough(self, stripe: Stripe, acme: Account, sql) -> None:
        """`invoice.payment_failed` alone is past due, `invoice.paid` alone active again."""
        acme.fail()
        await stripe.send(acme.events[0])
        await until(lambda: status(sql) == ("past_due", "active"))
        acme.now += 60
        acme.recover()
        await stripe.send(next(one for one in acme.events if one["type"] == "invoice.paid"))
        await until(lambda: status(sql) == ("active", "active"))

    async def test_an_invoice_counts_for_the_second_of_another_change(self, stripe: Stripe, acme: Account, sql) -> None:
        """Its subscription was changed in some other way in that second; that it is past due has not come yet."""
        acme.set_cancelling()
        acme.fail()
        await stripe.send(*acme.events[:2])
        await settled(sql, replace(acme, events=acme.events[:2]))
        assert status(sql) == ("past_due", "active")

    async def test_a_new_trouble_gets_a_message_of_its_own(self, stripe: Stripe, acme: Account) -> None:
        """Nobody reads an edit of last month's."""
        acme.fail()
        await stripe.send(*acme.events)
        await stripe.says("Acme Corp: a payment failed")  # a recovery that comes before its trouble is none
        acme.now += 60
        acme.recover()
        await stripe.send(*acme.events)
        await stripe.says("Acme Corp: active again")
        acme.now += 86_400
        acme.pause_collection()
        await stripe.send(*acme.events)
        await stripe.says("Acme Corp: payment collection is paused")
        assert len(stripe.told()) == 2


class TestTroubles:
    async def test_an_unknown_customer_is_recorded_and_told_once(self, stripe: Stripe, sql) -> None:
        """It never crashes, and each further event of theirs is no further message."""
        account = Account()
        account.start()
        account.now += 9
        account.set_cancelling()
        await stripe.send(*account.events)
        await settled(sql, account)
        for event in account.events:
            [(state, message)] = on_record(sql, event)
            assert state == "failed"
            assert account.id in message
        assert account.customer in await stripe.says("could not be copied to the platform")
        assert len(stripe.told()) == 1

    async def test_once_the_customer_is_known_its_events_are_done(self, stripe: Stripe, sql) -> None:
        """What could not be mirrored is, with the next event."""
        account = Account()
        account.start()
        await stripe.send(*account.events)
        await settled(sql, account)
        sql(
            "UPDATE tenant_config SET stripe_customer_id = %s FROM tenants WHERE id = tenant_id AND name = 'Acme Labs'",
            account.customer,
        )
        account.now += 9
        account.set_cancelling()
        await stripe.send(account.events[-1])
        for event in account.events:
            await until(lambda event=event: on_record(sql, event) == [("success", None)])
        assert sql("SELECT status FROM subscriptions WHERE stripe_subscription_id = %s", account.id) == [("active",)]

    async def test_an_unknown_product_is_told_and_the_rest_mirrored(self, stripe: Stripe, acme: Account, sql) -> None:
        acme.swap_plan()
        acme.events[0]["data"]["object"]["items"]["data"][0]["price"]["product"] = "prod_unknown"
        acme.events[0]["data"]["object"]["cancel_at_period_end"] = True
        await stripe.send(*acme.events)
        await stripe.says("No plan has the product prod_unknown")
        assert on_record(sql, acme.events[0])[0][0] == "failed"
        assert sql(f"SELECT cancel_at_period_end FROM subscriptions WHERE stripe_subscription_id = '{ACME}'") == [
            (True,)
        ]

    async def test_events_of_other_kinds_are_on_record_only(self, stripe: Stripe, acme: Account, sql) -> None:
        acme.emit("payout.paid", {"id": "po_1", "object": "payout"})
        acme.emit("invoice.paid", {"id": "in_1", "object": "invoice", "customer": ACME_CUSTOMER, "status": "paid"})
        await stripe.send(*acme.events)
        for event in acme.events:
            await until(lambda event=event: on_record(sql, event) == [("success", None)])

    @pytest.mark.parametrize("thing", [{}, {"id": 5, "status": "active"}, {"id": "sub_1", "status": "asleep"}])
    async def test_a_shape_nobody_knows_is_a_failure_on_record(self, stripe: Stripe, acme: Account, thing, sql) -> None:
        event = acme.emit("customer.subscription.updated", thing)
        await stripe.send(event)
        await until(lambda: on_record(sql, event) and on_record(sql, event)[0][0] == "failed")
        await stripe.says("could not be copied to the platform")

    async def test_when_stripe_stays_away_the_events_own_word_counts(
        self, surroundings: World, acme: Account, sql
    ) -> None:
        """Retrying meanwhile, in the end decided by what the events of that second say."""
        fake = FakeStripe({ACME: acme}, away=True)
        async with (
            fake.serve() as url,
            stripe_and(surroundings, stripe_api_key=KEY, stripe_api_url=url) as stripe,
        ):
            acme.set_cancelling()
            acme.pause_collection()
            query = "SELECT status FROM webhook_events WHERE stripe_event_id = %s"
            await stripe.send(acme.events[1])
            await until(lambda: sql(query, acme.events[1]["id"]) == [("success",)])
            await stripe.send(acme.events[0])
            await until(lambda: sql(query, acme.events[0]["id"]) == [("retrying",)])
            await until(lambda: sql(query, acme.events[0]["id"]) == [("success",)], 60)
        assert status(sql) == ("paused", "paused")


class TestBilling:
    async def heard(self, around: World, who: str, text: str, command: str = "/pm billing Acme Corp") -> str:
        await around.slack.command(slack_id(who), "C0OPERATIONS", command)
        return await until(lambda: next((one for one in whispers(around, who) if text in one), None))

    async def test_finance_sees_amounts_and_links(self, bot_world: World) -> None:
        text = await self.heard(bot_world, "finance", "Billing of Acme Corp")
        assert "299.00 EUR" in text
        assert "Scale" in text
        assert f"<https://dashboard.stripe.com/subscriptions/{ACME}|subscription>" in text
        assert f"<https://dashboard.stripe.com/customers/{ACME_CUSTOMER}|customer>" in text
        assert "Only the finance team sees amounts" not in text

    async def test_support_sees_the_status_without_amounts(self, bot_world: World, sql) -> None:
        """And that they looked is on record."""
        text = await self.heard(bot_world, "support", "Billing of Acme Corp")
        assert "299.00" not in text
        assert "•••" in text
        assert "Only the finance team sees amounts" in text
        assert "active" in text
        facts = sql("SELECT facts FROM pmbot.audit_log WHERE action = 'tenant.billing'")
        assert facts == [({"clearance": "none", "amounts": False},)]

    async def test_others_are_refused(self, bot_world: World) -> None:
        assert await self.heard(bot_world, "tomasz", "You can't use /pm billing")

    async def test_an_ambiguous_name_is_asked_about(self, bot_world: World) -> None:
        text = await self.heard(bot_world, "finance", "Which one?", "/pm billing acme")
        assert "2 tenants" in text

    async def test_failures_make_the_events_an_error(self, bot_world: World, sql) -> None:
        sql(
            "INSERT INTO webhook_events (stripe_event_id, event_type, status) VALUES (%s, 'invoice.paid', 'failed')",
            f"evt_{uuid.uuid4().hex}",
        )
        assert "failed" in await self.heard(bot_world, "finance", "error · ")
