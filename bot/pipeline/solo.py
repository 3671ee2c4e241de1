"""Delayed solo approval, for small teams: announced, stopped by anybody with the role, else run by the clock.

Only where the policy says `solo_after`; never for what is critical or gives somebody a role. The word and its time are
a row (`decisions.runs`): it begins to count at that time, whichever process looks.
"""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.errors import AlreadyDecided, NotTheirs, Refused
from bot.people.identity import Operator
from bot.pipeline.core import EXECUTE, Core, about, announced, eligible, glass_key, now, show_card
from bot.pipeline.judging import requirement
from bot.platform import staff
from bot.policy import Requirement
from bot.store import outbox
from bot.store.models import Decision, Proposal, State, Verdict
from bot.store.queue import defer
from bot.words import plain


def may_announce(
    core: Core, person: Operator, proposal: Proposal, needs: Requirement, actions: Sequence[Action]
) -> bool:
    """Whether somebody could say so now: it is theirs, their role decides it, and the policy still allows it."""
    return (
        person.id == proposal.requester_id
        and person.id not in about(actions)
        and bool(person.roles & set(needs.approvers))
        and needs.solo_after is not None
        and requirement(core, person, actions).solo_after is not None
    )


async def check(
    core: Core,
    session: AsyncSession,
    operator: Operator,
    proposal: Proposal,
    needs: Requirement,
    actions: Sequence[Action],
) -> dt.datetime:
    """When it will run. Raises `Refused` where they may not say so, or somebody has."""
    if needs.solo_after is None:
        raise NotTheirs("The policy does not let one person run this alone. Ask for an approval instead.")
    if operator.id != proposal.requester_id:
        name = await staff.name_of(session, proposal.requester_id)
        said = f"Only {name}, who asked for this, can let it run without approval. You can approve or reject it."
        raise NotTheirs(said)
    if not may_announce(core, operator, proposal, needs, actions):
        roles = " or ".join(map(plain, needs.approvers))
        raise NotTheirs(
            f"You can't run this alone (your roles: {operator.in_roles}). It needs {roles}.", offers=("remind",)
        )
    if not await eligible(session, needs, operator.id, about(actions)):
        raise NotTheirs(
            "You can't run this alone, because nobody else has a role that could stop it. Nothing was done: "
            "ask for an approval instead."
        )
    if await announced(session, proposal.revision_id):
        raise AlreadyDecided("You have announced this already. It runs at its time unless somebody stops it.")
    runs = await now(session) + dt.timedelta(seconds=needs.solo_after)
    if runs >= proposal.expires:
        raise Refused("This request expires before it could run. Nothing was done: type the command again.")
    return runs


async def announce(session: AsyncSession, word: Decision, proposal: Proposal) -> None:
    """Tell everybody with the role, where the card is; the message says for its whole life what became of it."""
    await outbox.show(
        session,
        glass_key(word.id),
        channel=proposal.channel,
        projection="solo",
        subject=str(word.id),
        follows=proposal.id,
    )


async def sweep(core: Core, limit: int = 20) -> int:
    """Have run what was announced, whose time has come and that nobody stopped; how many. Any clock may call it."""
    async with core.database.transaction() as session:
        due = await session.scalars(
            select(Proposal)
            .join(Decision, Decision.revision_id == Proposal.revision_id)
            .where(
                Proposal.state == State.PENDING,
                Decision.verdict == Verdict.SOLO,
                Decision.voided.is_(None),
                Decision.runs <= func.now(),
            )
            .limit(limit)
            .with_for_update(of=Proposal, skip_locked=True)
        )
        ready = list(due)
        for proposal in ready:
            proposal.state = State.APPROVED  # who said so, and whether they still may, is looked at when it runs
            await defer(session, EXECUTE, proposal_id=str(proposal.id))
            await show_card(session, proposal)
        return len(ready)
