"""A tick over 1,000 alert rules, beside the bare SQL that it runs."""

import datetime as dt
from collections.abc import AsyncIterator
from functools import partial

import psycopg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bench import Comparison, bench
from bench.recorded import in_turns, recorded, replayed
from bench.surroundings import Surroundings
from bot import actions, policy
from bot.actions.registry import discover
from bot.alerts import rules
from bot.alerts.evaluate import Evaluator
from bot.alerts.metrics import base as metrics
from bot.alerts.metrics.base import METRICS, Metric, Row
from bot.alerts.rules import Level, Rule, Severity
from bot.demo import world
from bot.permissions import Permission
from bot.store.database import OPTIONS, Database

RULES, SUBJECTS, ROUNDS = 1000, 10_000, 10
UNREACHED = 1e12
NEVER = Level(fires=UNREACHED, clears=UNREACHED)
EVERY_FIVE_MINUTES = "generate_series(now() - interval '1 year', now() - interval '2 days', '5 minutes') AS at"
ALERTED = """
    INSERT INTO pmbot.alerts (id, rule, subject, state, severity, worst, breached, value, peak, measured, facts, since,
        fired, resolved, shown, shown_value)
    SELECT gen_random_uuid(), (%(rules)s::text[])[1 + n %% cardinality(%(rules)s::text[])], 'thing ' || n %% 40,
        'resolved', 'high', 'high', '{}', 1, 2, at, '{}', at, at, at + interval '10 minutes', at, 2
    FROM generate_series(1, 73000) AS n, LATERAL (SELECT now() - n * interval '7 minutes' AS at) AS began
"""  # 200 a day
HAPPENED = """
    INSERT INTO pmbot.alert_events (alert_id, at, what, posted) SELECT id, since, what, since
    FROM pmbot.alerts, unnest(ARRAY['fired', 'acknowledged', 'worse', 'better', 'resolved']) AS what
"""
SERVICES = f"""
    INSERT INTO service_health SELECT service, at, 'healthy', 120, 0.0001, 0
    FROM (SELECT DISTINCT service FROM service_health) AS services, {EVERY_FIVE_MINUTES} ON CONFLICT DO NOTHING
"""  # noqa: S608 - a constant
HOSTS = f"""
    INSERT INTO host_health (host, at, cpu, memory, disk) SELECT host, at, 0.2, 0.5, 0.5
    FROM (SELECT DISTINCT host FROM host_health) AS hosts, {EVERY_FIVE_MINUTES} ON CONFLICT DO NOTHING
"""  # noqa: S608 - a constant
NUMBERS = text("SELECT n::text AS subject, n::float AS value FROM generate_series(1, :to) AS n")


def many() -> dict[str, Rule]:
    """The package's own rules, and copies of them that differ in their thresholds, which nothing reaches."""
    verbs = {verb: frozenset(action.parameters()) for verb, action in discover(actions).by_verb.items()}
    own = rules.load(None, frozenset(METRICS), verbs)
    found = dict(own)
    while len(found) < RULES:
        base = list(own.values())[len(found) % len(own)]
        name = f"{base.name}-{len(found)}"
        levels = {
            severity: level.model_copy(update={"fires": level.fires + UNREACHED + len(found)})
            for severity, level in base.levels.items()
        }
        found[name] = base.model_copy(update={"name": name, "levels": levels})
        _compute_anew(found[name])
    return found


@bench
async def a_tick(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """Measured, judged and written; rolled back, so that each round meets the same alerts."""
    yield await _compared(surroundings, many(), f"{RULES:,} alert rules in one tick")


@bench
async def many_subjects(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """One rule on ten thousand things, of which none is above its threshold."""

    async def source(session: AsyncSession) -> dict[str, Row]:
        return {row["subject"]: dict(row) for row in (await session.execute(NUMBERS, {"to": SUBJECTS})).mappings()}

    metric = Metric(source, lambda row, _: float(row["value"]), "Number", "Numbers.", str, Permission.QUEUE_READ)
    metrics.METRICS["bench.number"] = metric
    changed = {"name": "numbers", "metric": "bench.number", "subjects": ("*",), "levels": {Severity.HIGH: NEVER}}
    rule = next(iter(many().values())).model_copy(update=changed)
    _compute_anew(rule)
    yield await _compared(surroundings, {rule.name: rule}, f"{SUBJECTS:,} instances of a rule in one tick")
    del metrics.METRICS["bench.number"]


@bench
async def a_year_later(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """The same tick on a platform and a bot that have run for a year, in turns with one that has just begun."""
    rules_of_both = many()
    async with surroundings.database() as young, surroundings.database() as old:
        async with await psycopg.AsyncConnection.connect(old, autocommit=True) as connection:
            await connection.execute(ALERTED, {"rules": [*rules_of_both]})
            for statement in (HAPPENED, SERVICES, HOSTS, "ANALYZE"):
                await connection.execute(statement)
        databases = Database(old), Database(young)
        team = world.workspace().team_id
        ticks = [partial(_tick, one, Evaluator(one, rules_of_both, policy.load(), team)) for one in databases]
        pair = await in_turns(ROUNDS, *ticks)
        for one in databases:
            await one.close()
    yield Comparison(f"{RULES:,} alert rules in one tick after a year ÷ at the beginning", "ms", *pair)


async def _tick(database: Database, evaluator: Evaluator) -> None:
    """Rolled back, so that each round meets the same alerts."""
    async with AsyncSession(database.engine) as session:
        await evaluator.evaluate(session, dt.datetime.now(dt.UTC))
        await session.rollback()


def _compute_anew(rule: Rule) -> None:
    """What it computed once is of the thresholds that it had."""
    for computed in ("ordered", "least"):
        vars(rule).pop(computed, None)


async def _compared(surroundings: Surroundings, looked_at: dict[str, Rule], what: str) -> Comparison:
    async with surroundings.database() as url:
        database = Database(url)
        evaluator = Evaluator(database, looked_at, policy.load(), world.workspace().team_id)

        ours = partial(_tick, database, evaluator)
        with recorded(database.engine) as statements:
            await ours()
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=OPTIONS) as connection:
            pair = await in_turns(ROUNDS, ours, lambda: replayed(connection, statements))
        await database.close()
    return Comparison(f"{what} ÷ their {len(statements)} statements, bare", "ms", *pair)
