"""An example of every action, for tests of what they all promise.

A parameter names its own example; those in `EXAMPLES` need another one, on the demo's platform. An action that needs
the platform in a certain state before it can be asked for says so in `BEFORE`.
"""

import datetime as dt
import json
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import actions, policy
from bot.actions.alerts.figures import ClearsAt, Figure, HowSevere, WhichRule
from bot.actions.alerts.parameters import Quiet, WhichSilence
from bot.actions.base import Action, Outcome
from bot.actions.bulk import Bulk, Chosen, PartOf
from bot.actions.composite import Composite
from bot.actions.deliverability.several import Campaigns, Mailboxes
from bot.actions.digests.parameters import At, Destination
from bot.actions.flags.parameters import Percent, Values, Whom
from bot.actions.held_many import EndPart, HeldPart, PutBackPart
from bot.actions.holds.parameters import HeldBy
from bot.actions.housekeeping.conflicts import Rules
from bot.actions.incidents.afterwards import ByDay
from bot.actions.incidents.customers.parameters import Affected, AnyLetter, SameTenants, WhichNotice
from bot.actions.incidents.evidence import Because
from bot.actions.incidents.links import SlackLink
from bot.actions.maintenance.parameters import Begins, Concerned
from bot.actions.oncall.parameters import LayerName, Starting, Swap
from bot.actions.queues.job_sets import FailedIn, Moves, Waiting
from bot.actions.queues.parameters import PauseOf, QueueOrTenant
from bot.actions.queues.several import Jobs
from bot.actions.registry import discover
from bot.actions.requests.parameters import OwnRequest
from bot.actions.roles.remove_several import Staffers
from bot.actions.rows import RowsOf
from bot.actions.settings.parameters import ValueAsItWas
from bot.actions.staff.activity import Zone
from bot.actions.tenants.notice import Topic
from bot.actions.tenants.several import ManyTenants
from bot.actions.users.invite import Invitation
from bot.actions.users.invite_several import Invited, TakeBackPart
from bot.actions.users.role_several import Move
from bot.actions.users.role_several import Moves as RoleMoves
from bot.actions.users.selection import Users
from bot.actions.watching import Watching
from bot.holds.columns import ColumnHold
from bot.holds.flag import Switch, default_of, value_in
from bot.holds.kinds import KINDS
from bot.parameters.alert import AlertOn, OfAlert
from bot.parameters.base import Lookup, Parameter, Reason
from bot.parameters.before import AsItWas, EachAsItWas
from bot.parameters.time import Lasting, Term
from bot.platform import jobs, staff, tenants
from bot.platform.models import Job
from bot.platform.queues import Scope
from bot.policy import Risk
from bot.store.models import Hold, HoldKind, Proposal, WindowScope
from bot.store.subscriptions import Place
from bot.targets.base import Target
from bot.targets.flag import FlagKey
from bot.targets.role import Role, Roles, RolesHeld
from bot.targets.staff import Asker, Staffer
from bot.targets.tenant import Tenant, Tenants

REGISTRY = discover(actions)
WHO = "staffer@penguinmails.example"
UUID_1, UUID_2 = uuid.UUID(int=1), uuid.UUID(int=2)
PLANS = sorted(name for name, action in REGISTRY.by_name.items() if issubclass(action, Composite))
WRITING = sorted(
    name for name, action in REGISTRY.by_name.items() if action.risk is not Risk.READ and name not in PLANS
)
# What is the bot's own is in force with its commit: nothing on the platform is written, and nobody there is asked.
ON_PLATFORM = [name for name in WRITING if REGISTRY.by_name[name].writes]


async def _roles(session: AsyncSession) -> Roles:
    return Roles((Role("support"),))


async def _roles_held(session: AsyncSession) -> RolesHeld:
    return RolesHeld((Role("finance"),))


async def _whom(session: AsyncSession) -> Whom:
    [one] = await tenants.named(session, "Acme Corp")
    return Whom("tenant", one.id, one.name)


