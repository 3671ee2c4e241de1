"""Asking for roles on the workbench."""

from collections.abc import Sequence

from bot.actions.impact import Step
from bot.pipeline.propose import Ask, propose
from bot.pipeline.undo import undo
from bot.store.models import Proposal
from tests.promises.bench import IDS, Bench


async def ask_for_roles(bench: Bench, by: str, what: str, who: str, roles: str, lasts: str | None = None) -> Proposal:
    """`await ask_for_roles(bench, "security", "add", "kofi", "support", "7200s")`. Raises `Refused`."""
    duration = {"duration": lasts} if lasts else {}
    step = Step(
        action=f"staff.{what}_role",
        parameters={"roles": roles, "staffer": str(IDS[who]), "reason": "a new team", **duration},
    )
    return await ask_for(bench, by, [step])


async def ask_for(bench: Bench, by: str, steps: Sequence[Step]) -> Proposal:
    """Ask for a plan, as data. Raises `Refused`."""
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        plan = [await bench.core.registry.load(step, session) for step in steps]
        return await propose(bench.core, session, operator, plan, Ask(channel="operations", reason="a new team"))


async def taken_back(bench: Bench, by: str, proposal: Proposal) -> Proposal:
    """Ask for the inverse of something, as the button on its card does. Raises `Refused`."""
    operator = await bench.operator(by)
    async with bench.database.transaction() as session:
        return await undo(bench.core, session, operator, proposal.id, "a mistake")


async def roles_of(bench: Bench, who: str) -> set[str]:
    """Those somebody holds now, by the platform's tables."""
    rows = await bench.sql(
        "SELECT r.name FROM staff_member_roles h JOIN staff_roles r ON r.id = h.role_id"
        " WHERE h.user_id = :who AND (h.expires IS NULL OR h.expires > now())",
        who=IDS[who],
    )
    return {name for (name,) in rows}
