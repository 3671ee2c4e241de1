"""Promise 8: whoever changes the trail with the owner's rights is found out, and what was changed is named."""

import asyncio
import dataclasses
import random
import subprocess
import sys
from collections.abc import AsyncIterator

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit import sealing, trail
from bot.audit.findings import Kind
from bot.audit.merkle import Frontier, leaf_hash
from bot.audit.seals import FIRST, Seal
from bot.demo.postgres import EmbeddedPostgres
from bot.store.database import OPTIONS, Database
from bot.store.models import AuditKind
from tests.promises.sealing import GUARDED, KEYS, added, as_owner, found, grown, kinds, sealed, seen

ID = "SELECT audit_id FROM pmbot.audit_leaves WHERE position = (SELECT max(position) - %s FROM pmbot.audit_leaves)"
CHANGES = {
    "id": "id = 1000000",
    "xid": "xid = '7'",
    "at": "at = at - interval '1 microsecond'",
    "kind": "kind = 'looked'",
    "actor_id": "actor_id = NULL",
    "action": "action = action || ' '",
    "target": "target = 'staff:x'",
    "proposal_id": "proposal_id = gen_random_uuid()",
    "step": "step = 1",
    "facts": "facts = jsonb_set(facts, '{was,0}', '1.5000')",
    "commitment": "commitment = sha256('')",
}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    made = Database(database_url)
    yield made
    await made.close()


def entry(sql, back: int) -> int:
    """The id of the entry that is so many leaves before the last."""
    return sql(ID, back)[0][0]


# Untouched


async def test_an_untouched_trail_is_found_whole(database: Database, database_url: str) -> None:
    """Also before anything is sealed, and what is not sealed yet."""
    with as_owner(database_url) as owner:  # what the copied database began with is older than the whole test
        owner.execute("UPDATE pmbot.audit_log SET at = clock_timestamp()")
    assert found(database_url) == []
    await grown(database)
    await added(database, "staff:not sealed yet")
    assert found(database_url, [await seen(database)]) == []


async def test_while_eight_write_and_commit_out_of_order(database: Database, database_url: str, sql) -> None:
    """Nobody waits for the sealer, nothing is sealed twice or never, and no verification cries wolf."""
    await sealed(database)
    draw, over = random.Random(8), asyncio.Event()

    async def write() -> None:
        for number in range(12):
            await added(database, f"staff:{number}", draw.random() / 20)

    async def seal() -> None:
        while not over.is_set():
            await sealed(database)
            await asyncio.sleep(0.01)

    sealers = [asyncio.create_task(seal()) for _ in range(2)]
    writers = asyncio.gather(*(write() for _ in range(8)))
    while not writers.done():
        assert await asyncio.to_thread(found, database_url) == []
    await writers
    over.set()
    await asyncio.gather(*sealers)
    await sealed(database)
    assert found(database_url) == []
    assert sql("SELECT count(*) FROM pmbot.audit_log") == sql("SELECT count(*) FROM pmbot.audit_leaves")
    assert sql("SELECT count(*) > 5 FROM pmbot.audit_seals") == [(True,)]


async def test_an_entry_that_commits_late_is_sealed_later(database: Database, database_url: str, sql) -> None:
    """What began before others and ends after them is neither passed over, nor does it keep them from being seen."""
    late = asyncio.create_task(added(database, "staff:late", 0.5))
    await asyncio.sleep(0.2)
    await added(database, "staff:early")
    await sealed(database)
    await late
    await sealed(database)
    assert sql("SELECT count(*) FROM pmbot.audit_log") == sql("SELECT count(*) FROM pmbot.audit_leaves")
    assert found(database_url) == []


