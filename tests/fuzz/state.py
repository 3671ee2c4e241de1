"""What the database says before and after: nothing changed without permission, everything accepted was handled."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.actions.registry import Registry
from bot.platform.models import PlatformBase
from bot.policy import Policy, Requirement
from tests.fuzz.cases import OUTSIDE

Sql = Callable[..., list[Any]]

# Stripe says how these are; nobody in Slack does.
STRIPES = {"subscriptions", "payments", "webhook_events"}
# What somebody without any right may be the actor of: looking at their own access, and asking others.
HARMLESS = {"looked", "asked", "linked", "ended", "ruled"}
# What every member of staff may do, whatever else they may not: whoever sees trouble says so.
EVERYBODYS = ["incident.declare"]
DONE = """
SELECT plan.action, count(*) FROM pmbot.executions done JOIN pmbot.proposals asked ON asked.id = done.proposal_id
JOIN pmbot.revisions shown ON shown.id = asked.revision_id
CROSS JOIN LATERAL (SELECT shown.plan -> done.step ->> 'action' AS action) plan
WHERE plan.action <> ALL(%s) OR plan.action IS NULL GROUP BY 1 ORDER BY 1
"""
GIVEN_UP = "SELECT id, kind, payload::text FROM pmbot.inbox WHERE handled IS NULL ORDER BY id LIMIT 5"
OUTSIDERS = "SELECT kind, left(payload::text, 1500) FROM pmbot.inbox WHERE payload::text LIKE %s LIMIT 5"
FAILED = "SELECT task_name, args::text FROM pmbot.procrastinate_jobs WHERE status = 'failed' LIMIT 5"
WAITING = "SELECT count(*) FROM pmbot.inbox WHERE handled IS NULL"
OPEN = """
SELECT (SELECT count(*) FROM pmbot.inbox WHERE handled IS NULL)
     + (SELECT count(*) FROM pmbot.procrastinate_jobs WHERE status IN ('todo', 'doing') AND queue_name = 'pm'
        AND task_name <> 'tick' AND coalesce(scheduled_at, now()) < now() + interval '60 s')
"""


def fingerprint(sql: Sql) -> dict[str, str]:
    """Of every table of the platform but what Stripe fills."""
    rows = {"tenants": "(to_jsonb(one) - 'status' - 'updated')"}
    others = {"admin_audit_log": f"NOT action = ANY('{{{','.join(EVERYBODYS)}}}')"}
    query = "SELECT md5(coalesce(string_agg({row}::text, '|' ORDER BY one::text), '')) FROM {name} one WHERE {which}"
    names = sorted(set(PlatformBase.metadata.tables) - STRIPES)
    return {
        name: sql(query.format(name=name, row=rows.get(name, "one"), which=others.get(name, "true")))[0][0]
        for name in names
    }


def untouched(sql: Sql, before: Mapping[str, str]) -> list[str]:
    """What is wrong after a time in which nobody had a right to change anything."""
    now = fingerprint(sql)
    faults = [f"the table {name} changed" for name, was in before.items() if now[name] != was]
    counts = {one: sql(f"SELECT count(*) FROM pmbot.{one}")[0][0] for one in ("decisions", "holds", "effects")}
    counts |= {f"executions of {action}": count for action, count in sql(DONE, EVERYBODYS)}
    faults += [f"{count} {one} of people who may decide nothing" for one, count in counts.items() if count]
    by_others = "SELECT DISTINCT kind FROM pmbot.audit_log WHERE action IS NULL OR action <> ALL(%s)"
    kinds = {kind for (kind,) in sql(by_others, EVERYBODYS)}
    return [*faults, *(f"the audit trail has an entry of the kind {kind}" for kind in kinds - HARMLESS)]


def handled(sql: Sql) -> list[str]:
    """What is wrong once everything should be handled."""
    faults = [f"never handled: {kind} {payload[:1500]}" for _, kind, payload in sql(GIVEN_UP)]
    faults += [f"stored for another workspace: {kind} {shown}" for kind, shown in sql(OUTSIDERS, f"%{OUTSIDE}%")]
    return [*faults, *(f"a job failed for good: {task} {arguments[:300]}" for task, arguments in sql(FAILED))]


@dataclass(frozen=True)
class People:
    """Who held which roles, and which address: when it began."""

    roles: dict[Any, frozenset[str]]
    permissions: dict[Any, frozenset[str]]
    addresses: dict[Any, str]


ROLES = """
SELECT m.user_id, u.email,
       array_remove(array_agg(DISTINCT r.name), NULL), array_remove(array_agg(DISTINCT p.name), NULL)
