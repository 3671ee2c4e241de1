"""Tickets: opened by anybody, one card where the team is, taken by one person, told of until they are closed."""

import asyncio
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from bot.demo.world import slack_id
from bot.platform import staff
from bot.runtime import jobs
from bot.store.database import Database
from bot.store.models import Ticket, TicketState
from bot.ticket_rules import TicketCategory, TicketSettings, TicketSeverity
from bot.ticketing.sweep import Sweep
from bot.tickets import ledger, rules, sampling
from bot.tickets.ledger import NewTicket
from tests.conftest import OPS, cards, pressing, running_bot, until, whispers

FINANCE = "C0FINANCE"
REFUND = '/pm ticket refund-request "charged twice in May" for acme corp because two invoices of one day'
STATE = "SELECT state, team, severity, assigned_to IS NULL FROM pmbot.tickets WHERE number = %s"
ASKED = "SELECT count(*) FROM pmbot.proposals WHERE state IN ('succeeded', 'failed')"


async def typed(around: Any, text: str, by: str = "support", channel: str = OPS) -> None:
    await around.slack.command(slack_id(by), channel, text)


def shown(around: Any, begins: str, channel: str) -> dict[str, Any] | None:
    """The newest message there that begins so."""
    return next((one for one in reversed(cards(around, channel)) if one["text"].startswith(begins)), None)


def direct(around: Any, who: str) -> list[str]:
    """What the bot said to somebody alone, in their conversation with it."""
    user = slack_id(who)
    seen = around.slack.messages("D" + user.removeprefix("U"), user)
    return [one["text"] for one in seen if not one.get("is_ephemeral") and one.get("metadata")]


async def opened(around: Any) -> dict[str, Any]:
    """The card of T-4, in the channel of finance."""
    await typed(around, REFUND)
    return await until(lambda: shown(around, "T-4: charged twice", FINANCE))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