@pytest.mark.parametrize("point", ["_added", "newest", "_row"])
async def test_a_sealer_that_dies_leaves_a_sound_tree(database: Database, database_url: str, sql, point: str) -> None:
    """Before, amid and after the leaves: there is no half of a seal, and the next one makes a whole one."""
    await grown(database, rounds=1)
    await added(database, "staff:1")
    before = sql("SELECT count(*) FROM pmbot.audit_leaves")
    code = f"""
import asyncio, os
from bot.audit import sealing, trail
from bot.store.database import Database
real = sealing.{point}
if asyncio.iscoroutinefunction(real):
    async def dying(*given):
        await real(*given)
        os.kill(os.getpid(), 9)
else:
    def dying(*given):
        os.kill(os.getpid(), 9)
sealing.{point} = dying
asyncio.run(sealing.Sealer(Database({database_url!r}), None).seal())
"""
    died = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], check=False, capture_output=True, timeout=60
    )
    assert died.returncode == -9, died.stderr
    assert sql("SELECT count(*) FROM pmbot.audit_leaves") == before
    assert found(database_url) == []
    for _ in range(100):  # until PostgreSQL has noticed that nobody is left who holds the lock
        if await sealed(database):
            break
        await asyncio.sleep(0.05)
    assert found(database_url) == []
    assert sql("SELECT count(*) FROM pmbot.audit_log") == sql("SELECT count(*) FROM pmbot.audit_leaves")


async def test_two_sealers_make_one_tree(database: Database, database_url: str, sql, monkeypatch) -> None:
    """Even without the lock: the second one's leaves and seal have a place already."""
    await grown(database, rounds=1)
    await added(database, "staff:1")
    monkeypatch.setattr(sealing, "LOCK", sealing.text("SELECT true"))
    real, together = sealing._added, asyncio.Barrier(4)

    async def at_once(*given):
        await together.wait()  # all of them have read which seal is the newest
        return await real(*given)

    monkeypatch.setattr(sealing, "_added", at_once)
    await asyncio.gather(*(sealed(database) for _ in range(4)), return_exceptions=True)
    assert found(database_url) == []
    assert sql("SELECT count(*) FROM pmbot.audit_log") == sql("SELECT count(*) FROM pmbot.audit_leaves")


async def test_many_entries_are_sealed_in_several_steps(
    database: Database, database_url: str, sql, monkeypatch
) -> None:
    """A trail that was never sealed before is sealed bit by bit."""
    monkeypatch.setattr(sealing, "MOST", 5)
    for number in range(12):
        await added(database, f"staff:{number}")
    while await sealed(database):
        pass
    assert sql(
        "SELECT max(size - coalesce(before, 0)) FROM (SELECT size, lag(size) OVER (ORDER BY number) AS before"
        " FROM pmbot.audit_seals) AS it"
    ) == [(5,)]
    assert found(database_url) == []
    assert sql("SELECT count(*) FROM pmbot.audit_log") == sql("SELECT count(*) FROM pmbot.audit_leaves")


async def test_a_restored_database_goes_on(database: Database, database_url: str, sql) -> None:
    """On another server transactions are counted anew: what is there and what comes is sealed all the same."""
    await grown(database)
    await added(database, "staff:written before, sealed after")
    with as_owner(database_url) as owner:
        owner.execute("UPDATE pmbot.audit_log SET xid = (xid::text::bigint + 1000000000)::text::xid8")
        owner.execute("UPDATE pmbot.audit_seals SET through_xid = (through_xid::text::bigint + 1000000000)::text::xid8")
    for number in range(3):
        await added(database, f"staff:{number}")
        await sealed(database)
    assert sql("SELECT count(*) FROM pmbot.audit_log") == sql("SELECT count(*) FROM pmbot.audit_leaves")
    assert sql("SELECT count(DISTINCT position) = max(position) + 1 FROM pmbot.audit_leaves") == [(True,)]


# Changed by the owner


