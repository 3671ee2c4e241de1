"""Each rule of the package fires of what it is about, by the figures of platform.md; on a quiet platform none does."""

import datetime as dt
import time
import uuid
from collections.abc import AsyncIterator, Callable
from typing import Any

import click
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from bot import actions
from bot.actions.registry import discover
from bot.alerts import rules
from bot.alerts.metrics.base import METRICS, Row, last
from bot.alerts.metrics.logins import NIGHT
from bot.alerts.rules import Rule, Severity
from bot.alerts.states import QUIET, judge
from bot.cli.running import demo
from bot.demo.data import uid
from bot.demo.trouble import TROUBLES
from bot.store.database import Database
from tests.conftest import keeping_in_use, pass_everyday

VERBS = {verb: frozenset(action.parameters()) for verb, action in discover(actions).by_verb.items()}
RULES = rules.load(None, frozenset(METRICS), VERBS)
ACME, NIGHTS = uid("tenant", "acme-corp"), "Pacific/Kiritimati"
ELSEWHERE = {
    "login-night",
    "probe-failing",
    "secret-reads",
    "budget-fast",
    "budget-slow",
    "storm",
}  # tests of their own
LOW_FROM_THE_START = {"ip-reputation"}  # the demo has an address on its way down

MAILS = (
    "INSERT INTO outbound_messages (tenant_id, recipient, subject, status, sent) SELECT '{tenant}', 'x@y.example', 'x',"
    " CASE WHEN n <= {bad} THEN '{status}' ELSE 'sent' END, now() - interval '50 minutes'"
    " FROM generate_series(1, 100) AS n"
)
EVENTS = (
    "INSERT INTO webhook_events (stripe_event_id, event_type, status) SELECT 'evt_x' || n, 'invoice.paid',"
    " CASE WHEN n <= {failed} THEN 'failed' ELSE 'success' END FROM generate_series(1, 100) AS n"
)
PAYMENTS = (
    "INSERT INTO payments (subscription_id, amount, status, processed)"
    " SELECT (SELECT min(id::text)::uuid FROM subscriptions), 9, 'failed', now() - interval '59 minutes'"
    " FROM generate_series(1, {number})"
)
TRIES = (
    "INSERT INTO login_events (user_id, email, succeeded, ip, at) SELECT {user}, 'x@y.example', false,"
    " '198.51.100.' || ({ip}), now() - interval '4 minutes' FROM generate_series(1, {number}) AS n"
)
SOMEBODY = "(SELECT id FROM users WHERE email = 'staffer@penguinmails.example')"
OF_API = "UPDATE service_health SET {what} WHERE service = 'API server'"
OF_HOST = "UPDATE host_health SET {what} WHERE host = 'db-01'"
OF_IP = "UPDATE smtp_ip_addresses SET {what} WHERE ip_address = (SELECT min(ip_address) FROM smtp_ip_addresses)"
OLDER = "UPDATE backups SET finished = finished - interval '{hours} hours' WHERE database = 'Vault'"
QUEUED = (
    "INSERT INTO jobs (queue_name, run_at) SELECT 'email-sending', now() - interval '{ago}'"
    " FROM generate_series(1, {n})"
)
ENDED = (
    "INSERT INTO jobs (queue_name, run_at, status, completed, failed) SELECT 'bounce:process', now(),"
    " CASE WHEN n <= {bad} THEN 'failed' ELSE 'completed' END, CASE WHEN n > {bad} THEN now() END,"
    " CASE WHEN n <= {bad} THEN now() END FROM generate_series(1, {number}) AS n"
)

PAUSE = "INSERT INTO queue_pauses (queue_name, reason) VALUES (:queue, 'it is too much')"
STUCK = "UPDATE jobs SET completed = now() - interval '27 hours' WHERE queue_name LIKE 'analytics:billing%'"
# Of the database; what follows from it is told on the same message (`symptom_of`), or later.
SLOW = {
    "service-state": "medium",
    "service-errors": "medium",
    "api-slow": "high",
    "host-pool": "critical",
    "host-cpu": "medium",
}
LISTED = "provider_blacklist_status = '{\"spamlist.example\": true}'"

