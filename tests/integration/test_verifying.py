"""No action is confirmed before it is done, from what the platform remembers, or of what the platform does not know."""

import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import grants
from bot.actions.base import Action
from bot.actions.flags.parameters import Whom
from bot.actions.impact import Step
from bot.demo.data import AI_COMPOSER, uid
from bot.demo.gateway import Gateway
from bot.demo.postgres import EmbeddedPostgres
from bot.errors import Unavailable
from bot.holds import engine, flag, role
from bot.holds.columns import subject_of
from bot.holds.flag import Switch
from bot.holds.suspension import SUSPENDED
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Parameter
from bot.parameters.time import Term
from bot.platform.models import TenantUser
from bot.platform.schema import full_sql
from bot.store.database import Database
from bot.store.models import Hold, HoldKind, Verification
from bot.targets.ip import Ip
from bot.targets.role import Role, Roles, RolesHeld
from tests.integration.action_examples import BEFORE, ON_PLATFORM, REGISTRY, done, example

TOKEN = "service-credential"
LONG = 3600.0  # seconds that the platform remembers
HOUR = timedelta(hours=1)
ACME, LABS = uid("tenant", "acme-corp"), uid("tenant", "acme-labs")
STAFFER = uid("user", "staffer@penguinmails.example")
KEY = AI_COMPOSER.key
# The platform remembers whom it lets in, and never whom it refuses: what opens an account shows at once.
SHOWS_AT_ONCE = {"staff.onboard", "staff.reinstate", "hold.end, suspension"}
# And workers take jobs from the table itself, of which nobody remembers anything.
SHOWS_AT_ONCE |= {"queue.retry", "queue.retry_failed", "queue.prioritise", "queue.put_back"}
SHOWS_AT_ONCE |= {"queue.delete_job", "queue.clear_failed"}
SHOWS_AT_ONCE |= {"queue.retry_some", "queue.delete_some", "queue.prioritise_some"}
SHOWS_AT_ONCE |= {"sandbox.create", "user.invite", "user.invite_some"}
MAKES = {"sandbox.create"}  # what was not made the platform does not know, and says so

Given = Callable[[AsyncSession], Awaitable[Parameter | None]]


@dataclass(frozen=True)
class Case:
    """One way to ask for an action: what is there before, and what is said instead of the example."""

    action: str
    before: Callable[[AsyncSession], Awaitable[Any]] | None = None
    given: dict[str, Given] = field(default_factory=dict)


# What is there before


async def _held(session: AsyncSession, kind: HoldKind, target: str, subject: dict[str, Any]) -> Hold:
    root = uid("user", "root@penguinmails.example")
    return await engine.place(
        session, kind, target=target, subject=subject, by=root, reason="x", ends=lambda now: now + HOUR
    )


async def lent_role(session: AsyncSession) -> None:
    await _held(session, HoldKind.ROLE, f"staff:{STAFFER}", role.subject_of(STAFFER, {"support"}, ()))


async def taken_role(session: AsyncSession) -> None:
    await _held(session, HoldKind.ROLE, f"staff:{STAFFER}", role.subject_of(STAFFER, (), {"finance"}))


async def suspended_for_an_hour(session: AsyncSession) -> None:
    subject = subject_of(STAFFER, SUSPENDED, staff=True)
    await _held(session, HoldKind.SUSPENSION, f"staff:{STAFFER}", subject)


async def address_quarantined(session: AsyncSession) -> None:
    [ip] = await Ip.find(session, Ip.such_as)
    await _held(session, HoldKind.ADDRESS, ip.key, subject_of(ip.id, {"status": "quarantined"}))


async def _flag_hold(session: AsyncSession, switch: Switch, value: dict[str, Any], *, off: bool) -> None:
    await _held(session, HoldKind.FLAG, switch.key, {"flag": KEY, "set": {switch.key: value}, "off": off})


async def flag_off_for_a_tenant(session: AsyncSession) -> None:
    await _flag_hold(session, Switch(KEY, "tenant", ACME), flag.own(False, "x"), off=True)


async def flag_on_for_a_user(session: AsyncSession) -> None:
    await _flag_hold(session, Switch(KEY, "user", await _user(session)), flag.own(True, "x"), off=False)


async def tenant_allowed(session: AsyncSession) -> None:
    await _flag_hold(session, Switch(KEY, "listed", LABS), flag.listing(listed=True), off=False)


