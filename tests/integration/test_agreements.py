"""What is agreed with one tenant, its rules of signing in, and sandboxes: for a time or for good."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.tenants.agreements import ExtendTrial, Limit, OverridePlan
from bot.actions.tenants.parameters import HowMany, LimitName, ToPlan, TrialEnd
from bot.actions.tenants.policy import RuledTenant, RuleName, RuleValue, SetPolicy
from bot.errors import InvalidParameter, NothingToDo, Refused
from bot.holds import engine
from bot.parameters.base import Lookup, Reason
from bot.parameters.time import Term
from bot.platform import tenant_reads
from bot.policy import Risk
from bot.store.database import Database
from bot.targets.tenant import Tenant
from tests.integration.action_examples import REGISTRY, done, example

ACME = "(SELECT id FROM tenants WHERE name = 'Acme Corp')"
OVERRIDE = f"SELECT max_users, max_domains, plan_slug, price_monthly FROM tenant_overrides WHERE tenant_id = {ACME}"
POLICY = f"SELECT two_factor_required, session_timeout_hours FROM tenant_policies WHERE tenant_id = {ACME}"
OVER = "UPDATE pmbot.holds SET ends = now() - interval '1 second'"
WEEK, LONG = Term(dt.timedelta(days=7)), Term(dt.timedelta(days=90))
WHY = Reason("growth")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def acme(session: AsyncSession, kind: type[Tenant] = Tenant) -> Any:
    [found] = await Tenant.find(session, "Acme Corp")
    return await kind.load(found.dump(), session)


async def limit(session: AsyncSession, number: int | None, duration: Term | None = None) -> Limit:
    return Limit(
        tenant=await acme(session), limit=LimitName("max_users"), to=HowMany(number), duration=duration, reason=WHY
    )


async def carried_out(database: Database, action: Action) -> dict[str, Any]:
    async with database.transaction() as session:
        return (await done(action, session)).data


class TestAgreements:
    async def test_a_limit_for_a_time_gives_way_to_the_plans(self, database: Database, sql) -> None:
        async with database.snapshot() as session:
            action = await limit(session, 500, WEEK)
        await carried_out(database, action)
        assert sql(OVERRIDE)[0][0] == 500
        sql(OVER)
        await engine.sweep(database)
        assert sql(OVERRIDE)[0][0] is None

    async def test_the_newest_agreement_counts_and_leaves_the_older_one(self, database: Database, sql) -> None:
        for number in (500, 300):
            async with database.snapshot() as session:
                action = await limit(session, number, WEEK)
            last = await carried_out(database, action)
        assert sql(OVERRIDE)[0][0] == 300
        async with database.transaction() as session:
            await done(await REGISTRY.load(action.undo(last), session), session)
        assert sql(OVERRIDE)[0][0] == 500

    async def test_what_was_agreed_since_is_not_taken_back(self, database: Database, sql) -> None:
        async with database.snapshot() as session:
            first, second = await limit(session, 500), await limit(session, 300)
        outcome = await carried_out(database, first)
        await carried_out(database, second)
        async with database.snapshot() as session:
            inverse = await REGISTRY.load(first.undo(outcome), session)
            with pytest.raises(NothingToDo, match="After this change, something else was agreed with Acme Corp"):
                await inverse.preview(session)

    async def test_fewer_users_than_there_are_is_refused(self, database: Database) -> None:
        """What `/pm conflicts` would find does not arise."""
        async with database.snapshot() as session:
            with pytest.raises(Refused, match="so the limit cannot be lower than"):
                await (await limit(session, 3)).preview(session)

    async def test_less_than_is_in_use_this_month_is_said(self, database: Database, sql) -> None:
        """Of mails and campaigns new ones are refused, until the month is over."""
        async with database.snapshot() as session:
            action = Limit(
                tenant=await acme(session),
                limit=LimitName("max_emails_per_month"),
                to=HowMany(1),
                duration=WEEK,
                reason=WHY,
            )
            impact = await action.preview(session)
        assert any("more than the new limit allows. They stay" in one.text for one in impact.facts)

    async def test_more_than_a_month_is_finances_to_decide(self, database: Database) -> None:
        async with database.snapshot() as session:
            stakes = [(await limit(session, 500, term)).stakes.risk for term in (WEEK, LONG, None)]
        assert stakes == [Risk.MEDIUM, Risk.HIGH, Risk.HIGH]

    async def test_another_plans_limits_hold_and_its_price_does_not(self, database: Database, sql) -> None:
        ((price,),) = sql(OVERRIDE.replace("max_users, max_domains, plan_slug, price_monthly", "price_monthly"))
        async with database.snapshot() as session:
            action = OverridePlan(tenant=await acme(session), to=ToPlan("enterprise"), duration=WEEK, reason=WHY)
            before = await tenant_reads.agreed(session, action.tenant.tenant)
        await carried_out(database, action)
        async with database.snapshot() as session:
            after = await tenant_reads.agreed(session, action.tenant.tenant)
        assert (before.plan, after.plan, after.price) == ("Scale", "Enterprise", price)
        assert after.limits["max_domains"].agreed == 60  # what was agreed goes before any plan

    async def test_a_trial_is_extended_from_its_end(self, database: Database, sql) -> None:
        sql(f"UPDATE tenants SET status = 'trial' WHERE id = {ACME}")
        sql(f"""INSERT INTO tenant_overrides (tenant_id, trial_ends) VALUES ({ACME}, now() + interval '3 days')
                ON CONFLICT (tenant_id) DO UPDATE SET trial_ends = excluded.trial_ends""")
        async with database.snapshot() as session:
            typed = Lookup(session, "T0", 300, "trial extend", {"tenant": "Acme Corp"})
            ends = await TrialEnd.resolve("ends", "14d", typed)
            action = ExtendTrial(tenant=await acme(session), ends=ends, reason=WHY)
        await carried_out(database, action)
        ((days,),) = sql(f"SELECT trial_ends::date - now()::date FROM tenant_overrides WHERE tenant_id = {ACME}")
        assert days == 17

    async def test_who_is_not_on_trial_has_none_to_extend(self, database: Database) -> None:
        async with database.snapshot() as session:
            with pytest.raises(NothingToDo, match="Acme Corp is not on trial"):
                await (await example("tenant.extend_trial", session)).preview(session)

    @pytest.mark.parametrize(
        ("kind", "typed", "answer"),
        [
            (LimitName, "max_user", "Did you mean max_users?"),
            (HowMany, "many", "“many” is not a whole number up to 1,000,000,000."),
            (HowMany, "-5", "“-5” is not a whole number"),
            (HowMany, "1,00", "“1,00” is not a whole number"),
            (ToPlan, "enterprize", "There is no plan “enterprize”. Did you mean enterprise?"),
            (TrialEnd, "yesterday", "I can't read “yesterday” as a time."),
            (RuleName, "two-facter", "There is no rule “two-facter”. Did you mean two-factor?"),
        ],
    )
    async def test_a_slip_is_answered(self, kind: Any, typed: str, answer: str, database: Database) -> None:
        async with database.snapshot() as session:
            with pytest.raises(InvalidParameter) as refused:
                await kind.resolve("it", typed, Lookup(session, "T0", 300, "limit", {}))
        assert answer in str(refused.value)


class TestPolicy:
    @staticmethod
    async def set(session: AsyncSession, column: str, value: bool | int, duration: Term | None = None) -> SetPolicy:  # noqa: FBT001
        return SetPolicy(
            tenant=await acme(session, RuledTenant),
            rule=RuleName(column),
            to=RuleValue(value),
            duration=duration,
            reason=WHY,
        )

    async def test_stricter_is_ones_own_word_and_weaker_is_securitys(self, database: Database) -> None:
        async with database.snapshot() as session:
            off = await self.set(session, "two_factor_required", False)
            session_1 = await self.set(session, "session_timeout_hours", 1)
        assert (off.stakes.risk, off.stakes.containment) == (Risk.HIGH, False)
        assert (session_1.stakes.risk, session_1.stakes.containment) == (Risk.MEDIUM, True)

    async def test_the_strictest_that_is_held_is_in_force(self, database: Database, sql) -> None:
        ((_, before),) = sql(POLICY)
        for hours in (4, 6):
            async with database.snapshot() as session:
                action = await self.set(session, "session_timeout_hours", hours, WEEK)
            await carried_out(database, action)
        assert sql(POLICY)[0][1] == 4
        sql(OVER)
        await engine.sweep(database)
        assert sql(POLICY)[0][1] == before

    @pytest.mark.parametrize(
        ("rule", "typed"), [("two-factor", "5"), ("session", "on"), ("password", "3"), ("session", "999")]
    )
    async def test_a_value_that_is_not_the_rules_is_refused(self, rule: str, typed: str) -> None:
        with pytest.raises(InvalidParameter, match=f"is not right here: {rule} takes"):
            await RuleValue.resolve("to", typed, Lookup(None, "T0", 300, "tenant policy", {"rule": rule}))  # type: ignore[arg-type]


async def test_a_sandbox_ends_by_itself(database: Database, sql) -> None:
    """Its row stays, as one that is over; a second one of that name is refused."""
    async with database.snapshot() as session:
        action = await example("sandbox.create", session)
    outcome = await carried_out(database, action)
    status = f"SELECT name, status FROM tenants WHERE id = '{outcome['tenant']}'"
    assert sql(status) == [("Import trial Sandbox", "sandbox")]
    async with database.snapshot() as session:
        with pytest.raises(NothingToDo, match="already a tenant called Import trial Sandbox"):
            await action.preview(session)
    sql(OVER)
    await engine.sweep(database)
    assert sql(status) == [("Import trial Sandbox", "churned")]
