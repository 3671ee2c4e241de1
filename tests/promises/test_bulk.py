"""The same for many: one approval for exactly these, done once each, stopped between its parts and carried on."""

import re
import uuid

import pytest
from sqlalchemy import select

from bot.actions import bulk
from bot.actions.users.role_several import MoveUsers
from bot.actions.users.roles import TenantRoles
from bot.actions.users.selection import Users
from bot.actions.users.several import ReinstateUsers, SuspendUsers
from bot.errors import InvalidParameter, NothingToDo, NotPermitted
from bot.parameters.base import Lookup, Reason
from bot.pipeline import execute
from bot.pipeline.core import impacts_of
from bot.pipeline.propose import Ask, preview_again, propose
from bot.pipeline.resume import resume
from bot.pipeline.stop import stop
from bot.pipeline.undo import undo
from bot.store.models import Execution, Proposal, Revision, State
from bot.targets.tenant import Tenant
from tests.promises.bench import Bench
from tests.promises.test_plans import drawn, labels

ACME = "tenant=Acme Corp role=member"
STATUSES = """
    SELECT u.status, count(*) FROM users u JOIN tenant_users m ON m.user_id = u.id JOIN tenants t ON t.id = m.tenant_id
    WHERE t.name = 'Acme Corp' AND 'member' = ANY(m.roles) GROUP BY 1 ORDER BY 1
"""
LOGGED = "SELECT count(*), count(DISTINCT resource_id) FROM admin_audit_log WHERE action = 'user.suspend'"


async def _chosen(session, typed: str) -> Users:
    return await Users.resolve("selection", typed, Lookup(session, "T0", 300, "user suspend where", {}))


async def _asked(bench: Bench, typed: str = ACME, kind=SuspendUsers, by: str = "security") -> Proposal:
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        action = kind(selection=await _chosen(session, typed), reason=Reason("a stolen list"))
        return await propose(bench.core, session, operator, [action], Ask("operations", "a stolen list"))


async def _approved(bench: Bench) -> Proposal:
    proposal = await _asked(bench)
    await bench.decide("security", proposal)
    return proposal


async def _parts(bench: Bench, proposal: Proposal, number: int) -> None:
    for _ in range(number):
        async with bench.database.transaction() as session:
            await execute._next_step(bench.core, session, proposal.id)


