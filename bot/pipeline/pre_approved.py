"""What the policy approves in advance: a containment that an alert's rule has done automatically (self-healing).

Nobody asks, so the request is of the bot itself (`staff.ITSELF`), which has no account and no role. What carries it is
a word like any other, `pre_approved`: on the card, in the audit trail with the policy's digest, reviewed afterwards. It
counts as long as the policy allows the rule, which is looked at again, under lock, when it runs.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.people import identity
from bot.people.identity import Operator
from bot.pipeline.core import Core, current_revision, lock_proposal
from bot.pipeline.decide import count
from bot.pipeline.propose import Ask, keep
from bot.platform import staff
from bot.policy import Policy
from bot.store.models import Decision, Healing, Proposal, Verdict


def itself(actions: Sequence[Action]) -> Operator:
    """The bot as an actor: it may do this and nothing else, and only what is made to be done unattended."""
    permissions = frozenset(one.permission for one in actions if one.unattended)
    return Operator(staff.ITSELF, staff.BOT, "", frozenset(), permissions)


async def asker(session: AsyncSession, proposal: Proposal, actions: Sequence[Action]) -> Operator | None:
    """Whoever asked for it, with what they may do now; None if they may no longer do anything."""
    if proposal.requester_id == staff.ITSELF:
        return itself(actions)
    return await identity.operator_by_id(session, proposal.requester_id)


def allowed(policy: Policy, rule: str) -> bool:
    """Whether the policy in force lets this rule have something done automatically."""
    return rule in policy.self_healing.allowed


async def counts(core: Core, session: AsyncSession, proposal: Proposal, actions: Sequence[Action]) -> bool:
    """Whether such a word is one that the policy would still give."""
    rule = await session.scalar(select(Healing.rule).where(Healing.proposal_id == proposal.id))
    return rule is not None and allowed(core.policy, rule) and all(one.unattended for one in actions)


async def ask(core: Core, session: AsyncSession, action: Action, asked: Ask, rule: str, terms: str) -> Proposal:
    """Ask for it, and approve it as the policy does in advance; whoever calls this has looked whether that allows it.

    `terms`: what was approved, for the card. Raises `Refused` with nothing stored.
    """
    operator = itself([action])
    kept = await keep(core, session, operator, [action], asked)
    proposal = await lock_proposal(session, kept.id)
    word = Decision(revision_id=proposal.revision_id, staff_id=operator.id, verdict=Verdict.PRE_APPROVED, reason=terms)
    revision = await current_revision(session, proposal)
    facts = {"rule": rule, "policy": core.policy.digest}
    await count(session, proposal, revision, operator, word, [action], facts)
    return proposal
