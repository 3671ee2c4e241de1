"""`holds`: what is temporary now, who set it, when it ends."""

import uuid
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.holds.kinds import kind_of
from bot.holds.reads import numbered
from bot.people import secrecy
from bot.people.handover import hands_over
from bot.permissions import Permission
from bot.personal import Part, Personal
from bot.platform import staff
from bot.policy import Risk
from bot.store import legal_holds
from bot.store.models import Hold, Incident, LegalHold
from bot.targets.staff import Asker

SHOWN = 30


@register
class ShowHolds(Action):
    """Show the temporary changes: pauses, roles and flags, and when they end."""

    name, verb = "hold.list", "holds"
    also = ("list holds", "show holds", "pauses", "list pauses", "show pauses")
    offered_as = "show temporary changes"
    permission, risk = Permission.HOLD_READ, Risk.READ
    group = Group("Temporary changes", 4)
    target = "hold:all"
    asker: Asker

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("extend", "end") if impact is not None and impact.context["holds"] else ()

    async def preview(self, session: AsyncSession) -> Impact:
        rows = await numbered(session)
        holds = [await _line(session, hold, number) for hold, number in rows[:SHOWN]]
        return Impact(
            facts=(fact("Temporary changes", str(len(rows)) if rows else "nothing"),),
            context={
                "holds": holds,
                "further": max(0, len(rows) - SHOWN),
                "legal": [
                    {"number": row.number, "title": row.title, "began": hold.began.timestamp()}
                    for row, hold in await self._legal(session)
                ],
            },
        )

    async def _legal(self, session: AsyncSession) -> list[tuple[Incident, LegalHold]]:
        """Of security incidents that whoever asks may know of."""
        return await legal_holds.open_ones(session, await secrecy.shown_to(session, self.asker.id))


@hands_over("Temporary changes")
async def _set_by(session: AsyncSession, staff_id: uuid.UUID) -> list[Sequence[Part]]:
    rows = [(hold, number) for hold, number in await numbered(session) if hold.staff_id == staff_id]
    return [(*await kind_of(hold).describe(session, hold), f" ({number})" if number else "") for hold, number in rows]


async def _line(session: AsyncSession, hold: Hold, number: int | None) -> dict[str, object]:
    by = Personal(personal="person", value=await staff.name_of(session, hold.staff_id))
    what = await kind_of(hold).describe(session, hold)
    return {
        "number": number,
        "what": [part if isinstance(part, str) else part.model_dump() for part in what],
        "by": by.model_dump(),
        "ends": hold.ends.timestamp() if hold.ends else None,
    }
