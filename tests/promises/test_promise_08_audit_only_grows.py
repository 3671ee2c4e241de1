"""Promise 8: the audit trail only grows, and what it keeps of people can be erased and, until then, proven."""

import copy
import json
import uuid

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors

from bot.audit import trail
from bot.demo import world
from bot.demo.data import HOME_IPS, HOTEL_IP, OFFICE_IP, STAFF
from bot.demo.world import World
from bot.store.database import OPTIONS
from bot.store.models import AuditKind
from tests.conftest import OPS, asked, card, cards, reject, until, whispers
from tests.promises.bench import IDS, Bench

REFUSED = errors.InsufficientPrivilege
CHANGES = ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"]
COLUMNS = {"pmbot.audit_log": "kind", "pmbot.audit_details": "salt"}
REASON = "the grey laptop was stolen in Lisbon"

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
DETAILS = st.dictionaries(st.text(max_size=6), JSONS, max_size=4)
SALTS = st.binary(min_size=32, max_size=32)


def entries(sql) -> list[tuple]:
    return sql("SELECT * FROM pmbot.audit_log ORDER BY id")


def as_the_bot(url: str, statement: str) -> None:
    """Log in as the owner and run the statement with the rights that the bot gives itself."""
    with psycopg.connect(url, options=OPTIONS, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


# Only added to


@pytest.mark.parametrize("table", COLUMNS)
@pytest.mark.parametrize("change", CHANGES)
def test_the_bot_changes_nothing_in_the_trail(database_url: str, sql, table: str, change: str) -> None:
    """Neither entries nor their details: the role has no right to, whoever it logged in as."""
    before = entries(sql)
    assert before, "linking everybody leaves entries"
    with pytest.raises(REFUSED, match="permission denied"):
        as_the_bot(database_url, change.format(table=table, column=COLUMNS[table]))
    assert entries(sql) == before


@pytest.mark.parametrize("change", CHANGES)
def test_the_owner_changes_no_entry_either(sql, change: str) -> None:
    """A trigger refuses it, also when no details hold the entry in place any more."""
    before = entries(sql)
    sql("DELETE FROM pmbot.audit_details")
    with pytest.raises(REFUSED, match="only grows"):
        sql(change.format(table="pmbot.audit_log", column="kind"))
    assert entries(sql) == before


def test_the_bot_cannot_take_the_trigger_away(database_url: str, sql) -> None:
    """Nor the table: it owns nothing."""
    for statement in (
        "ALTER TABLE pmbot.audit_log DISABLE TRIGGER ALL",
        "DROP TRIGGER audit_log_only_grows ON pmbot.audit_log",
        "DROP TABLE pmbot.audit_log CASCADE",
        "CREATE OR REPLACE FUNCTION pmbot.refuse_change() RETURNS trigger LANGUAGE sql AS ''",
    ):
        with pytest.raises((REFUSED, errors.InvalidFunctionDefinition)):
            as_the_bot(database_url, statement)


def test_the_bot_adds_entries(database_url: str, sql) -> None:
    """What it may do is what it needs."""
    before = len(entries(sql))
    as_the_bot(
        database_url,
        "INSERT INTO pmbot.audit_log (kind, action, target, facts, commitment) VALUES ('looked', 'a', 'b', '{}', '')",
    )
    assert len(entries(sql)) == before + 1


async def test_details_can_be_erased_and_the_entry_stays(bench: Bench, sql) -> None:
    """Who has to be forgotten is: the owner deletes the details, and entry and commitment remain."""
    await bench.ask("oncall")
    before = entries(sql)
    sql(
        "DELETE FROM pmbot.audit_details USING pmbot.audit_log WHERE id = audit_id AND target = %s",
        f"staff:{IDS['staffer']}",
    )
    assert sql("SELECT count(*) FROM pmbot.audit_details WHERE body::text LIKE '%%laptop stolen%%'") == [(0,)]
    assert entries(sql) == before


def test_details_are_erased_whole_or_not_at_all(sql) -> None:
    """Nobody rewrites what somebody said, the owner neither."""
    with pytest.raises(REFUSED, match="only grows"):
        sql("UPDATE pmbot.audit_details SET body = '{}'")


# What proves the details


@given(details=DETAILS, other=DETAILS, salt=SALTS)
def test_any_other_details_have_another_commitment(details, other, salt) -> None:
    """Two sets of details have one commitment only if they are the same JSON."""
    same = json.dumps(details, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (trail.commitment(salt, details) == trail.commitment(salt, other)) == same


@given(details=DETAILS, data=st.data())
def test_changing_adding_or_removing_one_detail_changes_the_commitment(details, data) -> None:
    """However small the change."""
    salt = b"s" * 32
    changed = copy.deepcopy(details)
    key = data.draw(st.sampled_from(sorted(details)) if details else st.text(max_size=6))
    if key in changed and data.draw(st.booleans()):
        del changed[key]
    else:
        changed[key] = [changed.get(key), "changed"]
    assert trail.commitment(salt, changed) != trail.commitment(salt, details)


@given(details=DETAILS, salt=SALTS, other=SALTS)
def test_without_its_salt_a_commitment_says_nothing(details, salt, other) -> None:
    """Guessing the details does not help who no longer has the salt."""
    assert (trail.commitment(salt, details) == trail.commitment(other, details)) == (salt == other)


@given(details=DETAILS)
def test_the_order_of_keys_does_not_count(details) -> None:
    """A database gives them back in another order."""
    assert trail.commitment(b"s", dict(reversed(details.items()))) == trail.commitment(b"s", details)


def proven(sql) -> int:
    """How many entries there are; each must match its details as the database gives them back."""
    rows = sql("SELECT kind, commitment, salt, body FROM pmbot.audit_log JOIN pmbot.audit_details ON id = audit_id")
    for kind, kept, salt, body in rows:
        assert bytes(kept) == trail.commitment(bytes(salt), body), kind
    return len(rows)


async def test_what_is_stored_matches_its_commitment(bench: Bench, sql) -> None:
    """Also numbers, empty details, other scripts and emoji, after their way through jsonb."""
    for details in ({}, {"reason": "naïve ⇄ “x” 🎉\n\t\\"}, {"n": 10**20, "half": 0.5, "list": [None, True]}):
        async with bench.database.transaction() as session:
            await trail.append(
                session, AuditKind.LOOKED, actor_id=uuid.uuid4(), action="a.b", target="staff:1", details=details
            )
    assert proven(sql) == len(entries(sql))


# What the trail tells


async def journey(around: World) -> None:
    """Asked, looked at, refused, approved, executed, confirmed; rejected; expired accounts; broken glass."""
    slack, who = around.slack, world.slack_id
    await slack.command(who("support"), OPS, "/pm who @staffer")
    await until(lambda: whispers(around, "support"))
    first = await asked(around, f"/pm revoke @staffer because {REASON}")
    await slack.click(who("oncall"), first["ts"], OPS, "approve")  # refused: they asked for it
    await until(lambda: any("yourself" in text for text in whispers(around, "oncall")))
    await slack.click(who("security"), first["ts"], OPS, "details")
    await until(lambda: whispers(around, "security"))
    await slack.click(who("security"), first["ts"], OPS, "approve")
    await until(lambda: "confirmed by the platform" in card(around)["text"])
    second = await asked(around, f"/pm suspend @tomasz because {REASON}")
    await reject(around, second["ts"], "nadia", REASON)
    await until(lambda: "rejected" in card(around)["text"])
    third = await asked(around, f"/pm revoke @tomasz because {REASON}")
    await slack.click(who("oncall"), third["ts"], OPS, "break_glass")
    view = await until(lambda: slack.views(who("oncall")))
    await slack.submit(who("oncall"), view[-1]["id"], {"reason": {"reason": REASON}})
    await until(lambda: "confirmed by the platform" in card(around)["text"])
    glass = await until(lambda: cards(around, "C0SECURITY"))
    await slack.click(who("nadia"), glass[-1]["ts"], "C0SECURITY", "review")
    await until(lambda: "Reviewed by" in cards(around, "C0SECURITY")[-1]["text"])
    await slack.deactivate(who("maria.costa"))


async def test_every_step_of_a_journey_leaves_one_entry_that_names_nobody(bot_world: World, sql) -> None:
    """One entry of the right kind each, none for a refusal; names, addresses and reasons stand in details alone."""
    linked = len(entries(sql))
    await journey(bot_world)
    told = "SELECT kind, action, count(*) FROM pmbot.audit_log WHERE id > %s AND kind <> 'ruled' GROUP BY 1, 2"
    expected = {
        ("looked", "staff.who"): 1,
        ("looked", "staff.revoke_sessions"): 1,
        ("asked", "staff.revoke_sessions"): 2,
        ("asked", "staff.suspend"): 1,
        ("decided", "staff.revoke_sessions"): 1,
        ("decided", "staff.suspend"): 1,
        ("executed", "staff.revoke_sessions"): 2,
        ("verified", "pipeline.verify"): 2,
        ("broke_glass", "staff.revoke_sessions"): 1,
        ("reviewed", "pipeline.break_glass"): 1,
        ("linked", "identity.unlink"): 1,
    }
    highest = sql("SELECT id FROM pmbot.audit_log ORDER BY id OFFSET %s LIMIT 1", linked - 1)[0][0]
    await until(lambda: {(kind, action): n for kind, action, n in sql(told, highest)} == expected)
    assert proven(sql) == len(entries(sql))
    told_all = sql("SELECT kind, coalesce(actor_id::text, ''), action, target, facts::text FROM pmbot.audit_log")
    trail = "\n".join(" ".join(row) for row in told_all).lower()
    for one in STAFF:  # Slack's ids say nothing; only the demo's are made of names
        trail = trail.replace(world.slack_id(one.local_part).lower(), "")
    names = {word for one in STAFF for word in (one.given, one.family, one.email)}
    for personal in (*names, *HOME_IPS.values(), OFFICE_IP, HOTEL_IP, REASON, "laptop", "lisbon"):
        assert personal.lower() not in trail, personal


def test_everybody_who_was_linked_has_an_entry(sql) -> None:
    """One each, from the command line."""
    assert sql("SELECT count(*) FROM pmbot.audit_log WHERE kind = 'linked'") == sql(
        "SELECT count(*) FROM pmbot.staff_links"
    )


ENTRY = (
    "INSERT INTO pmbot.audit_log ({0}kind, action, target, facts, commitment){1}"
    " VALUES ({2}'looked', 'a', 'b', '{{}}', '')"
)
NEWEST = "SELECT id, at > now() - interval '1 minute' FROM pmbot.audit_log ORDER BY id DESC LIMIT 1"


@pytest.mark.parametrize(
    "entry",
    [
        ENTRY.format("at, ", "", "'2020-01-01', "),
        ENTRY.format("id, ", " OVERRIDING SYSTEM VALUE", "1, "),
        ENTRY.format("id, at, ", " OVERRIDING SYSTEM VALUE", "-5, '2020-01-01', "),
    ],
)
def test_nobody_says_when_an_entry_was_made(database_url: str, sql, entry: str) -> None:
    """The bot may not; for the owner, who may, PostgreSQL says it all the same, and which number it has."""
    with psycopg.connect(database_url) as connection:
        connection.execute("SET ROLE pmbot_app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(entry)
    ((newest,),) = sql("SELECT max(id) FROM pmbot.audit_log")
    sql(entry)
    [(number, at_now)] = sql(NEWEST)
    assert number > newest
    assert at_now
    assert sql("SELECT count(*) FROM pmbot.audit_log WHERE id < 1 OR at < '2021-01-01'") == [(0,)]


def test_numbers_are_drawn_once(sql) -> None:
    """An entry of which nobody says its number has the next one."""
    numbers = [row[0] for _ in range(3) for row in sql(ENTRY.format("", "", "") + " RETURNING id")]
    assert [number - numbers[0] for number in numbers] == [0, 1, 2]
