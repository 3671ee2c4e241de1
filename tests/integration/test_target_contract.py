"""What every target promises, on the demo's platform: a new one is covered by its file being there."""

import importlib
import inspect
import pkgutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import policy, targets
from bot.actions.base import Action
from bot.actions.queues.parameters import QueueOrTenant
from bot.demo import world
from bot.drawing.masking import Clearance, masked_text
from bot.errors import InvalidParameter
from bot.handlers.forms import Forms
from bot.parameters.base import Lookup, Parameter
from bot.platform.models import PlatformBase
from bot.store.database import Database
from bot.store.models import Draft
from bot.targets.base import Several, Target
from bot.targets.queue import Queue
from bot.targets.user import User
from tests.integration.action_examples import REGISTRY, example

for found in pkgutil.walk_packages(targets.__path__, f"{targets.__name__}."):
    importlib.import_module(found.name)


def below(kind: type) -> Iterator[type]:
    """What builds on it in the bot, whatever file it is in."""
    for one in kind.__subclasses__():
        if one.__module__.startswith("bot."):
            yield one
            yield from below(one)


KINDS = sorted((one for one in below(Target) if not inspect.isabstract(one)), key=lambda one: one.__name__)
SEVERAL = sorted(below(Several), key=lambda one: one.__name__)
each = pytest.mark.parametrize("kind", KINDS, ids=lambda one: one.__name__)
each_several = pytest.mark.parametrize("kind", SEVERAL, ids=lambda one: one.__name__)
NOBODYS = ("", "nonsense", str(uuid.UUID(int=0)), "' OR true --", "ä" * 3000, "%", "🐧", "all")
AT_ONCE = "SET lock_timeout = '20ms'"  # whoever has to wait for a lock is told so
Platform = Callable[[str, object], int]


@pytest.fixture
def database_url(shared_database_url: str) -> str:
    return shared_database_url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def customers(sql) -> list[str]:
    """The names and addresses of everybody who is no colleague."""
    found = sql("SELECT name, email FROM users WHERE id NOT IN (SELECT user_id FROM staff_members)")
    return [one for row in found for one in row if one]


