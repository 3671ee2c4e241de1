"""`roles`: which there are, who holds them, until when."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.permissions import Permission
from bot.personal import Moment, Part, Personal
from bot.platform import staff_roles
from bot.platform.staff import StaffRecord
from bot.policy import Risk
from bot.words import plain


@register
class ShowRoles(Action):
    """Show all staff roles, who has them and until when."""

    name, verb = "staff.roles", "roles"
    also = ("list roles", "show roles")
    offered_as = "show roles"
    permission, risk = Permission.STAFF_READ, Risk.READ
    shows_people = True
    target = "staff:roles"

    def leads_to(self, impact: Impact | None = None) -> tuple[str, ...]:
        return ("role add", "role remove")

    async def preview(self, session: AsyncSession) -> Impact:
        holders = await staff_roles.holders(session)
        return Impact(facts=tuple(fact(plain(role), *_people(held)) for role, held in holders.items()))


def _people(held: Sequence[tuple[StaffRecord, dt.datetime | None]]) -> list[Part]:
    parts: list[Part] = []
    for one, expires in held:
        parts += [", "] if parts else []
        parts.append(Personal(personal="person", value=one.name))
        parts += [" until ", Moment.of(expires)] if expires else []
    return parts or ["nobody"]
