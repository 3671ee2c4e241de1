"""What actions about being on call have in common: people by their addresses, and who hears of a swap."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.permissions import Permission
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.store import outbox
from bot.store.models import OnCallSwap, StaffLink

TOLD = "on_call_swap"  # the projection of what those concerned read
NOBODY = "somebody who is not staff"
AT_ONCE = dt.timedelta(minutes=1)


class OnShifts(Action):
    """What people arrange among themselves: noted at once, also in read-only mode."""

    permission: ClassVar[str] = Permission.ONCALL_SWAP
    only_notes: ClassVar[bool] = True
    team: ClassVar[str] = "operations"

    @property
    def about(self) -> None:
        """Being on call is no access: one may take it over oneself."""


async def people(session: AsyncSession) -> dict[str, StaffRecord]:
    """All staff by address, in small letters."""
    return {one.email.lower(): one for one in await staff.everybody(session)}


def called(known: dict[str, StaffRecord], address: str | None) -> str:
    return known[address].name if address in known else NOBODY


async def tell(session: AsyncSession, swap: OnCallSwap, whom: Iterable[uuid.UUID]) -> None:
    """Say so by direct message, to each once."""
    links = select(StaffLink.staff_id, StaffLink.slack_user_id).where(StaffLink.staff_id.in_(set(whom)))
    for staff_id, account in (await session.execute(links.order_by(StaffLink.slack_user_id))).all():
        await outbox.show(
            session,
            f"{TOLD}:{swap.id}:{account}",
            channel=account,
            projection=TOLD,
            subject=f"{swap.id}:{staff_id}",
        )