async def _tenants(session: AsyncSession) -> Tenants:
    return Tenants(tuple(await Tenant.find(session, "Acme Labs")))


async def _percent(session: AsyncSession) -> Percent:
    return Percent(25)


async def _values(session: AsyncSession) -> Values:
    """As after a change from a rollout of 25% to what it is now."""
    state = (await FlagKey.load("ai-composer", session)).state
    key = Switch(state.key).key
    return Values({key: default_of(enabled=False, rollout=25)}, {key: value_in(state, Switch(state.key))})


async def _hold(session: AsyncSession) -> HeldBy:
    hold = (await session.scalars(select(Hold).order_by(Hold.starts))).first()
    assert hold is not None
    return await HeldBy.load(str(hold.id), session)


async def _term(session: AsyncSession) -> Term:
    return Term(dt.timedelta(days=14))


async def _reason(session: AsyncSession) -> Reason:
    return Reason("laptop stolen")


async def _what(session: AsyncSession) -> QueueOrTenant:
    [one] = await tenants.named(session, "Acme Corp")
    return QueueOrTenant(None, one.id, one.name)


async def _duration(session: AsyncSession) -> Lasting:
    return Lasting(dt.timedelta(hours=2))


async def _at(session: AsyncSession) -> At:
    return At("08:30", "Europe/Madrid")


async def _where(session: AsyncSession) -> Destination:
    return Destination(Place("C0OPERATIONS", name="operations"))


async def _own_request(session: AsyncSession) -> OwnRequest:
    one = (await session.scalars(select(Proposal))).one()
    return OwnRequest(one.id, one.number)


async def _zone(session: AsyncSession) -> Zone:
    return Zone("Europe/Madrid")


async def _as_it_was(session: AsyncSession) -> AsItWas:
    """As after a limit of 60 domains became one of 61; the demo has agreed 60 with Acme."""
    return AsItWas({"max_domains": 61}, {"max_domains": 60})


async def _value_as_it_was(session: AsyncSession) -> ValueAsItWas:
    """As after 15 minutes became the demo's 30."""
    return ValueAsItWas({"value": 15}, {"value": 30})


async def _users(session: AsyncSession) -> Users:
    lookup = Lookup(session, "", 100, "", {})
    return await Users.resolve("selection", 'tenant="Acme Corp" role=member', lookup)


async def _chosen(session: AsyncSession) -> Chosen:
    return Chosen((await _users(session)).ids[:2])


async def _rows(kind: type[RowsOf], typed: str, session: AsyncSession) -> RowsOf:
    return await kind.resolve("selection", typed, Lookup(session, "", 100, "", {}))


async def _some_campaigns(session: AsyncSession) -> RowsOf:
    return await _rows(Campaigns, 'tenant="Acme Corp"', session)


async def _some_mailboxes(session: AsyncSession) -> RowsOf:
    return await _rows(Mailboxes, 'tenant="Acme Corp"', session)


async def _some_tenants(session: AsyncSession) -> RowsOf:
    return await _rows(ManyTenants, "Acme Corp", session)


async def _affected(session: AsyncSession) -> RowsOf:
    return await _rows(Affected, "Acme Corp", session)


async def _same_tenants(session: AsyncSession) -> RowsOf:
    of_first = Lookup(session, "", 100, "", {"incident": "1"})
    return await SameTenants.resolve("selection", None, of_first)


async def _which_notice(session: AsyncSession) -> WhichNotice:
    return WhichNotice(UUID_2)


async def _any_letter(session: AsyncSession) -> AnyLetter:
    return AnyLetter("update")


async def _some_jobs(session: AsyncSession) -> RowsOf:
    return await _rows(Jobs, "queue=email-sending", session)


