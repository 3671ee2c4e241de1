"""What every stage of the pipeline needs, and the few reads they share."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import DateTime, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.composite import first_step
from bot.actions.impact import Impact, Step
from bot.actions.outside import Outside
from bot.actions.registry import Registry
from bot.errors import OutOfDate, Refused
from bot.holds.lists import HeldLists
from bot.integrations.base import Integration
from bot.integrations.dns.records import Resolver
from bot.integrations.platform.probe import PlatformProbe
from bot.integrations.stripe.api import StripeApi
from bot.pipeline.limits import Limits
from bot.platform import staff
from bot.platform.staff import StaffRecord
from bot.policy import Policy, Requirement
from bot.store import outbox
from bot.store.database import Database
from bot.store.models import Decision, Execution, Proposal, Revision, State, Verdict
from bot.store.queue import Task
from bot.store.vault import Vault

SETTLES = 1.0  # seconds; what is approved is mostly done by then, and the card says so in one go
ALREADY = "already"  # in the outcome of a step of a plan that somebody else had done before it came to it
EXECUTE, VERIFY, EFFECT = Task("execute", 30), Task("verify", 20), Task("effect", 20)


# Built once: building a statement takes as long as running it.
_LOCKED = (
    select(Proposal)
    .where(Proposal.id == bindparam("proposal_id"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_IN_FAVOUR = (
    select(Decision)
    .where(
        Decision.revision_id == bindparam("revision_id"),
        Decision.voided.is_(None),
        Decision.verdict != Verdict.REJECT,
        or_(Decision.runs.is_(None), Decision.runs <= func.now()),
    )
    .order_by(Decision.at)
)
_ANNOUNCED = select(Decision).where(
    Decision.revision_id == bindparam("revision_id"),
    Decision.voided.is_(None),
    Decision.verdict == Verdict.SOLO,
    Decision.runs > func.now(),
)


@dataclass(frozen=True)
class Core:
    """The pipeline's surroundings, chosen in the composition root."""

    database: Database
    registry: Registry
    policy: Policy
    platform: PlatformProbe | None
    integrations: Mapping[str, Integration] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    vault: Vault | None = None
    """Encrypts what is secret at rest; None: no key is set, and what needs one is off."""
    dns: Resolver | None = None
    stripe: StripeApi | None = None
    """Answers how billing is at Stripe; None: no key is set."""
    lists: HeldLists | None = None
    """Pauses reach the platform's jobs in Redis; None: it uses none."""
    without: Mapping[str, str] = field(default_factory=dict)
    """What is not set up here, by the name that actions rely on it by: why, and so what cannot be done."""

    @property
    def outside(self) -> Outside:
        """Who answers questions of actions that only read."""
        return Outside(self.platform if self.platform and self.platform.answers else None, self.dns, self.stripe)

    async def actions(self, session: AsyncSession, revision: Revision) -> list[Action]:
        """The plan's steps. Raises `Refused` where what one of them is about is gone from the platform."""
        return [await self.registry.load(step, session) for step in plan_of(revision)]

    async def actions_there(self, session: AsyncSession, revision: Revision) -> list[Action]:
        """For drawing: as `actions`, and none where something of theirs is gone; what was shown of it is stored."""
        try:
            return await self.actions(session, revision)
        except Refused:
            return []


def plan_of(revision: Revision) -> list[Step]:
    return [Step.model_validate(step) for step in revision.plan]


def impacts_of(revision: Revision) -> list[Impact]:
    return [Impact.model_validate(impact) for impact in revision.impacts]


def recorded(proposal_id: uuid.UUID, actions: Sequence[Action]) -> dict[str, Any]:
    """Of what an audit entry about the whole plan is: of its one step, of what leads it, or of the request.

    Where there are several steps, its facts name them.
    """
    if len(actions) == 1 or first_step(actions):
        return {"action": actions[0].name, "target": actions[0].target}
    return {"action": "pipeline.plan", "target": f"proposal:{proposal_id}"}


