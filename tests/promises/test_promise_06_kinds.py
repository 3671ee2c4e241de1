"""Promise 6 for every kind of hold, whatever the order: pauses, roles and flags overlap, against a simple model."""

import asyncio
import datetime as dt
import uuid
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import update

from bot.actions.flags.turn import TurnOff
from bot.demo.data import AI_COMPOSER, uid
from bot.demo.postgres import EmbeddedPostgres
from bot.holds import engine, flag, queue_pause, role
from bot.holds.flag import Switch
from bot.parameters.base import Reason
from bot.platform import flags
from bot.platform.queues import Scope
from bot.store.models import Hold, HoldCause, HoldKind
from bot.targets.flag import FlagKey
from tests.promises.bench import IDS, Bench, build

KEY = AI_COMPOSER.key
QUEUE = "queue:email-sending"
ACME, LABS = uid("tenant", "acme-corp"), uid("tenant", "acme-labs")
FAR = dt.datetime(2031, 5, 1, 12, tzinfo=dt.UTC)  # an end that somebody else has set

Value = tuple[Any, Any]
"""How a switch stands: what it says, and the end that the platform knows of it. Of a flag's default: (on, share)."""


@dataclass
class Modelled:
    """A switch as it should be."""

    base: Value
    now: Value
    seen: Value
    """As the bot last left or found it."""
    theirs: bool = False
    """Somebody else has set it, and the bot has noticed."""


@dataclass
class Placed:
    """An open hold: what it asks of which switches, and until when."""

    kind: HoldKind
    asks: dict[str, Any]
    ends: dt.datetime | None
    about: tuple[str, ...] = ()
    """Who hears of its end by direct message."""


def share(value: Value) -> int:
    """How many percent of the tenants have a flag whose default is this."""
    return 100 if value[0] else int(value[1])


def strictest(key: str, holds: list[Placed], base: Value) -> Value:
    """In force while these are open over the base: what takes over what gives, else the one that gives longest."""
    asked = [one.asks[key] for one in holds]
    if key == f"flag:{KEY}":
        return min(asked, key=share)
    what = all(asked)
    ends = [one.ends for one in holds]
    if key.startswith("staff:"):
        ends += [base[1]] if base[0] else []
        return (True, None if None in ends else max(ends)) if what else (False, None)
    if key == QUEUE or ("/listed:" in key and not what):
        return what, None
    # Where something comes back afterwards, the platform must not forget by itself.
    comes_back = base[0] if "/listed:" in key else base[0] is not None
    return what, None if comes_back or None in ends else max(ends)


@dataclass
class Model:
    """What should be: open holds, and every switch that one may be on."""

    switches: dict[str, Modelled]
    open: dict[uuid.UUID, Placed] = field(default_factory=dict)
    ended: int = 0
    told: int = 0
    """Direct messages."""

    def on(self, key: str) -> list[Placed]:
        return [one for one in self.open.values() if key in one.asks]

    def _set(self, key: str, value: Value) -> None:
        switch = self.switches[key]
        switch.now = switch.seen = value

    def _look(self, key: str) -> None:
        switch = self.switches[key]
        if switch.now != switch.seen:
            switch.theirs, switch.seen = True, switch.now

    def _settle(self, key: str) -> None:
        switch, holds = self.switches[key], self.on(key)
        self._set(key, strictest(key, holds, switch.base) if holds else switch.base)

    def place(self, hold_id: uuid.UUID, placed: Placed) -> None:
        for key in placed.asks:
            switch = self.switches[key]
            if self.on(key):
                self._look(key)
            else:
                switch.base, switch.seen, switch.theirs = switch.now, switch.now, False
            if switch.theirs and placed.kind is HoldKind.QUEUE_PAUSE:
                continue  # the pause itself holds the jobs back
            if switch.theirs:
                switch.base, switch.theirs = switch.now, False
        self.open[hold_id] = placed
        for key in placed.asks:
            if not self.switches[key].theirs:
                self._settle(key)

    def extend(self, hold_id: uuid.UUID, ends: dt.datetime) -> None:
        self.open[hold_id].ends = ends
        for key in self.open[hold_id].asks:
            self._look(key)
            if not self.switches[key].theirs:
                self._settle(key)

    def end(self, hold_id: uuid.UUID, by: str | None = None) -> None:
        for key in self.open[hold_id].asks:
            self._look(key)
        gone = self.open.pop(hold_id)
        self.ended += 1
        self.told += len(set(gone.about) - {by})
        for key in gone.asks:
            if not self.switches[key].theirs:
                self._settle(key)

    def change(self, key: str, value: Value, *, by: str) -> None:
        """For good. What takes counts at once; else it is what comes back."""
        switch = self.switches[key]
        if not self.on(key):
            switch.now = switch.seen = value
            return
        self._look(key)
        switch.base, switch.theirs = value, False
        takes = share(value) == 0 if key == f"flag:{KEY}" else value[0] is False
        for hold_id, one in list(self.open.items()) if takes else []:
            gives = key in one.asks and (share(one.asks[key]) > 0 if key == f"flag:{KEY}" else one.asks[key])
            if gives and set(one.asks) == {key}:
                self.end(hold_id, by)
            elif gives:
                del one.asks[key]
        self._settle(key)

    def swept(self) -> None:
        for one in self.open.values():
            for key in one.asks:
                self._look(key)