@pytest.mark.parametrize("column", CHANGES)
async def test_a_change_of_any_column_is_found(database: Database, database_url: str, sql, column: str) -> None:
    """The entry is named; nothing else is blamed. `facts`: a number that is written otherwise is another text."""
    await grown(database)
    which = entry(sql, 5)
    with as_owner(database_url) as owner:
        owner.execute("ALTER TABLE pmbot.audit_log ALTER COLUMN id DROP IDENTITY")
        owner.execute("DELETE FROM pmbot.audit_details WHERE audit_id = %s", [which])
        owner.execute(f"UPDATE pmbot.audit_log SET {CHANGES[column]} WHERE id = %s", [which])
    said = found(database_url, [await seen(database)])
    if column == "id":
        assert [(one.kind, one.where.get("entry", one.where.get("first"))) for one in said] == [
            (Kind.INSERTED, 1000000),
            (Kind.REMOVED, which),
        ]
    else:
        assert [(one.kind, one.where["entry"]) for one in said] == [(Kind.CHANGED, which)]
        assert str(which) in said[0].says


def test_every_column_is_tried(sql) -> None:
    columns = sql("SELECT attname FROM pg_attribute WHERE attrelid = 'pmbot.audit_log'::regclass AND attnum > 0")
    assert {one for (one,) in columns} == set(CHANGES)


async def test_a_removed_entry_is_found(database: Database, database_url: str, sql) -> None:
    await grown(database)
    gone = [entry(sql, 7), entry(sql, 3), entry(sql, 2)]
    with as_owner(database_url) as owner:
        owner.execute("DELETE FROM pmbot.audit_details WHERE audit_id = ANY(%s)", [gone])
        owner.execute("DELETE FROM pmbot.audit_log WHERE id = ANY(%s)", [gone])
    said = found(database_url, [await seen(database)])
    assert [(one.kind, one.where["first"], one.where["last"]) for one in said] == [
        (Kind.REMOVED, gone[0], gone[0]),
        (Kind.REMOVED, gone[1], gone[2]),
    ]


INSERTED = """
INSERT INTO pmbot.audit_log (id, xid, at, kind, action, target, facts, commitment) OVERRIDING SYSTEM VALUE
SELECT {id}, {xid}, {at}, 'looked', 'a', 'b', '{{}}', '' FROM pmbot.audit_log WHERE id = %s RETURNING id
"""


@pytest.mark.parametrize("then", ["at once", "once it is sealed"])
@pytest.mark.parametrize(
    ("number", "xid", "at"),
    [("-5", "xid", "at"), ("id + 1000", "pg_current_xact_id()", "at - interval '1 day'"), ("-5", "'1'", "now()")],
)
async def test_an_inserted_entry_is_found(
    database: Database, database_url: str, sql, number: str, xid: str, at: str, then: str
) -> None:
    """By its place, or by a time that is not its own; also when the sealer took it for a new one."""
    await grown(database)
    with as_owner(database_url) as owner:
        [(which,)] = owner.execute(INSERTED.format(id=number, xid=xid, at=at).encode(), [entry(sql, 5)]).fetchall()
    if then != "at once":
        await added(database, "staff:1")
        await sealed(database)
    assert [(one.kind, one.where["entry"]) for one in found(database_url)] == [(Kind.INSERTED, which)]


async def test_replayed_old_entries_are_found(database: Database, database_url: str, sql) -> None:
    """Copies of what was once true, with new numbers."""
    await grown(database)
    with as_owner(database_url) as owner:
        copied = owner.execute(
            "INSERT INTO pmbot.audit_log (at, kind, actor_id, action, target, facts, commitment)"
            " SELECT at - interval '1 hour', kind, actor_id, action, target, facts, commitment"
            " FROM pmbot.audit_log WHERE kind = 'linked' LIMIT 3 RETURNING id"
        ).fetchall()
    await sealed(database)
    said = found(database_url, [await seen(database)])
    assert [(one.kind, one.where["entry"]) for one in said] == [(Kind.INSERTED, one) for (one,) in copied]


