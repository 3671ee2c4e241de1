"""Drawing what the pipeline did: the projections that delivery calls with the newest state."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.actions.composite import asked_for
from bot.actions.impact import Change
from bot.actions.reviews.reads import Override
from bot.delivery.channels import Channels
from bot.delivery.deliver import Projection
from bot.drawing import links, mentions
from bot.drawing.buttons import begins, button, shared_arguments
from bot.drawing.cards import holds, plan
from bot.drawing.cards.saying import ICONS, Names, became_of_alone, called, said_of, status, unknown, words_of
from bot.drawing.elements import Element
from bot.drawing.masking import Clearance
from bot.drawing.render import Renderer
from bot.people.identity import slack_ids
from bot.pipeline import read_only
from bot.pipeline.core import ALREADY, Core, about, announced, deciders, impacts_of, plan_of
from bot.pipeline.send_again import open_to_words, unsent
from bot.pipeline.undo import inverse_of, superseded_by, undone_by
from bot.platform import staff
from bot.policy import Requirement
from bot.store.models import (
    JSON,
    Decision,
    Effect,
    Execution,
    Proposal,
    Revision,
    State,
    Verdict,
    Verification,
)
from bot.words import duration, plain
from bot.words import listed as listed_words


class Cards:
    """Projections of proposals."""

    def __init__(self, core: Core, renderer: Renderer, channels: Channels, team_id: str) -> None:
        self._core, self._renderer, self._channels, self._team_id = core, renderer, channels, team_id

    def projections(self) -> dict[str, Projection]:
        """Each drawing by its name."""
        return {
            "proposal": self.proposal,
            "break_glass": self.break_glass,
            "unconfirmed": self.unconfirmed,
            "unknown_effect": self.unknown_effect,
        }

    async def proposal(self, session: AsyncSession, subject: str) -> JSON:
        """The card of a proposal, for everybody in its channel."""
        proposal = await session.get_one(Proposal, uuid.UUID(subject))
        revision = await session.get_one(Revision, proposal.revision_id)
        actions = await self._core.actions_there(session, revision)
        names = Names(session)
        return self._renderer.message(
            "proposal.j2",
            Clearance.CHANNEL,
            **await self._state(session, proposal, revision, actions),
            **await self._people(session, names, proposal, revision, actions),
            **await self._done(session, proposal, revision, actions),
        )

    async def _state(
        self, session: AsyncSession, proposal: Proposal, revision: Revision, actions: Sequence[Action]
    ) -> dict[str, Any]:
        needs = Requirement.model_validate(proposal.requirement)
        state = State(proposal.state)
        return {
            "state": state,
            "icon": ICONS[state],
            "status": status(proposal),
            "expires": proposal.expires,
            "reason": proposal.reason,
            "cause": proposal.cause,
            "changes": [Change.model_validate(one) for one in revision.changes] if state is State.PENDING else [],
            "impact": plan.together(self._renderer, plan_of(revision), impacts_of(revision)),
            "self_approval": needs.self_approval,
            "needed": needs.quorum,
            "grave": any(one.grave for one in actions),
            "breakable": _breakable(needs, actions),
            "solo": await self._solo(session, proposal, needs) if state is State.PENDING else None,
            "number": proposal.number,
            "proposal": proposal.id,
            "revision": revision.id,
            "next_buttons": self._next_buttons(proposal, actions),
            "read_only": await read_only.stopping(session, actions) if state is State.PENDING else None,
        }

    async def _solo(self, session: AsyncSession, proposal: Proposal, needs: Requirement) -> JSON | None:
        """Of what may run on the word of whoever asked: after how long, and when it does if that was announced."""
        if needs.solo_after is None:
            return None
        said = await announced(session, proposal.revision_id)
        after = duration(dt.timedelta(seconds=needs.solo_after), 2)
        return {"after": after, "runs": said[0].runs if said else None}

    def _next_buttons(self, proposal: Proposal, actions: Sequence[Action]) -> list[JSON]:
        if proposal.state != State.SUCCEEDED or len(asked_for(actions)) != 1:
            return []
        offered = {verb: self._core.registry.by_verb[verb] for verb in actions[0].leads_to()}
        return [
            button(begins(other, shared_arguments(actions[0], other)), f"next:{verb}", proposal.id)
            for verb, other in offered.items()
        ]

    async def _people(
        self, session: AsyncSession, names: "Names", proposal: Proposal, revision: Revision, actions: Sequence[Action]
    ) -> dict[str, Any]:
        needs = Requirement.model_validate(proposal.requirement)
        known = await slack_ids(session, self._team_id)
        able = [one for one in await deciders(session, proposal, actions) if one.id != proposal.requester_id]
        requester = await names.of(proposal.requester_id)
        words = await session.scalars(
            select(Decision).where(Decision.revision_id == revision.id, Decision.voided.is_(None)).order_by(Decision.at)
        )
        said = list(words)
        given = {one.staff_id for one in said if one.verdict == Verdict.APPROVE} - {proposal.requester_id}
        able = [one for one in able if one.id not in given]
        return {
            "requester": requester,
            "missing": needs.quorum - len(given),
            "deciding": listed_words(map(plain, needs.approvers), "or"),
            "approvers": [one.name for one in able]
            if needs.self_approval
            else mentions.deciders(self._core.policy, known, needs.approvers, able),
            "words": [
                {
                    "said": said_of(one, proposal),
                    "name": await names.of(one.staff_id),
                    "after": (one.at - proposal.created).total_seconds(),
                }
                for one in said
                if one.verdict != Verdict.PRE_APPROVED
            ],
            "pre_approved": [one.reason for one in said if one.verdict == Verdict.PRE_APPROVED],
            "glass": [one.reason for one in said if one.verdict == Verdict.BREAK_GLASS],
            "comments": [
                {"name": await names.of(one.staff_id), "text": one.reason}
                for one in said
                if one.verdict == Verdict.APPROVE and one.reason
            ],
            "turned_down": [one.reason for one in said if one.verdict == Verdict.REJECT and one.reason],
        }

    async def _done(
        self, session: AsyncSession, proposal: Proposal, revision: Revision, actions: Sequence[Action]
    ) -> dict[str, Any]:
        executions = list(
            await session.scalars(
                select(Execution).where(Execution.proposal_id == proposal.id).order_by(Execution.step)
            )
        )
        calls = await _calls(session, proposal)
        first = executions[0] if executions else None
        shown = await holds.of_proposal(session, proposal.id)
        over = bool(shown) and all(one["ended"] for one in shown)
        undone = await self._undone(session, proposal)
        later = await superseded_by(self._core, session, proposal, actions) if executions else None
        return {
            **plan.words(revision, executions),
            "progress": plan.progress(revision, executions),
            "executed_at": first.at if first else None,
            "outcome": first.outcome if first else {},
            "verification": _weakest(executions),
            "verified_at": first.verified if first else None,
            "waits": next((one.waits for one in executions if one.waits), None),
            "undoable": bool(actions)
            and later is None
            and undone is None
            and not over
            and bool(inverse_of(proposal, actions, executions)),
            "undone": undone,
            "since": await self._since(session, proposal, actions, executions, later),
            "holds": shown,
            "effects": called(calls),
            "sendable": bool(unsent(self._core, proposal, calls)),
        }

    async def _undone(self, session: AsyncSession, proposal: Proposal) -> JSON | None:
        """The request that takes it back, or has done so: its card, whose it is, and when; None without one."""
        found = await undone_by(session, proposal.id)
        if found is None:
            return None
        return {
            "card": await links.once_there(session, self._channels, found),
            "by": await staff.name_of(session, found.requester_id),
            "at": found.ended,
            "words": await words_of(session, found),
        }

    async def _since(
        self,
        session: AsyncSession,
        proposal: Proposal,
        actions: Sequence[Action],
        executions: Sequence[Execution],
        later: int | None,
    ) -> JSON | None:
        """What became of it since: who changed it, by the number of the request; None as long as it is so."""
        if proposal.state != State.SUCCEEDED:
            return None
        if not actions:
            return {"gone": True, "request": None}
        own = [one for one in executions if ALREADY not in one.outcome]
        so = [await actions[one.step].still_so(session, one.outcome) for one in own]
        return None if all(so) else {"gone": False, "request": later}

    async def unconfirmed(self, session: AsyncSession, subject: str) -> JSON:
        """What security and the requester are told when the platform never confirmed it."""
        proposal = await session.get_one(Proposal, uuid.UUID(subject))
        revision = await session.get_one(Revision, proposal.revision_id)
        executions = list(await session.scalars(select(Execution).where(Execution.proposal_id == proposal.id)))
        return self._renderer.message(
            "unconfirmed.j2",
            Clearance.CHANNEL,
            card=await self._card(session, proposal),
            proposal=proposal.id,
            verification=_weakest(executions),
            waits=next((one.waits for one in executions if one.waits), None),
            executed_at=executions[0].at,
            outcome=executions[0].outcome,
            **plan.words(revision, executions),
        )

    async def unknown_effect(self, session: AsyncSession, subject: str) -> JSON:
        """What security is told of calls of which nobody can say whether they arrived; rows of before name one."""
        proposal = await session.get_one(Proposal, uuid.UUID(subject.partition(":")[0]))
        revision = await session.get_one(Revision, proposal.revision_id)
        calls = await _calls(session, proposal)
        return self._renderer.message(
            "unknown_effect.j2",
            Clearance.CHANNEL,
            card=await self._card(session, proposal),
            proposal=proposal.id,
            unknown=unknown(calls),
            known=called(calls),
            people_look=bool(open_to_words(self._core, calls)),
            outcome={},
            **plan.words(revision),
        )

    async def break_glass(self, session: AsyncSession, subject: str) -> JSON:
        """The announcement in the security channel: what was ordered alone, what became of it, who looked at it."""
        word = await session.get_one(Decision, uuid.UUID(subject))
        revision = await session.get_one(Revision, word.revision_id)
        proposal = await session.get_one(Proposal, revision.proposal_id)
        names = Names(session)
        return self._renderer.message(
            "break_glass.j2",
            Clearance.CHANNEL,
            by=await names.of(word.staff_id),
            at=word.at,
            glass_reason=word.reason or "",
            requester=await names.of(proposal.requester_id),
            reason=proposal.reason,
            card=await self._card(session, proposal),
            **await self._to_review(session, proposal, word),
            proposal=proposal.id,
            became=became_of_alone(proposal, word),
            cause=proposal.cause,
            by_itself=Override(word, proposal).by_itself,
            reviewed=word.reviewed,
            reviewed_by=await names.of(word.reviewed_by) if word.reviewed_by else None,
            **plan.words(revision),
        )

    async def _card(self, session: AsyncSession, proposal: Proposal) -> Element:
        return await links.to_card(session, self._channels, proposal.id, f"request {proposal.number}")

    async def _to_review(self, session: AsyncSession, proposal: Proposal, word: Decision) -> dict[str, Any]:
        """Who hears of a broken glass: whoever else is on call, and those who may look at it afterwards."""
        revision = await session.get_one(Revision, word.revision_id)
        concerned = {word.staff_id, *about(await self._core.actions_there(session, revision))}
        return {
            "on_call": await mentions.on_call(session, self._core.policy, self._team_id, but=concerned),
            "reviewers": await mentions.reviewers(self._core, session, Override(word, proposal), self._team_id),
        }


def _breakable(needs: Requirement, actions: Sequence[Action]) -> bool:
    return needs.break_glass and not needs.self_approval and bool(actions) and all(one.containment for one in actions)


def _weakest(executions: Sequence[Execution]) -> str:
    """How sure one can be of the whole: as sure as of its least certain step."""
    order = [
        Verification.UNCONFIRMED,
        Verification.NOT_YET,
        Verification.PENDING,
        Verification.RECORDED,
        Verification.CONFIRMED,
        Verification.OWN,
    ]
    found = {Verification(one.verification) for one in executions}
    return next((one for one in order if one in found), Verification.PENDING)


async def _calls(session: AsyncSession, proposal: Proposal) -> Sequence[Effect]:
    """To the outside, in the order in which they were asked for."""
    return (await session.scalars(select(Effect).where(Effect.proposal_id == proposal.id).order_by(Effect.key))).all()