@pytest.fixture(autouse=True)
async def small_parts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten; and at Acme nobody is suspended yet."""
    monkeypatch.setattr(bulk.PartOf, "size", 10)
    await bench.sql("UPDATE users SET status = 'active', deleted = NULL WHERE id IN (SELECT user_id FROM tenant_users)")


async def test_one_approval_does_it_to_each_of_them_once(bench: Bench) -> None:
    """And each has a row of its own in the compliance log."""
    [(_, members)] = await bench.sql(STATUSES)
    proposal = await _approved(bench)
    assert f"Suspend {members} users" in (await drawn(bench, proposal))["text"]
    after = await bench.execute(proposal)
    assert after.state == State.SUCCEEDED
    assert await bench.sql(STATUSES) == [("suspended", members)]
    assert await bench.sql(LOGGED) == [(members, members)]
    async with bench.database.snapshot() as session:
        done = (await session.scalars(select(Execution).where(Execution.proposal_id == proposal.id))).all()
    assert len(done) == -(-members // 10) > 2


async def test_killed_in_the_middle_nobody_is_done_twice(bench: Bench) -> None:
    """What goes on finds the parts that were committed."""
    [(_, members)] = await bench.sql(STATUSES)
    proposal = await _approved(bench)
    await _parts(bench, proposal, 2)
    assert await bench.sql(LOGGED) == [(20, 20)]
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    assert await bench.sql(LOGGED) == [(members, members)]


async def test_stopped_carried_on_and_taken_back(bench: Bench) -> None:
    [(_, members)] = await bench.sql(STATUSES)
    proposal, operator = await _approved(bench), await bench.operator("security")
    await _parts(bench, proposal, 2)
    running = await drawn(bench, proposal)
    assert f"20 of {members} users" in running["text"]
    assert "Stop" in labels(running)
    async with bench.database.transaction() as session:
        await stop(bench.core, session, operator, proposal.revision_id)
    assert (await bench.execute(proposal)).state == State.PARTLY
    assert await bench.sql(LOGGED) == [(20, 20)]
    stopped = await drawn(bench, proposal)
    assert f"partly done: 20 of {members} users" in stopped["text"]
    assert labels(stopped)[:2] == ["Resume", "Undo what was done …"]
    async with bench.database.transaction() as session:
        await resume(bench.core, session, operator, proposal.revision_id)
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    assert f"Suspended {members} users" in (await drawn(bench, proposal))["text"]
    async with bench.database.transaction() as session:
        back = await undo(bench.core, session, operator, proposal.id, "it was the wrong list")
    card = await drawn(bench, back)
    assert f"Reinstate {members} users" in card["text"]  # one card for all parts of it
    assert "Step 1" not in card["text"]
    await bench.decide("root", back)
    assert (await bench.execute(back)).state == State.SUCCEEDED
    assert await bench.sql(STATUSES) == [("active", members)]


async def test_whoever_could_neither_ask_for_it_nor_decide_does_not_stop_it(bench: Bench) -> None:
    proposal, other = await _approved(bench), await bench.operator("maria.lindgren")
    await _parts(bench, proposal, 1)
    with pytest.raises(NotPermitted):
        async with bench.database.transaction() as session:
            await stop(bench.core, session, other, proposal.revision_id)
    assert (await bench.execute(proposal)).state == State.SUCCEEDED


async def test_who_has_changed_meanwhile_is_left_out_and_counted(bench: Bench) -> None:
    [(_, members)] = await bench.sql(STATUSES)
    proposal = await _approved(bench)
    async with bench.database.snapshot() as session:
        one = (await _chosen(session, ACME)).ids[0]
    await bench.sql(f"UPDATE users SET status = 'deleted' WHERE id = '{one}'")
    await bench.execute(proposal)
    assert await bench.sql(STATUSES) == [("deleted", 1), ("suspended", members - 1)]
    assert "Left out: 1" in (await drawn(bench, proposal))["text"]


async def test_whom_somebody_else_has_suspended_meanwhile_stays_so_after_an_undo(bench: Bench) -> None:
    [(_, members)] = await bench.sql(STATUSES)
    proposal, operator = await _approved(bench), await bench.operator("security")
    async with bench.database.snapshot() as session:
        one = (await _chosen(session, ACME)).ids[0]
    await bench.sql(f"UPDATE users SET status = 'suspended' WHERE id = '{one}'")
    await bench.execute(proposal)
    async with bench.database.transaction() as session:
        back = await undo(bench.core, session, operator, proposal.id, "it was the wrong list")
    await bench.decide("root", back)
    await bench.execute(back)
    assert await bench.sql(STATUSES) == [("active", members - 1), ("suspended", 1)]


async def test_owners_who_are_chosen_together_leave_nobody_to_manage_their_tenant(bench: Bench) -> None:
    """Neither counts as the other one who stays."""
    owners = "tenant_users SET roles = '{owner}' WHERE (tenant_id, user_id) IN"
    two = "SELECT tenant_id, user_id FROM tenant_users JOIN tenants ON id = tenant_id WHERE name = 'Acme Labs' LIMIT 2"
    await bench.sql("UPDATE tenant_users SET roles = '{member}'")
    await bench.sql(f"UPDATE {owners} ({two})")
    with pytest.raises(NothingToDo):
        await _asked(bench, 'tenant="Acme Labs" role=owner')


async def test_whom_it_cannot_be_done_to_is_left_out_by_its_rule(bench: Bench) -> None:
    """The last owner of a tenant, and whoever is suspended already; staff are never among them."""
    async with bench.database.snapshot() as session:
        everybody = await _chosen(session, 'tenant="Acme Corp"')
        one, *_ = (await _chosen(session, ACME)).ids
    await bench.sql(f"UPDATE users SET status = 'suspended' WHERE id = '{one}'")
    proposal = await _asked(bench, 'tenant="Acme Corp"')
    text = (await drawn(bench, proposal))["text"]
    assert re.match(r"Suspend \d+ users of Acme Corp\n", text)
    assert "1 already suspended" in text
    assert "1 last owner of a tenant" in text
    assert f"of {everybody.count} users" in text
    staff = await bench.sql("SELECT user_id FROM staff_members")
    assert {user_id for (user_id,) in staff}.isdisjoint(everybody.ids)


async def test_what_they_are_in_their_tenant_is_changed_and_changed_back(bench: Bench) -> None:
    """Each gets back what they were; whoever somebody has changed meanwhile keeps that."""
    roles = """
        SELECT roles, count(*) FROM tenant_users JOIN tenants ON tenants.id = tenant_id
        WHERE name = 'Acme Corp' GROUP BY 1
    """
    before = sorted(await bench.sql(roles))
    operator = await bench.operator("root")
    async with bench.database.transaction() as session:
        [acme] = await Tenant.find(session, "Acme Corp")
        chosen = await _chosen(session, 'tenant="Acme Corp"')
        action = MoveUsers(selection=chosen, roles=TenantRoles(("admin",)), tenant=acme, reason=Reason("new rules"))
        proposal = await propose(bench.core, session, operator, [action], Ask("operations", "new rules"))
    text = (await drawn(bench, proposal))["text"]
    assert "1 last owner of a tenant" in text
    await bench.decide("root", proposal)
    assert (await bench.execute(proposal)).state == State.SUCCEEDED
    [(owners,), *_] = await bench.sql("SELECT count(*) FROM tenant_users WHERE 'owner' = ANY(roles)")
    assert owners > 0
    assert len(await bench.sql(roles)) == 2
    async with bench.database.transaction() as session:
        back = await undo(bench.core, session, operator, proposal.id, "back")
    await bench.decide("root", back)
    assert (await bench.execute(back)).state == State.SUCCEEDED
    assert sorted(await bench.sql(roles)) == before


async def test_a_card_that_waits_goes_on_saying_how_many(bench: Bench) -> None:
    """Who they are was sorted out when it was asked for; what is drawn again says the same of them."""
    proposal = await _asked(bench)
    async with bench.database.transaction() as session:
        revision = await session.get_one(Revision, proposal.revision_id)
        actions = await bench.core.actions(session, revision)
        again = await preview_again(bench.core, session, proposal, revision, actions)
    assert again[0].facts == impacts_of(revision)[0].facts


async def test_where_nobody_is_left_it_is_said_why(bench: Bench) -> None:
    await bench.execute(await _approved(bench))
    with pytest.raises(
        NothingToDo, match=r"This would change nothing for \d+ users: \d+ already suspended\. Nothing was done"
    ):
        await _asked(bench)


async def test_reinstating_them_takes_another(bench: Bench) -> None:
    await bench.execute(await _approved(bench))
    proposal = await _asked(bench, ACME + " status=suspended", ReinstateUsers)
    assert proposal.state == State.PENDING
    assert "waiting for" in (await drawn(bench, proposal))["text"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("tenant=acm", "acm"),
        ("tennant=acme", r"There is no field “tennant”\. Did you mean tenant\?"),
        ('tenant="Acme Corp" role=boss', r"There is no role “boss”\. Choose owner, admin or member\."),
        ("tenant=acme members", "There is no tenant “acme members”"),
        ("status=active members", "I can't read “members” as a condition"),
        ("name,phone\nAnn,1", "neither an address nor a header with a column named email"),
        ("a@x.example, b", "Line 1: “b”: not an address"),
        ("nobody@nowhere.example", r"1 of 1 addresses belong to no user\. Line 1: “nobody@nowhere.example”"),
        ('role=owner domain="nowhere.example"', "No user matches"),
    ],
)
async def test_what_cannot_be_meant_is_said_and_nothing_is_done(bench: Bench, typed: str, said: str) -> None:
    async with bench.database.snapshot() as session:
        with pytest.raises(InvalidParameter, match=said):
            await _chosen(session, typed)


async def test_a_csv_is_read_with_its_header_whatever_wrote_it(bench: Bench) -> None:
    """A mark at its beginning, quotes, semicolons, the same address twice in another case."""
    rows = await bench.sql("SELECT id, email FROM users WHERE id IN (SELECT user_id FROM tenant_users) LIMIT 2")
    (one, first), (two, second) = rows
    csv = f'\ufeff"Name";"Email"\nAnn;"{first}"\nBen;{second.upper()}\nAnn;{first}\n'
    async with bench.database.snapshot() as session:
        chosen = await _chosen(session, csv)
    assert set(chosen.ids) == {uuid.UUID(str(one)), uuid.UUID(str(two))}
    assert chosen.shown == "2 users by their addresses"