# Rule, what happens, and what it comes to; None: not yet. The demo's own rows count as well.
CASES = [
    ("queue-backlog", QUEUED.format(ago="1 minute", n=10_001), "critical"),
    ("queue-late", QUEUED.format(ago="6 minutes", n=1), "high"),
    ("queue-failures", ENDED.format(bad=50, number=400), "critical"),
    ("queue-failed", ENDED.format(bad=11, number=400), "medium"),
    ("service-state", OF_API.format(what="status = 'degraded'"), "medium"),
    ("service-state", OF_API.format(what="status = 'down'"), "critical"),
    ("api-slow", OF_API.format(what="p95_ms = 1000"), "low"),
    ("api-slow", OF_API.format(what="p95_ms = 1001"), "high"),
    ("service-errors", OF_API.format(what="error_rate = 0.011"), "medium"),
    ("host-pool", OF_HOST.format(what="pool = 0.8"), None),
    ("host-pool", OF_HOST.format(what="pool = 0.81"), "high"),
    ("host-disk", OF_HOST.format(what="disk = 0.96"), "critical"),
    ("host-memory", OF_HOST.format(what="memory = 0.93"), "high"),
    ("host-cpu", OF_HOST.format(what="cpu = 0.95"), "medium"),
    ("backup-old", OLDER.format(hours=17), None),
    ("backup-old", OLDER.format(hours=19), "medium"),
    ("backup-old", OLDER.format(hours=43), "critical"),
    ("aggregation-old", "DELETE FROM jobs WHERE queue_name = 'analytics:billing-calculate'", None),  # never: not old
    ("aggregation-old", STUCK, "high"),
    ("stripe-silent", "DELETE FROM webhook_events WHERE processed_at > now() - interval '121 minutes'", "high"),
    ("stripe-silent", "DELETE FROM webhook_events", None),  # Stripe is off
    ("stripe-errors", EVENTS.format(failed=4), None),
    ("stripe-errors", EVENTS.format(failed=8), "high"),
    ("payments-failing", PAYMENTS.format(number=20), None),
    ("payments-failing", PAYMENTS.format(number=21), "critical"),
    ("ip-listed", OF_IP.format(what=LISTED), "critical"),
    ("ip-listed", OF_IP.format(what=f"{LISTED}, status = 'retired'"), None),
    ("ip-reputation", OF_IP.format(what="score = 39"), "high"),
    ("mail-bounces", MAILS.format(tenant=ACME, bad=10, status="bounced"), "high"),
    ("mail-complaints", MAILS.format(tenant=ACME, bad=2, status="complained"), "high"),
    ("login-account", TRIES.format(user=SOMEBODY, ip="n % 200", number=4), None),
    ("login-account", TRIES.format(user=SOMEBODY, ip="n % 200", number=5), "medium"),
    ("login-address", TRIES.format(user="NULL", ip="7", number=4), None),
    ("login-address", TRIES.format(user="NULL", ip="7", number=5), "medium"),
    ("login-address", TRIES.format(user="NULL", ip="n", number=5), None),  # five of one network, each from elsewhere
]  # fmt: skip


@pytest.fixture(autouse=True)
def _young(sql: Callable[..., list[Any]], database_url: str) -> None:
    """What copies are made of may be some minutes old: by then its jobs would be late, its figures stale."""
    [(age,)] = sql("SELECT extract(epoch FROM now() - max(at))::float FROM service_health")
    pass_everyday(database_url, age)


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[AsyncSession]:
    """The platform itself, which may write; what it writes here is seen by nobody else."""
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+psycopg"))
    async with AsyncSession(engine) as session:
        yield session
    await engine.dispose()


async def found(session: AsyncSession, rule: Rule) -> Severity | None:
    """What the rule says of its subjects once it has lasted: the worst."""
    rows = await METRICS[rule.metric].source(session)
    now = dt.datetime.now(dt.UTC)
    said = [_judged(rule, row, subject, now) for subject, row in rows.items() if rule.concerns(subject)]
    return max((one for one in said if one), key=lambda one: one.rank, default=None)