@pytest.mark.parametrize("kept", [(), ("xid",), ("xid", "at")])
async def test_a_swap_is_found(database: Database, database_url: str, sql, kept: tuple[str, ...]) -> None:
    """Also where each keeps its transaction and time."""
    await grown(database)
    pair = sorted([entry(sql, 8), entry(sql, 3)])
    columns = [one for one in CHANGES if one not in ("id", *kept)]
    listed, theirs = ", ".join(columns), ", ".join(f"other.{one}" for one in columns)
    with as_owner(database_url) as owner:
        owner.execute("DROP INDEX pmbot.uq_audit_log_executed")  # the owner may do that, too
        swap = (
            f"UPDATE pmbot.audit_log AS one SET ({listed}) = ROW({theirs}) FROM pmbot.audit_log AS other"
            " WHERE one.id <> other.id AND one.id = ANY(%(pair)s) AND other.id = ANY(%(pair)s)"
        )
        owner.execute(swap.encode(), {"pair": pair})
    assert [(one.kind, one.where["entries"]) for one in found(database_url)] == [(Kind.SWAPPED, pair)]


def cut(owner: psycopg.Connection, size: int) -> None:
    """Take away whatever was sealed after so many entries."""
    newer = "SELECT audit_id FROM pmbot.audit_leaves WHERE position >= %s"
    owner.execute(f"DELETE FROM pmbot.audit_details WHERE audit_id IN ({newer})".encode(), [size])
    owner.execute(f"DELETE FROM pmbot.audit_log WHERE id IN ({newer})".encode(), [size])
    owner.execute("DELETE FROM pmbot.audit_leaves WHERE position >= %s", [size])
    owner.execute("DELETE FROM pmbot.audit_seals WHERE size > %s", [size])


@pytest.mark.parametrize("then", ["nothing", "new entries"])
async def test_a_cut_tail_or_a_restored_dump_is_found(database: Database, database_url: str, sql, then: str) -> None:
    """By a witness who saw more; if as much has come again, by its root."""
    await grown(database, rounds=2)
    older = sql("SELECT max(size) FROM pmbot.audit_seals")[0][0]
    await grown(database, rounds=2)
    sighting = await seen(database)
    with as_owner(database_url) as owner:
        cut(owner, older)
    assert found(database_url) == [], "nothing within the database tells"
    if then == "nothing":
        [said] = found(database_url, [sighting])
        assert (said.kind, said.where["size"], said.where["sealed"]) == (Kind.CUT, sighting.size, older)
    else:
        await grown(database, rounds=2)
        [said] = found(database_url, [sighting])
        assert (said.kind, said.where["size"]) == (Kind.REWRITTEN, sighting.size)


@pytest.mark.parametrize(
    "change",
    [
        "root = sha256('')",
        "at = at - interval '1 microsecond'",
        "frontier = frontier || sha256('')",
        "size = size - 1",
        "previous = sha256('')",
        "through_id = through_id + 1",
        "key = NULL, signature = NULL",
        "signature = signature || 'x'",
    ],
)
async def test_a_rewritten_seal_is_found(database: Database, database_url: str, change: str) -> None:
    """Whatever of it: it is named, and no other."""
    await grown(database)
    with as_owner(database_url) as owner:
        owner.execute(f"UPDATE pmbot.audit_seals SET {change} WHERE number = 3".encode())
    said = found(database_url, [await seen(database)])
    assert {one.where["seal"] for one in said} == {3}, said
    assert kinds(said) <= {Kind.SEAL, Kind.SIGNATURE}


async def test_a_removed_seal_or_leaf_is_found(database: Database, database_url: str) -> None:
    await grown(database)
    with as_owner(database_url) as owner:
        owner.execute("DELETE FROM pmbot.audit_seals WHERE number = 3")
        [(position,)] = owner.execute("SELECT size FROM pmbot.audit_seals WHERE number = 4").fetchall()
        owner.execute("DELETE FROM pmbot.audit_leaves WHERE position = %s", [position])
    said = found(database_url, [await seen(database)])
    assert {(one.kind, one.where.get("first")) for one in said if one.kind is not Kind.INSERTED} == {
        (Kind.SEAL, 3),
        (Kind.LEAVES, position),
    }


