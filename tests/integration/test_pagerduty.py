"""PagerDuty follows the alerts, whatever it answers; who is on call is read there, unless it is away."""

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import SecretStr

from bot.alerts import rules as alert_rules
from bot.config import Settings
from bot.doctor import pagerduty as doctor
from bot.drawing.render import Renderer
from bot.errors import Later
from bot.integrations.pagerduty.events import PagerDutyEvents
from bot.integrations.pagerduty.schedules import PagerDutySchedules
from bot.oncall.pager import Pager
from bot.oncall.paging import LEFT, Paging
from bot.oncall.reading import Reading
from bot.people import on_call
from bot.policy import Policy
from bot.runtime.jobs import Attempt
from bot.store.database import Database
from bot.store.orphans import adopt
from tests.integration.pagerduty_server import KEY, TOKEN, FakePagerDuty

Sql = Callable[..., list[Any]]
ALERT = uuid.UUID(int=7)
RULE = alert_rules.Rule.model_validate(
    {
        "name": "backlog",
        "metric": "queue.waiting",
        "title": "Queue {subject} is backing up",
        "over": "Queue {subject} was backing up",
        "runbook": "Ask the tenant why.",
        "levels": {"high": {"fires": 10, "clears": 5}, "low": {"fires": 1, "clears": 0}},
    }
)


class World:
    """A database, a PagerDuty, and what a clock and a worker do."""

    def __init__(self, database: Database, server: FakePagerDuty, url: str, sql: Sql) -> None:
        self.database, self.server, self.sql = database, server, sql
        self.events = PagerDutyEvents(url, KEY)
        self.paging = Paging(database, {"backlog": RULE})
        self.pager = Pager(database, self.events, Renderer(), {"backlog": RULE})

    def alert(self, state: str, severity: str = "high") -> None:
        """As the alerts' own code leaves the row."""
        self.sql("DELETE FROM pmbot.alerts WHERE id = %s AND NOT EXISTS (SELECT FROM pmbot.pages)", ALERT)
        resolved = "clock_timestamp()" if state == "resolved" else "NULL"
        contained = "clock_timestamp()" if state == "contained" else "NULL"
        self.sql(
            "INSERT INTO pmbot.alerts (id, rule, subject, state, severity, breached, value, peak, measured, facts,"
            " since, fired, resolved, contained) VALUES (%s, 'backlog', 'email-sending', %s, %s, '{}', 12, 12, now(),"
            f" '{{}}', now(), now(), {resolved}, {contained}) ON CONFLICT (id) DO UPDATE SET state = excluded.state,"
            " severity = excluded.severity, resolved = excluded.resolved, contained = excluded.contained",
            ALERT,
            state,
            severity,
        )

    async def turn(self, number: int = 0) -> None:
        """A look of the clock, then the job."""
        await self.paging.sweep()
        if self.sql("SELECT 1 FROM pmbot.pages"):
            await self.pager.page(Attempt(1, number), str(ALERT))

    @property
    def actions(self) -> list[str]:
        return [action for action, _ in self.server.events]


@pytest.fixture
async def around(database_url: str, sql: Sql) -> AsyncIterator[World]:
    database, server = Database(database_url), FakePagerDuty()
    async with server.serve() as url:
        found = World(database, server, url, sql)
        yield found
        await found.events.close()
    await database.close()