FROM staff_members m JOIN users u ON u.id = m.user_id
LEFT JOIN staff_member_roles h ON h.user_id = m.user_id LEFT JOIN staff_roles r ON r.id = h.role_id
LEFT JOIN staff_role_permissions rp ON rp.role_id = r.id LEFT JOIN permissions p ON p.id = rp.permission_id
WHERE m.is_active GROUP BY 1, 2
"""


def people(sql: Sql) -> People:
    rows = sql(ROLES)
    return People(
        {row[0]: frozenset(row[2]) for row in rows},
        {row[0]: frozenset(row[3]) for row in rows},
        {row[0]: row[1] for row in rows},
    )


EXECUTED = """
SELECT p.id, p.number, p.requester_id, p.requirement, r.plan, e.step,
       (SELECT count(*) FROM pmbot.audit_log a WHERE a.proposal_id = p.id AND a.step = e.step AND a.kind = 'executed'),
       (SELECT target FROM pmbot.audit_log a WHERE a.proposal_id = p.id AND a.kind = 'asked' LIMIT 1)
FROM pmbot.executions e JOIN pmbot.proposals p ON p.id = e.proposal_id JOIN pmbot.revisions r ON r.id = p.revision_id
"""
WORDS = """
SELECT d.staff_id, d.verdict FROM pmbot.decisions d JOIN pmbot.proposals p ON p.revision_id = d.revision_id
WHERE p.id = %s AND d.voided IS NULL
"""


def entitled(sql: Sql, registry: Registry, policy: Policy, then: People) -> list[str]:
    """What was carried out although those who asked and decided may not; roles given meanwhile count, too."""
    now, faults = people(sql), []
    for number_row in sql(EXECUTED):
        proposal, number, requester, requirement, plan, step, entries, target = number_row
        action = registry.by_name[plan[0 if plan[0].get("leads") else step]["action"]]
        needs = Requirement.model_validate(requirement)
        own = target == f"staff:{requester}"
        allowed = then.permissions.get(requester, frozenset()) | now.permissions.get(requester, frozenset())
        if action.permission not in allowed and not own:
            faults.append(f"request {number}: whoever asked may not {action.name}")
        if entries != 1:
            faults.append(f"request {number}: {entries} entries in the audit trail")
        if not needs.no_approval and not _carried(sql(WORDS, proposal), needs, requester, target, policy, (then, now)):
            faults.append(f"request {number}: {action.name} ran without the words it needed")
    return faults


def _carried(
    words: list[Any], needs: Requirement, requester: Any, target: str, policy: Policy, known: tuple[People, ...]
) -> bool:
    """Written down once more, apart from the bot's own code, so that a mistake has to be made twice."""
    approvers = set()
    for staff_id, verdict in words:
        roles = frozenset().union(*(one.roles.get(staff_id, frozenset()) for one in known))
        address = next((one.addresses[staff_id] for one in known if staff_id in one.addresses), "")
        if verdict == "break_glass" and policy.ever_on_call(address) and needs.break_glass:
            return True
        if verdict == "approve" and staff_id == requester and needs.self_approval:
            return True
        if (
            verdict == "approve"
            and staff_id != requester
            and target != f"staff:{staff_id}"
            and roles & set(needs.approvers)
        ):
            approvers.add(staff_id)
    return len(approvers) >= needs.quorum
