"""`flag check ai-composer for acme`: what the platform itself answers, and by which rule."""

from typing import Annotated, Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.declared import introduced_by
from bot.actions.flags.parameters import Whom
from bot.actions.impact import Impact, fact
from bot.actions.outside import Outside
from bot.actions.registry import register
from bot.errors import Unavailable
from bot.permissions import Permission
from bot.policy import Risk
from bot.targets.flag import FlagKey


@register
class CheckFlag(Action):
    """Check on the platform whether somebody has a flag, and by which rule."""

    name, verb, says = "flag.check", "flag check", "check"
    permission, risk = Permission.FLAG_READ, Risk.READ
    shows_people = True
    flag: FlagKey
    concerned: Annotated[Whom, introduced_by("for")]

    @property
    def target(self) -> str:
        return self.concerned.switch(self.flag.name).key

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        """The other way round than it is."""
        return ("flag on",) if impact is not None and not impact.context["enabled"] else ("flag off",)

    async def preview(self, session: AsyncSession) -> Impact:
        state = (await FlagKey.load(self.flag.name, session)).state
        enabled, rule = state.enabled, "default"
        if self.concerned.of == "tenant" and self.concerned.id:
            enabled, by = state.for_tenant(self.concerned.id)
            rule = by.value
        elif self.concerned.id:
            enabled, by = state.for_user(self.concerned.id, self.concerned.tenant_id)
            rule = by.value
        return Impact(
            facts=(
                fact("For", self.concerned.part),
                fact("By its rules", f"{'on' if enabled else 'off'} because of the {rule}"),
            ),
            context={"flag": state.key, "enabled": enabled, "rule": rule},
        )

    async def asked(self, outside: Outside, impact: Impact) -> dict[str, Any]:
        """The platform's own evaluation, past its cache; None where nobody answers."""
        if outside.platform is None:
            return {
                "answer": None,
                "why": "I cannot ask the platform about this. Ask whoever runs this bot to set PLATFORM_URL.",
            }
        user = self.concerned.id if self.concerned.of == "user" else None
        try:
            answer = await outside.platform.flag(self.flag.name, self.concerned.tenant_id, user)
        except Unavailable as error:
            return {"answer": None, "why": str(error)}
        return {"answer": {"enabled": answer.enabled, "rule": answer.rule, "at": answer.at}, "why": None}
