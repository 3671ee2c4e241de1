"""Decisions of the last day: what was asked, what became of it, and how long people waited."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import ColumnElement, Select, false, func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.actions.reviews.reads import ran_alone
from bot.digests.sections.base import Item, Level, Section, Weekly, Window, section, weekly
from bot.digests.unusual import Compared
from bot.store.models import JSON, Decision, Proposal, Revision, State, Verdict
from bot.words import counted, duration

APPROVED = (State.APPROVED, State.EXECUTING, State.SUCCEEDED, State.FAILED, State.PARTLY, State.UNDONE)
SHOWN = 20  # requests in the details


@section
@dataclass(frozen=True)
class Decisions(Section):
    """Requests that needed somebody's word."""

    name: ClassVar[str] = "decisions"
    title: ClassVar[str] = "Decisions of the last day"
    shows: ClassVar[str] = "Show the decisions"

    asked: Weekly
    approved: int
    rejected: int
    expired: int
    cancelled: int
    waiting: int
    """At the moment of the digest, also older ones."""
    longest_wait: dt.timedelta | None
    median: dt.timedelta | None
    """From the request to its last approval."""
    unreviewed: int
    """Those that ran without approval, and that nobody has looked at yet."""

    def compared(self) -> list[Compared]:
        return [self.asked.beside("requests")]

    @property
    def calm(self) -> str:
        return "nothing waits for a decision"

    @property
    def eventful(self) -> bool:
        return bool(self.asked.count)

    @property
    def worth_a_look(self) -> bool:
        return bool(self.asked.count)

    def items(self) -> list[Item]:
        found = []
        if self.waiting and self.longest_wait is not None:
            verb = "waits" if self.waiting == 1 else "wait"
            said = f"{counted(self.waiting, 'request')} {verb} for a decision, the oldest for "
            found.append(Item(Level.YELLOW, (said + duration(self.longest_wait, 2),), self.name))
        if self.unreviewed:
            verb = "waits" if self.unreviewed == 1 else "wait"
            said = f"{counted(self.unreviewed, 'request')} that ran without approval {verb} for a review"
            found.append(Item(Level.YELLOW, (said,), self.name))
        return found

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        since, until = window.day
        asked = (Proposal.created >= since) & (Proposal.created < until)
        states = (
            await session.execute(
                select(
                    *(
                        func.count().filter(asked, Proposal.state.in_(which))
                        for which in (APPROVED, [State.REJECTED], [State.EXPIRED], [State.CANCELLED])
                    ),
                    func.count().filter(Proposal.state == State.PENDING),
                    func.min(Proposal.created).filter(Proposal.state == State.PENDING),
                ).where(_decided(), asked | (Proposal.state == State.PENDING))
            )
        ).one()
        approved, rejected, expired, cancelled, waiting, oldest = tuple(states)
        return cls(
            await weekly(session, Proposal.created, window, window.day, _decided()),
            approved,
            rejected,
            expired,
            cancelled,
            waiting,
            window.now - oldest if oldest else None,
            await session.scalar(_median(asked)),
            await session.scalar(
                select(func.count())
                .select_from(Decision)
                .join(Revision, Revision.id == Decision.revision_id)
                .join(Proposal, Proposal.id == Revision.proposal_id)
                .where(Decision.reviewed.is_(None), ran_alone())
            )
            or 0,
        )

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        """The requests of the last day and those that wait, newest first."""
        rows = await session.execute(
            select(Proposal.number, Proposal.state, Proposal.created, Revision.plan)
            .join(Revision, Revision.id == Proposal.revision_id)
            .where(_decided(), (Proposal.created >= window.day[0]) | (Proposal.state == State.PENDING))
            .order_by(Proposal.created.desc())
            .limit(SHOWN)
        )
        return [
            fact(f"Request {number}", f"{_actions(plan)}, {state}, asked {duration(window.now - created, 1)} ago")
            for number, state, created, plan in rows
        ]


def _actions(plan: list[JSON]) -> str:
    asked_for = plan[:1] if plan[0].get("leads") else plan
    return " and ".join(step["action"] for step in asked_for)


def _decided() -> ColumnElement[bool]:
    """What ran at once needed nobody; the older ones say so by another name (bot/policy.py)."""
    named = (Proposal.requirement[name].as_boolean() for name in ("no_approval", "at_once"))
    return not_(func.coalesce(*named, false()))


def _median(asked: ColumnElement[bool]) -> Select[tuple[dt.timedelta | None]]:
    took = (
        select((func.max(Decision.at) - Proposal.created).label("took"))
        .select_from(Decision)
        .join(Revision, Revision.id == Decision.revision_id)
        .join(Proposal, Proposal.revision_id == Revision.id)
        .where(asked, _decided(), Proposal.state.in_(APPROVED))
        .where(Decision.voided.is_(None), Decision.verdict.not_in([Verdict.REJECT, Verdict.SOLO, Verdict.PRE_APPROVED]))
        .group_by(Proposal.id)
        .subquery()
    )
    return select(func.percentile_cont(0.5).within_group(took.c.took))