def _judged(rule: Rule, row: Row, subject: str, now: dt.datetime) -> Severity | None:
    value, day = METRICS[rule.metric].value(row, subject), dt.timedelta(days=1)
    begun = judge(rule, QUIET, value, now - day, last(row))
    return judge(rule, begun, value, now, last(row)).severity


async def test_a_quiet_platform_alerts_nobody(database_url: str) -> None:
    """Each rule is asked; every source reads with no more rights than the bot has."""
    assert await alerting(database_url) == LOW_FROM_THE_START


async def test_what_copies_are_made_of_is_kept_young(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the whole run takes: all of it, so that nothing is late beside figures of now."""
    use, begun, run = keeping_in_use(database_url), time.monotonic(), 3_000.0
    pass_everyday(database_url, -run)
    assert await alerting(database_url) > LOW_FROM_THE_START
    monkeypatch.setattr(time, "monotonic", lambda: begun + run)
    use()
    monkeypatch.undo()
    assert await alerting(database_url) == LOW_FROM_THE_START


async def alerting(database_url: str) -> set[str]:
    """The rules that fire, read with no more rights than the bot has."""
    database = Database(database_url)
    async with database.snapshot() as session:
        said = {name: await found(session, rule) for name, rule in RULES.items()}
    await database.close()
    return {name for name, severity in said.items() if severity}


async def test_each_rule_fires_of_what_it_is_about(session: AsyncSession) -> None:
    """At the figures of platform.md, and not below them."""
    said = []
    for name, happens, _ in CASES:
        await session.execute(text(happens))
        said.append((name, happens, await found(session, RULES[name])))
        await session.rollback()
    assert said == CASES
    made_to_fire = {name for name, _, severity in CASES if severity}
    assert made_to_fire == RULES.keys() - ELSEWHERE, (
        "each rule wants a case here, or its own test and a place in ELSEWHERE"
    )


async def test_what_is_no_longer_measured_is_no_zero(session: AsyncSession) -> None:
    """A service, a host and an address: known, without a value; after a week, a service that was taken away."""
    for name, happens, subject in (
        ("service-state", "UPDATE service_health SET at = at - interval '16 minutes'", "Vault"),
        ("host-disk", "UPDATE host_health SET at = at - interval '16 minutes'", "db-01"),
        ("ip-reputation", "UPDATE smtp_ip_addresses SET last_reputation_check = now() - interval '25 hours'", None),
    ):
        await session.execute(text(happens))
        rows = await METRICS[RULES[name].metric].source(session)
        for one, row in rows.items():
            assert METRICS[RULES[name].metric].value(row, one) is None
        assert subject is None or last(rows[subject]) is not None
        assert await found(session, RULES[name]) == RULES[name].severity_of_absence
    await session.execute(text("UPDATE service_health SET at = at - interval '7 days'"))
    assert await METRICS["service.state"].source(session) == {}


@pytest.mark.parametrize(
    ("name", "ticks", "expected"),
    [
        ("smtp-down", 1, {"service-state": "critical", "service-errors": "high"}),
        ("db-slow", 1, SLOW),
        ("disk-full", 105, {"host-disk": "critical"}),
        ("blacklist", 1, {"ip-listed": "critical"}),
        ("login-attack", 40, {"login-account": "medium", "login-address": "high"}),
        ("webhook-silence", 1, {"stripe-silent": "high"}),
    ],
)
async def test_trouble_on_purpose_fires_and_leaves_nothing(
    database_url: str, session: AsyncSession, name: str, ticks: int, expected: dict[str, str]
) -> None:
    """Each fires what it is about; once it is over, all is as it was, but for a silence, which an event ends."""
    trouble, engine = TROUBLES[name](), session.bind
    assert isinstance(engine, AsyncEngine)
    for _ in range(ticks):
        async with engine.begin() as connection:
            await trouble.tick(connection)
    assert await firing_now(session) == expected
    await session.rollback()
    async with engine.begin() as connection:
        await trouble.end(connection)
        if name == "webhook-silence":
            await connection.execute(text(EVENTS.format(failed=0)))
    assert {one: await found(session, RULES[one]) for one in expected} == dict.fromkeys(expected)


@pytest.mark.parametrize(
    ("name", "ticks", "rule", "queue"),
    [
        ("smtp-down", 1, "service-state", "email-sending"),
        ("db-slow", 1, "host-pool", "analytics:campaign-aggregate"),
        ("disk-full", 105, "host-disk", "analytics:daily-aggregate"),
    ],
)
async def test_the_action_that_an_alert_offers_ends_its_trouble(
    database_url: str, session: AsyncSession, name: str, ticks: int, rule: str, queue: str
) -> None:
    """Nothing else of it is left to fire, either."""
    trouble, engine = TROUBLES[name](), session.bind
    assert isinstance(engine, AsyncEngine)
    for _ in range(ticks):
        async with engine.begin() as connection:
            await trouble.tick(connection)
    helps, firing = RULES[rule].helps, await firing_now(session)
    assert helps is not None
    assert helps.everybody.arguments["what"] == queue
    assert rule in firing
    await session.rollback()
    async with engine.begin() as connection:
        await connection.execute(text(PAUSE), {"queue": queue})
        await trouble.tick(connection)
    assert await firing_now(session) == {}


async def firing_now(session: AsyncSession) -> dict[str, str]:
    """All rules that would fire, and how severely, but for what is so from the start."""
    seen = {one: await found(session, RULES[one]) for one in RULES.keys() - ELSEWHERE - LOW_FROM_THE_START}
    return {one: severity for one, severity in seen.items() if severity is not None}


def test_an_action_is_offered_where_it_would_help() -> None:
    """To pause the mails helps the mail service alone."""
    helps = RULES["service-state"].helps
    assert helps is not None
    assert [one for one in ("SMTP service", "API server", "Redis") if helps.would_help(one)] == ["SMTP service"]


def test_every_trouble_can_be_asked_for() -> None:
    """The command line names them without loading the demo."""
    (option,) = (one for one in demo.params if one.name == "trouble")
    assert isinstance(option.type, click.Choice)
    assert set(option.type.choices) == TROUBLES.keys()


def _zone(hours: int) -> int:
    """How far from UTC it is so many hours later, by the other side of the earth if that is nearer."""
    return (hours + 11) % 24 - 11


async def test_staff_at_night_are_named_and_customers_are_not(session: AsyncSession) -> None:
    """By the zone of the policy; an account and a network show as much as a channel may see."""
    add = "INSERT INTO login_events (user_id, email, succeeded, at) VALUES (:id, 'x', true, :at)"
    staff, customer = (
        await session.execute(
            text(
                "SELECT (SELECT id FROM users WHERE email = 'staffer@penguinmails.example'),"
                " (SELECT user_id FROM tenant_users LIMIT 1)"
            )
        )
    ).one()
    now = (await session.execute(text("SELECT now()"))).scalar_one()
    ahead = (NIGHT[0] + 1 - now.hour) % 24
    session.info["zone"] = f"Etc/GMT{-_zone(ahead):+d}"  # where it is three o'clock now
    for person in (staff, customer):
        await session.execute(text(add), {"id": person, "at": now})
    assert [row["name"] for row in (await METRICS["login.night"].source(session)).values()] == ["Priya Raghunathan"]
    assert await found(session, RULES["login-night"]) == "medium"
    session.info["zone"] = f"Etc/GMT{-_zone(ahead + 8):+d}"  # and where it is eleven
    assert await METRICS["login.night"].source(session) == {}
    await session.execute(text(TRIES.format(user=SOMEBODY, ip="n", number=3)))
    (account,) = (await METRICS["login.failed_account"].source(session)).items()
    assert (uuid.UUID(account[0]), account[1]["name"]) == (staff, "s•••@penguinmails.example")
    assert list(await METRICS["login.failed_address"].source(session)) == ["198.51.100.•"]
