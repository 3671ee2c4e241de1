"""`/pm integrity` and `/pm conflicts`: each finding is found where it is so, and names what mends it."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot import policy
from bot.actions.housekeeping.conflicts import EXCLUDED, Rules, ShowConflicts
from bot.actions.housekeeping.integrity import ShowIntegrity
from bot.actions.impact import Impact
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.platform.findings import FINDINGS
from bot.store.database import Database
from tests.integration.action_examples import REGISTRY
from tests.unit.test_catalogue import NOT_BUILT

ACME = "(SELECT id FROM tenants WHERE name = 'Acme Corp')"
KOFI = "(SELECT id FROM users WHERE email = 'kofi.castano@acme-corp.example')"
GONE = "UPDATE tenants SET deleted = now() WHERE name = 'Acme Corp'"
BROKEN = {
    "closed-but-signed-in": f"""
        UPDATE users SET status = 'suspended' WHERE id = {KOFI};
        INSERT INTO sessions (user_id, token_hash, expires) VALUES ({KOFI}, 'x', now() + interval '1 hour')
    """,
    "closed-staff-signed-in": "UPDATE users SET status = 'suspended' WHERE email = 'staffer@penguinmails.example'",
    "staff-of-deleted-accounts": "UPDATE users SET deleted = now() WHERE email = 'staffer@penguinmails.example'",
    "deleted-by-half": f"UPDATE users SET status = 'deleted' WHERE id = {KOFI}",
    "users-of-nobody": f"DELETE FROM tenant_users WHERE user_id = {KOFI}",
    "pauses-past-their-end": f"""
        INSERT INTO queue_pauses (queue_name, tenant_id, ends)
        VALUES ('email-sending', {ACME}, now() - interval '1 hour')
    """,
    "members-of-deleted-tenants": GONE,
    "subscriptions-of-nobody": GONE,
    "things-of-deleted-tenants": GONE,
    "override-below-users": f"INSERT INTO tenant_overrides (tenant_id, max_users) VALUES ({ACME}, 0)"
    " ON CONFLICT (tenant_id) DO UPDATE SET max_users = 0",
    "override-below-domains": f"INSERT INTO tenant_overrides (tenant_id, max_domains) VALUES ({ACME}, 0)"
    " ON CONFLICT (tenant_id) DO UPDATE SET max_domains = 0",
    "more-users-than-planned": "DELETE FROM tenant_overrides; UPDATE plans SET max_users = 0",
    "more-domains-than-planned": "DELETE FROM tenant_overrides; UPDATE plans SET max_domains = 0",
    "tenants-without-owner": "UPDATE tenant_users SET roles = '{member}'",
    "two-subscriptions": f"""
        INSERT INTO subscriptions (tenant_id, plan_id, status) SELECT {ACME}, id, 'active' FROM plans LIMIT 2
    """,
    "domain-of-two": f"""
        INSERT INTO domains (tenant_id, domain, verification_status)
        SELECT id, 'shared.example', 'verified' FROM tenants WHERE id = {ACME} OR name = 'Acme Labs'
    """,
    "mailbox-on-a-foreign-domain": f"""
        INSERT INTO email_accounts (tenant_id, domain_id, email)
        SELECT {ACME}, id, 'x@y.example' FROM domains WHERE tenant_id <> {ACME} LIMIT 1
    """,
    "sending-from-a-failed-domain": f"""
        UPDATE domains SET verification_status = 'failed' WHERE tenant_id = {ACME};
        UPDATE email_accounts SET status = 'active' WHERE tenant_id = {ACME}
    """,
    "sending-while-closed": f"""
        UPDATE tenants SET status = 'paused' WHERE id = {ACME}; DELETE FROM queue_pauses WHERE tenant_id = {ACME};
        INSERT INTO campaigns (tenant_id, name, status) VALUES ({ACME}, 'Spring', 'sending')
    """,
    "roles-that-exclude-each-other": """
        INSERT INTO staff_member_roles (user_id, role_id)
        SELECT u.id, r.id FROM users u, staff_roles r
        WHERE u.email = 'security@penguinmails.example' AND r.name = 'finance'
    """,
}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def found(database: Database) -> dict[str, Any]:
    """Every finding that there is, by its title."""
    rules = Rules(policy.load().exclusive)
    async with database.snapshot() as session:
        both = [await ShowIntegrity().preview(session), await ShowConflicts(rules=rules).preview(session)]
    return {one["title"]: one for impact in both for one in impact.context["findings"]}


def titles() -> dict[str, str]:
    return {one.name: one.title for one in [*FINDINGS, EXCLUDED]}


async def test_each_finding_is_found_where_it_is_so(database: Database, sql) -> None:
    """In a transaction each, of which nothing stays: one more than before, or more of them."""
    assert BROKEN.keys() == titles().keys()
    before = await found(database)
    for name, statements in BROKEN.items():
        sql("BEGIN")
        for statement in statements.split(";"):
            sql(statement)
        # Read by the same connection: what it has not committed is seen by nobody else.
        one = next((one for one in FINDINGS if one.name == name), None)
        if one is not None:
            number = sql(f"SELECT count(*) FROM ({one.sql}) AS it")[0][0]
            assert number > before.get(one.title, {"number": 0})["number"], name
        sql("ROLLBACK")


async def test_it_is_said_with_what_mends_it(database: Database, sql) -> None:
    """All at once, as far as they go together; addresses are masked for whoever may not see them."""
    for name in (
        "closed-but-signed-in",
        "pauses-past-their-end",
        "override-below-users",
        "roles-that-exclude-each-other",
    ):
        for statement in BROKEN[name].split(";"):
            sql(statement)
    said = await found(database)
    kofi = sql(f"SELECT {KOFI}::text")[0][0]
    mends = [each["mend"] for one in said.values() for each in one["first"]]
    assert f"/pm user revoke {kofi} because the account is suspended" in mends
    assert '/pm resume "Acme Corp" in email-sending because its time is over' in mends
    excluded = said["Colleagues with roles that one person must not have together"]
    assert re.match(
        r"/pm role remove (finance|security) from [0-9a-f-]{36} because who moves", excluded["first"][0]["mend"]
    )
    context = {"findings": list(said.values())}
    for clearance in (Clearance.FULL, Clearance.NONE):
        drawn = Renderer().message("actions/integrity.show.j2", clearance, impact=Impact(), next_buttons=[], **context)
        assert ("kofi.castano@acme-corp.example" in json.dumps(drawn)) is (clearance is Clearance.FULL)


def test_every_command_that_mends_is_one() -> None:
    """Or one that is still to come, and until then says what to do by hand."""
    for one in FINDINGS:
        assert one.mends or one.by_hand, one.name
        words = one.mends.split()
        named = [" ".join(words[:number]) for number in (1, 2)]
        if one.mends and not any(name in REGISTRY.by_verb for name in named):
            assert any(name in NOT_BUILT for name in named), one.mends
            assert one.by_hand, one.name