class TestInStep:
    async def test_it_begins_is_acknowledged_and_is_over(self, around: World) -> None:
        """One after the other, each once, under one key."""
        for state in ("firing", "firing", "acknowledged", "contained", "resolved", "resolved"):
            around.alert(state)
            await around.turn()
        assert around.actions == ["trigger", "acknowledge", "resolve"]
        assert len(around.server.shown) == 1
        assert around.server.payloads[0]["summary"] == "Queue email-sending is backing up"
        assert around.server.payloads[0]["severity"] == "error"

    async def test_what_is_milder_is_told_in_slack_only(self, around: World) -> None:
        """Unless it gets worse."""
        around.alert("firing", "low")
        await around.turn()
        assert around.actions == []
        around.alert("firing", "high")
        await around.turn()
        assert around.actions == ["trigger"]

    async def test_what_comes_back_begins_anew(self, around: World) -> None:
        """Under another key, so that whoever is on call is called again."""
        for state in ("firing", "acknowledged", "firing", "resolved", "firing"):
            around.alert(state)
            await around.turn()
        assert around.server.open == ["trigger"]
        assert len(around.server.shown) == 3

    async def test_two_clocks_and_two_workers_say_it_once(self, around: World) -> None:
        """The row is one's at a time."""
        around.alert("firing")
        await asyncio.gather(around.paging.sweep(), around.paging.sweep())
        around.server.late = 0.3
        both = (around.pager.page(Attempt(number, 0), str(ALERT)) for number in (1, 2))
        found = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(one) for one in found if one is not None) == [Later]
        assert around.actions == ["trigger"]