async def _chosen_for(name: str, session: AsyncSession) -> Chosen:
    """Some of what the part is of, as its command would choose them."""
    leads = {one.part: one for one in REGISTRY.by_name.values() if issubclass(one, Bulk)}
    part = REGISTRY.by_name[name]
    if issubclass(part, EndPart | TakeBackPart):
        return Chosen((UUID_1,))
    back = {one.put_back_by: one for one in leads if issubclass(one, HeldPart) and hasattr(one, "put_back_by")}
    lead = await example(leads[back.get(name, part)].name, session)  # type: ignore[index]
    assert isinstance(lead, Bulk)
    return Chosen((await lead.sort(session)).ids[:2])


async def _invited(session: AsyncSession) -> Invited:
    to = {UUID_1: "jo@new-company.example", UUID_2: "sam@new-company.example"}
    return Invited(tuple(to), to)


async def _staffers(session: AsyncSession) -> Staffers:
    return Staffers(tuple(await Staffer.find(session, "staffer")))


async def _role_moves(session: AsyncSession) -> RoleMoves:
    [acme] = await tenants.named(session, "Acme Corp")
    return RoleMoves.of([Move(acme.id, ("member",), ("admin",), (await _users(session)).ids[:2])])


async def _any(kind: type[Target], session: AsyncSession) -> Target:
    """The one that its own words name."""
    [one] = await kind.find(session, kind.such_as)
    return one


async def _failed(session: AsyncSession) -> FailedIn:
    """With a moment, and a number, that stay the same when it is said twice."""
    before = (await session.scalars(select(func.max(Job.failed)).where(jobs.failed_in("email-sending")))).one()
    return FailedIn("email-sending", before, await jobs.count(session, jobs.failed_in("email-sending", before)))


async def _waiting(session: AsyncSession) -> Waiting:
    scope = Scope("email-sending", None)
    before = (await session.scalars(select(func.max(Job.created)).where(scope.jobs()))).one()
    one = Waiting(None, scope, "email-sending", before, 0)
    return replace(one, number=await jobs.count(session, one.condition))


async def _moves(session: AsyncSession) -> Moves:
    """As after a change from 100 to what it is now."""
    now = await jobs.priorities(session, (await _waiting(session)).condition)
    return Moves({150: [one for ids in now.values() for one in ids]}, now)


async def _left_out(session: AsyncSession) -> None:
    return None


async def _rules(session: AsyncSession) -> Rules:
    return Rules(policy.load().exclusive)


async def _topic(session: AsyncSession) -> Topic:
    return Topic("spam")


async def _by_day(session: AsyncSession) -> ByDay:
    return ByDay(dt.datetime(2030, 1, 31, 9, tzinfo=dt.UTC))


async def _alert(session: AsyncSession) -> AlertOn:
    return await AlertOn.load(str(UUID_1), session)


async def _quiet(session: AsyncSession) -> Quiet:
    return Quiet(dt.timedelta(hours=4))


async def _rule(session: AsyncSession) -> WhichRule:
    return WhichRule("queue-backlog")


async def _severity(session: AsyncSession) -> HowSevere:
    return HowSevere("high")


async def _figure(session: AsyncSession) -> Figure:
    return Figure(2000, percent=False)


async def _silence(session: AsyncSession) -> WhichSilence:
    return await WhichSilence.load(str(UUID_2), session)


async def _concerned(session: AsyncSession) -> Concerned:
    return Concerned(WindowScope.SERVICE, "SMTP service")


async def _begins(session: AsyncSession) -> Begins:
    return Begins(dt.datetime(2030, 1, 31, 22, tzinfo=dt.UTC))


async def _on_call(session: AsyncSession) -> Asker:
    """Who is on call, by the bot's own policy: only they have a shift to swap."""
    [one] = await Asker.find(session, "@oncall")
    return one


async def _swap(session: AsyncSession) -> Swap:
    return Swap(UUID_1)


async def _invitation(session: AsyncSession) -> Invitation:
    return Invitation(UUID_1)


