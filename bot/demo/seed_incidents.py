"""Incidents of before: what they were, who led them, what they taught. The next one can be compared with them."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Connection, insert, select

from bot.demo.data import STAFF
from bot.store.models import (
    Incident,
    IncidentDue,
    IncidentEvent,
    IncidentHappened,
    IncidentHolder,
    IncidentState,
    IncidentTask,
)

DISK = uuid.UUID("1bc1de00-0000-4000-8000-000000000001")
SIGN_IN = uuid.UUID("1bc1de00-0000-4000-8000-000000000002")


def load(connection: Connection, now: dt.datetime) -> None:
    """Two that are over. Into the bot's own tables, which are empty."""
    if connection.scalar(select(Incident.id).limit(1)) is not None:
        return
    began = now - dt.timedelta(days=44, hours=3)
    connection.execute(insert(Incident), [_disk(began)])
    connection.execute(insert(Incident), [_sign_in(now - dt.timedelta(days=19))])
    roles = [("commander", "oncall"), ("technical", "kofi")]
    connection.execute(
        insert(IncidentHolder),
        [{"incident_id": DISK, "role": role, "staff_id": _who(name)} for role, name in roles],
    )
    connection.execute(insert(IncidentEvent), _happened(began))
    connection.execute(
        insert(IncidentDue),
        [{"incident_id": DISK, "clock": "retrospective", "due": began + dt.timedelta(hours=49), "met": began + _DAY}],
    )
    connection.execute(
        insert(IncidentTask),
        [
            {
                "id": uuid.uuid5(DISK, "runbook"),
                "incident_id": DISK,
                "what": "Update the runbook: what to delete first when a mail server's disk is full",
                "staff_id": _who("kofi"),
                "due": began + dt.timedelta(days=14),
                "done": began + dt.timedelta(days=9),
                "done_by": _who("kofi"),
            }
        ],
    )


_DAY = dt.timedelta(days=1)


def _who(local_part: str) -> uuid.UUID:
    return next(one.id for one in STAFF if one.local_part == local_part)


def _disk(began: dt.datetime) -> dict[str, Any]:
    ended = began + dt.timedelta(minutes=52)
    return {
        "id": DISK,
        "title": "Mail is not going out",
        "severity": "P1",
        "state": IncidentState.RESOLVED,
        "is_open": False,
        "began": began,
        "declared": began + dt.timedelta(minutes=4),
        "declared_by": _who("oncall"),
        "resolved": ended,
        "resolved_by": _who("oncall"),
        "impact": "No mail left smtp-01 for 48 minutes: 3,900 mails of 210 tenants were late, none was lost.",
        "causes": "the disk of smtp-01 was full of old bounce logs",
        "went_well": "The alert came four minutes before the first ticket. Pausing the queue kept the incident short.",
        "made": 1,
    }


def _sign_in(began: dt.datetime) -> dict[str, Any]:
    return {
        "id": SIGN_IN,
        "title": "Signing in takes half a minute",
        "severity": "P3",
        "state": IncidentState.RESOLVED,
        "is_open": False,
        "began": began,
        "declared": began,
        "declared_by": _who("kofi"),
        "resolved": began + dt.timedelta(minutes=95),
        "resolved_by": _who("kofi"),
        "causes": "an index was missing after the last migration",
        "made": 1,
    }


def _happened(began: dt.datetime) -> list[dict[str, Any]]:
    lines: list[tuple[int, IncidentHappened, str, dict[str, Any]]] = [
        (4, IncidentHappened.DECLARED, "oncall", {"severity": "P1"}),
        (6, IncidentHappened.CLAIMED, "oncall", {"role": "commander", "to": str(_who("oncall")), "before": None}),
        (8, IncidentHappened.CLAIMED, "kofi", {"role": "technical", "to": str(_who("kofi")), "before": None}),
        (14, IncidentHappened.UPDATE, "oncall", {"text": "smtp-01 takes no mail. We look at its disk.", "after": 1800}),
        (52, IncidentHappened.RESOLVED, "oncall", {"reason": "old bounce logs were deleted, the queue has drained"}),
    ]
    return [
        {
            "incident_id": DISK,
            "at": began + dt.timedelta(minutes=minute),
            "what": what,
            "staff_id": _who(name),
            "facts": facts,
        }
        for minute, what, name, facts in lines
    ]
