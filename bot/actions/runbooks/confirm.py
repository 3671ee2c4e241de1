"""`runbook confirm smtp`: somebody has looked, and it is still right."""

import uuid

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.permissions import Permission
from bot.personal import Moment
from bot.policy import Risk
from bot.store import runbooks
from bot.store.models import RunbookConfirmation
from bot.targets.runbook import Runbook


@register
class ConfirmRunbook(Action):
    """Confirm that a runbook is still right. The confirmation is valid for 180 days."""

    name, verb, says = "runbook.confirm", "runbook confirm", "confirm"
    also = ("confirm runbook",)
    permission, risk = Permission.RUNBOOK_CONFIRM, Risk.LOW
    only_notes = True
    team = "operations"
    runbook: Runbook

    async def preview(self, session: AsyncSession) -> Impact:
        found = await runbooks.pages(session, self.runbook.name)
        if not found:
            raise NothingToDo(Runbook.not_there())
        return Impact(
            facts=(
                fact("Runbook", found[0].row.title, bound=True),
                fact("Written", Moment.of(found[0].row.written), bound=True),
            ),
            context={"runbook": {"name": self.runbook.name, "title": found[0].row.title}},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = RunbookConfirmation(runbook=self.runbook.name, staff_id=by)
        session.add(row)
        await session.flush()
        return Outcome({"confirmation": row.id}, {"confirmed": None}, {"confirmed": row.id})