async def test_an_entry_changed_with_its_leaf_is_found(database: Database, database_url: str) -> None:
    """The seal over it says which few it is among; what comes after is not blamed."""
    await grown(database)
    with as_owner(database_url) as owner:
        owner.execute(
            "UPDATE pmbot.audit_leaves SET hash = sha256('') WHERE position ="
            " (SELECT size FROM pmbot.audit_seals WHERE number = 2)"
        )
    said = found(database_url, [await seen(database)], keys=KEYS)
    assert [(one.kind, one.where.get("seal")) for one in said if one.kind is Kind.LEAVES] == [(Kind.LEAVES, 3)]


def recompute(owner: psycopg.Connection, **changed) -> None:
    """Make all leaves and seals anew from the entries as they are, with the sizes that there were."""
    text = owner.execute(
        f"SELECT position, {sealing.leaf('e')} FROM pmbot.audit_leaves JOIN pmbot.audit_log AS e"
        " ON e.id = audit_id ORDER BY position".encode()
    ).fetchall()
    rows = owner.execute(
        "SELECT number, size, at, through_xid::text::bigint, through_id, key, signature"
        " FROM pmbot.audit_seals ORDER BY number"
    ).fetchall()
    owner.execute("DELETE FROM pmbot.audit_seals")
    frontier, last = Frontier(), None
    for number, size, at, xid, last_id, key, signature in rows:
        for position, body in text[frontier.size : size]:
            frontier.add(leaf_hash(body))
            owner.execute("UPDATE pmbot.audit_leaves SET hash = %s WHERE position = %s", [leaf_hash(body), position])
        last = Seal(
            number, size, frontier.root, frontier.stored, last.hash if last else FIRST, at, xid, last_id, key, signature
        )
        last = dataclasses.replace(last, **changed)
        owner.execute(
            "INSERT INTO pmbot.audit_seals VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [*[*vars(last).values()][:6], str(xid), last_id, last.key, last.signature],
        )


@pytest.mark.parametrize("changed", [{}, {"key": None, "signature": None}])
async def test_a_whole_chain_made_anew_without_the_key_is_found(
    database: Database, database_url: str, sql, changed: dict
) -> None:
    """By the signatures; without anybody's key, by the witness."""
    await grown(database)
    sighting, which = await seen(database), entry(sql, 5)
    with as_owner(database_url) as owner:
        owner.execute("UPDATE pmbot.audit_log SET target = 'staff:x' WHERE id = %s", [which])
        recompute(owner, **changed)
    assert kinds(found(database_url)) == {Kind.SIGNATURE if changed else Kind.SEAL}
    [said] = found(database_url, [sighting], keys={})
    assert (said.kind, said.where["size"]) == (Kind.REWRITTEN, sighting.size)


async def test_a_rewritten_channel_alone_is_found(database: Database, database_url: str) -> None:
    """The others agree with the trail: then it is the one that was changed."""
    await grown(database, rounds=2)
    sightings = [await seen(database, "file"), await seen(database, "#security")]
    await grown(database, rounds=2)
    sightings.append(await seen(database, "database"))
    forged = dataclasses.replace(sightings[1], root=bytes(32))
    [said] = found(database_url, [sightings[0], forged, sightings[2]])
    assert (said.kind, said.where["witness"], said.where["size"]) == (Kind.WITNESS, "#security", forged.size)
    [said] = found(database_url, [dataclasses.replace(sightings[0], root=bytes(32))])
    assert said.kind == Kind.REWRITTEN  # nobody says otherwise


