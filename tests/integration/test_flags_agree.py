"""What the bot foretells of a flag is what the platform then does: two ways to read it, one answer."""

import asyncio
import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo.data import AI_COMPOSER, uid
from bot.demo.gateway_memory import Memory
from bot.demo.gateway_reading import Reading
from bot.demo.postgres import EmbeddedPostgres
from bot.platform import flags
from bot.platform.flags import Flag, Rule
from bot.platform.models import Tenant, TenantUser
from bot.store.database import Database

KEY = AI_COMPOSER.key
# With rules of their own: the tenants of the demo's, and one that nobody has named so far.
TENANTS = [uid("tenant", slug) for slug in ("acme-corp", "acme-labs", *AI_COMPOSER.listed, AI_COMPOSER.lent)]
NOW = dt.datetime.now(dt.UTC)
ENDS = st.sampled_from([None, NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=1)])


@dataclass(frozen=True)
class State:
    """Everything that is set of a flag. `tenants` and `users` hold (value, end), `listed` ends."""

    enabled: bool
    rollout: int
    tenants: dict[uuid.UUID, tuple[bool, dt.datetime | None]]
    listed: dict[uuid.UUID, dt.datetime | None]
    users: dict[int, tuple[bool, dt.datetime | None]]


OVERRIDES = st.tuples(st.booleans(), ENDS)
STATES = st.builds(
    State,
    enabled=st.booleans(),
    rollout=st.integers(0, 100),
    tenants=st.dictionaries(st.sampled_from(TENANTS), OVERRIDES),
    listed=st.dictionaries(st.sampled_from(TENANTS), ENDS),
    users=st.dictionaries(st.integers(0, 2), OVERRIDES),
)


@dataclass(frozen=True)
class Both:
    """The bot's way to the tables, the platform's own, and everybody to ask about."""

    database: Database
    platform: Reading
    tenants: list[uuid.UUID]
    users: list[uuid.UUID]

    async def agree(self, state: State) -> None:
        async with self.database.transaction() as session:
            await self._write(session, state)
        async with self.database.snapshot() as session:
            foretold = await flags.load(session, KEY)
        served = await self.platform.flag(KEY)
        for tenant in (None, *self.tenants):
            for user in (None, *self.users):
                assert (tenant, user, *served.decide(tenant, user)[:2]) == (tenant, user, *told(foretold, tenant, user))

    async def _write(self, session: AsyncSession, state: State) -> None:
        await flags.set_default(session, KEY, enabled=state.enabled, rollout=state.rollout, by=None)
        for tenant in TENANTS:
            value, ends = state.tenants.get(tenant, (None, None))
            await flags.set_tenant(session, KEY, tenant, value, expires=ends, reason=None, by=None)
            listed = tenant in state.listed
            await flags.set_listed(session, KEY, tenant, listed, expires=state.listed.get(tenant), by=None)
        for n, user in enumerate(self.users):
            value, ends = state.users.get(n, (None, None))
            await flags.set_user(session, KEY, user, value, expires=ends, reason=None, by=None)


def told(flag: Flag, tenant: uuid.UUID | None, user: uuid.UUID | None) -> tuple[bool, Rule]:
    if user is not None:
        return flag.for_user(user, tenant)
    return flag.for_tenant(tenant) if tenant else (flag.enabled, Rule.DEFAULT)


@asynccontextmanager
async def both(url: str) -> AsyncIterator[Both]:
    database, platform = Database(url), Reading(url, Memory(0, 0))
    async with platform.pool:
        async with database.snapshot() as session:
            tenants = list(await session.scalars(select(Tenant.id)))
            users = list(await session.scalars(select(TenantUser.user_id).limit(3)))
        try:
            yield Both(database, platform, tenants, users)
        finally:
            await database.close()


def test_for_every_tenant_and_user_whatever_is_set(postgres: EmbeddedPostgres, template: str) -> None:
    """200 tenants, with and without a user; what has ended counts for neither."""
    with asyncio.Runner() as runner, contextlib.ExitStack() as ended:
        url = postgres.create_database("flags_agree", template)
        ended.callback(postgres.drop_database, "flags_agree")
        opened = both(url)
        pair = runner.run(opened.__aenter__())
        ended.callback(lambda: runner.run(opened.__aexit__(None, None, None)))

        @settings(max_examples=60)
        @given(STATES)
        def agree(state: State) -> None:
            runner.run(pair.agree(state))

        agree()


async def test_what_a_preview_foretells_comes_true(database_url: str) -> None:
    """A changed copy of the flag decides as the flag does once the change is made."""
    async with both(database_url) as pair:
        async with pair.database.transaction() as session:
            before = await flags.load(session, KEY)
            after = replace(before, rollout=80, listed={})
            foretold = await flags.reach(session, before, after)
            await pair._write(session, State(enabled=False, rollout=80, tenants={}, listed={}, users={}))
            made = replace(await flags.load(session, KEY), tenants=before.tenants)
            assert await flags.reach(session, before, made) == foretold
        served = await pair.platform.flag(KEY)
        for tenant in set(pair.tenants) - set(before.tenants):
            assert served.decide(tenant, None)[:2] == after.for_tenant(tenant)