@pytest.fixture
def platform(database_url: str) -> Iterator[Platform]:
    """The platform at its own rows, where it waits for nobody; how many they were."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(AT_ONCE)
        yield lambda query, whose: connection.execute(query, (whose,)).rowcount


def lookup(session: AsyncSession, **typed: str) -> Lookup:
    return Lookup(session, world.workspace().team_id, 500, "verb", typed)


def picked(kind: type[Parameter]) -> bool:
    """Whether a form offers what there is of it."""
    return kind.control == "pick" and bool(kind.usage)


def near(kind: type[Target]) -> str:
    """As somebody might mistype the one that everybody knows."""
    return kind.such_as[:-2] + kind.such_as[-1]


async def said(kind: type[Parameter], typed: str, session: AsyncSession) -> str:
    """The question or refusal that comes of it, with its buttons; empty: it means one."""
    try:
        await kind.resolve("what", typed, lookup(session, what=typed))
    except InvalidParameter as error:
        return " ".join([str(error), *(one.label for one in error.suggestions), *error.commands])
    return ""


class TestFinding:
    @each
    async def test_its_own_words_find_it(self, kind: type[Target], database: Database) -> None:
        """One that people may know means one, and what help types means some."""
        async with database.snapshot() as session:
            assert len(await kind.find(session, kind.such_as)) == 1
            assert await kind.find(session, kind.example) or not kind.example

    @each
    async def test_its_id_gives_the_same(self, kind: type[Target], database: Database) -> None:
        """From a plan, and from a button."""
        async with database.snapshot() as session:
            [one] = await kind.find(session, kind.such_as)
            assert type(one) is kind
            assert await kind.get(session, str(one.id)) == one
            assert vars(await kind.load(one.dump(), session)).keys() == vars(one).keys()
            assert await kind.load(one.dump(), session) == one
            assert one.key == f"{kind.kind}:{one.id}"

    @each
    @pytest.mark.parametrize("identifier", NOBODYS, ids=lambda one: one[:12])
    async def test_there_is_none_of_an_id_that_nothing_has(
        self, kind: type[Target], identifier: str, database: Database
    ) -> None:
        """A plan that names it is refused in words, and so is what somebody typed."""
        async with database.snapshot() as session:
            assert await kind.get(session, identifier) is None
            with pytest.raises(InvalidParameter, match="no longer exists"):
                await kind.load(identifier, session)
            assert await said(kind, f"{identifier}\x00", session)

    @each
    async def test_what_it_offers_is_there(self, kind: type[Target], database: Database) -> None:
        """Each of those that are offered means itself when it is chosen."""
        async with database.snapshot() as session:
            found = [*await kind.close(session, near(kind)), *await kind.offered(session, kind.such_as[0])]
            for one in found:
                assert await kind.get(session, str(one.id)) == one

    @each_several
    async def test_several_are_each_found_and_read_again(self, kind: type[Several], database: Database) -> None:
        """As one of them would be, and once."""
        async with database.snapshot() as session:
            again = lookup(session)
            both = await kind.resolve("what", f"{kind.of.such_as}, {kind.of.such_as}", again)
            assert both.found == tuple(await kind.of.find(session, kind.of.such_as))
            assert await kind.load(both.dump(), session) == both
            with pytest.raises(InvalidParameter):
                await kind.resolve("what", f"{kind.of.such_as}, nonsense", again)


class TestWhatAChannelReads:
    @each
    async def test_no_customer_is_named(self, kind: type[Target], database: Database, customers: list[str]) -> None:
        """Neither on a card, nor in a sentence, nor by what tells it from others, nor in a question."""
        async with database.snapshot() as session:
            [one] = await kind.find(session, kind.such_as)
            shown = [masked_text(one.parts, Clearance.CHANNEL), one.apart, one.shown, one.after("for")]
            shown += [one.not_there(), kind.which("what", "x", [one], lookup(session)).suggestions[0].label]
            shown.append(await said(kind, near(kind), session))
            offered = [*await kind.close(session, near(kind)), *await kind.offered(session, kind.such_as[0])]
            shown += [masked_text(other.parts, Clearance.CHANNEL) for other in offered]
        everything = "\n".join(shown)
        assert not [name for name in customers if name in everything]

    async def test_the_check_sees_them(self, database: Database, customers: list[str]) -> None:
        """Whoever may read a customer's address does."""
        [kind] = [one for one in KINDS if one is User]
        async with database.snapshot() as session:
            [one] = await kind.find(session, kind.such_as)
        assert masked_text(one.parts, Clearance.FULL) in customers


class TestWhoIsShownWhatThereIs:
    """What there is, and is close to what was typed, is for those who may use the action."""

    @pytest.mark.parametrize(
        "verb",
        [
            verb
            for verb, action in sorted(REGISTRY.by_verb.items())
            if not action.on_oneself and any(map(picked, action.parameters().values()))
        ],
    )
    async def test_a_form_tells_nothing_to_whoever_may_not(self, verb: str, database: Database, sql) -> None:
        """Neither while they type nor by what is wrong, whatever they were when it was opened."""
        sql("DELETE FROM staff_role_permissions WHERE role_id = (SELECT id FROM staff_roles WHERE name = 'qa')")
        action = REGISTRY.by_verb[verb]
        forms = Forms(database, REGISTRY, policy.load(), world.workspace().team_id)
        names = [name for name, kind in action.parameters().items() if picked(kind)]
        told = {}
        for who in ("root", "maria.lindgren"):
            body = await self._form(database, verb, who, dict.fromkeys(names, "emali-sendin"))
            offered = [await forms.options({**body, "action_id": name, "value": "a"}) for name in names]
            told[who] = any(offered), await forms.errors(body)
        assert told["maria.lindgren"] == (False, {})
        assert told["root"][1]

    async def _form(self, database: Database, verb: str, who: str, typed: dict[str, str]) -> dict[str, object]:
        """A form of the action that somebody has open, filled in."""
        async with database.transaction() as session:
            draft = Draft(verb=verb, arguments={}, origin={})
            session.add(draft)
            await session.flush()
        values = {name: {name: {"type": "plain_text_input", "value": value}} for name, value in typed.items()}
        view = {"private_metadata": str(draft.id), "callback_id": "form", "state": {"values": values}}
        return {"user": {"id": world.slack_id(who), "team_id": world.workspace().team_id}, "view": view}