@pytest.mark.parametrize("table", GUARDED)
async def test_a_disabled_trigger_is_found(database: Database, database_url: str, sql, table: str) -> None:
    """Also one that is gone, or calls another function."""
    await grown(database, rounds=1)
    sql(f"ALTER TABLE pmbot.{table} DISABLE TRIGGER USER")
    said = found(database_url)
    assert kinds(said) == {Kind.GUARD}
    assert {one.where["table"] for one in said} == {table}


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER audit_seals_only_grow ON pmbot.audit_seals",
        "CREATE OR REPLACE FUNCTION pmbot.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        (
            "CREATE OR REPLACE TRIGGER audit_leaves_only_grow BEFORE UPDATE ON pmbot.audit_leaves"
            " FOR EACH STATEMENT EXECUTE FUNCTION pmbot.refuse_change()"
        ),
        "GRANT UPDATE ON pmbot.audit_log TO pmbot_app",
        "GRANT UPDATE (hash) ON pmbot.audit_leaves TO pmbot_app",
        "GRANT INSERT (at) ON pmbot.audit_log TO pmbot_app",
        "GRANT DELETE ON pmbot.audit_seals TO PUBLIC",
        "ALTER TABLE pmbot.audit_log OWNER TO pmbot_app",
    ],
)
async def test_a_guard_that_was_weakened_is_found(database: Database, database_url: str, sql, statement: str) -> None:
    await sealed(database)
    sql(statement)
    assert kinds(found(database_url)) == {Kind.GUARD}


async def test_an_entry_that_nobody_seals_is_found(database: Database, database_url: str, sql) -> None:
    """A clock that does not run is told, too."""
    await added(database, "staff:1")
    with as_owner(database_url) as owner:
        owner.execute("UPDATE pmbot.audit_log SET at = at - interval '1 hour'")
    assert kinds(found(database_url)) == {Kind.UNSEALED}


# Pruned


async def test_entries_go_only_as_a_sealed_entry_says_and_when_they_are_old(
    database: Database, database_url: str, sql
) -> None:
    """Seven years: what is younger counts as removed, whatever is said of it."""
    await grown(database, rounds=1)
    [(size,)] = sql("SELECT max(size) FROM pmbot.audit_seals")
    pruned = "SELECT audit_id FROM pmbot.audit_leaves WHERE position < %s"
    async with database.transaction() as session:
        await say_pruned(session, size)
    await sealed(database)
    with as_owner(database_url) as owner:
        owner.execute(f"DELETE FROM pmbot.audit_details WHERE audit_id IN ({pruned})".encode(), [size])
        owner.execute(f"DELETE FROM pmbot.audit_log WHERE id IN ({pruned})".encode(), [size])
    assert kinds(found(database_url)) == {Kind.REMOVED}
    with as_owner(database_url) as owner:  # eight years later
        owner.execute("UPDATE pmbot.audit_log SET at = at + interval '8 years'")
        rest = owner.execute("SELECT id FROM pmbot.audit_log").fetchall()
        assert len(rest) == 1
        body = owner.execute(f"SELECT {sealing.leaf('e')} FROM pmbot.audit_log AS e").fetchone()[0]
        owner.execute("UPDATE pmbot.audit_leaves SET hash = %s WHERE position = %s", [leaf_hash(body), size])
    assert kinds(found(database_url)) == {Kind.LEAVES}, "only that the test itself wrote a leaf anew"


async def say_pruned(session, below: int) -> None:
    await trail.append(
        session, AuditKind.PRUNED, actor_id=None, action="audit.prune", target="audit", facts={"below": below}
    )


# The bot itself