class TestInSlack:
    async def test_it_is_opened_taken_and_closed_on_one_card(self, bot_world, sql) -> None:
        """Its team has a card that changes; whoever opened it hears what others do, and nothing of their own."""
        card = await opened(bot_world)
        assert "refund request · open · due" in card["text"]
        assert "Acme Corp" in card["text"]
        assert "nobody yet" in card["text"]
        await bot_world.slack.click(slack_id("finance"), card["ts"], FINANCE, "ticket:take")
        await until(lambda: "in progress" in shown(bot_world, "T-4: ", FINANCE)["text"])
        await until(lambda: any("Jürgen Weiß took it" in one for one in direct(bot_world, "support")))
        await typed(bot_world, "/pm ticket comment T-4 saying refunded in Stripe", "finance", FINANCE)
        await until(lambda: any("wrote: refunded in Stripe" in one for one in direct(bot_world, "support")))
        await typed(bot_world, "/pm close T-4 because the customer has the money", "finance", FINANCE)
        await until(lambda: any("closed it: the customer has" in one for one in direct(bot_world, "support")))
        assert shown(bot_world, "T-4: ", FINANCE)["ts"] == card["ts"]
        assert sql(STATE, 4) == [("closed", "finance", "medium", False)]
        await typed(bot_world, "/pm ticket reopen T-4 because only one of two was refunded")
        await until(lambda: sql("SELECT state, reopened FROM pmbot.tickets WHERE number = 4") == [("in_progress", 1)])
        assert not any("reopened it" in one for one in direct(bot_world, "support"))

    async def test_of_two_who_take_it_at_once_one_has_it(self, bot_world, sql) -> None:
        """The other is told who."""
        card = await opened(bot_world)
        before = sql(ASKED)[0][0]
        both = ("finance", "staffer")
        await asyncio.gather(
            *(bot_world.slack.click(slack_id(who), card["ts"], FINANCE, "ticket:take") for who in both)
        )
        await until(lambda: sql(STATE, 4)[0][0] == "in_progress")

        def told() -> bool:
            said = [*(one for who in both for one in whispers(bot_world, who, FINANCE))]
            said += [one["text"] for one in cards(bot_world, FINANCE)]
            return any("has T-4 already. Nothing was done. To take it over" in one for one in said)

        await until(told)
        assert sql(
            "SELECT count(*) FROM pmbot.ticket_events WHERE what = 'assigned' AND at > now() - interval '1 h'"
        ) == [(1,)]
        assert sql(ASKED)[0][0] - before <= 2

    async def test_escalated_it_moves_with_what_is_known(self, bot_world, sql) -> None:
        """A line stays where it was; its new team sees the tenant, what is open, what was asked for."""
        await opened(bot_world)
        await typed(bot_world, "/pm escalate T-4 to engineering because the invoice is not in our tables", "finance")
        card = await until(lambda: shown(bot_world, "T-4: charged twice", OPS))
        assert "What is known, collected when it was escalated" in card["text"]
        assert "Acme Corp: active" in card["text"]
        assert sql(STATE, 4) == [("open", "engineering", "medium", True)]
        await until(lambda: shown(bot_world, "➡️ T-4", FINANCE))
        await until(lambda: any("escalated it to engineering" in one for one in direct(bot_world, "support")))
        await typed(bot_world, "/pm ticket T-4")
        await until(lambda: any("Acme Corp: active" in one for one in whispers(bot_world, "support")))
        await typed(bot_world, "/pm escalate T-4 because more of them call", "finance")
        await until(lambda: sql(STATE, 4)[0][2] == "high")

    async def test_the_buttons_open_forms(self, bot_world, sql) -> None:
        """Which know the ticket: nobody types its number. And without anything a form asks for all of it."""
        await typed(bot_world, "/pm ticket")
        form = (await until(lambda: bot_world.slack.views(slack_id("support"))))[-1]["id"]
        given = {"category": "outage", "title": "the page is empty", "severity": "critical", "reason": "since noon"}
        await bot_world.slack.submit(slack_id("support"), form, {name: {name: value} for name, value in given.items()})
        card = await until(lambda: shown(bot_world, "T-4: the page is empty", OPS))
        assert "critical" in card["text"]
        form = await pressing(bot_world, card["ts"], "oncall", "ticket:escalate")
        given = {"to": "engineering", "reason": "it is the web front end"}
        await bot_world.slack.submit(slack_id("oncall"), form, {name: {name: value} for name, value in given.items()})
        await until(lambda: sql(STATE, 4) == [("open", "engineering", "critical", True)])
        card = await until(lambda: shown(bot_world, "T-4: the page is empty", OPS))
        form = await pressing(bot_world, card["ts"], "kofi", "ticket:close")
        await bot_world.slack.submit(slack_id("kofi"), form, {"reason": {"reason": "deployed"}})
        await until(lambda: sql(STATE, 4)[0][0] == "closed")

    async def test_with_slack_away_it_is_there_and_shown_once_later(self, surroundings, sql, monkeypatch) -> None:
        """The ledger needs nothing but PostgreSQL; its card and what is told of it arrive when Slack is back."""
        monkeypatch.setattr(jobs, "GIVE_UP", 1)
        surroundings.slack.faults.switch("server_errors", share=1.0)
        async with running_bot(surroundings):
            await typed(surroundings, REFUND)
            await until(lambda: sql("SELECT state FROM pmbot.tickets WHERE number = 4"))
            await typed(surroundings, "/pm claim T-4", "finance")
            await until(lambda: sql(STATE, 4)[0][0] == "in_progress")
            assert cards(surroundings, FINANCE) == []
            surroundings.slack.faults.clear()
            await until(lambda: shown(surroundings, "T-4: charged twice", FINANCE))
            await until(lambda: any("took it" in one for one in direct(surroundings, "support")))
            await until(lambda: "in progress" in shown(surroundings, "T-4: ", FINANCE)["text"])
        assert len([one for one in cards(surroundings, FINANCE) if one["text"].startswith("T-4: ")]) == 1
        assert len(direct(surroundings, "support")) == 1

    async def test_one_is_found_and_read(self, bot_world) -> None:
        """Yours and those of your teams come first; an address is shown only partly to whoever may not read it."""
        about = 'ticket access "cannot sign in" P1 for kofi.castano@acme-corp.example because no mail arrives'
        await typed(bot_world, f"/pm {about}")
        await until(lambda: shown(bot_world, "T-4: cannot sign in", "C0SECURITY"))
        assert "kofi.castano" not in shown(bot_world, "T-4", "C0SECURITY")["text"]
        await typed(bot_world, "/pm tickets", "security")
        await until(lambda: any("Tickets: 2 tickets" in one for one in whispers(bot_world, "security")))
        [found] = [one for one in whispers(bot_world, "security") if "Tickets: 2 tickets" in one]
        assert found.index("T-2") < found.index("T-4")  # what one has oneself comes before what is the team's
        await typed(bot_world, "/pm tickets closed sync-issue for acme corp")
        await until(lambda: any("T-3" in one and "closed" in one for one in whispers(bot_world, "support")))
        await typed(bot_world, "/pm ticket T-4")
        await until(lambda: any("History" in one for one in whispers(bot_world, "support")))
        [read] = [one for one in whispers(bot_world, "support") if "History" in one]
        assert "kofi.castano" not in read
        await typed(bot_world, "/pm ticket T-4", "security")
        await until(lambda: any("kofi.castano@acme-corp.example" in one for one in whispers(bot_world, "security")))

    async def test_what_came_before_is_named(self, bot_world) -> None:
        """Somebody else may have opened the same."""
        await opened(bot_world)
        await typed(bot_world, REFUND.replace("charged twice", "billed twice"))
        card = await until(lambda: shown(bot_world, "T-5 opened", OPS))
        assert "Also open" in card["text"]
        assert "T-4 · charged twice in May" in card["text"]

    async def test_what_is_private_stays_private(self, bot_world, sql) -> None:
        """A security incident is not there for whoever may not know of it, and in no ticket of those who may."""
        sql("UPDATE pmbot.incidents SET restricted = true WHERE number = 1")
        await typed(bot_world, '/pm ticket other "x" incident 1 because y')
        await until(lambda: any("There is no incident “1”" in one for one in whispers(bot_world, "support")))
        await typed(bot_world, '/pm ticket other "x" incident 1 because y', "security")
        await until(lambda: any("everybody can read tickets" in one for one in whispers(bot_world, "security")))

    async def test_a_second_person_answers(self, bot_world, sql, monkeypatch) -> None:
        """By lot: somebody who neither opened nor closed it, and nobody else."""
        sql("INSERT INTO pmbot.ticket_samples (ticket_id) SELECT id FROM pmbot.tickets WHERE number = 3")
        found = "SELECT email FROM users JOIN pmbot.ticket_samples ON staff_id = users.id"
        await until(lambda: sql(found))
        who = sql(found)[0][0].partition("@")[0]
        assert who not in ("support", "kofi")
        await until(lambda: any("Was T-3 handled well?" in one for one in direct(bot_world, who)))
        await typed(bot_world, "/pm rate T-3 good because quick", "security")
        if who != "security":
            await until(lambda: any("not asked about T-3" in one for one in whispers(bot_world, "security")))
        user = slack_id(who)
        [question] = [one for one in bot_world.slack.messages("D" + user[1:], user) if "Was T-3" in one["text"]]
        form = await pressing(bot_world, question["ts"], who, "ticket:rate:not-good", "D" + user[1:])
        await bot_world.slack.submit(user, form, {"reason": {"reason": "nobody told the customer"}})
        await until(lambda: sql("SELECT verdict FROM pmbot.ticket_samples") == [("not-good",)])
        await until(lambda: any("was handled: not good" in one for one in direct(bot_world, who)))


