"""What customers are told of an incident: who gets which mail, once, and what the incident says of it."""

from typing import Any

from bot.demo.world import World, slack_id
from bot.words import counted
from tests.conftest import OPS, asked, card, cards, undo, until, whispers
from tests.integration.test_bulk_undone import now
from tests.integration.test_incidents import FIRES, SMTP, declared, incident_card
from tests.integration.test_mail import text_of

TELL = "/pm incident notify 3 delay to {who} saying Your mails leave about 20 minutes late. None is lost."
ALERT = "00000000-0000-4000-8000-00000000a1e7"
OF_ACME = """
    UPDATE jobs SET status = 'completed', completed = now() - interval '1 day' WHERE queue_name = 'email-sending';
    UPDATE jobs SET status = 'queued', completed = NULL, failed = NULL WHERE id = (
        SELECT jobs.id FROM jobs JOIN tenants ON tenants.id = tenant_id
        WHERE queue_name = 'email-sending' AND tenants.name = 'Acme Corp' LIMIT 1)
"""


async def approve(around: World) -> None:
    """Somebody of customer success does, as soon as the card lets them; all mails are handed in."""
    shown = await until(lambda: [one for one in cards(around) if "'approve'" in str(one["blocks"])])
    await around.slack.click(slack_id("ines"), shown[-1]["ts"], OPS, "approve")
    await until(lambda: all(word in now(around, shown[-1])["text"] for word in ("letter: ", "done")))


def of_acme(sql: Any) -> int:
    """How many manage it."""
    [(number,)] = sql(
        """SELECT count(*) FROM tenant_users JOIN tenants ON tenants.id = tenant_id JOIN users ON users.id = user_id
           WHERE tenants.name = 'Acme Corp' AND roles && ARRAY['owner', 'admin'] AND users.status = 'active'"""
    )
    return int(number)


async def test_those_concerned_are_told_and_hear_the_end(bot_world: World, sql: Any) -> None:
    """By mail, as the card shows it; the clock of the customers is met, and the timeline counts."""
    sql(OF_ACME)
    room = await declared(bot_world, SMTP)
    sql(FIRES.replace("INTO alerts", "INTO pmbot.alerts"), ALERT)
    sql(f"INSERT INTO pmbot.incident_alerts SELECT id, '{ALERT}' FROM pmbot.incidents WHERE number = 3")
    shown = (await asked(bot_world, TELL.format(who="affected")))["text"]
    for part in (
        "Tell the admins of 1 tenant about incident 3",
        "PenguinMails is late",
        "You manage Acme Corp",
        "None is",
    ):
        assert part in shown
    await bot_world.slack.click(slack_id("oncall"), card(bot_world)["ts"], OPS, "approve")
    await until(lambda: any("somebody else has to approve" in one for one in whispers(bot_world, "oncall")))
    assert bot_world.mailbox.letters == []

    await approve(bot_world)
    await until(lambda: len(bot_world.mailbox.letters) == of_acme(sql))
    assert all(line in shown for line in text_of(bot_world.mailbox.letters[0]).splitlines())
    assert sql("SELECT met IS NOT NULL FROM pmbot.incident_clocks WHERE clock = 'customers'") == [(True,)]
    told = f"told customers (delay), by {counted(of_acme(sql), 'mail')} to 1 tenant: Your mails leave"
    await until(lambda: told in incident_card(bot_world, room)["text"])

    await pressed_resolve(bot_world, sql)
    await asked(bot_world, "/pm incident follow-up 3 saying All mails have left.")
    await approve(bot_world)
    await until(lambda: len(bot_world.mailbox.letters) == 2 * of_acme(sql))
    assert bot_world.mailbox.letters[-1]["Subject"] == "Incident 3 at PenguinMails is over"


async def pressed_resolve(around: World, sql: Any) -> None:
    await around.slack.command(slack_id("oncall"), OPS, "/pm incident resolve 3 because the queue has drained")
    await until(lambda: sql("SELECT state FROM pmbot.incidents WHERE number = 3") == [("resolved",)])


async def test_a_mistake_is_corrected_and_nobody_is_told_twice(bot_world: World, sql: Any) -> None:
    """A correction goes to whoever was told, who then hear no more; an incident that concerns nobody says so."""
    await declared(bot_world, SMTP)
    await bot_world.slack.command(slack_id("oncall"), OPS, "/pm incident follow-up 3 saying x")
    await until(lambda: any("No customer has been told of incident 3" in one for one in whispers(bot_world, "oncall")))
    await bot_world.slack.command(slack_id("oncall"), OPS, TELL.format(who="affected"))
    await until(lambda: any("I do not know who is affected" in one for one in whispers(bot_world, "oncall")))

    await asked(bot_world, TELL.format(who="Acme Corp"))
    await approve(bot_world)
    await bot_world.slack.command(slack_id("oncall"), OPS, TELL.format(who="Acme Corp"))
    await until(lambda: any("already told" in one for one in whispers(bot_world, "oncall")))
    before = len(cards(bot_world))
    await undo(bot_world, card(bot_world)["ts"], "ines")
    await until(lambda: len(cards(bot_world)) > before)
    shown = await until(lambda: one if "'approve'" in str((one := card(bot_world))["blocks"]) else None)
    await bot_world.slack.click(slack_id("oncall"), shown["ts"], OPS, "approve")
    await until(lambda: len(bot_world.mailbox.letters) == 2 * of_acme(sql))
    assert bot_world.mailbox.letters[-1]["Subject"] == "Our mail about incident 3 was a mistake"
    assert sql("SELECT count(*) FROM pmbot.incident_told") == [(0,)]
