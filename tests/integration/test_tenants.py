"""Tenants as staff look at them: one on a card, and lists by what people ask, against the demo's tables."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import true
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Impact
from bot.actions.tenants.find import FindTenants
from bot.actions.tenants.show import ShowTenant
from bot.actions.tenants.where import FIELDS, Page, Where
from bot.drawing.masking import Clearance, masked_text
from bot.drawing.render import Renderer
from bot.errors import InvalidParameter
from bot.parameters.base import Lookup
from bot.parameters.conditions import OneOf
from bot.store.database import Database
from bot.targets.tenant import Tenant

Sql = Callable[..., list[Any]]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def session(database: Database) -> AsyncIterator[AsyncSession]:
    async with database.snapshot() as session:
        yield session


async def where(typed: str, session: AsyncSession) -> Where:
    return await Where.resolve("where", typed, Lookup(session, "T0", 300, "tenants", {}))


async def look(session: AsyncSession, name: str = "Acme Corp") -> Impact:
    [tenant] = await Tenant.find(session, name)
    return await ShowTenant(tenant=tenant).preview(session)


def said(impact: Impact) -> dict[str, str]:
    return {one.label: masked_text(one.parts, Clearance.NONE) for one in impact.facts}


class TestOne:
    async def test_limits_stand_against_use(self, session: AsyncSession, sql: Sql) -> None:
        """What was agreed goes before the plan, and both are said; the price is nobody's but finance's."""
        ((users,),) = sql(
            "SELECT count(*) FROM tenant_users u JOIN tenants t ON t.id = tenant_id WHERE name = 'Acme Corp'"
        )
        shown = said(await look(session))
        assert shown["Status"] == "active"
        assert shown["Plan"] == "Scale · agreed price •••"
        assert shown["Users"].startswith(f"{users:,} of ")
        assert re.search(r"^\d+ of 60 \(agreed; the plan has \d+\)$", [*_all(await look(session), "Domains")][-1])

    async def test_what_holds_it_back_is_said(self, database: Database, sql: Sql) -> None:
        """Also a pause that nobody made through the bot."""
        sql("INSERT INTO queue_pauses (tenant_id, reason) SELECT id, 'x' FROM tenants WHERE name = 'Acme Corp'")
        sql("""INSERT INTO tenant_feature_flags (tenant_id, flag_key, enabled)
               SELECT id, 'ai-composer', false FROM tenants WHERE name = 'Acme Corp'""")
        async with database.snapshot() as session:
            shown = said(await look(session))
        assert shown["Paused"] == "on the platform itself, not through this bot"
        assert shown["Flags of its own"] == "ai-composer off"

    async def test_what_staff_did_lately_stands_on_it(self, database: Database, sql: Sql) -> None:
        sql("""INSERT INTO admin_audit_log (admin_user_id, action, resource_type, tenant_id)
               SELECT (SELECT id FROM users WHERE email = 'oncall@penguinmails.example'), 'queue.pause', 'tenant', id
               FROM tenants WHERE name = 'Acme Corp'""")
        async with database.snapshot() as session:
            impact = await look(session)
        drawn = Renderer().message(
            "actions/tenant.show.j2", Clearance.FULL, impact=impact, next_buttons=[], **impact.context
        )
        assert "queue.pause · Óscar Peñalver" in drawn["text"]

    async def test_without_a_subscription_it_can_be_shown(self, database: Database, sql: Sql) -> None:
        sql("INSERT INTO tenants (name) VALUES ('Bare Bones')")
        async with database.snapshot() as session:
            shown = said(await look(session, "Bare Bones"))
        assert (shown["Plan"], shown["Subscription"], shown["Users"]) == ("none", "none", "0, no limit")


def _all(impact: Impact, label: str) -> list[str]:
    return [one.text for one in impact.facts if one.label == label]


class TestMany:
    async def test_counts_come_first_then_a_page(self, session: AsyncSession, sql: Sql) -> None:
        """And what to type for the next page."""
        ((trial,), (there,)) = sql(
            "SELECT count(*) FROM tenants WHERE status = 'trial' UNION ALL SELECT count(*) FROM tenants"
        )
        found = await FindTenants(where=await where("status=trial", session), page=None).preview(session)
        assert found.context["found"] == f"{trial} tenants"
        assert found.context["next"] == "/pm tenants where status=trial page 2"
        last = await FindTenants(where=None, page=Page(99_999)).preview(session)
        assert last.context["found"] == f"{there} tenants"
        assert (last.context["page"], last.context["next"]) == (last.context["pages"], "")

    @pytest.mark.parametrize(
        ("typed", "condition"),
        [
            ("where plan=scale", "p.name = 'Scale'"),
            ("status=trial, plan = Starter", "t.status = 'trial' AND p.name = 'Starter'"),
            ("status!=active and users&gt;40", "t.status <> 'active' AND users > 40"),
            ("created<2026-01-01", "t.created < '2026-01-01 00:00Z'"),
            ("created>2026-01-01", "t.created >= '2026-01-02 00:00Z'"),
            ("paused", "EXISTS (SELECT FROM queue_pauses WHERE tenant_id = t.id AND lifted IS NULL)"),
            ("approval=pending", "approval = 'pending'"),
            ("not paused", "NOT EXISTS (SELECT FROM queue_pauses WHERE tenant_id = t.id AND lifted IS NULL)"),
        ],
    )
    async def test_conditions_mean_what_they_say(
        self, typed: str, condition: str, session: AsyncSession, sql: Sql
    ) -> None:
        """As the same asked in SQL."""
        ((expected,),) = sql(f"""
            SELECT count(*) FROM tenants t
            LEFT JOIN (SELECT tenant_id, count(*) AS users FROM tenant_users GROUP BY 1) u ON u.tenant_id = t.id
            LEFT JOIN subscriptions s ON s.tenant_id = t.id LEFT JOIN plans p ON p.id = s.plan_id WHERE {condition}""")
        asked = await where(typed, session)
        found = await FindTenants(where=asked, page=None).preview(session)
        assert found.context["found"].split()[0] == str(expected)
        assert await Where.load(asked.dump(), session) == asked

    @pytest.mark.parametrize(
        ("typed", "answer"),
        [
            (
                "stauts=trial",
                "There is no field “stauts”. Did you mean status? Tenants can be chosen by status, approval",
            ),
            ("status=trail", "There is no status “trail”. Did you mean trial?"),
            ("plan=galaxy", "There is no plan “galaxy”. Choose "),
            ("users>many", "“many” is not a whole number. Compare users with a whole number, such as users>50."),
            ("created<tomorrow", "“tomorrow” is not a date. Compare created with a date, such as created<2026-01-01."),
            ("plan>scale", "plan cannot be compared with < or >. Use =, as in plan=scale."),
            ("status=trial ((", "I can't read “((” as a condition."),
        ],
    )
    async def test_a_slip_is_answered_with_what_there_is(self, typed: str, answer: str, session: AsyncSession) -> None:
        with pytest.raises(InvalidParameter) as refused:
            await where(typed, session)
        assert str(refused.value).startswith(answer)


@given(
    st.text(max_size=60) | st.from_regex(r"(status|users|created|plan|paused|x)(=|<|>=|!=)[^ ]{0,12}", fullmatch=True)
)
def test_whatever_is_typed_is_read_or_refused(typed: str) -> None:
    """Nothing typed breaks it, and what is read says the same again."""
    lookup = Lookup(None, "", 300, "", {})  # type: ignore[arg-type]  # nothing of these is in the database
    fields = replace(FIELDS, by_name={**FIELDS.by_name, "plan": OneOf(lambda _: true(), ("scale", "grow one"))})
    try:
        found = list(asyncio.run(fields.read("where", typed, lookup)))
    except InvalidParameter:
        return
    assert fields.parse("where", fields.dump(found)) == found
