"""`/pm find`: what is found by what, in which order, and who sees what of it."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from bot.actions.users.find import Find, Sought
from bot.demo.data import uid
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.errors import InvalidParameter
from bot.parameters.base import Lookup
from bot.platform import search
from bot.platform.models import PlatformBase
from bot.platform.tables.base import same
from bot.store.database import Database

KOFI = "kofi.castano@acme-corp.example"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def found(database: Database, typed: str) -> list[tuple[str, str]]:
    """Kind and name of what is found, as people read it."""
    async with database.snapshot() as session:
        return [(one.what, one.name) for one in await search.find(session, typed)]


async def shown(database: Database, typed: str, clearance: Clearance = Clearance.FULL) -> str:
    async with database.snapshot() as session:
        impact = await Find(sought=Sought(typed)).preview(session)
    return str(
        Renderer().message("actions/user.find.j2", clearance, impact=impact, next_buttons=[], **impact.context)["text"]
    )


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        (KOFI, ("user", "Kofi Castaño")),
        (KOFI.upper(), ("user", "Kofi Castaño")),
        ("kofi.cas", ("user", "Kofi Castaño")),
        (str(uid("user", KOFI)), ("user", "Kofi Castaño")),
        ("Acme Corp", ("tenant", "Acme Corp")),
        ("labs", ("tenant", "Acme Labs")),
        ("cus_demo0000", ("tenant", "Acme Corp")),
        (str(uid("tenant", "acme-corp")), ("tenant", "Acme Corp")),
        ("acme-corp.ex", ("domain", "acme-corp.example")),
        ("staffer@penguinmails.example", ("staff", "Priya Raghunathan")),
        ("raghu", ("staff", "Priya Raghunathan")),
    ],
)
async def test_it_is_found_by_what_people_know(database: Database, typed: str, first: tuple[str, str]) -> None:
    assert (await found(database, typed))[0] == first


async def test_the_domain_of_an_address_that_nobody_has(database: Database) -> None:
    """Whose it would be."""
    assert await found(database, "nobody.at.all@acme-corp.example") == [("domain", "acme-corp.example")]


async def test_a_name_that_is_just_that_comes_before_others_that_begin_so(database: Database, sql) -> None:
    """Groups and what is in them: best first."""
    sql("UPDATE tenants SET name = 'Castano Corp' WHERE name = 'Acme Labs'")
    names = await found(database, "castano")
    assert names[0][0] == "user"
    sql("UPDATE tenants SET name = 'Castano' WHERE name = 'Castano Corp'")
    assert (await found(database, "castano"))[0] == ("tenant", "Castano")


async def test_colleagues_are_no_customers(database: Database, sql) -> None:
    kinds = {what for what, name in await found(database, "priya") if name == "Priya Raghunathan"}
    assert kinds == {"staff"}


async def test_at_most_a_handful_of_each(database: Database) -> None:
    """And it says that there are more."""
    said = await shown(database, "ko")
    assert said.count("User   ") == search.MOST + 1
    assert "… and more: type more of the name or address" in said


@pytest.mark.parametrize("typed", ["%", "_ _", "' OR true --", "🐧🐧", "x" * 300, "a\\", ":*", "\U0010ffff\U0010ffff"])
async def test_nothing_is_found_by_what_only_looks_like_a_pattern(database: Database, typed: str) -> None:
    assert not await found(database, typed)


async def test_nothing_found_says_what_to_try(database: Database) -> None:
    assert "Nothing found   Did you mean Acme Corp" in await shown(database, "acme crop")
    assert "Try the first letters of a name" in await shown(database, "zzzz-nothing")


async def test_who_may_see_no_personal_data_reads_none(database: Database) -> None:
    """The company's name is nobody's secret."""
    masked = await shown(database, KOFI, Clearance.NONE)
    assert "k•••@acme-corp.example" in masked
    assert "Casta" not in masked
    assert "With your role, you see names" in masked
    assert "Kofi Castaño · " + KOFI in await shown(database, KOFI)


async def test_whose_data_is_shown_is_recorded_and_what_was_typed_is_not(database: Database) -> None:
    async with database.snapshot() as session:
        action = Find(sought=Sought(KOFI))
        impact = await action.preview(session)
    assert f"user:{uid('user', KOFI)}" in action.people_in(impact)
    assert "kofi" not in action.target
    assert [lead.verb for lead in action.leads_on(impact)] == ["user", "tenant"]


@pytest.mark.parametrize(("typed", "said"), [("x", "2 to 300 characters"), ("<@U0NOBODY>", "not linked")])
async def test_what_cannot_be_looked_for_is_refused(database: Database, typed: str, said: str) -> None:
    async with database.snapshot() as session:
        with pytest.raises(InvalidParameter, match=said):
            await Sought.resolve("sought", typed, Lookup(session, "T0PENGUIN", 300, "find", {}))


async def test_colleagues_are_looked_for_among_colleagues(database: Database) -> None:
    """Not among all customers of that name, who may be a million."""
    async with database.snapshot() as session:
        bound = {"typed": "kofi", "exact": "kofi", "id": None, "words": "kofi"}
        rows = await session.execute(text(f"EXPLAIN {search._STAFF}"), bound)
        plan = "\n".join(row[0] for row in rows)
    assert "pk_users" in plan
    assert "begins" not in plan


async def plan(database: Database, *settings: str) -> list[str]:
    """The one by which it is found, whatever is typed."""
    numbered = search.STATEMENT.compile(dialect=postgresql.dialect(paramstyle="numeric_dollar"))
    async with database.transaction() as session:
        connection = await session.connection()
        for statement in (str(search.PLANNED_ONCE), *settings, f"PREPARE sought AS {numbered}"):
            await connection.exec_driver_sql(statement)
        rows = await connection.exec_driver_sql("EXPLAIN (COSTS OFF) EXECUTE sought(NULL, NULL, NULL, NULL)")
        found = [row[0] for row in rows]
        await connection.exec_driver_sql("DEALLOCATE sought")
        return found


def read_whole(plan: list[str]) -> set[str]:
    return set(re.findall(r"Seq Scan on (\w+)", "\n".join(plan)))


async def test_every_way_to_be_found_is_an_index(database: Database, sql) -> None:
    """However many users there are, no table of customers is read as a whole."""
    sql("ANALYZE")
    found = await plan(database, "SET LOCAL enable_seqscan = off")
    declared = {
        str(index.name)
        for table in PlatformBase.metadata.sorted_tables
        for index in table.indexes
        if index.info.get("found_by")
    }
    assert {name for name in declared if name in "\n".join(found)} == declared
    assert read_whole(found) <= {"staff_members"}


BIG = ("users", "tenant_users", "tenants", "tenant_config", "companies", "domains", "subscriptions")


async def test_the_plan_is_the_same_among_ten_million(database: Database, sql) -> None:
    """PostgreSQL is made to believe that there are so many: it goes by the indexes, and never reads a table whole."""
    sql("ANALYZE")
    plans = []
    for rows in (1_000_000, 10_000_000):
        sql(
            "UPDATE pg_class SET relpages = greatest(1, relpages), reltuples = %s WHERE relname = ANY(%s)", rows, [*BIG]
        )
        plans.append(await plan(database))
    assert plans[0] == plans[1]
    assert read_whole(plans[0]) <= {"staff_members", "plans"}


async def test_its_plan_is_kept_from_one_search_to_the_next(database: Database) -> None:
    """Planning takes longer than finding: a snapshot that ended with a rollback would have psycopg forget it."""
    for typed in ("kofi", "amara", "tomasz", "ingrid", "nadia", "priya", "chen", "raj"):
        await found(database, typed)
    async with database.snapshot() as session:
        kept = text("SELECT max(generic_plans) FROM pg_prepared_statements WHERE statement LIKE '%tenant_users%'")
        assert await session.scalar(kept) >= 2


async def test_only_the_search_itself_is_planned_once(database: Database) -> None:
    """What else its transaction does is planned as always."""
    async with database.transaction() as session:
        await search.users(session, "kofi")
        assert await session.scalar(text("SHOW plan_cache_mode")) == "auto"


async def test_a_whole_name_and_a_whole_domain_are_found_by_the_same_indexes(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        for table, column in (("users", "name"), ("domains", "domain")):
            rows = await session.execute(text(f"EXPLAIN SELECT FROM {table} WHERE {same(column, ':it')}"), {"it": "x"})
            assert f"ix_{table}_{column}_begins" in "\n".join(row[0] for row in rows)
