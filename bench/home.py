"""App Home, read and drawn, beside its statements, bare."""

import uuid
from collections.abc import AsyncIterator
from functools import partial

import psycopg
from slack_sdk.web.async_client import AsyncWebClient

from bench import Comparison, bench
from bench.recorded import in_turns, recorded, replayed
from bench.surroundings import Surroundings
from bot import actions, policy
from bot.actions.registry import discover
from bot.delivery.channels import Channels
from bot.digests.reports import Reports
from bot.drawing.render import Renderer
from bot.handlers import home
from bot.handlers.desk import Desk, Place
from bot.people.identity import SlackPerson, operator_by_id
from bot.pipeline.core import Core
from bot.store.database import OPTIONS, Database

ROUNDS = 100
TEAM, USER = "T0", "U0"
WHO = "SELECT id FROM users WHERE email LIKE 'root@%'"


@bench
async def app_home(surroundings: Surroundings) -> AsyncIterator[Comparison]:
    """In turns, on the demo's platform: what it reads alone, and with all that is drawn of it."""
    async with surroundings.database() as url:
        core = Core(Database(url), discover(actions), policy.load(), None)
        renderer, client = Renderer(), AsyncWebClient()
        channels, reports = Channels(client, core.policy.channels), Reports(core.database, renderer, core.policy, TEAM)
        place = Place(team_id=TEAM, user_id=USER, channel=USER)
        async with await psycopg.AsyncConnection.connect(url, autocommit=True, options=OPTIONS) as connection:
            [who] = await (await connection.execute(WHO)).fetchone() or (uuid.uuid4(),)

            async def read(*, drawn: bool) -> None:
                async with core.database.transaction() as session:
                    operator = await operator_by_id(session, who, SlackPerson(TEAM, USER))
                    if operator is None:
                        raise LookupError(WHO)
                    desk = Desk(session, core, renderer, channels, place, "", client, TEAM, reports, None)
                    found = await home.read(desk, operator)
                    if drawn:
                        home.draw(desk, found)

            with recorded(core.database.engine) as statements:
                await read(drawn=True)
            await connection.execute("DELETE FROM drafts")  # those that are written again, with the same ids

            async def bare() -> None:
                await replayed(connection, statements)

            for what, drawn in (("read", False), ("read and drawn", True)):
                sides = await in_turns(ROUNDS, partial(read, drawn=drawn), bare)
                yield Comparison(f"App Home {what} ÷ its {len(statements)} statements, bare", "ms", *sides)
        await core.database.close()
