"""`/pm spam`: the figures are those of the tenant's own mails, and nobody is named."""

import uuid
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.tenants.notice import Notice, Topic
from bot.actions.tenants.spam import Spam
from bot.drawing.buttons import shared_arguments
from bot.drawing.masking import Clearance, masked_text
from bot.drawing.render import Renderer
from bot.errors import NothingToDo
from bot.holds import reads
from bot.parameters.base import Reason
from bot.platform import mails, tenants
from bot.store.database import Database
from bot.targets.tenant import Tenant
from tests.integration.action_examples import REGISTRY

SENT = """
    INSERT INTO outbound_messages (tenant_id, recipient, subject, status, sent)
    SELECT (SELECT id FROM tenants WHERE name = 'Acme Corp'), 'kim' || n || '@' || {domain}, '{subject}', {status}, {at}
    FROM generate_series(1, {number}) AS n
"""
BEFORE = [
    SENT.format(
        domain="'reader.example'",
        subject="News",
        status="CASE WHEN n <= 2 THEN 'bounced' ELSE 'delivered' END",
        at=f"now() - interval '{day} days 1 hour'",
        number=100 + day,
    )
    for day in range(1, 11)
]
NOW = SENT.format(
    domain="CASE WHEN n <= 200 THEN 'reader.example' ELSE 'strange' || n % 50 || '.example' END",
    subject="You have won, kim.lee@reader.example",
    status="CASE WHEN n <= 120 THEN 'bounced' WHEN n <= 130 THEN 'complained' ELSE 'sent' END",
    at="now() - interval '1 hour'",
    number=1_000,
)

MEMBERS = """
    SELECT u.email, m.roles FROM tenant_users m JOIN users u ON u.id = m.user_id JOIN tenants t ON t.id = m.tenant_id
    WHERE t.name = 'Acme Corp' AND u.status = 'active'
"""


@pytest.fixture
async def session(database_url: str, sql) -> AsyncIterator[AsyncSession]:
    sql("DELETE FROM outbound_messages")
    for statement in BEFORE:
        sql(statement)
    database = Database(database_url)
    async with database.transaction() as session:
        yield session
    await database.close()


async def acme(session: AsyncSession) -> Tenant:
    [found] = await Tenant.find(session, "Acme Corp")
    return found


async def test_the_figures_are_of_the_same_hours_and_of_this_tenant(session: AsyncSession, sql) -> None:
    """Of each day since it first sent something."""
    sql(NOW)
    sql(NOW.replace("Acme Corp", "Acme Labs"))
    one = await mails.figures(session, (await acme(session)).tenant, await reads.clock(session))
    assert (one.sent, one.to_new_domains, one.new_domains) == (1_000, 800, 50)
    assert (one.bounced, one.complained) == (120, 10)
    assert one.before == tuple(100 + day for day in range(1, 11))
    assert one.bounced_before == pytest.approx(20 / sum(one.before))


async def test_it_says_likely_spam_with_its_reasons_and_names_nobody(session: AsyncSession, sql) -> None:
    """And pausing is one click away, with the tenant filled in."""
    sql(NOW)
    action = Spam(tenant=await acme(session))
    impact = await action.preview(session)
    drawn = Renderer().message(
        "actions/tenant.spam.j2", Clearance.FULL, impact=impact, next_buttons=[], **impact.context
    )
    said = drawn["text"].replace("\u2060", "")
    assert "Mails of Acme Corp: likely spam" in said
    assert "1,000 mails in 3 hours; usually 106, and never more than 110 in the 30 days before" in said
    assert "80% of them to 50 domains it never wrote to before" in said
    assert "1,000 × “You have won, •••@reader.example” to 51 domains" in said
    assert "kim" not in said
    assert action.leads_to(impact) == ("pause", "queues")
    assert shared_arguments(action, REGISTRY.by_verb["pause"]) == {"what": str(action.tenant.tenant)}
    [lead] = action.leads_on(impact)
    assert (lead.verb, lead.arguments) == ("tenant notice", {"tenant": str(action.tenant.tenant), "topic": "spam"})


async def test_an_ordinary_hour_is_nothing(session: AsyncSession) -> None:
    impact = await Spam(tenant=await acme(session)).preview(session)
    assert impact.context["verdict"] == "nothing unusual"


async def test_a_notice_goes_to_whoever_manages_the_tenant_and_can_sign_in(session: AsyncSession, sql) -> None:
    """A letter each, to none who was suspended or merely belongs to it; nobody is named on the card."""
    who = await tenants.managers(session, (await acme(session)).tenant)
    roles = dict(sql(MEMBERS))
    assert sorted(who) == sorted(email for email, its in roles.items() if {"owner", "admin"} & set(its))
    notice = Notice(tenant=await acme(session), topic=Topic("spam"), reason=Reason("stolen account"))
    impact = await notice.preview(session)
    shown = masked_text(next(one for one in impact.facts if one.label == "To").parts, Clearance.CHANNEL)
    assert not any(address in shown for address in who)
    outcome = await notice.execute(session, uuid.uuid4())
    assert [one.request["to"] for one in outcome.effects] == who
    assert notice.undo(outcome.data).parameters["topic"] == "correction"
    sql("UPDATE users SET status = 'suspended' WHERE email = ANY(%s)", who)
    with pytest.raises(NothingToDo, match="nobody would read it"):
        await notice.preview(session)
