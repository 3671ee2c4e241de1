"""`slo`: how much of each objective's error budget is left, and how fast it is used up now."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Fact, Impact, fact
from bot.actions.registry import register
from bot.error_budget import Counted, burn, left
from bot.permissions import Permission
from bot.policy import Risk
from bot.store import objectives
from bot.store.objectives import Standing
from bot.targets.staff import Asker

FINE = 5  # digits after the point: an objective of 99.999% has three of its own


@register
class Slo(Action):
    """Show how much may still go wrong before an objective is missed."""

    name, verb = "bot.slo", "slo"
    also = ("slos", "objectives", "error budget", "uptime")
    offered_as = "show the objectives"
    permission, risk = Permission.ACCESS_READ, Risk.READ
    group = Group("This bot", 7)
    target = "bot:objectives"
    asker: Asker

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("status",)

    async def preview(self, session: AsyncSession) -> Impact:
        found = await objectives.read(session)
        missed = sum(left(one.period, one.target) < 0 for one in found if one.period.total)
        facts = tuple(map(_fact, found)) or (fact("Objectives", "none are counted yet"),)
        return Impact(facts=facts, context={"number": len(found), "missed": missed})


def _fact(one: Standing) -> Fact:
    if not one.period.total:
        return fact(one.title, f"target {_percent(one.target)} · nothing was measured yet")
    budget = left(one.period, one.target)
    kept = (
        f"{budget:.0%} of the allowed failures (error budget) left"
        if budget >= 0
        else f"{1 - budget:.1f} × as many failures as allowed (error budget)"
    )
    good = f"{_percent(1 - one.period.bad)} good, target {_percent(one.target)}"
    return fact(one.title, f"{good} · {kept} · {_pace(one.hour, one.target)}")


def _pace(hour: Counted, target: float) -> str:
    if not hour.total:
        return "nothing measured in the last hour"
    rate = burn(hour, target)
    return f"in the last hour {rate:.1f} × as many failures as allowed" if rate else "no failures in the last hour"


def _percent(share: float) -> str:
    """Never 100% where something was missed."""
    return f"{int(share * 100 * 10**FINE + 1e-6) / 10**FINE:g}%"