EXAMPLES: dict[type[Parameter], Callable[[AsyncSession], Awaitable[Parameter | None]]] = {
    Reason: _reason,
    Invitation: _invitation,
    Topic: _topic,
    QueueOrTenant: _what,
    Lasting: _duration,
    PauseOf: _left_out,
    Watching: _left_out,  # what is for a time is not watched besides
    SlackLink: _left_out,  # words are kept besides
    Because: _left_out,
    Destination: _where,
    At: _at,
    Roles: _roles,
    RolesHeld: _roles_held,
    Whom: _whom,
    Tenants: _tenants,
    Percent: _percent,
    Values: _values,
    HeldBy: _hold,
    Term: _term,
    OwnRequest: _own_request,
    FailedIn: _failed,
    Waiting: _waiting,
    Moves: _moves,
    Users: _users,
    Chosen: _chosen,
    Campaigns: _some_campaigns,
    Mailboxes: _some_mailboxes,
    ManyTenants: _some_tenants,
    Affected: _affected,
    SameTenants: _same_tenants,
    WhichNotice: _which_notice,
    AnyLetter: _any_letter,
    Jobs: _some_jobs,
    RoleMoves: _role_moves,
    Staffers: _staffers,
    Invited: _invited,
    Zone: _zone,
    AsItWas: _as_it_was,
    ValueAsItWas: _value_as_it_was,
    EachAsItWas: _left_out,
    Rules: _rules,
    ByDay: _by_day,
    OfAlert: _left_out,
    AlertOn: _alert,
    Concerned: _concerned,
    Begins: _begins,
    Quiet: _quiet,
    WhichRule: _rule,
    HowSevere: _severity,
    Figure: _figure,
    ClearsAt: _left_out,
    WhichSilence: _silence,
    Starting: _left_out,
    LayerName: _left_out,
    Swap: _swap,
}
ASKED = f"""
        INSERT INTO pmbot.revisions (id, proposal_id, number, plan, impacts, digest)
        VALUES ('{UUID_1}', '{UUID_2}', 1, '[{{"action": "staff.suspend", "parameters": {{}}}}]', '[{{}}]', 'x');
        INSERT INTO pmbot.proposals (id, requester_id, state, revision_id, requirement, reason, channel, expires)
        SELECT '{UUID_2}', id, 'pending', '{UUID_1}', '{{}}', 'x', 'operations', now() + interval '1 hour'
        FROM users WHERE email = '{WHO}'
"""
HELD = f"""
        WITH held AS (SELECT (SELECT id FROM tenants WHERE name = 'Acme Corp') AS tenant,
                             (SELECT id FROM users WHERE email = '{WHO}') AS staff),
             paused AS (INSERT INTO queue_pauses (queue_name, tenant_id, ends)
                        SELECT 'email-sending', tenant, now() + interval '1 hour' FROM held
                        RETURNING id)
        INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason, ends)
        SELECT gen_random_uuid(), 'queue_pause', 'tenant:' || tenant || '/email-sending',
               jsonb_build_object('queue', 'email-sending', 'tenant', tenant, 'pause', paused.id), staff, 'x',
               now() + interval '1 hour'
        FROM held, paused
"""
INVITED = f"""
        INSERT INTO tenant_invitations (id, tenant_id, email)
        SELECT '{UUID_1}', id, 'jo@new-company.example' FROM tenants WHERE name = 'Acme Corp'
"""
KOFI = "kofi.castano@acme-corp.example"  # who owns Acme Corp alone


