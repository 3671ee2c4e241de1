"""A tick over 1,000 alert rules, beside the bare SQL that it runs."""

import datetime as dt
from collections.abc import AsyncIterator

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from bench import Comparison, bench
from bench.recorded import in_turns, recorded, replayed
from bench.surroundings import Surroundings
from bot import actions, policy
from bot.actions.registry import discover
from bot.alerts import rules
from bot.alerts.evaluate import Evaluator
from bot.alerts.metrics.base import METRICS
from bot.alerts.rules import Rule
from bot.demo import world
from bot.store.database import OPTIONS, Database

RULES, ROUNDS = 1000, 10
UNREACHED = 1e12


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
        for computed in ("ordered", "least"):  # once, for the thresholds it had
            vars(found[name]).pop(computed, None)
    return found


@bench
async def a_tick(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """Measured, judged and written; rolled back, so that each round meets the same alerts."""
    async with surroundings.database() as url:
        database = Database(url)
        evaluator = Evaluator(database, many(), policy.load(), world.workspace().team_id)

        async def ours() -> None:
            async with AsyncSession(database.engine) as session:
                await evaluator.evaluate(session, dt.datetime.now(dt.UTC))
                await session.rollback()

        with recorded(database.engine) as statements:
            await ours()
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=OPTIONS) as connection:
            pair = await in_turns(ROUNDS, ours, lambda: replayed(connection, statements))
        await database.close()
    yield Comparison(f"{RULES:,} alert rules in one tick ÷ their {len(statements)} statements, bare", "ms", *pair)