PEOPLE = {"kofi": "engineering", "ines": "customer_success"}  # with the role each holds for good
LENDABLE = ("engineering", "support")
DEFAULT, TENANT, OTHER = f"flag:{KEY}", f"flag:{KEY}/tenant:{ACME}", f"flag:{KEY}/tenant:{LABS}"
LISTED = f"flag:{KEY}/listed:{LABS}"
ROLES = [role.switch(IDS[name], one) for name in PEOPLE for one in LENDABLE]
SHARES = [(True, 0), (False, 0), (False, 25), (False, 80)]
HOURS = st.none() | st.integers(1, 3)


def named(key: str) -> str:
    return next(name for name in PEOPLE if str(IDS[name]) in key)


class Holds(RuleBasedStateMachine):
    """People, clocks and others on the platform, in any order, on one database for each run."""

    postgres: EmbeddedPostgres
    template: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.name = f"holds_{uuid.uuid4().hex[:12]}"
        self.bench: Bench = build(self.postgres.create_database(self.name, self.template))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def sql(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        return self.run(self.bench.sql(statement, **parameters))

    def teardown(self) -> None:
        self.run(self.bench.database.engine.dispose())
        self.runner.close()
        self.postgres.drop_database(self.name)

    @initialize()
    def begin(self) -> None:
        """A flag on for one tenant and one user by override, for another tenant by the allowlist."""
        for table in ("tenant_feature_flags", "user_feature_flags", "feature_flag_allowlist"):
            self.sql(f"DELETE FROM {table} WHERE flag_key = :key", key=KEY)
        [(user,)] = self.sql(
            "SELECT user_id FROM tenant_users WHERE tenant_id = :acme ORDER BY user_id LIMIT 1", acme=ACME
        )
        self.user = f"flag:{KEY}/user:{user}"
        self.keys = [QUEUE, *ROLES, DEFAULT, TENANT, OTHER, LISTED, self.user]
        for key, value in ((TENANT, (True, None)), (LISTED, (True, None)), (self.user, (True, None))):
            self.set_on_the_platform(key, value)
        self.model = Model({key: Modelled(value, value, value) for key, value in self.platform().items()})

    # The platform, past the bot

    def platform(self) -> dict[str, Value]:
        """Every switch as it stands there."""
        found: dict[str, Value] = dict.fromkeys(self.keys, (None, None))
        found |= dict.fromkeys((*ROLES, LISTED), (False, None))
        [(active,)] = self.sql("SELECT is_active FROM job_queues WHERE name = 'email-sending'")
        found[QUEUE] = (active, None)
        for person, name, expires in self.sql(
            "SELECT h.user_id, r.name, h.expires FROM staff_member_roles h JOIN staff_roles r ON r.id = h.role_id"
        ):
            if (key := role.switch(person, name)) in found:
                found[key] = (True, expires)
        [found[DEFAULT]] = self.sql("SELECT is_enabled, rollout_percentage FROM feature_flags WHERE key = :k", k=KEY)
        for of, query in (
            ("tenant", "SELECT tenant_id, enabled, expires FROM tenant_feature_flags WHERE flag_key = :k"),
            ("user", "SELECT user_id, enabled, expires FROM user_feature_flags WHERE flag_key = :k"),
            ("listed", "SELECT tenant_id, true, expires FROM feature_flag_allowlist WHERE flag_key = :k"),
        ):
            found |= {f"flag:{KEY}/{of}:{who}": (on, expires) for who, on, expires in self.sql(query, k=KEY)}
        assert set(found) == set(self.keys)
        return found

    def set_on_the_platform(self, key: str, value: Value) -> None:
        what, ends = value
        if key == QUEUE:
            self.sql("UPDATE job_queues SET is_active = :on WHERE name = 'email-sending'", on=what)
        elif key == DEFAULT:
            self.sql("UPDATE feature_flags SET is_enabled = :e, rollout_percentage = :r WHERE key = :k",
                     e=what, r=ends, k=KEY)  # fmt: skip
        elif key.startswith("staff:"):
            person, name = role.taken_apart(key)
            of_role = "(SELECT id FROM staff_roles WHERE name = :name)"
            self.sql(f"DELETE FROM staff_member_roles WHERE user_id = :p AND role_id = {of_role}", p=person, name=name)
            if what:
                self.sql(
                    f"INSERT INTO staff_member_roles (user_id, role_id, expires) VALUES (:p, {of_role}, :ends)",
                    p=person, name=name, ends=ends,
                )  # fmt: skip
        else:
            switch = Switch.of_key(key)
            table, whose, on = {
                "tenant": ("tenant_feature_flags", "tenant_id", "enabled, "),
                "user": ("user_feature_flags", "user_id", "enabled, "),
                "listed": ("feature_flag_allowlist", "tenant_id", ""),
            }[switch.of]
            self.sql(f"DELETE FROM {table} WHERE flag_key = :k AND {whose} = :who", k=KEY, who=switch.id)
            if what or (what is False and on):
                values = ":k, :who, :on, :ends" if on else ":k, :who, :ends"
                given = {"on": what} if on else {}
                self.sql(f"INSERT INTO {table} (flag_key, {whose}, {on}expires) VALUES ({values})",
                         k=KEY, who=switch.id, ends=ends, **given)  # fmt: skip

    # What people do

    def place(self, kind: HoldKind, target: str, subject: Mapping[str, Any], asks: dict[str, Any], hours: int | None,
              about: tuple[str, ...] = ()) -> None:  # fmt: skip
        lasts = dt.timedelta(hours=hours) if hours else None

        async def placing() -> Hold:
            async with self.bench.database.transaction() as session:
                return await engine.place(
                    session, kind, target=target, subject=dict(subject), by=IDS["oncall"], reason="spam",
                    ends=(lambda now: now + lasts) if lasts else None,
                )  # fmt: skip

        hold = self.run(placing())
        self.model.place(hold.id, Placed(kind, asks, hold.ends, about))

    @rule(whole=st.booleans(), hours=HOURS)
    def pause(self, whole: bool, hours: int | None) -> None:  # noqa: FBT001 - hypothesis passes by name
        scope = Scope("email-sending", None if whole else ACME)
        asks = {QUEUE: False} if whole else {}
        self.place(HoldKind.QUEUE_PAUSE, scope.key, queue_pause.subject_of(scope), asks, hours)

    @rule(who=st.sampled_from(sorted(PEOPLE)), given=st.sets(st.sampled_from(LENDABLE), min_size=1), hours=HOURS,
          taken=st.booleans())  # fmt: skip
    def lend_or_take_a_role(self, who: str, given: set[str], hours: int | None, taken: bool) -> None:  # noqa: FBT001
        """One or both for a time; or one instead of the other."""
        gone = set(LENDABLE) - given if taken else set()
        subject = role.subject_of(IDS[who], given, gone)
        asks = {role.switch(IDS[who], one): one in given for one in {*given, *gone}}
        self.place(HoldKind.ROLE, f"staff:{IDS[who]}", subject, asks, hours, about=(who, "oncall"))

    @rule(who=st.sampled_from(sorted(PEOPLE)), one=st.sampled_from(LENDABLE), hours=HOURS)
    def take_a_role(self, who: str, one: str, hours: int | None) -> None:
        subject = role.subject_of(IDS[who], (), {one})
        asks = {role.switch(IDS[who], one): False}
        self.place(HoldKind.ROLE, f"staff:{IDS[who]}", subject, asks, hours, about=(who, "oncall"))

    def set_flag(self, values: Mapping[str, Any], hours: int | None, *, off: bool) -> None:
        kept = {key: self.as_stored(key, value) for key, value in values.items()}
        self.place(HoldKind.FLAG, DEFAULT, {"flag": KEY, "set": kept, "off": off}, dict(values), hours)

    def as_stored(self, key: str, value: Any) -> dict[str, Any]:
        if key == DEFAULT:
            return flag.default_of(enabled=value[0], rollout=value[1])
        return flag.listing(listed=value) if "/listed:" in key else flag.own(value, "spam")

    @rule(data=st.data(), on=st.booleans(), hours=HOURS)
    def override(self, data: st.DataObject, on: bool, hours: int | None) -> None:  # noqa: FBT001
        """For a tenant, for a user, or on the allowlist, for two of them at once, too."""
        chosen = data.draw(st.sets(st.sampled_from([TENANT, OTHER, self.user, LISTED]), min_size=1, max_size=2))
        self.set_flag(dict.fromkeys(sorted(chosen), on), hours, off=not on)

    @rule(value=st.sampled_from(SHARES), hours=HOURS)
    def roll_out(self, value: Value, hours: int | None) -> None:
        self.set_flag({DEFAULT: value}, hours, off=share(value) == 0)

    @rule(hours=HOURS)
    def off_for_everybody(self, hours: int | None) -> None:
        """Covers what is on by a rule of somebody's own, too: nobody has it then."""

        async def wanted() -> dict[str, Any]:
            async with self.bench.database.transaction() as session:
                found = await FlagKey.load(KEY, session)
                off = TurnOff(flag=found, concerned=None, duration=None, reason=Reason("spam"))
                return off.wanted(found.state)

        async def with_it() -> list[Any]:
            async with self.bench.database.transaction() as session:
                state = await flags.load(session, KEY)
                asked = [state.for_tenant(one) for one in (ACME, LABS)]
                return [state.enabled, *(on for on, _ in asked), state.for_user(Switch.of_key(self.user).id, ACME)[0]]

        asks = dict.fromkeys(self.run(wanted()), False) | {DEFAULT: (False, 0)}
        self.set_flag(asks, hours, off=True)
        assert self.run(with_it()) == [False] * 4

    @precondition(lambda self: self.model.open)
    @rule(data=st.data(), hours=st.integers(1, 30))
    def extend(self, data: st.DataObject, hours: int) -> None:
        """To a later end, or to an earlier one."""
        chosen = data.draw(st.sampled_from(list(self.model.open)))

        async def moving() -> Hold:
            async with self.bench.database.transaction() as session:
                await engine.lock(session)
                hold = await session.get_one(Hold, chosen)
                await engine.extend(session, hold, await engine.clock(session) + dt.timedelta(hours=hours))
                return hold

        self.model.extend(chosen, self.run(moving()).ends)

    @precondition(lambda self: self.model.open)
    @rule(data=st.data())
    def end_early(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from(list(self.model.open)))

        async def ending() -> None:
            async with self.bench.database.transaction() as session:
                await engine.lock(session)
                await engine.end(session, await session.get_one(Hold, chosen), HoldCause.RESUMED, IDS["oncall"])

        self.run(ending())
        self.model.end(chosen, "oncall")

    @rule(data=st.data())
    def change_for_good(self, data: st.DataObject) -> None:
        """Also while holds are open on it."""
        key = data.draw(st.sampled_from([*ROLES, DEFAULT, TENANT, OTHER, LISTED, self.user]))
        kind = HoldKind.ROLE if key in ROLES else HoldKind.FLAG
        what = data.draw(st.sampled_from(SHARES) if key == DEFAULT else st.booleans())
        stored = self.as_stored(key, what) if kind is HoldKind.FLAG else None
        if kind is HoldKind.ROLE:
            stored = role.held_until(None, IDS["tomasz"]) if what else role.NOT_HELD

        async def changing() -> bool:
            async with self.bench.database.transaction() as session:
                return await engine.change(session, kind, key, stored, by=IDS["tomasz"])

        at_once = self.run(changing())
        value = what if key == DEFAULT else (what, None)
        self.model.change(key, value, by="tomasz")
        assert at_once is (self.model.switches[key].now == value)

    # Time and others

    @precondition(lambda self: self.model.open)
    @rule(data=st.data(), clocks=st.integers(1, 3))
    def time_passes(self, data: st.DataObject, clocks: int) -> None:
        """Some are due; several clocks notice at once."""
        chosen = data.draw(st.lists(st.sampled_from(list(self.model.open)), unique=True, max_size=3))

        async def all_together() -> None:
            async with self.bench.database.transaction() as session:
                past = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
                await session.execute(update(Hold).where(Hold.id.in_(chosen)).values(ends=past))
            ended = await asyncio.gather(*(engine.sweep(self.bench.database) for _ in range(clocks)))
            assert sum(ended) == len(chosen)

        self.run(all_together())
        for hold_id in chosen:
            self.model.end(hold_id)
        self.model.swept()

    @rule(data=st.data(), noticed=st.booleans())
    def set_outside(self, data: st.DataObject, noticed: bool) -> None:  # noqa: FBT001
        """A sweep notices, or only whatever is done next; what is taken back before anybody looked was nothing."""
        key = data.draw(st.sampled_from(self.keys))
        if key == DEFAULT:
            value = data.draw(st.sampled_from(SHARES))
        elif key == QUEUE:
            value = (data.draw(st.booleans()), None)
        else:
            whats = [True, False] if key in (*ROLES, LISTED) else [True, False, None]
            what = data.draw(st.sampled_from(whats))
            value = (what, data.draw(st.sampled_from([None, FAR])) if what else None)
        self.set_on_the_platform(key, value)
        self.model.switches[key].now = value
        if noticed:
            self.run(engine.sweep(self.bench.database))
            self.model.swept()

    # What is true at any time

    @invariant()
    def the_platform_is_as_the_model_says(self) -> None:
        assert self.platform() == {key: one.now for key, one in self.model.switches.items()}

    @invariant()
    def what_is_open_is_known(self) -> None:
        open_now = self.sql("SELECT id FROM pmbot.holds WHERE ended IS NULL")
        assert {one for (one,) in open_now} == set(self.model.open)

    @invariant()
    def each_end_is_audited_and_told_once(self) -> None:
        """In the channel, and to whoever is concerned and has not ended it themselves."""
        audited = self.sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'hold_ended'")
        of_ends = "SELECT count(*), max(version) FROM pmbot.messages WHERE split_part(key, ':', 3) = 'ended'"
        told = self.sql(f"{of_ends} AND split_part(key, ':', 4) = ''")
        personally = self.sql(f"{of_ends} AND split_part(key, ':', 4) <> ''")
        assert audited == [(self.model.ended,)]
        assert told == [(self.model.ended, 1 if self.model.ended else None)]
        assert personally == [(self.model.told, 1 if self.model.told else None)]


def test_whatever_the_order_the_strictest_open_hold_is_in_force(postgres: EmbeddedPostgres, template: str) -> None:
    """Every kind, for a time and for good, with time, clocks and others; each switch ends as it should."""
    Holds.postgres, Holds.template = postgres, template
    chosen = settings(
        max_examples=25,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],  # each run has a database of its own: shrinking would take longer than reading
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Holds, settings=chosen)
