"""What could not be copied from Stripe is one message, with a button, until it is copied."""

from typing import Any

from bot.demo.world import slack_id
from tests.conftest import cards, until, whispers
from tests.integration.stripe_events import Account
from tests.integration.test_stripe_webhook import (  # noqa: F401 - fixtures
    ACME,
    FINANCE,
    Stripe,
    acme,
    on_record,
    status,
    stripe,
)

FAILED, COPIED = "could not be copied to the platform", "Copied after all"


def card(stripe: Stripe, text: str) -> dict[str, Any] | None:  # noqa: F811
    return next((one for one in cards(stripe.around, FINANCE) if text in one["text"]), None)


async def unlinked(stripe: Stripe, acme: Account, sql) -> dict[str, Any]:  # noqa: F811
    """A change of a customer whom nobody linked to a tenant; its message."""
    of_it = "(SELECT id FROM subscriptions WHERE stripe_subscription_id = %s)"
    sql(f"DELETE FROM payments WHERE subscription_id = {of_it}", ACME)
    sql("DELETE FROM subscriptions WHERE stripe_subscription_id = %s", ACME)
    sql("UPDATE tenant_config SET stripe_customer_id = NULL WHERE stripe_customer_id = %s", acme.customer)
    acme.pause_collection()
    await stripe.send(*acme.events)
    return await until(lambda: card(stripe, FAILED))


def linked(sql, acme: Account) -> None:  # noqa: F811
    sql(
        "UPDATE tenant_config SET stripe_customer_id = %s"
        " WHERE tenant_id = (SELECT id FROM tenants WHERE name = 'Acme Corp')",
        acme.customer,
    )


async def test_try_again_copies_it_and_the_message_says_so(stripe: Stripe, acme: Account, sql) -> None:  # noqa: F811
    told = await unlinked(stripe, acme, sql)
    linked(sql, acme)
    await stripe.around.slack.click(slack_id("finance"), told["ts"], FINANCE, "stripe:again")
    await until(lambda: card(stripe, COPIED))
    assert card(stripe, FAILED) is None
    assert status(sql) == ("paused", "paused")
    assert on_record(sql, acme.events[-1]) == [("success", None)]
    assert sql("SELECT count(*) FROM pmbot.audit_log WHERE action = 'stripe.retry' AND kind = 'executed'") == [(1,)]


async def test_what_fails_again_says_so_and_can_be_tried_once_more(stripe: Stripe, acme: Account, sql) -> None:  # noqa: F811
    told = await unlinked(stripe, acme, sql)
    first = on_record(sql, acme.events[-1])
    await stripe.around.slack.click(slack_id("finance"), told["ts"], FINANCE, "stripe:again")
    await until(lambda: sql("SELECT count(*) FROM pmbot.audit_log WHERE action = 'stripe.retry'")[0][0])
    await until(lambda: sql("SELECT count(*) FROM pmbot.inbox WHERE kind = 'stripe' AND handled IS NULL") == [(0,)])
    assert on_record(sql, acme.events[-1]) == first
    linked(sql, acme)
    await stripe.around.slack.click(slack_id("finance"), told["ts"], FINANCE, "stripe:again")
    await until(lambda: card(stripe, COPIED))


async def test_only_finance_may(stripe: Stripe, acme: Account, sql) -> None:  # noqa: F811
    told = await unlinked(stripe, acme, sql)
    await stripe.around.slack.click(slack_id("support"), told["ts"], FINANCE, "stripe:again")
    await until(lambda: any("You can't use" in one for one in whispers(stripe.around, "support", FINANCE)))
    assert on_record(sql, acme.events[-1])[0][0] == "failed"


async def test_of_many_of_one_type_the_message_is_over_with_the_last(stripe: Stripe, sql) -> None:  # noqa: F811
    """Two failed for a reason of our own; both have to be copied before it says so."""
    for name in ("one", "two"):
        sql(
            "INSERT INTO webhook_events (id, stripe_event_id, event_type, status, error_message, processed_at)"
            " VALUES (gen_random_uuid(), %s, 'payout.paid', 'failed', 'x', now())",
            f"evt_{name}",
        )
        payload = f'{{"id": "evt_{name}", "type": "payout.paid", "created": 1, "data": {{"object": {{}}}}}}'
        sql(
            "INSERT INTO pmbot.inbox (key, kind, payload, handled) VALUES (%s, 'stripe', %s, now())",
            f"stripe:evt_{name}",
            payload,
        )
    sql(
        "INSERT INTO pmbot.stripe_problems (id, about, event, kind, text)"
        " VALUES (gen_random_uuid(), 'payout.paid', 'evt_two', 'payout.paid', 'x')"
    )
    finance = slack_id("finance")
    await stripe.around.slack.command(finance, FINANCE, "/pm stripe retry evt_two")
    open_still = "SELECT event FROM pmbot.stripe_problems WHERE settled IS NULL"
    await until(lambda: sql(open_still) == [("evt_one",)])
    await stripe.around.slack.command(finance, FINANCE, "/pm stripe retry evt_one")
    await until(lambda: sql(open_still) == [])
