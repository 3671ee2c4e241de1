"""Taking locks and checks out of the code, to show what they carry."""

import uuid
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.pipeline import decide, effects, execute, undo, verify
from bot.store.models import Proposal


async def read_proposal(session: AsyncSession, proposal_id: uuid.UUID) -> Proposal:
    """The row, which nobody is kept from."""
    found = await session.scalars(
        select(Proposal).where(Proposal.id == proposal_id).execution_options(populate_existing=True)
    )
    return found.one()


def no_proposal_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stage reads the proposal's row and does not hold it."""
    for module in (decide, effects, execute, undo, verify):
        monkeypatch.setattr(module, "lock_proposal", read_proposal)


def always(answer: Any) -> Any:
    """An async function that says this whatever it is asked."""

    async def say(*_arguments: Any, **_named: Any) -> Any:
        return answer

    return say
