"""Work on the platform: maintenance that is planned and that is over; runbooks, one of them stale; deployments."""

import datetime as dt
import uuid

from sqlalchemy import Connection, insert, select

from bot.demo.data import STAFF
from bot.runbooks import shelf
from bot.store.models import Deployment, MaintenanceWindow, Runbook, RunbookConfirmation, WindowScope, WindowState

UPDATES = uuid.UUID("3a1e0000-0000-4000-8000-000000000001")
INDEXES = uuid.UUID("3a1e0000-0000-4000-8000-000000000002")


def load(connection: Connection, now: dt.datetime) -> None:
    """Into the bot's own tables, which are empty."""
    if connection.scalar(select(MaintenanceWindow.id).limit(1)) is None:
        connection.execute(insert(MaintenanceWindow), [_planned(now)])
        connection.execute(insert(MaintenanceWindow), [_over(now)])
    if connection.scalar(select(Deployment.id).limit(1)) is None:
        connection.execute(insert(Deployment), _deployments(now))
    if connection.scalar(select(Runbook.name).limit(1)) is None:
        _runbooks(connection, now)


def who(local_part: str) -> uuid.UUID:
    return next(one.id for one in STAFF if one.local_part == local_part)


def _deployments(now: dt.datetime) -> list[dict[str, object]]:
    """The last one of the API made it slower, and it fails more often than before."""
    well = {"p95": 138.0, "errors": 0.0003, "measured": 30, "failures": 0}
    unwell = {"p95": 412.0, "errors": 0.0124, "measured": 30, "failures": 9}
    told = [
        ("2.39.4", "API server", 5 * 24.0, well),
        ("2.40.0", "API server", 2 * 24.0, well),
        ("1.18.2", "SMTP service", 26.0, {**well, "p95": 305.0}),
        ("2.41.0", "API server", 3.0, unwell),
    ]
    return [
        {
            "id": uuid.uuid5(UPDATES, version),
            "key": f"demo-{version}",
            "service": service,
            "version": version,
            "by": "kofi",
            "state": "succeeded",
            "started": now - dt.timedelta(hours=hours),
            "finished": now - dt.timedelta(hours=hours) + dt.timedelta(minutes=4),
            "measured": now - dt.timedelta(hours=hours) + dt.timedelta(minutes=35),
            "figures": {"before": {**well, "p95": 305.0} if service == "SMTP service" else well, "after": after},
        }
        for version, service, hours, after in told
    ]


def _runbooks(connection: Connection, now: dt.datetime) -> None:
    """The package's own. That about backups nobody has looked at for months; that about mail Kofi has, lately."""
    written = {name: now - dt.timedelta(days=214 if name == "backups" else 90) for name in shelf.read(None)}
    pages = shelf.read(None).items()
    rows = [{"name": name, "title": one.title, "text": one.text, "written": written[name]} for name, one in pages]
    connection.execute(insert(Runbook), rows)
    confirmed = {"runbook": "smtp", "staff_id": who("kofi"), "at": now - dt.timedelta(days=12)}
    connection.execute(insert(RunbookConfirmation), [confirmed])


def _planned(now: dt.datetime) -> dict[str, object]:
    """The servers' updates, at the end of next week."""
    night = now.replace(hour=1, minute=0, second=0, microsecond=0) + dt.timedelta(days=13 - now.weekday())
    return {
        "id": UPDATES,
        "scope": WindowScope.EVERYTHING,
        "reason": "security updates of all servers, one after the other",
        "starts": night,
        "ends": night + dt.timedelta(hours=2),
        "state": WindowState.PLANNED,
        "staff_id": who("kofi"),
        "asked": now - dt.timedelta(days=1),
        "announced": now - dt.timedelta(days=1),
    }


def _over(now: dt.datetime) -> dict[str, object]:
    began = now - dt.timedelta(days=9, hours=4)
    ended = began + dt.timedelta(minutes=48)
    return {
        "id": INDEXES,
        "scope": WindowScope.SERVICE,
        "subject": "OLTP database",
        "reason": "new indexes after the last migration",
        "starts": began,
        "ends": began + dt.timedelta(hours=1),
        "state": WindowState.ENDED,
        "staff_id": who("kofi"),
        "asked": began,
        "announced": began,
        "ended": ended,
        "ended_by": who("kofi"),
        "closed": ended,
    }