def stopped(thing: str, table: str, which: str, status: str) -> str:
    """The one of these is held with that status, as by a pause for an hour."""
    return f"""
        WITH it AS (SELECT id, '{thing}:' || id AS key, status FROM {table} WHERE {which}),
             switched AS (INSERT INTO pmbot.held_switches (target, base, seen)
                          SELECT key || '/status', jsonb_build_object('value', status),
                                 jsonb_build_object('value', '{status}') FROM it),
             held AS (INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason, ends)
                      SELECT gen_random_uuid(), '{thing}', key,
                             jsonb_build_object('id', it.id, 'set', jsonb_build_object('status', '{status}')), users.id,
                             'x', now() + interval '1 hour'
                      FROM it, users WHERE users.email = '{WHO}')
        UPDATE {table} SET status = '{status}' WHERE {which}
    """


OF_ACME = "campaigns.tenant_id = (SELECT tenants.id FROM tenants WHERE tenants.name = 'Acme Corp')"
ITS_CAMPAIGN = f"campaigns.name = 'Quarterly news' AND {OF_ACME}"
MEMBERS_SUSPENDED = """
        UPDATE users SET status = 'suspended' WHERE id IN (
            SELECT user_id FROM tenant_users JOIN tenants ON tenants.id = tenant_id
            WHERE name = 'Acme Corp' AND 'member' = ANY(roles))
"""
SIGNED_IN = """
        INSERT INTO sessions (user_id, token_hash, expires) SELECT user_id, user_id::text, now() + interval '1 hour'
        FROM tenant_users JOIN tenants ON tenants.id = tenant_id WHERE name = 'Acme Corp' AND 'member' = ANY(roles)
"""


def held_for_acme(kind: str, table: str, column: str, base: str, held: str, **more: str | bool) -> str:
    """A column of Acme's row has one value instead of another, for an hour."""
    return f"""
        WITH it AS (SELECT id, 'tenant:' || id || '/{column}' AS key FROM tenants WHERE name = 'Acme Corp'),
             was AS (INSERT INTO {table} (tenant_id, {column}) SELECT id, {held} FROM it
                     ON CONFLICT (tenant_id) DO UPDATE SET {column} = {held}),
             switched AS (INSERT INTO pmbot.held_switches (target, base, seen)
                          SELECT key, '{{"value": {base}}}', '{{"value": {held}}}' FROM it),
             subject AS (SELECT '{json.dumps({"set": {column: json.loads(held)}, **more})}'::jsonb AS of_all)
        INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason, ends)
        SELECT '{UUID_1}', '{kind}', key, of_all || jsonb_build_object('id', it.id), users.id, 'x',
               now() + interval '1 hour'
        FROM it, subject, users WHERE users.email = '{WHO}'
    """


TWO_FACTOR_OFF = """
    UPDATE tenant_policies SET two_factor_required = false
    WHERE tenant_id = (SELECT id FROM tenants WHERE name = 'Acme Corp')
"""
ALERTS_OFF = """
        UPDATE tenant_config SET notify_on_security_alerts = false
        WHERE tenant_id = (SELECT id FROM tenants WHERE name = 'Acme Corp')
    """
