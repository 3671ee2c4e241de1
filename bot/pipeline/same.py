"""What is open is asked for once: whoever asks for the same is shown it. The database holds one (promise 3)."""

import hashlib
import json
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.errors import AskedAlready
from bot.parameters.base import Reason
from bot.people.identity import Operator
from bot.pipeline.core import about
from bot.policy import Requirement
from bot.store.models import OPEN, Proposal


def identify(operator: Operator, actions: Sequence[Action], needs: Requirement) -> str:
    """What a request for this plan has in common with every other one for it, whatever the reasons: a SHA-256 (hex).

    Whose own word is enough is not kept waiting by somebody else's request that they could not decide: theirs is the
    same as their own alone.
    """
    plan = [[action.name, _without_reasons(action)] for action in actions]
    whose = str(operator.id) if _better_alone(operator, actions, needs) else None
    return hashlib.sha256(json.dumps([plan, whose], sort_keys=True).encode()).hexdigest()


def _without_reasons(action: Action) -> dict[str, str]:
    return {name: value.dump() for name, value in action.values().items() if not isinstance(value, Reason)}


def _better_alone(operator: Operator, actions: Sequence[Action], needs: Requirement) -> bool:
    decides_for_others = (
        needs.quorum == 1 and bool(operator.roles & set(needs.approvers)) and operator.id not in about(actions)
    )
    return (needs.no_approval or needs.self_approval) and not decides_for_others


async def refuse_if_open(session: AsyncSession, operator: Operator, same: str) -> None:
    """Raise `AskedAlready` while such a request is open."""
    found = await session.scalar(select(Proposal.id).where(Proposal.same == same, Proposal.state.in_(OPEN)))
    if found is not None:
        raise AskedAlready(found, by=operator.id)
