"""Digests: drawn and posted once for each slot; their buttons open what is behind a line. With the morning's, whoever
could review an emergency override is reminded of it.
"""

import datetime as dt

from bot.digests import schedule, slots
from bot.digests.buttons import buttons
from bot.digests.figures import counting
from bot.digests.reports import Reports
from bot.handlers.feature import Feature
from bot.pipeline import plan_review, review
from bot.runtime.jobs import Job
from bot.store import subscriptions

MORNING = "morning"


def feature(reports: Reports) -> Feature:
    async def post(schedule: str, local_date: str, local_time: str) -> None:
        day = dt.date.fromisoformat(local_date)
        await reports.post(schedule, day, dt.time.fromisoformat(local_time))
        if reports.policy.digests.get(schedule) and reports.policy.report(schedule) == MORNING:
            async with reports.database.transaction() as session:
                await review.remind(session, day)
                await plan_review.remind(session, day)

    return Feature(
        buttons=buttons(reports),
        jobs=[Job(slots.POST, post)],
        chores={
            "slots": lambda: take(reports),
            "figures": lambda: counting.count(reports.database, reports.policy.zone),
        },
    )


async def take(reports: Reports, now: dt.datetime | None = None) -> int:
    """Take what is due of the policy's schedules and of subscriptions; how many slots were ours."""
    async with reports.database.snapshot() as session:
        own = schedule.subscribed(await subscriptions.going(session))
    return await slots.take(reports.database, [*schedule.timetables(reports.policy), *own], now)