class TestLedger:
    async def test_whoever_changes_something_opens_one_with_it(self, database: Database, sql) -> None:
        """In their own transaction: there with it, or not at all; and the bot is told of nothing."""
        new = NewTicket(TicketCategory.BILLING_DISPUTE, "Disputed", "by their bank", staff.ITSELF)
        async with database.transaction() as session:
            row = await ledger.open_ticket(session, new)
            assert row.team == "finance"
            await session.rollback()
        assert sql("SELECT count(*) FROM pmbot.tickets WHERE title = 'Disputed'") == [(0,)]
        async with database.transaction() as session:
            row = await ledger.open_ticket(session, new)
            assert row.due - row.asked == dt.timedelta(hours=48)
            [root] = await staff.named(session, "root@penguinmails.example")
            await ledger.close(session, await ledger.held(session, row.id), root.id, "won")
        assert sql("SELECT count(*) FROM pmbot.ticket_events WHERE to_tell") == [(0,)]

    async def test_a_day_has_24_hours_also_when_the_clocks_change(self, database: Database) -> None:
        """In the zone of the session the 29th of March 2026 has 23, and the 25th of October 25."""
        async with database.transaction() as session:
            await session.execute(text("SET LOCAL TIME ZONE 'Europe/Madrid'"))
            for night in ("2026-03-28 12:00+00", "2026-10-24 12:00+00"):
                moment = await session.scalar(text("SELECT CAST(:night AS timestamptz)"), {"night": night})
                due = await ledger.due(session, "refund-request", "medium", moment)
                kept = text("SELECT CAST(:due AS timestamptz) - CAST(:night AS timestamptz) = interval '24 hours'")
                assert await session.scalar(kept, {"due": due, "night": night})

    async def test_a_late_one_is_told_of_once(self, database: Database, sql) -> None:
        """However many look; a new due time is told of again, and a closed one never."""
        sweeps = [Sweep(database, "T1") for _ in range(3)]
        sql("UPDATE pmbot.tickets SET due = now() - interval '1 min' WHERE number = 1")
        assert sum(await asyncio.gather(*(one.sweep() for one in sweeps))) == 1
        assert await sweeps[0].sweep() == 0
        late = "SELECT channel FROM pmbot.messages WHERE projection = 'ticket_overdue'"
        assert sql(late) == [("operations",)]
        sql("UPDATE pmbot.tickets SET due = now() - interval '5 s', overdue_told = NULL WHERE number = 1")
        assert await sweeps[0].sweep() == 1
        assert len(sql(late)) == 2
        sql("UPDATE pmbot.tickets SET due = now() - interval '1 y' WHERE number = 3")
        assert await sweeps[0].sweep() == 0

    async def test_escalated_it_is_due_sooner_and_never_later(self, database: Database, sql) -> None:
        """From then on by its new severity, unless that were later than before."""
        sql("UPDATE pmbot.tickets SET due = now() + interval '10 min' WHERE number = 1")
        async with database.transaction() as session:
            row = await session.get_one(Ticket, sql("SELECT id FROM pmbot.tickets WHERE number = 1")[0][0])
            before = row.due
            to = ledger.Escalation(ledger.Team.ENGINEERING, TicketSeverity.HIGH, "x")
            await ledger.escalate(session, row, row.asked_by, to)
            assert (row.due, row.state, row.assigned_to) == (before, TicketState.OPEN, None)
            [other] = [
                await session.get_one(Ticket, one) for (one,) in sql("SELECT id FROM pmbot.tickets WHERE number = 2")
            ]
            await ledger.escalate(session, other, row.asked_by, to)
            assert other.due < before + dt.timedelta(hours=4)

    async def test_one_in_twenty_and_nobody_chooses(self) -> None:
        """The same for everybody who asks; spread evenly over tickets and people."""
        ids = [uuid.UUID(int=number) for number in range(20_000)]
        drawn = sum(map(sampling.is_drawn, ids))
        assert 900 < drawn < 1100
        people = [uuid.uuid4() for _ in range(4)]
        asked = [sampling.second_person(one, people) for one in ids[:4000]]
        assert asked == [sampling.second_person(one, reversed(people)) for one in ids[:4000]]
        assert all(800 < asked.count(one) < 1200 for one in people)
        assert sampling.second_person(ids[0], []) is None

    async def test_a_drawn_one_is_looked_at_once(self, database: Database, sql, monkeypatch) -> None:
        """Also where it is reopened and closed again."""
        monkeypatch.setattr(sampling, "is_drawn", lambda _: True)
        async with database.transaction() as session:
            row = await ledger.held(session, sql("SELECT id FROM pmbot.tickets WHERE number = 1")[0][0])
            for step in (ledger.close, ledger.reopen, ledger.close):
                await step(session, row, row.asked_by, "x")
        assert sql("SELECT count(*) FROM pmbot.ticket_samples") == [(1,)]


class TestPolicy:
    def test_what_the_platform_says(self) -> None:
        """A refund 24 h, a dispute 48 h, an error with Stripe 4 h, payments failing in numbers 15 min."""
        comes = TicketSettings()
        hours = {
            (category, severity): comes.time(category, severity).total_seconds() / 3600
            for category, severity in (
                ("refund-request", "medium"),
                ("billing-dispute", "medium"),
                ("sync-issue", "high"),
                ("sync-issue", "critical"),
            )
        }
        assert list(hours.values()) == [24, 48, 4, 0.25]
        assert comes.rule("sync-issue").severity == "high"

    def test_what_a_file_says_goes_over_what_comes(self) -> None:
        """Of a category only what it names."""
        said = TicketSettings.model_validate(
            {"due": {"low": "5d"}, "categories": {"sync-issue": {"team": "finance", "due": {"high": "2h"}}}}
        )
        assert said.time("other", "low") == dt.timedelta(days=5)
        assert said.time("sync-issue", "high") == dt.timedelta(hours=2)
        assert said.time("sync-issue", "critical") == dt.timedelta(minutes=15)
        assert said.rule("sync-issue").team == "finance"
        assert rules._read("[tickets]\nnonsense = 1") == TicketSettings()
