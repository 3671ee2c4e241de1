"""What depends on a staff member and goes on, or stays undone, when they leave. Each part of the bot names its own."""

import uuid
from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from bot.personal import Part

Dependents = Callable[[AsyncSession, uuid.UUID], Awaitable[Sequence[Sequence[Part]]]]
"""Reads what of one kind depends on this staff member: each in few words, as they stand on a card."""

_KINDS: dict[str, Dependents] = {}


def hands_over(kind: str) -> Callable[[Dependents], Dependents]:
    """Register what reads one kind: `Temporary changes`, `Open requests`."""

    def register(find: Dependents) -> Dependents:
        _KINDS[kind] = find
        return find

    return register


async def dependents(session: AsyncSession, staff_id: uuid.UUID) -> dict[str, Sequence[Sequence[Part]]]:
    """By kind what there is to hand over; kinds without any are left out."""
    found = {kind: await find(session, staff_id) for kind, find in sorted(_KINDS.items())}
    return {kind: some for kind, some in found.items() if some}
