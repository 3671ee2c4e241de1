"""`step-up reset @staffer because …`: their authenticator app counts no more, and they set up another."""

import uuid

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.staff.facts import current, who_fact
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.people import code_apps
from bot.people.identity import Operator
from bot.permissions import Permission
from bot.personal import Moment
from bot.policy import Risk
from bot.store import outbox
from bot.store.models import CodeApp, StaffLink
from bot.targets.staff import Staffer


@register
class ResetStepUp(Action):
    """Reset somebody's authenticator app after a lost phone or too many wrong codes, so that they can set it up again.

    Whoever has somebody's computer and gets this done can decide in their name: hence critical, and done by two others.
    Nothing on the platform is changed.
    """

    name, verb, says = "staff.reset_step_up", "step-up reset", "reset the authenticator app of"
    also = ("stepup reset", "lost phone", "reset code app", "reset authenticator")
    phrased = "reset the authenticator app of"
    offered_as = "reset an authenticator app"
    permission, risk = Permission.STEPUP_RESET, Risk.CRITICAL
    staffer: Staffer
    reason: Reason

    def refuses(self, operator: Operator) -> str | None:
        if operator.id != self.staffer.id:
            return None
        return "You cannot reset your own authenticator app. Nothing was done: ask security to reset it."

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.staffer.id)
        app = await session.get(CodeApp, self.staffer.id, populate_existing=True)
        if app is None or app.confirmed is None:
            raise NothingToDo(
                f"{record.name} has no authenticator app, so there is nothing to reset. /pm step-up sets one up."
            )
        return Impact(
            facts=(
                who_fact(record),
                fact("Authenticator app", "set up ", Moment.of(app.confirmed), bound=True),
                fact(
                    "After",
                    "its codes and recovery codes no longer work; the person sets up an app again with /pm step-up",
                ),
            ),
            context={"staffer": {"id": str(record.id), "name": record.name}},
        )

    async def lock(self, session: AsyncSession) -> None:
        await code_apps.locked(session, self.staffer.id)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        app = await code_apps.locked(session, self.staffer.id)
        if app is not None:
            await code_apps.forget(session, app)
        await self._tell(session)
        had = app is not None
        return Outcome(data={"staffer": str(self.staffer.id)}, old={"code_app": had}, new={"code_app": False})

    async def _tell(self, session: AsyncSession) -> None:
        """Whoever it was of: they did not ask for it, and may know better."""
        links = await session.scalars(
            select(StaffLink.slack_user_id)
            .where(StaffLink.staff_id == self.staffer.id)
            .order_by(StaffLink.slack_user_id)
        )
        for linked in links.all():
            await outbox.show(
                session,
                f"step_up_reset:{uuid.uuid4()}",
                channel=linked,
                projection="step_up_reset",
                subject=str(self.staffer.id),
            )
