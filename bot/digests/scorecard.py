"""The measures of the scorecard, a declaration each: how it is found, or what is lacking to find it.

Each looks at its own time alone, by an index of it, so that it costs the same however long the history is.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from bot.words import counted, duration


@dataclass(frozen=True)
class Measure:
    """One figure. `statement`: one row for the time from `:begins` to before `:ends`; empty: it cannot be measured."""

    title: str
    how: str = ""
    """In words, after the title."""
    statement: str = ""
    says: Callable[[Any], str] = str
    """What its row means."""
    lacks: str = ""
    """What it would need to be whole."""


async def measured(session: AsyncSession, one: Measure, begins: dt.datetime, ends: dt.datetime) -> str:
    row = (await session.execute(text(one.statement), {"begins": begins, "ends": ends})).one()
    return one.says(row)


def _times(row: Any) -> str:
    """A row of median, what nine of ten stay below, and how many."""
    middle, slow, number = row
    if not number:
        return "none in this time"
    return f"half within {duration(middle, 2)}, nine of ten within {duration(slow, 2)} ({number:,})"


def _share(row: Any) -> str:
    """A row of how many are good, and of how many."""
    good, number = row
    return f"{good / number:.1%} of {number:,}" if number else "none in this time"


def _took(*actions: str) -> str:
    """From asked to confirmed."""
    named = ", ".join(f"'{one}'" for one in actions)
    took = "coalesce(executions.verified, executions.at) - proposals.created"
    return f"""
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY {took}), percentile_cont(0.9) WITHIN GROUP (ORDER BY {took}),
               count(*)
        FROM pmbot.proposals
        JOIN pmbot.executions ON executions.proposal_id = proposals.id AND executions.step = 0
        JOIN pmbot.revisions ON revisions.id = proposals.revision_id
        WHERE proposals.created >= :begins AND proposals.created < :ends AND plan -> 0 ->> 'action' IN ({named})
    """  # noqa: S608 - constants


def _alerts(until: str) -> str:
    return f"""
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY {until} - fired),
               percentile_cont(0.9) WITHIN GROUP (ORDER BY {until} - fired), count(*)
        FROM pmbot.alerts WHERE fired >= :begins AND fired < :ends AND {until} IS NOT NULL
    """  # noqa: S608 - constants


def _work(row: Any) -> str:
    requests, people, undone, weeks = row
    if not people:
        return "nobody asked for anything in this time"
    each = requests / people / weeks
    whose = counted(people, "person", "people")
    return f"{each:.1f} requests per person and week, made by {whose}; {undone / requests:.1%} of them were undone"


def _deployed(row: Any) -> str:
    succeeded, back, number = row
    return f"{_share((succeeded, number))} succeeded, {back:,} rolled back" if number else "none in this time"


MEASURES = (
    Measure(
        "Time to create accounts",
        "from the request to its confirmation, for invitations and for new colleagues",
        _took("user.invite", "staff.onboard"),
        _times,
    ),
    Measure(
        "Time to update permissions",
        "from the request to its confirmation, for roles that were added, removed or given for a limited time",
        _took("staff.add_role", "staff.remove_role", "staff.set_role", "staff.request_role", "user.role"),
        _times,
    ),
    Measure(
        "Configuration changes that stayed",
        "the share of changes (settings that were promoted or set) that nobody has undone",
        """
        SELECT count(*) FILTER (WHERE state = 'succeeded'), count(*)
        FROM pmbot.proposals JOIN pmbot.revisions ON revisions.id = proposals.revision_id
        WHERE proposals.created >= :begins AND proposals.created < :ends AND state IN ('succeeded', 'undone', 'partly')
          AND plan -> 0 ->> 'action' IN ('setting.promote', 'setting.set')
        """,
        _share,
    ),
    Measure("Compliance with security policy", lacks="what /pm integrity and /pm conflicts find is not stored"),
    Measure(
        "Availability",
        "the share of measurements in which the service was not down, all services together",
        """
        SELECT sum(value) FILTER (WHERE figure = 'services.measured')
               - coalesce(sum(value) FILTER (WHERE figure = 'services.down'), 0),
               sum(value) FILTER (WHERE figure = 'services.measured')
        FROM pmbot.daily_figures
        WHERE figure IN ('services.measured', 'services.down') AND day >= CAST(:begins AS date)
          AND day < CAST(:ends AS date)
        """,
        lambda row: _share((int(row[0] or 0), int(row[1] or 0))) + (" measurements" if row[1] else ""),
    ),
    Measure("Alerts acknowledged", "from firing to acknowledged", _alerts("acknowledged"), _times),
    Measure("Alerts ended", "from firing to resolved", _alerts("resolved"), _times),
    Measure(
        "Escalated tickets that stayed closed",
        "the share of tickets that were escalated then and are closed, without having been reopened",
        """
        SELECT count(*) FILTER (WHERE state = 'closed' AND reopened = 0), count(*)
        FROM pmbot.tickets WHERE escalated >= :begins AND escalated < :ends
        """,
        _share,
    ),
    Measure(
        "Found before customers told us",
        "the share of incidents of which an alert fired before the first ticket that belongs to them",
        """
        SELECT count(*) FILTER (WHERE fired < coalesce(told, 'infinity')), count(*)
        FROM (
            SELECT (SELECT min(fired) FROM pmbot.incident_alerts JOIN pmbot.alerts ON alerts.id = alert_id
                     WHERE incident_alerts.incident_id = incidents.id) AS fired,
                   (SELECT min(asked) FROM pmbot.tickets WHERE tickets.incident_id = incidents.id) AS told
            FROM pmbot.incidents WHERE declared >= :begins AND declared < :ends AND NOT restricted
              AND state <> 'withdrawn'
        ) AS each
        """,
        _share,
        lacks="tickets of which nobody said which incident they belong to",
    ),
    Measure(
        "Deployments that succeeded, and those that were rolled back",
        "according to CI, out of all deployments that have ended",
        """
        SELECT count(*) FILTER (WHERE state = 'succeeded'), count(*) FILTER (WHERE state = 'rolled_back'), count(*)
        FROM pmbot.deployments WHERE started >= :begins AND started < :ends AND finished IS NOT NULL
        """,
        _deployed,
    ),
    Measure("Security incidents: time from detection to containment", lacks="no security incidents are on record"),
    Measure(
        "Stripe's events that were handled",
        "the share of all events that were handled without a failure",
        """
        SELECT count(*) FILTER (WHERE status = 'success'), count(*)
        FROM webhook_events WHERE processed_at >= :begins AND processed_at < :ends
        """,
        _share,
        lacks="the reliability of other systems, which nobody measures",
    ),
    Measure("Invoices that equal Stripe's", lacks="reconciliation is not built yet"),
    Measure(
        "Retention",
        "organisations that have left so far, out of all that are not sandboxes",
        "SELECT count(*) FILTER (WHERE status = 'churned'), count(*) FROM tenants WHERE status <> 'sandbox'"
        " AND CAST(:begins AS timestamptz) < CAST(:ends AS timestamptz)",
        lambda row: f"{_share(row)} have left",
        lacks="when they left, who upgraded, and how satisfied they are",
    ),
    Measure(
        "Work of the operators",
        "requests per person and week, and how many were undone",
        """
        SELECT count(*), count(DISTINCT requester_id), count(*) FILTER (WHERE state = 'undone'),
               greatest(1, extract(day FROM CAST(:ends AS timestamptz) - CAST(:begins AS timestamptz)) / 7)::float
        FROM pmbot.proposals WHERE created >= :begins AND created < :ends
        """,
        _work,
    ),
    Measure(
        "Time to a decision",
        "from the request to the last approval",
        """
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY took), percentile_cont(0.9) WITHIN GROUP (ORDER BY took),
               count(*)
        FROM (
            SELECT max(decisions.at) - proposals.created AS took
            FROM pmbot.proposals JOIN pmbot.decisions ON decisions.revision_id = proposals.revision_id
            WHERE proposals.created >= :begins AND proposals.created < :ends AND voided IS NULL AND verdict = 'approve'
            GROUP BY proposals.id
        ) AS each
        """,
        _times,
    ),
    Measure("Cost of a command", lacks="the processor time is shown at /metrics, but it is not stored"),
    Measure("Quality of the code, technical debt", lacks="not measurable from here"),
    Measure("Satisfaction of administrators", lacks="nobody is asked yet"),
)
