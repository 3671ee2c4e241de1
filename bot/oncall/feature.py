"""On call: the note at each hand-over, what those concerned hear of a swap, and PagerDuty beside all that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.oncall.facts import TOLD
from bot.alerts.rules import Rule
from bot.config import Settings
from bot.drawing.render import Renderer
from bot.handlers.feature import Feature
from bot.integrations.pagerduty.events import PagerDutyEvents
from bot.integrations.pagerduty.schedules import PagerDutySchedules
from bot.oncall import outages
from bot.oncall.cards import OnCallCards
from bot.oncall.handover import Handovers
from bot.oncall.pager import Pager
from bot.oncall.paging import LEFT, PAGE, Paging
from bot.oncall.reading import Reading
from bot.policy import Policy
from bot.runtime.clock import Chore
from bot.runtime.jobs import Attempt, Job
from bot.store.database import Database
from bot.store.models import JSON
from bot.store.orphans import adopt


@dataclass(frozen=True)
class PagerDuty:
    """Its two sides; None: its settings are absent, and that side is off."""

    events: PagerDutyEvents | None = None
    schedules: PagerDutySchedules | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(PagerDutyEvents.of(settings), PagerDutySchedules.of(settings))

    async def close(self) -> None:
        for one in (self.events, self.schedules):
            if one is not None:
                await one.close()


def feature(
    database: Database,
    renderer: Renderer,
    rules: Mapping[str, Rule],
    policy: Policy,
    team_id: str,
    pagerduty: PagerDuty,
) -> Feature:
    events, schedules = pagerduty.events, pagerduty.schedules
    chores: dict[str, Chore] = {"hand_overs": Handovers(database, renderer, rules, policy, team_id).sweep}
    if events is not None:
        chores |= {"paging": Paging(database, rules).sweep, "pages_left": lambda: adopt(database, [LEFT])}
    if schedules is not None:
        chores["on_call_schedules"] = Reading(database, schedules, policy).sweep

    async def page(attempt: Attempt, alert_id: str) -> None:
        if events is not None:  # else it is off by now, and what was to be said stays as a row
            await Pager(database, events, renderer, rules).page(attempt, alert_id)

    async def outage(session: AsyncSession, subject: str) -> JSON:
        return await outages.draw(session, renderer, subject)

    return Feature(
        projections={TOLD: OnCallCards(renderer).swap, outages.PROJECTION: outage},
        jobs=[Job(PAGE, page, counted=True)],
        chores=chores,
    )
