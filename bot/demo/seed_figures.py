"""Figures of half a year before the demo began, as if its clock had counted them: so that a week can be like others."""

import datetime as dt
import math
import random
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import psycopg

from bot.demo.data import QUEUES, SERVICES
from bot.digests.figures.base import SOURCES
from bot.digests.figures.counting import DAY
from bot.store.database import conninfo

WEEKS = 26
WEEKDAYS = (1.0, 1.05, 1.08, 1.04, 0.92, 0.42, 0.35)
USUAL = {
    "mails.sent": 2000,
    "mails.bounced": 28,
    "mails.complained": 2.5,
    "signins.failed": 22,
    "signins.done": 260,
    "growth.users": 6,
    "growth.left": 0.6,
    "growth.tenants": 0.35,
    "requests.asked": 11,
    "requests.undone": 0.6,
    "requests.alone": 0.05,
    "payments.failed": 1.2,
    "payments.webhooks_failed": 0.8,
}
LAST_WEEK = {"mails.bounced": 2.6, "signins.failed": 2.2}  # times the usual: what the weekly report begins with
USED = (
    "staff.revoke_sessions",
    "queue.pause",
    "queue.resume",
    "queue.retry_failed",
    "staff.request_role",
    "flag.turn_off",
)


def fill(url: str, zone: str) -> None:
    """Write them up to yesterday, unless some are there."""
    today = dt.datetime.now(ZoneInfo(zone)).date()
    first = today - dt.timedelta(weeks=WEEKS)
    with psycopg.connect(conninfo(url)) as connection:
        if connection.execute("SELECT 1 FROM pmbot.figure_marks LIMIT 1").fetchone():
            return
        columns = "zone, figure, subject, day, value"
        with connection.cursor().copy(f"COPY pmbot.daily_figures ({columns}) FROM STDIN") as copy:
            for row in _rows(first, today):
                copy.write_row((zone, *row))
        for name in SOURCES:
            connection.execute(
                "INSERT INTO pmbot.figure_marks (source, zone, since, until, settled) VALUES (%s, %s, %s, %s, %s)",
                (name, zone, first, today, today),
            )


def _rows(first: dt.date, today: dt.date) -> Iterator[tuple[str, str, dt.date, float]]:
    rng = random.Random("figures")
    for n in range((today - first).days):
        day = first + n * DAY
        grown = math.exp(0.15 * n / 182) * WEEKDAYS[day.weekday()]
        newest = (today - day).days <= 7
        for figure, usual in USUAL.items():
            yield figure, "", day, _about(usual * grown * (LAST_WEEK.get(figure, 1) if newest else 1), rng)
        for queue, _, _, done in QUEUES:
            yield "jobs.done", queue, day, _about(done * grown, rng)
        yield "jobs.failed", QUEUES[0][0], day, _about(4 * grown, rng)
        yield from _services(day, rng)
        if n % 9 == 0:
            yield "alerts.fired", "queue-backlog", day, 1.0
        yield "used.actions", rng.choice(USED), day, 1.0


def _services(day: dt.date, rng: random.Random) -> Iterator[tuple[str, str, dt.date, float]]:
    for service, usual_ms in SERVICES:
        yield "services.measured", service, day, 96.0
        yield "services.p95", service, day, round(usual_ms * rng.uniform(0.85, 1.1))
        if rng.random() < (0.05 if service == "OLAP database" else 0.004):
            yield "services.down", service, day, float(rng.randint(1, 3))


def _about(usual: float, rng: random.Random) -> float:
    """A count around what is usual."""
    return float(max(0, round(rng.gauss(usual, max(0.06 * usual, math.sqrt(usual) * 0.7)))))