@pytest.mark.parametrize("table", GUARDED)
def test_the_bot_could_not_if_it_tried(database_url: str, sql, table: str) -> None:
    """With its own role it may add, and neither change, delete, truncate, own, nor switch anything off."""
    column = {"audit_log": "kind", "audit_details": "salt", "audit_leaves": "hash", "audit_seals": "root"}[table]
    before = sql(f"SELECT * FROM pmbot.{table}")
    with psycopg.connect(database_url, options=OPTIONS, autocommit=True) as connection:
        for statement in (
            f"UPDATE pmbot.{table} SET {column} = {column}",
            f"DELETE FROM pmbot.{table}",
            f"TRUNCATE pmbot.{table} CASCADE",
            f"ALTER TABLE pmbot.{table} OWNER TO pmbot_app",
            f"ALTER TABLE pmbot.{table} DISABLE TRIGGER ALL",
            f"ALTER TABLE pmbot.{table} DISABLE TRIGGER USER",
            f"DROP TABLE pmbot.{table} CASCADE",
            f"CREATE TRIGGER mine BEFORE INSERT ON pmbot.{table} EXECUTE FUNCTION pmbot.refuse_change()",
            f"CREATE RULE mine AS ON INSERT TO pmbot.{table} DO INSTEAD NOTHING",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())
        # Nothing is granted: PostgreSQL warns of it, or says no.
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SET session_replication_role = replica")
    assert sql(f"SELECT * FROM pmbot.{table}") == before


async def test_the_owner_changes_no_leaf_and_no_seal_by_mistake(database: Database, sql) -> None:
    await grown(database, rounds=1)
    for statement in ("UPDATE pmbot.audit_leaves SET hash = hash", "DELETE FROM pmbot.audit_seals"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grows"):
            sql(statement)


# All of it together

HARM = {
    "change": (Kind.CHANGED, "UPDATE pmbot.audit_log SET target = target || 'x' WHERE id = {id}"),
    "remove": (
        Kind.REMOVED,
        "DELETE FROM pmbot.audit_details WHERE audit_id = {id}; DELETE FROM pmbot.audit_log WHERE id = {id}",
    ),
    "insert": (
        Kind.INSERTED,
        (
            "INSERT INTO pmbot.audit_log (id, xid, at, kind, action, target, facts, commitment) OVERRIDING SYSTEM VALUE"
            " VALUES (-{id}, '3', now(), 'looked', 'a', 'b', '{{}}', '')"
        ),
    ),
    "seal": (Kind.SEAL, "UPDATE pmbot.audit_seals SET root = sha256('') WHERE number = {number}"),
    "leaf": (Kind.LEAVES, "DELETE FROM pmbot.audit_leaves WHERE audit_id = {id}"),
}


@pytest.fixture(scope="module")
def whole(postgres: EmbeddedPostgres, template: str):
    """A sealed database to copy, and what a witness saw of it."""
    url = postgres.create_database("sealed_whole", template)

    async def make():
        database = Database(url)
        await grown(database, rounds=5, each=4)
        sighting = await seen(database)
        await database.close()
        return sighting

    yield asyncio.run(make())
    postgres.drop_database("sealed_whole")


@settings(max_examples=15)
@given(
    harm=st.lists(
        st.tuples(st.sampled_from(sorted(HARM)), st.integers(0, 19)), min_size=1, max_size=4, unique_by=lambda it: it[1]
    ),
    tail=st.booleans(),
)
def test_several_changes_hide_none_of_each_other(postgres: EmbeddedPostgres, whole, harm, tail) -> None:
    """Each is named by its kind, beside the others."""
    url = postgres.create_database("sealed_harmed", "sealed_whole")
    try:
        with as_owner(url) as owner:
            ids = [
                one
                for (one,) in owner.execute("SELECT audit_id FROM pmbot.audit_leaves ORDER BY position DESC LIMIT 20")
            ]
            for what, place in harm:
                given = {"id": ids[place], "number": 2 + place // 4}
                owner.execute(HARM[what][1].format(**given).encode())
            expected = {HARM[what][0] for what, _ in harm}
            if tail:
                owner.execute("DELETE FROM pmbot.audit_seals WHERE number = 6")
                expected.add(Kind.CUT)
        assert expected - kinds(found(url, [whole])) == set()
    finally:
        postgres.drop_database("sealed_harmed")