OPEN = """
        UPDATE pmbot.incidents SET state = 'open', is_open = true, resolved = NULL, resolved_by = NULL, made = wanted;
"""
ALERTED = f"""
        INSERT INTO pmbot.alerts (
            id, rule, subject, state, severity, breached, value, peak, measured, facts, since, fired
        ) VALUES ('{UUID_1}', 'x', 'email-sending', 'firing', 'low', '{{}}', 1, 1, now(), '{{}}', now(), now());
"""
TOLD_BEFORE = f"""
        INSERT INTO pmbot.incident_notices (id, incident_id, kind, staff_id)
        SELECT '{UUID_1}', id, 'delay', declared_by FROM pmbot.incidents WHERE number = 1;
        INSERT INTO pmbot.incident_told (incident_id, tenant_id, notice_id)
        SELECT incidents.id, tenants.id, '{UUID_1}' FROM pmbot.incidents, tenants
        WHERE number = 1 AND tenants.name = 'Acme Corp'
"""
LEVELS = """
        DELETE FROM pmbot.alert_levels;
        INSERT INTO pmbot.alert_levels (rule, severity, fires, clears, low, percent, unit, label)
        VALUES ('queue-backlog', 'high', 1000, 500, false, false, ' jobs', 'Waiting')
"""
RESTRICTED = "UPDATE pmbot.incidents SET restricted = true, channel = 'C0PRIVATE' WHERE number = 1"
LEGALLY_HELD = f"""{RESTRICTED};
        INSERT INTO pmbot.legal_holds (incident_id) SELECT id FROM pmbot.incidents WHERE number = 1
"""
DUTIES = f"""{RESTRICTED};
        INSERT INTO pmbot.incident_breaches (incident_id, known, high_risk, concerns, staff_id)
        SELECT id, now(), true, 'x', declared_by FROM pmbot.incidents WHERE number = 1;
        INSERT INTO pmbot.incident_duties (incident_id, duty, due, next)
        SELECT incident_id, duty, now() + interval '72 hours', now() + interval '24 hours'
        FROM pmbot.incident_breaches, unnest(ARRAY['authority', 'officer', 'persons']) AS duty
"""
FAILED_EVENT = """
        INSERT INTO pmbot.inbox (key, kind, payload, handled)
        VALUES ('stripe:evt_demo000090', 'stripe', '{}', now())
"""
CLOSED = "UPDATE pmbot.tickets SET state = 'closed', closed = now(), closed_by = asked_by WHERE number = 1"
BEFORE = {
    "stripe.retry": FAILED_EVENT,
    "ticket.reopen": CLOSED,
    "ticket.rate": f"""{CLOSED};
        INSERT INTO pmbot.ticket_samples (ticket_id, staff_id) SELECT tickets.id, users.id FROM pmbot.tickets, users
        WHERE number = 1 AND users.email = '{WHO}'
    """,
    "incident.release": LEGALLY_HELD,
    "incident.hold_again": f"{LEGALLY_HELD}; UPDATE pmbot.legal_holds SET lifted = now()",
    "incident.breach": RESTRICTED,
    **dict.fromkeys(("incident.told", "incident.not_needed", "incident.no_breach"), DUTIES),
    "incident.still_needed": f"""{DUTIES};
        UPDATE pmbot.incident_duties SET ended = now(), told = true, note = 'x'
    """,
    **dict.fromkeys(
        (
            "incident.withdraw",
            "incident.resolve",
            "incident.merge",
            "incident.role",
            "incident.leave",
            "incident.severity",
            "incident.update",
        ),
        OPEN,
    ),
    "incident.attach": f"{OPEN} {ALERTED}",
    "incident.detach": f"""{OPEN} {ALERTED}
        INSERT INTO pmbot.incident_alerts (incident_id, alert_id) SELECT id, '{UUID_1}' FROM pmbot.incidents
        WHERE number = 1
    """,
    **dict.fromkeys(("incident.add_member", "incident.evidence"), RESTRICTED),
    "incident.remove_member": f"""{RESTRICTED};
        INSERT INTO pmbot.incident_members (incident_id, staff_id)
        SELECT incidents.id, users.id FROM pmbot.incidents, users WHERE users.email = '{WHO}'
    """,
    "alert.silence": ALERTED,
    "alert.threshold": LEVELS,
    "alert.clear_threshold": f"""{LEVELS};
        INSERT INTO pmbot.alert_thresholds
            (id, rule, severity, fires, clears, base_fires, base_clears, reason, staff_id)
        SELECT '{UUID_2}', 'queue-backlog', 'high', 3000, 900, 1000, 500, 'x', id FROM users WHERE email = '{WHO}'
    """,
    "alert.unsilence": f"""{ALERTED}
        INSERT INTO pmbot.alert_silences (id, rule, subject, severity, staff_id, until)
        SELECT '{UUID_2}', 'x', 'email-sending', 'low', id, now() + interval '4 hours' FROM users WHERE email = '{WHO}';
        UPDATE pmbot.alerts SET silenced_until = now() + interval '4 hours'
    """,
    "incident.follow_up": TOLD_BEFORE,
    "incident.retract": """
        INSERT INTO pmbot.public_updates (id, incident_id, headline, phase, said, staff_id)
        SELECT gen_random_uuid(), id, 'Mails leave late', 'identified', 'x', declared_by FROM pmbot.incidents
        WHERE number = 1
    """,
    "incident.done": "UPDATE pmbot.incident_tasks SET done = NULL, done_by = NULL",
    "user.revoke_several": SIGNED_IN,
    "user.revoke_some": SIGNED_IN,
    "user.reinstate_several": MEMBERS_SUSPENDED,
    "user.reinstate_some": MEMBERS_SUSPENDED,
    "user.reinstate": f"UPDATE users SET status = 'suspended' WHERE email = '{KOFI}'",
    "user.take_back_invitation": INVITED,
    "user.take_back_invitations": INVITED,
    "user.role": f"""
        UPDATE tenant_users SET roles = '{{owner}}'
        WHERE user_id = (SELECT min(id::text)::uuid FROM users WHERE email LIKE '%@acme-corp.example'
                         AND status = 'active' AND email <> '{KOFI}')
    """,
    "deliverability.resume_campaign": stopped("campaign", "campaigns", ITS_CAMPAIGN, "paused"),
    "deliverability.resume_mailbox": stopped(
        "mailbox", "email_accounts", "email_accounts.email = 'sales@acme-corp.example'", "paused"
    ),
    "deliverability.return_ip": stopped("ip", "smtp_ip_addresses", "ip_address = '203.0.113.51'", "quarantined"),
    "staff.reinstate": f"UPDATE users SET status = 'suspended' WHERE email = '{WHO}'",
    "queue.resume": HELD,
    "queue.resume_some": HELD.replace("gen_random_uuid()", f"'{UUID_1}'"),
    "deliverability.resume_campaigns_some": stopped("campaign", "campaigns", ITS_CAMPAIGN, "paused").replace(
        "gen_random_uuid()", f"'{UUID_1}'"
    ),
    "deliverability.resume_mailboxes_some": stopped(
        "mailbox", "email_accounts", "email_accounts.email = 'sales@acme-corp.example'", "paused"
    ).replace("gen_random_uuid()", f"'{UUID_1}'"),
    "hold.extend": HELD,
    "digest.unsubscribe": """
        INSERT INTO pmbot.digest_subscriptions (id, report, channel, channel_name, at, days, zone, asked_by)
        VALUES (gen_random_uuid(), 'morning', 'C0OPERATIONS', 'operations', '07:15', '*', 'Europe/Madrid',
                gen_random_uuid())
    """,
    "hold.end": HELD,
    "staff.reset_step_up": f"""
        INSERT INTO pmbot.code_apps (staff_id, seed, confirmed)
        SELECT id, 'x', now() FROM users WHERE email = '{WHO}'
    """,
    "bot.readonly_off": f"""
        INSERT INTO pmbot.holds (id, kind, target, subject, staff_id, reason)
        SELECT gen_random_uuid(), 'read_only', 'bot:read_only', '{{}}', id, 'x' FROM users WHERE email = '{WHO}'
    """,
    "request.cancel": ASKED,
    "oncall.end": f"""
        INSERT INTO pmbot.on_call_swaps (id, layer, staff_id, begins, ends, made_by)
        SELECT '{UUID_1}', 'on call', id, now(), now() + interval '8 hours', id FROM users WHERE email = '{WHO}'
    """,
    # The last owner of a tenant is not erased: somebody else owns it, too.
    "user.erase": """
        UPDATE tenant_users SET roles = '{owner}' WHERE (tenant_id, user_id) = (
            SELECT m.tenant_id, m.user_id FROM tenant_users m JOIN tenants t ON t.id = m.tenant_id
            WHERE t.name = 'Acme Corp' AND 'owner' <> ALL(m.roles) ORDER BY m.user_id LIMIT 1)
    """,
    "tenant.approve": "UPDATE tenants SET approval = 'pending' WHERE name = 'Acme Corp'",
    "setting.promote": "UPDATE system_config SET staged = '20' WHERE key = 'staff.session_idle_minutes'",
    "setting.unstage": "UPDATE system_config SET staged = '20' WHERE key = 'staff.session_idle_minutes'",
    "tenant.extend_trial": "UPDATE tenants SET status = 'trial' WHERE name = 'Acme Corp'",
    "tenant.policy": TWO_FACTOR_OFF,
    "tenant.policies": TWO_FACTOR_OFF,
    "tenant.policy_some": TWO_FACTOR_OFF,
    "tenant.policy_back_some": TWO_FACTOR_OFF,
    "tenant.policy_end_some": held_for_acme(
        "tenant_policy", "tenant_policies", "two_factor_required", "true", "false", weaker=True
    ),
    "tenant.limit_end_some": held_for_acme(
        "agreement", "tenant_overrides", "max_users", "null", "999999", action="tenant.limit"
    ),
    "tenant.setting_end_some": held_for_acme(
        "tenant_setting", "tenant_config", "notify_on_security_alerts", "true", "false", weaker=True
    ),
    "tenant.set_setting": ALERTS_OFF,
    "tenant.settings_several": ALERTS_OFF,
    "tenant.setting_some": ALERTS_OFF,
    "tenant.setting_back_some": ALERTS_OFF,
    "flag.clear": """
        INSERT INTO tenant_feature_flags (tenant_id, flag_key, enabled)
        SELECT id, 'ai-composer', false FROM tenants WHERE name = 'Acme Corp'
    """,
}