class TestAnswers:
    @pytest.mark.parametrize("status", [429, 500, 503])
    async def test_what_it_does_not_take_now_comes_later(self, around: World, status: int) -> None:
        """Nothing is lost, and nobody is told of a hiccup."""
        around.server.statuses = [status]
        around.alert("firing")
        with pytest.raises(Later):
            await around.turn()
        await around.turn()
        assert around.actions == ["trigger"]
        assert around.sql("SELECT count(*) FROM pmbot.pager_outages") == [(0,)]

    async def test_a_late_answer_is_asked_for_again_and_is_the_same_event(
        self, around: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By its key PagerDuty knows that it has it."""
        monkeypatch.setattr(around.events._client, "timeout", 0.2)
        around.server.late = 0.5
        around.alert("firing")
        with pytest.raises(Later):
            await around.turn()
        around.server.late = 0.0
        await around.turn()
        assert around.actions == ["trigger", "trigger"]
        assert around.server.open == ["trigger"]

    async def test_what_it_refuses_is_told_once_and_its_key_to_nobody(self, around: World) -> None:
        """What comes afterwards is tried all the same."""
        around.server.statuses = [400]
        around.alert("firing")
        await around.turn()
        await around.turn()
        [(said,)] = around.sql("SELECT content ->> 'text' FROM pmbot.messages WHERE key LIKE 'page_refused:%%'")
        assert "PagerDuty answers 400: Event object is invalid; … is unknown" in said
        assert KEY not in str(around.sql("SELECT content::text FROM pmbot.messages"))
        assert around.actions == []

    async def test_a_long_outage_is_one_message_which_says_when_it_is_over(self, around: World) -> None:
        """Every attempt says the same."""
        around.server.statuses = [503, 503, 503]
        around.alert("firing")
        for number in range(3):
            with contextlib.suppress(Later):
                await around.turn(number)
            around.sql("UPDATE pmbot.pages SET failing = failing - interval '2 minutes'")
        assert around.sql("SELECT until IS NULL FROM pmbot.pager_outages") == [(True,)]
        await around.turn()
        assert around.sql("SELECT until IS NULL FROM pmbot.pager_outages") == [(False,)]
        assert around.sql("SELECT version FROM pmbot.messages WHERE projection = 'pager_outage'") == [(2,)]


class TestKilled:
    async def test_between_the_call_and_its_note(self, around: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A worker dies after PagerDuty has it: the next one says it again, and it is the same one there."""

        async def dies(self: Pager, alert_id: uuid.UUID, call: object) -> None:
            raise KeyboardInterrupt

        around.alert("firing")
        with monkeypatch.context() as patched:
            patched.setattr(Pager, "_taken", dies)
            with contextlib.suppress(KeyboardInterrupt):
                await around.turn()
        around.sql("UPDATE pmbot.pages SET worked = worked - interval '1 minute'")
        around.alert("acknowledged")
        await around.paging.sweep()
        await around.pager.page(Attempt(9, 0), str(ALERT))
        assert around.actions == ["trigger", "acknowledge"]
        assert around.server.open == ["acknowledge"]

    async def test_a_job_that_is_gone_is_given_anew(self, around: World) -> None:
        """Our own rows do not forget."""
        around.alert("firing")
        await around.paging.sweep()
        around.sql("SET search_path TO pmbot, public")
        around.sql("DELETE FROM pmbot.procrastinate_jobs WHERE task_name = 'page'")
        assert (await adopt(around.database, [LEFT]), await adopt(around.database, [LEFT])) == (1, 0)
        await around.pager.page(Attempt(1, 0), str(ALERT))
        around.sql("DELETE FROM pmbot.procrastinate_jobs WHERE task_name = 'page'")
        assert await adopt(around.database, [LEFT]) == 0


ROSTER = Policy.of(
    """
    [[roster]]
    layer = "primary"
    people = ["oncall@penguinmails.example"]
    pagerduty = "PABC123"
    """
)


class TestSchedules:
    @pytest.fixture
    async def reading(self, around: World, sql: Sql) -> AsyncIterator[Reading]:
        async with around.server.serve() as url:
            schedules = PagerDutySchedules(url, TOKEN)
            yield Reading(around.database, schedules, ROSTER)
            await schedules.close()

    def entry(self, email: str, begins: int, ends: int) -> dict[str, Any]:
        now = dt.datetime.now(dt.UTC)
        times = {
            "start": (now + dt.timedelta(hours=begins)).isoformat(),
            "end": (now + dt.timedelta(hours=ends)).isoformat(),
        }
        return {"user": {"email": email}, "schedule": {"id": "PABC123"}, "escalation_level": 1, **times}

    async def who(self, around: World) -> Any:
        async with around.database.transaction() as session:
            return (await on_call.now(session, ROSTER)).duties[0]

    async def test_whoever_is_on_call_there_is_so_here(self, around: World, reading: Reading) -> None:
        """And is followed by whoever follows there; asked once a minute."""
        around.server.on_call = [
            self.entry("Tomasz@penguinmails.example", -2, 6),
            self.entry("kofi@penguinmails.example", 6, 14),
        ]
        assert (await reading.sweep(), await reading.sweep()) == (2, 0)
        duty = await self.who(around)
        assert (duty.shift.who, duty.following.who) == ("tomasz@penguinmails.example", "kofi@penguinmails.example")
        assert duty.by_pagerduty

    async def test_when_it_is_away_the_roster_counts_and_says_so(self, around: World, reading: Reading) -> None:
        """Not at once: what was read a moment ago still holds."""
        around.server.on_call = [self.entry("tomasz@penguinmails.example", -2, 6)]
        await reading.sweep()
        around.server.status = 500
        around.sql("UPDATE pmbot.on_call_asked SET asked = asked - interval '2 minutes'")
        await reading.sweep()
        assert (await self.who(around)).shift.who == "tomasz@penguinmails.example"
        around.sql("UPDATE pmbot.on_call_asked SET answered = answered - interval '1 hour'")
        duty = await self.who(around)
        assert (duty.shift.who, duty.by_pagerduty) == ("oncall@penguinmails.example", False)
        assert duty.away is not None
        assert around.sql("SELECT error FROM pmbot.on_call_asked") == [("PagerDuty answers 500",)]

    async def test_somebody_whom_the_platform_does_not_know_is_passed_over(
        self, around: World, reading: Reading
    ) -> None:
        """Alerts mention whoever comes after them."""
        around.server.on_call = [self.entry("nobody@elsewhere.example", -2, 6)]
        await reading.sweep()
        async with around.database.transaction() as session:
            found = await on_call.now(session, ROSTER)
        assert found.order == ("oncall@penguinmails.example",)
        assert not found.may_override("nobody@elsewhere.example")


class TestDoctor:
    async def test_it_says_what_is_wrong_and_no_secret(self, around: World, database_url: str) -> None:
        """The key's form, and whether the schedules can be read."""
        async with around.server.serve() as url:
            settings = Settings.model_construct(
                pagerduty_routing_key=SecretStr("short"), pagerduty_token=SecretStr(TOKEN), pagerduty_api_url=url
            )
            around.server.status = 404
            found = [str(one) async for one in doctor.look(settings, ROSTER)]
        assert "does not look like an integration key" in found[0]
        assert "PagerDuty answers 404" in found[1]
        assert TOKEN not in "".join(found)
