"""App Home: what matters in two lines, at most eight statements however much there is, and what is one's own."""

import contextvars
from typing import Any

import psycopg
import pytest

from bot.demo.world import World, slack_id
from bot.handlers import home
from localslack.blockkit import check_blocks
from tests.conftest import OPS, asked, card, until
from tests.integration.test_help import answered, buttons_in, home_of, said

COUNTED: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("counted", default=None)
ALERT = """
INSERT INTO pmbot.alerts (id, rule, subject, state, severity, worst, breached, value, peak, measured, facts, since,
    fired)
SELECT gen_random_uuid(), 'queue-depth', 'queue ' || n, 'firing', 'critical', 'critical', '{}', 1, 1, now(),
       jsonb_build_object('name', 'Queue ' || n || ' is backing up'), now(), now() FROM generate_series(1, %s) AS n
"""
INCIDENT = """
INSERT INTO pmbot.incidents (id, title, severity, declared_by)
SELECT gen_random_uuid(), 'Mail is late ' || n, 'P2', (SELECT user_id FROM staff_members LIMIT 1)
  FROM generate_series(1, %s) AS n
"""


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Those with which App Home is drawn, by whichever way they are run."""
    found: list[str] = []
    execute, publish = psycopg.AsyncCursor.execute, home.publish

    async def counting(self: Any, query: Any, *given: Any, **named: Any) -> Any:
        if (into := COUNTED.get()) is not None:
            into.append(str(query))
        return await execute(self, query, *given, **named)

    async def counted(desk: Any) -> None:
        token = COUNTED.set(found)
        try:
            await publish(desk)
            await desk.session.flush()
        finally:
            COUNTED.reset(token)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", counting)
    monkeypatch.setattr(home, "publish", counted)
    return found


async def test_at_most_eight_statements_however_much_there_is(bot_world: World, sql, statements: list[str]) -> None:
    """And at most a hundred blocks."""
    await asked(bot_world, "/pm pause email-sending:high for 1h because bounces")
    await bot_world.slack.click(slack_id("oncall"), card(bot_world)["ts"], OPS, "approve")
    await asked(bot_world, "/pm pause Acme Corp for 2h because bounces")
    await bot_world.slack.click(slack_id("oncall"), card(bot_world)["ts"], OPS, "approve")
    await until(lambda: sql("SELECT count(*) FROM pmbot.holds") == [(2,)])
    for person in ("staffer", "kofi", "nadia"):
        await asked(bot_world, f"/pm revoke @{person} because laptop stolen")
    sql(ALERT, 30)
    sql(INCIDENT, 5)
    blocks = await home_of(bot_world, "root")
    assert 5 <= len([one for one in statements if "SAVEPOINT" not in one]) <= home.MOST_STATEMENTS, "\n\n".join(
        statements
    )
    assert len(blocks) <= 100
    assert check_blocks(blocks, "home") == []


async def test_the_first_two_lines_say_what_matters(bot_world: World, sql) -> None:
    """How much waits and is wrong, and how bad the worst is; then who is on call, and how it all is."""
    quiet = said(await home_of(bot_world, "security")).splitlines()
    assert quiet[0] == "Nothing needs you now"
    assert quiet[1].startswith("On call: Óscar Peñalver · ")
    await asked(bot_world)
    sql(ALERT, 2)
    sql(INCIDENT, 1)
    busy = said(await home_of_again(bot_world, "security", "request waits")).splitlines()
    assert busy[0] == "1 request waits for you, 1 open incident (P2), 2 open alerts (critical)"


async def home_of_again(around: World, who: str, text: str) -> list[dict[str, Any]]:
    """Opened once more, until it shows what it did not before."""
    await around.slack.open_home(slack_id(who))

    def shown() -> list[dict[str, Any]] | None:
        view = around.slack.home(slack_id(who))
        return view["blocks"] if view and text in said(view["blocks"]) else None

    return await until(shown)


async def test_what_is_wrong_is_shown_to_whoever_may_know(bot_world: World, sql) -> None:
    sql(ALERT, 1)
    sql(INCIDENT, 1)
    seen = said(await home_of(bot_world, "oncall"))
    assert "Queue 1 is backing up · critical · firing" in seen
    assert "Mail is late 1 · P2 · open" in seen
    assert "Queue 1" not in said(await home_of(bot_world, "maria.lindgren"))


async def test_what_is_ones_own_and_when_it_ends(bot_world: World, sql) -> None:
    """Roles with their ends, digests; and buttons that lead on."""
    sql(
        "UPDATE staff_member_roles SET expires = now() + interval '2 days' WHERE user_id ="
        " (SELECT id FROM users WHERE email LIKE 'oncall@%%')"
    )
    sql(
        "INSERT INTO pmbot.digest_subscriptions (id, report, staff_id, at, days, zone, asked_by)"
        " SELECT gen_random_uuid(), 'morning', id, '08:30', 'weekdays', 'Europe/Madrid', id FROM users"
        " WHERE email LIKE 'oncall@%%'"
    )
    blocks = await home_of(bot_world, "oncall")
    text = said(blocks)
    assert "Roles: operations (ends " in text
    assert "Digests sent to you: morning at 08:30 Europe/Madrid, weekdays" in text
    assert {"Show my access", "Show the subscriptions to digests"} <= set(buttons_in(blocks))


async def test_empty_states_say_so(bot_world: World) -> None:
    text = said(await home_of(bot_world, "oncall"))
    for line in (
        "Nothing waits for your decision, Óscar Peñalver.",
        "No alert and no incident is open.",
        "You have no open requests.",
        "No queue is paused; no role or flag is set temporarily.",
        "Digests sent to you: none; to get one, type /pm digest subscribe morning me",
    ):
        assert line in text


async def test_the_status_names_what_is_open(bot_world: World, sql) -> None:
    """The same reads; the worst first."""
    sql(ALERT, 1)
    sql(INCIDENT, 1)
    text = await answered(bot_world, "/pm status", "oncall")
    assert text.startswith("1 open incident, 1 open alert")
    for one in ("Queue 1 is backing up · critical · firing · for", "Mail is late 1 · P2 · open", "Services   8 of 8"):
        assert one in text
