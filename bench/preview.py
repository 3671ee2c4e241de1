"""Previews of actions about one thing, beside their statements, bare: from what is stored of a request to its facts."""

from collections.abc import AsyncIterator, Mapping

import psycopg

from bench import Comparison, bench
from bench.recorded import in_turns, recorded, replayed
from bench.surroundings import Surroundings
from bot import actions, policy
from bot.actions.impact import Step
from bot.actions.registry import discover
from bot.parameters.base import Lookup
from bot.pipeline.core import Core
from bot.pipeline.propose import preview
from bot.store.database import OPTIONS, Database

ROUNDS = 100
TYPED: Mapping[str, Mapping[str, str]] = {
    "staff.revoke_sessions": {"staffer": "staffer"},
    "staff.suspend": {"staffer": "staffer", "duration": "2h"},
    "staff.add_role": {"roles": "user_manager", "staffer": "finance"},
    "user.suspend": {"user": "kofi.castano@acme-corp.example"},
    "queue.pause": {"what": "Acme Corp", "queue": "email-sending", "duration": "2h"},
    "flag.turn_off": {"flag": "ai-composer", "concerned": "Acme Corp"},
    "tenant.limit": {"tenant": "Acme Corp", "limit": "max_users", "to": "500", "duration": "7d"},
}


@bench
async def previews(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """In turns, on the demo's platform, each in a snapshot of its own."""
    async with surroundings.database() as url:
        core = Core(Database(url), discover(actions), policy.load(), None)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=OPTIONS) as connection:
            for name, typed in TYPED.items():
                yield await _of(core, connection, await _asked(core, name, typed))
        await core.database.close()


async def _asked(core: Core, name: str, typed: Mapping[str, str]) -> Step:
    """As it is stored, once what was typed is found."""
    given = {**typed, "reason": "measured"}
    async with core.database.snapshot() as session:
        lookup = Lookup(session, "T0", 300, name, given)
        kinds = core.registry.by_name[name].parameters()
        found = {each: (await kind.resolve(each, given[each], lookup)) for each, kind in kinds.items() if each in given}
    return Step(action=name, parameters={each: one.dump() for each, one in found.items()})


async def _of(core: Core, connection: psycopg.AsyncConnection[object], step: Step) -> Comparison:
    async def ours() -> None:
        async with core.database.snapshot() as session:
            await preview(core, session, [await core.registry.load(step, session)])

    with recorded(core.database.engine) as statements:
        await ours()

    async def bare() -> None:
        await replayed(connection, statements, only_reads=True)

    sides = await in_turns(ROUNDS, ours, bare)
    return Comparison(f"preview of {step.action} ÷ its {len(statements)} statements, bare", "ms", *sides)