def rows_of(target: Target, platform: Platform) -> dict[str, str]:
    """The platform's rows that it names and that some action on it changes: by table, the column of its id.

    Where a target has no lock of its own, actions that have one hold what they change themselves
    (tests/integration/test_action_contract.py).
    """
    locks = type(target).lock is not Target.lock
    on_it = [
        action
        for action in REGISTRY.by_name.values()
        if (locks or action.lock is Action.lock)
        and any(issubclass(kind, Target) and kind.kind == target.kind for kind in action.parameters().values())
    ]
    tables = {write.table: PlatformBase.metadata.tables[write.table] for one in on_it for write in one.writes}
    return {
        name: column.name
        for name, table in tables.items()
        for column in table.columns
        if (column.unique or [column] == list(table.primary_key))
        and column.type.python_type is type(target.id)
        and platform(f"SELECT FROM {name} WHERE {column.name} = %s", target.id)
    }


async def waits(database: Database, change: Callable[[AsyncSession], object]) -> bool:
    """Whether a transaction on another connection has to wait for a lock to do this."""
    try:
        async with database.transaction() as other:
            await other.execute(text(AT_ONCE.replace("SET", "SET LOCAL")))
            await change(other)
    except OperationalError as error:
        if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise
        return True
    return False


class TestLock:
    @each
    async def test_nobody_else_acts_on_what_is_locked(self, kind: type[Target], database: Database) -> None:
        """Until the transaction is over."""
        async with database.transaction() as holder:
            [one] = await kind.find(holder, kind.such_as)
            assert not await waits(database, one.lock)
            await one.lock(holder)
            assert await waits(database, one.lock)
        assert not await waits(database, one.lock)

    @each
    async def test_nobody_changes_its_row(self, kind: type[Target], database: Database, platform: Platform) -> None:
        """Not the platform either, where it has a row that actions on it change."""
        async with database.transaction() as holder:
            [one] = await kind.find(holder, kind.such_as)
            await one.lock(holder)
            for table, column in rows_of(one, platform).items():
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    platform(f"UPDATE {table} SET {column} = {column} WHERE {column} = %s", one.id)

    async def test_the_rows_are_found(self, database: Database, platform: Platform) -> None:
        """So that the test above has something to see."""
        async with database.snapshot() as session:
            found = {kind.kind: rows_of((await kind.find(session, kind.such_as))[0], platform) for kind in KINDS}
        assert found["staff"] == {"users": "id", "staff_members": "user_id"}
        assert found["queue"] == {"job_queues": "name"}
        assert found["flag"] == {"feature_flags": "key"}

    async def test_whoever_pauses_a_queue_holds_its_switch(self, database: Database, platform: Platform) -> None:
        """Which the action changes, too: what it is about is a queue or a tenant."""
        pausing = {name: one for name, one in REGISTRY.by_name.items() if QueueOrTenant in one.parameters().values()}
        assert pausing
        for name in pausing:
            async with database.transaction() as holder:
                queue = await QueueOrTenant.load(Queue.such_as, holder)
                action = await example(name, holder, what=queue, queue=None)
                await action.lock(holder)
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    platform("UPDATE job_queues SET is_active = NOT is_active WHERE name = %s", Queue.such_as)
