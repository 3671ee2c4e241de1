"""`step-up`: one's own authenticator app, and the button that sets one up."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.permissions import Permission
from bot.personal import Moment
from bot.policy import Risk
from bot.store.models import CodeApp, RecoveryCode
from bot.targets.staff import Asker


@register
class ShowStepUp(Action):
    """Show or set up the app on your phone that gives you the codes for critical decisions."""

    name, verb = "staff.step_up", "step-up"
    also = ("stepup", "code app", "authenticator", "two factor", "2fa")
    offered_as = "set up an authenticator app"
    permission, risk = Permission.ACCESS_READ, Risk.READ
    asker: Asker

    @property
    def target(self) -> str:
        return f"staff:{self.asker.id}"

    async def preview(self, session: AsyncSession) -> Impact:
        app = await session.get(CodeApp, self.asker.id)
        if app is None or app.confirmed is None:
            return Impact(facts=(fact("Authenticator app", "not set up"),), context={"enrols": str(self.asker.id)})
        unused = (
            await session.scalar(
                select(func.count()).where(RecoveryCode.staff_id == self.asker.id, RecoveryCode.used.is_(None))
            )
            or 0
        )
        state = "locked after five wrong codes" if app.locked else "works"
        return Impact(
            facts=(
                fact("Authenticator app", f"{state}, set up ", Moment.of(app.confirmed)),
                fact("Recovery codes", f"{unused} not used yet"),
            ),
            context={"enrols": None},
        )