def steps_recorded(actions: Sequence[Action]) -> dict[str, Any]:
    """The facts of such an entry: what is done to what, in order."""
    steps = actions[first_step(actions) :]
    return {"steps": [[one.name, one.target] for one in steps]} if len(actions) > 1 else {}


async def done_of(session: AsyncSession, proposal: Proposal) -> set[int]:
    """The steps of a plan that were carried out, by their place in it."""
    return set(await session.scalars(select(Execution.step).where(Execution.proposal_id == proposal.id)))


async def ends_as(session: AsyncSession, proposal: Proposal, state: State) -> State:
    """How a request ends that nothing more is done of: of some of it something was done before."""
    return State.PARTLY if await done_of(session, proposal) else state


async def now(session: AsyncSession) -> dt.datetime:
    """The database's clock: the only one that all processes share."""
    return (await session.scalars(select(func.clock_timestamp(type_=DateTime(timezone=True))))).one()


async def lock_proposal(session: AsyncSession, proposal_id: uuid.UUID) -> Proposal:
    """The proposal, held until the transaction ends. Raises `OutOfDate` if there is none."""
    found: Proposal | None = await session.scalar(_LOCKED, {"proposal_id": proposal_id})
    if found is None:
        raise OutOfDate("That request no longer exists. Type the command again.")
    return found


async def current_revision(session: AsyncSession, proposal: Proposal) -> Revision:
    return await session.get_one(Revision, proposal.revision_id)


async def approvals(session: AsyncSession, revision_id: uuid.UUID) -> list[Decision]:
    """The words in favour that still count, oldest first."""
    return list(await session.scalars(_IN_FAVOUR, {"revision_id": revision_id}))


async def announced(session: AsyncSession, revision_id: uuid.UUID) -> list[Decision]:
    """Words of those who will go alone, whose time has not come: none counts yet."""
    return list(await session.scalars(_ANNOUNCED, {"revision_id": revision_id}))


async def eligible(
    session: AsyncSession, requirement: Requirement, requester_id: uuid.UUID, about: Iterable[uuid.UUID]
) -> list[StaffRecord]:
    """Who could decide now: holders of the roles, without the requester and whoever it is about."""
    holders = await staff.active_with_roles(session, requirement.approvers)
    excluded = {requester_id, *about}
    return [one for one in holders if one.id not in excluded]


async def deciders(session: AsyncSession, proposal: Proposal, actions: Iterable[Action]) -> list[StaffRecord]:
    """Everybody whose word would carry it now: whoever asked first, where their own word is enough."""
    needs = Requirement.model_validate(proposal.requirement)
    others = await eligible(session, needs, proposal.requester_id, about(actions))
    asker = await staff.load(session, proposal.requester_id) if needs.self_approval else None
    return [asker, *others] if asker is not None and asker.may_act else others


def glass_key(decision_id: uuid.UUID) -> str:
    """Names the announcement of what runs on one word alone: it is of that word, whatever becomes of the proposal."""
    return f"break_glass:{decision_id}"


async def show_card(session: AsyncSession, proposal: Proposal) -> None:
    """Bring the proposal's card up to date, in this transaction, and whatever else was said of it.

    The card of what it takes back says how far that is.
    """
    await session.flush()
    delay = SETTLES if proposal.state == State.APPROVED else 0
    if proposal.undoes_id is not None:
        await outbox.refresh(session, outbox.card_key(proposal.undoes_id), delay=delay)
    await outbox.refresh_following(session, proposal.id, delay=delay)
    await outbox.show(
        session,
        outbox.card_key(proposal.id),
        channel=proposal.channel,
        projection="proposal",
        subject=str(proposal.id),
        thread_ts=proposal.thread_ts,
        delay=delay,
    )


def about(actions: Iterable[Action]) -> set[uuid.UUID]:
    return {action.about for action in actions if action.about is not None}