async def example_of(kind: type[Parameter], session: AsyncSession) -> Parameter | None:
    """One of the type: it names its own."""
    if kind in EXAMPLES:
        return await EXAMPLES[kind](session)
    if issubclass(kind, Target):
        return await _any(kind, session)
    return await kind.resolve("example", kind.example, Lookup(session, "", len(kind.example), "", {}))


async def example(name: str, session: AsyncSession, **given: Parameter | None) -> Action:
    """The action with an example of each parameter, but for those that are given."""
    kind = REGISTRY.by_name[name]
    if name == "oncall.swap":
        given = {"asker": await _on_call(session), **given}
    examples = {parameter: await example_of(of, session) for parameter, of in kind.parameters().items()}
    if issubclass(kind, PartOf) and kind.parameters()["chosen"] is Chosen and kind.noun != "account":
        examples["chosen"] = await _chosen_for(name, session)
    if issubclass(kind, PutBackPart):
        examples["before"] = await _each_as_it_was(kind, examples["chosen"], session)
    return kind(**{**examples, **given})


async def _each_as_it_was(kind: type[PutBackPart], chosen: Parameter | None, session: AsyncSession) -> EachAsItWas:
    """As after a change to what it is now."""
    assert isinstance(chosen, Chosen)
    columns = KINDS[kind.held]
    assert isinstance(columns, ColumnHold)
    others: dict[HoldKind, dict[str, Any]] = {
        HoldKind.AGREEMENT: {"max_users": 999_999},
        HoldKind.TENANT_POLICY: {"session_timeout_hours": 77},
        HoldKind.TENANT_SETTING: {"notify_on_security_alerts": True},
    }
    was = others[kind.held]
    now = {one: await columns.now(session, one, [*was]) for one in chosen.ids}
    return EachAsItWas({str(one): AsItWas(was, left) for one, left in now.items()})


async def done(action: Action, session: AsyncSession) -> Outcome:
    """Execute it as the pipeline does: under its lock, on behalf of somebody."""
    [root] = await staff.named(session, "root@penguinmails.example")
    await action.lock(session)
    return await action.execute(session, root.id)