async def flag_on_for_everybody(session: AsyncSession) -> None:
    await _flag_hold(session, Switch(KEY), flag.default_of(enabled=True, rollout=0), off=False)


async def user_has_it_off(session: AsyncSession) -> None:
    key = Switch(KEY, "user", await _user(session)).key
    await engine.change(session, HoldKind.FLAG, key, flag.own(False, "x"), by=STAFFER)


async def user_has_it_on(session: AsyncSession) -> None:
    key = Switch(KEY, "user", await _user(session)).key
    await engine.change(session, HoldKind.FLAG, key, flag.own(True, "x"), by=STAFFER)


# What is said


async def _user(session: AsyncSession) -> uuid.UUID:
    query = select(TenantUser.user_id).where(TenantUser.tenant_id == ACME).order_by(TenantUser.user_id)
    return (await session.scalars(query)).first() or uuid.uuid4()


async def nothing(session: AsyncSession) -> None:
    return None


async def a_user(session: AsyncSession) -> Whom:
    return await Whom.load(str(await _user(session)), session)


async def an_hour(session: AsyncSession) -> Term:
    return Term(HOUR)


def roles(kind: type[Roles], *names: str) -> Given:
    async def of(session: AsyncSession) -> Roles:
        return kind(tuple(map(Role, names)), whole=not names)

    return of


HOLDS = {
    "suspension": suspended_for_an_hour,
    "quarantine": address_quarantined,
    "role lent": lent_role,
    "role taken": taken_role,
    "flag off": flag_off_for_a_tenant,
    "flag on for a user": flag_on_for_a_user,
    "tenant allowed": tenant_allowed,
    "flag on for everybody": flag_on_for_everybody,
}
FOR_GOOD: dict[str, Given] = {"duration": nothing}
CASES = {
    **{name: Case(name) for name in ON_PLATFORM},
    **{f"hold.end, {what}": Case("hold.end", before) for what, before in HOLDS.items()},
    # An end that the platform does not know of is no business of its own: of a default, and of what was taken.
    **{f"hold.extend, {what}": Case("hold.extend", HOLDS[what]) for what in HOLDS
       if what not in ("flag on for everybody", "role taken", "suspension", "quarantine")},
    **{f"{name}, for good": Case(name, given=FOR_GOOD) for name in ON_PLATFORM
       if name.startswith(("staff.add", "staff.set", "staff.remove", "staff.suspend", "flag.turn", "flag.allow",
                           "queue.pause", "tenant.limit", "tenant.comp", "tenant.override", "tenant.policy"))},
    "staff.remove_role, all": Case("staff.remove_role", given={"roles": roles(RolesHeld)}),
    "staff.remove_role, one that is lent": Case(
        "staff.remove_role", lent_role, {"roles": roles(RolesHeld, "support"), **FOR_GOOD}
    ),
    "staff.set_role, to fewer": Case("staff.set_role", given={"roles": roles(Roles, "admin"), **FOR_GOOD}),
    "flag.turn_off, everybody": Case("flag.turn_off", given={"concerned": nothing}),
    "flag.turn_off, everybody and a user with a rule": Case("flag.turn_off", user_has_it_on, {"concerned": nothing}),
    "flag.turn_off, a user": Case("flag.turn_off", given={"concerned": a_user}),
    "flag.turn_on, everybody": Case("flag.turn_on", given={"concerned": nothing, **FOR_GOOD}),
    "flag.turn_on, a user": Case("flag.turn_on", given={"concerned": a_user, "duration": an_hour}),
    "flag.clear, a user": Case("flag.clear", user_has_it_off, {"concerned": a_user}),
}  # fmt: skip


class RolledBackError(Exception):
    """Nothing of it is to stay."""


@asynccontextmanager
async def platform(database_url: str) -> AsyncIterator[tuple[Gateway, PlatformProbe]]:
    """A gateway that believes what it has read for an hour, and how it is asked."""
    gateway = Gateway(database_url, TOKEN, cache_seconds=LONG, flag_seconds=LONG)
    async with gateway.serve() as url:
        probe = PlatformProbe(url, TOKEN)
        try:
            yield gateway, probe
        finally:
            await probe.close()


@dataclass(frozen=True)
class Executed:
    """What was carried out, and what is known of it."""

    step: Step
    outcome: dict[str, Any]
    expected: dict[str, Any]
    """What the platform would have to say, right after it."""
    undo: Step | None


