"""What must be true after any run, once it is quiet: asked of PostgreSQL and of the local Slack."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Each gives the rows that are wrong.
QUERIES: Mapping[str, str] = {
    "every acknowledged payload is handled": "SELECT id, key FROM pmbot.inbox WHERE handled IS NULL",
    "what was asked once was asked once": """
        SELECT reason, count(*) FROM pmbot.proposals WHERE undoes_id IS NULL GROUP BY 1 HAVING count(*) >
        (SELECT count(DISTINCT inbox.id) FROM pmbot.inbox WHERE kind IN ('command', 'event', 'click', 'submission')
          AND (position(proposals.reason IN inbox.payload ->> 'text') > 0
               OR position(proposals.reason IN inbox.payload -> 'event' ->> 'text') > 0
               OR kind = 'submission' AND position(proposals.reason IN inbox.payload ->> 'view') > 0))""",
    "what is open is asked for once": """
        SELECT same, count(*) FROM pmbot.proposals WHERE same IS NULL OR ended IS NULL
         GROUP BY 1 HAVING same IS NULL OR count(*) > 1""",
    "no job failed or is left": """
        SELECT task_name, status, attempts, args FROM pmbot.procrastinate_jobs WHERE task_name <> 'tick'
           AND NOT (task_name = 'effect' AND status = 'todo' AND coalesce((args ->> 'looks')::int, 0) > 10)""",
    "each proposal has one ASKED": """
        SELECT proposals.number, count(audit_log.id) FROM pmbot.proposals
          LEFT JOIN pmbot.audit_log ON proposal_id = proposals.id AND kind = 'asked'
         GROUP BY 1 HAVING count(audit_log.id) <> 1""",
    "each execution has one EXECUTED, and each EXECUTED an execution": """
        SELECT proposal_id, step, count(done.proposal_id), count(audit_log.id) FROM pmbot.executions AS done
          FULL JOIN (SELECT * FROM pmbot.audit_log WHERE kind = 'executed') AS audit_log USING (proposal_id, step)
         GROUP BY 1, 2 HAVING count(done.proposal_id) <> 1 OR count(audit_log.id) <> 1""",
    "what succeeded was executed, and nothing that was turned down": """
        SELECT number, state FROM pmbot.proposals WHERE
          (state IN ('succeeded', 'undone', 'partly'))
            <> EXISTS (SELECT FROM pmbot.executions WHERE proposal_id = proposals.id) AND state <> 'pending'""",
    "what is done is done whole, and what is partly done can be resumed": """
        SELECT number, state, steps, done FROM (
            SELECT number, state, ended, cause,
                   (SELECT count(*) FROM pmbot.executions WHERE proposal_id = proposals.id) AS done,
                   (SELECT count(*) FROM pmbot.revisions, jsonb_array_elements(plan) AS step
                     WHERE revisions.id = revision_id AND NOT coalesce((step ->> 'leads')::boolean, false)) AS steps
              FROM pmbot.proposals) AS plans
         WHERE state IN ('succeeded', 'undone') AND done <> steps AND NOT (state = 'undone' AND done > 0)
            OR state = 'partly' AND (done = 0 OR done >= steps OR ended IS NULL OR cause IS NULL)
            OR state = 'pending' AND done >= steps""",
    "steps are done in their order, none is left out": """
        SELECT proposal_id, array_agg(step ORDER BY step) FROM pmbot.executions GROUP BY 1
        HAVING max(step) - min(step) + 1 <> count(*) OR min(step) > 1""",
    "what was done to many is in the compliance log for each of them once": """
        SELECT said, logged FROM
          (SELECT coalesce(sum(jsonb_array_length(outcome -> 'done')), 0) AS said FROM pmbot.executions
             JOIN pmbot.audit_log USING (proposal_id, step)
            WHERE kind = 'executed' AND action IN ('user.suspend_some', 'user.reinstate_some')
              AND NOT outcome ? 'already') AS told,
          (SELECT count(*) AS logged FROM admin_audit_log WHERE metadata = '{}'
              AND action IN ('user.suspend', 'user.reinstate')
              AND creation_time >= (SELECT min(created) FROM pmbot.proposals)) AS written
         WHERE said <> logged""",
    "what is held is so": """
        SELECT holds.target, status FROM pmbot.holds
          LEFT JOIN pmbot.held_switches ON held_switches.target = holds.target || '/status',
          LATERAL (SELECT status FROM users WHERE kind = 'suspension' AND id::text = subject ->> 'id'
            UNION ALL SELECT status FROM campaigns WHERE kind = 'campaign' AND id::text = subject ->> 'id'
            UNION ALL SELECT status FROM email_accounts WHERE kind = 'mailbox' AND id::text = subject ->> 'id') AS row
         WHERE ended IS NULL AND changed_outside IS NULL AND status <> subject -> 'set' ->> 'status'""",
    "what an alert took back is as before": """
        SELECT holds.target, shown, base FROM pmbot.holds
          JOIN pmbot.held_switches ON held_switches.target = holds.target || '/value'
          JOIN system_config ON system_config.key = subject ->> 'id'
         WHERE kind = 'setting' AND holds.cause = 'alarmed' AND changed_outside IS NULL AND shown <> base -> 'value'
           AND NOT EXISTS (SELECT FROM pmbot.audit_log WHERE audit_log.target = holds.target
              AND kind = 'executed' AND at > holds.ended)""",
    "each execution changed the platform once": """
        SELECT executions.proposal_id, count(DISTINCT row.id) FROM pmbot.executions
          LEFT JOIN admin_audit_log AS row ON row.metadata ->> 'proposal' = executions.proposal_id::text
         WHERE NOT executions.outcome ? 'already'
         GROUP BY 1 HAVING count(DISTINCT row.id) <> count(DISTINCT executions.step)""",
    "nobody approved their own request, where that is not enough, or one about themselves": """
        SELECT proposals.number, decisions.staff_id FROM pmbot.decisions
          JOIN pmbot.revisions ON revisions.id = decisions.revision_id
          JOIN pmbot.proposals ON proposals.id = revisions.proposal_id
         WHERE decisions.verdict = 'approve' AND (
           (decisions.staff_id = proposals.requester_id
              AND NOT coalesce((proposals.requirement ->> 'self_approval')::boolean, false))
           OR EXISTS (SELECT FROM pmbot.audit_log WHERE proposal_id = proposals.id AND kind = 'asked'
              AND target = 'staff:' || decisions.staff_id AND decisions.staff_id <> proposals.requester_id))""",
    "each word has one entry": """
        SELECT proposal_id, words, entries FROM
          (SELECT proposal_id, count(*) AS words FROM pmbot.decisions
             JOIN pmbot.revisions ON revisions.id = revision_id GROUP BY 1) AS said
          FULL JOIN (SELECT proposal_id, count(*) AS entries FROM pmbot.audit_log
             WHERE kind IN ('decided', 'broke_glass') GROUP BY 1) AS told USING (proposal_id)
         WHERE words IS DISTINCT FROM entries""",
    "each end has one entry": """
        SELECT holds.id, count(audit_log.id) FROM pmbot.holds
          LEFT JOIN pmbot.audit_log ON audit_log.kind = 'hold_ended' AND facts ->> 'hold' = holds.id::text
         GROUP BY holds.id, holds.ended HAVING count(audit_log.id) <> (holds.ended IS NOT NULL)::int""",
    "what expired has one entry": """
        SELECT proposals.number, count(audit_log.id) FROM pmbot.proposals
          LEFT JOIN pmbot.audit_log ON proposal_id = proposals.id AND kind = 'ended'
         WHERE state IN ('expired', 'failed') GROUP BY 1 HAVING count(audit_log.id) <> 1""",
    "each step and each end is confirmed": """
        SELECT concat_ws(' ', 'request', proposals.number, plan -> step ->> 'action'), verification, asked::text,
               outcome::text
          FROM pmbot.executions JOIN pmbot.proposals ON proposals.id = executions.proposal_id
          JOIN pmbot.revisions ON revisions.id = revision_id WHERE verification NOT IN ('confirmed', 'own')
        UNION ALL SELECT concat_ws(' ', 'hold', kind, target, 'ended', ended), verification, asked::text, after::text
          FROM pmbot.holds WHERE ended IS NOT NULL AND verification NOT IN ('confirmed', 'own')""",
    "nothing is open that nobody can end": """
        SELECT number::text, state FROM pmbot.proposals WHERE state IN ('approved', 'executing')
           OR (state = 'pending' AND expires <= now())
        UNION ALL SELECT key, state FROM pmbot.effects WHERE state NOT IN ('done', 'failed')
           AND NOT (state = 'unknown' AND EXISTS (SELECT FROM pmbot.messages WHERE key = 'unknown:' || proposal_id))
        UNION ALL SELECT id::text, 'overdue' FROM pmbot.holds WHERE ended IS NULL AND ends <= now()""",
    "each slot is posted once": """
        SELECT slots.schedule, slots.local_date::text, count(messages.id) FROM pmbot.slots
          LEFT JOIN pmbot.messages ON messages.key = 'slot:' || slots.id
         WHERE outcome = 'taken' GROUP BY 1, 2 HAVING count(messages.id) <> 1""",
    "every message is sent in its newest version": """
        SELECT key, version, sent_version FROM pmbot.messages
         WHERE version <> sent_version AND changed < now() - interval '10 s'""",  # what has just changed is on its way
    "what happened to an alert is told, and once": """
        SELECT alert_id::text, count(*) FROM pmbot.alert_events WHERE what IN ('fired', 'resolved')
         GROUP BY alert_id, what HAVING count(*) > 1
        UNION ALL SELECT alert_id::text, 0 FROM pmbot.alert_events JOIN pmbot.alerts ON alerts.id = alert_id
         WHERE posted IS NULL AND alerts.shown IS NOT NULL""",
}
HOLDS = """
    SELECT id, extract(epoch FROM ends)::float, extract(epoch FROM ended)::float FROM pmbot.holds
     WHERE ended IS NOT NULL AND cause = 'planned'"""
SHOWN = "SELECT id::text, key FROM pmbot.messages WHERE only_for IS NULL"
STORED = "SELECT key FROM pmbot.inbox"
IN_TIME = 30.0  # seconds in which a hold ends after its time, or after what kept it from ending

Read = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Seen:
    """What a run leaves besides its database."""

    posts: tuple[tuple[str, str], ...]
    """(row's id, text) of what stands in Slack with the bot's metadata."""
    acknowledged: tuple[str, ...]
    """Keys of the payloads that Slack was told are taken."""
    healed: tuple[float, ...]
    """When a clock, or what it needs, was back after trouble."""
    before: tuple[tuple[str, str], ...] = ()
    """The same for what people decide about, before it was drawn anew."""


def violations(read: Read, seen: Seen) -> list[str]:
    """Everything that should not be so, a line each."""
    found = [f"{name}: {row}" for name, query in QUERIES.items() for row in read(query)]
    return [*found, *_lost(read, seen), *_shown(read, seen), *_late(read, seen), *_stale(read, seen)]


def _lost(read: Read, seen: Seen) -> Iterable[str]:
    stored = {key for (key,) in read(STORED)}
    return [f"what was acknowledged is stored: {key}" for key in set(seen.acknowledged) - stored]


def _shown(read: Read, seen: Seen) -> Iterable[str]:
    counted = Counter(row_id for row_id, _ in seen.posts)
    rows = dict(read(SHOWN))
    wrong = [
        f"each message is in Slack once: {key} {counted[row]} times" for row, key in rows.items() if counted[row] != 1
    ]
    return wrong + [f"each message is in Slack once: {row} is unknown" for row in counted.keys() - rows.keys()]


def _late(read: Read, seen: Seen) -> Iterable[str]:
    for hold, due, ended in read(HOLDS):
        since = max([due, *(moment for moment in seen.healed if moment <= ended)])
        if ended - since > IN_TIME:
            yield f"a hold ends in time: {hold} took {ended - since:.1f} s"


def _stale(read: Read, seen: Seen) -> Iterable[str]:
    """A card that says something else once it is drawn anew did not show the newest state."""
    after, keys = dict(seen.posts), dict(read(SHOWN))
    return [
        f"a card shows the newest state: {keys.get(row)}: {text!r} → {after[row]!r}"
        for row, text in seen.before
        if row in after and after[row] != text
    ]
