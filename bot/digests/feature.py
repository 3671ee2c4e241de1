"""Digests: drawn and posted once for each slot; their buttons open what is behind a line."""

import datetime as dt

from bot.digests import schedule, slots
from bot.digests.buttons import buttons
from bot.digests.reports import Reports
from bot.handlers.feature import Feature
from bot.runtime.jobs import Job


def feature(reports: Reports) -> Feature:
    async def post(schedule: str, local_date: str, local_time: str) -> None:
        await reports.post(schedule, dt.date.fromisoformat(local_date), dt.time.fromisoformat(local_time))

    return Feature(
        buttons=buttons(reports),
        jobs=[Job(slots.POST, post)],
        chores={"slots": lambda: slots.take(reports.database, schedule.timetables(reports.policy))},
    )