async def executed(database: Database, case: Case, *, keep: bool) -> Executed:
    """Carry it out, for good or not."""
    with suppress(RolledBackError):
        async with database.transaction() as session:
            given = {name: await make(session) for name, make in case.given.items()}
            did = await _carried_out(session, await example(case.action, session, **given))
            if not keep:
                raise RolledBackError
    return did


async def taken_back(database: Database, step: Step) -> Executed:
    """Carry out what undoes it."""
    async with database.transaction() as session:
        action = await REGISTRY.load(step, session)
        await action.preview(session)
        return await _carried_out(session, action)


async def _carried_out(session: AsyncSession, action: Action) -> Executed:
    outcome = json.loads(json.dumps((await done(action, session)).data))
    return Executed(action.step(), outcome, await action.expects(session, outcome), action.undo(outcome))


async def answer(database: Database, probe: PlatformProbe, did: Executed) -> str:
    """What the platform says of it, asked as the pipeline asks: by the step, read anew."""
    async with database.snapshot() as session:
        action = await REGISTRY.load(did.step, session)
    return (await action.verify(did.expected, probe)).state


async def asked_later(database: Database, probe: PlatformProbe, did: Executed) -> str:
    """What it says of it once something else was carried out; of what is our own nobody is asked."""
    async with database.snapshot() as session:
        action = await REGISTRY.load(did.step, session)
        expected = await action.expects(session, did.outcome)
    return await answer(database, probe, replace(did, expected=expected)) if action.verifiable else Verification.OWN


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.mark.parametrize("name", CASES)
async def test_confirmed_neither_before_it_is_done_nor_from_memory(
    name: str, database: Database, database_url: str, sql
) -> None:
    """Asked while it was not committed; asked when it was, of a platform that did not hear; asked when it has."""
    case = CASES[name]
    if case.before is not None:
        async with database.transaction() as session:
            await case.before(session)
    elif case.action in BEFORE:
        sql(BEFORE[case.action])
    async with platform(database_url) as (gateway, probe):
        undone = await executed(database, case, keep=False)
        if case.action in MAKES:
            with pytest.raises(Unavailable):
                await answer(database, probe, undone)
        else:
            assert await answer(database, probe, undone) == Verification.NOT_YET
        gateway.deaf = True
        did = await executed(database, case, keep=True)
        if name not in SHOWS_AT_ONCE:
            assert await answer(database, probe, did) == Verification.NOT_YET
        gateway.memory.forget_all()
        assert await answer(database, probe, did) == Verification.CONFIRMED
        if did.undo is not None:
            back = await taken_back(database, did.undo)
            gateway.memory.forget_all()
            # Nobody is told that it never held because it was taken back before anybody asked.
            assert await asked_later(database, probe, did) == Verification.CONFIRMED
            assert await asked_later(database, probe, back) in (Verification.CONFIRMED, Verification.OWN)


async def test_a_role_of_whoever_was_suspended_meanwhile(database: Database, database_url: str, sql) -> None:
    """Our rows still have it, and the platform lets nobody in who is suspended: that is as it should be."""
    did = await executed(database, Case("staff.add_role"), keep=True)
    sql("UPDATE users SET status = 'suspended' WHERE id = %s", STAFFER)
    async with platform(database_url) as (_, probe):
        assert await asked_later(database, probe, did) == Verification.CONFIRMED


@pytest.fixture(scope="module")
def elsewhere(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A platform with the same tables, and nobody and nothing in them."""
    name = "nothing_there"
    engine = create_engine(postgres.create_database(name))
    with engine.begin() as connection:
        connection.exec_driver_sql(full_sql(grants.declared()))
    engine.dispose()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.mark.parametrize("name", CASES)
async def test_not_confirmed_of_what_the_platform_does_not_know(
    name: str, database: Database, elsewhere: str, sql
) -> None:
    """That nothing is in force there says nothing: a wrong id would look like something that has ended."""
    case = CASES[name]
    if case.before is not None:
        async with database.transaction() as session:
            await case.before(session)
    elif case.action in BEFORE:
        sql(BEFORE[case.action])
    did = await executed(database, case, keep=True)
    async with platform(elsewhere) as (_, probe):
        with pytest.raises(Unavailable):
            await answer(database, probe, did)


def test_every_action_that_writes_there_is_asked_about() -> None:
    assert {case.action for case in CASES.values()} == set(ON_PLATFORM)
