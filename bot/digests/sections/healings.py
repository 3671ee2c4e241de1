"""What the bot did automatically in the week: how often by which rule, and whether all of it was reviewed."""

from dataclasses import dataclass
from typing import ClassVar, Self

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.impact import Fact, fact
from bot.actions.reviews.reads import ran_alone
from bot.digests.sections.base import Section, Window, section
from bot.store.models import Decision, Healing, Proposal, Verdict
from bot.words import times


@dataclass(frozen=True)
class Healed:
    """One rule's self-healing."""

    rule: str
    did: int
    unreviewed: int
    """Of these, what nobody has looked at."""
    left: int
    """How often it was left to people: at a limit, in read-only mode, or because it could not be done."""

    @property
    def described(self) -> str:
        found = [times(self.did) if self.did else "not once"]
        found += [waiting(self.unreviewed)] if self.unreviewed else []
        found += [_left(self.left)] if self.left else []
        return ", ".join(found)


def _left(number: int) -> str:
    return f"{times(number)} not done automatically, so people had to decide"


@section
@dataclass(frozen=True)
class Healings(Section):
    """The rule that did most first; nothing where no rule did anything, or would have."""

    name: ClassVar[str] = "healings"
    title: ClassVar[str] = "Self-healing of the week"
    shows: ClassVar[str] = "Show self-healing"

    rules: tuple[Healed, ...]

    @property
    def worth_a_look(self) -> bool:
        return bool(self.rules)

    @property
    def described(self) -> str:
        """`3 times: queue-backlog twice, ip-listed once; all of it is reviewed; once not done automatically, …`."""
        did, left = sum(one.did for one in self.rules), sum(one.left for one in self.rules)
        each = ", ".join(f"{one.rule} {times(one.did)}" for one in self.rules if one.did)
        unreviewed = sum(one.unreviewed for one in self.rules)
        found = [f"{times(did)}: {each}", waiting(unreviewed) or "all of it is reviewed"] if did else ["not once"]
        found += [_left(left)] if left else []
        return "; ".join(found)

    @classmethod
    async def read(cls, session: AsyncSession, window: Window) -> Self:
        begins, ends = window.past
        did = Decision.id.is_not(None)
        rows = await session.execute(
            select(
                Healing.rule,
                func.count().filter(did),
                func.count().filter(did, Decision.reviewed.is_(None)),
                func.count().filter(~did),
            )
            .outerjoin(Proposal, Proposal.id == Healing.proposal_id)
            .outerjoin(
                Decision,
                (Decision.revision_id == Proposal.revision_id)
                & (Decision.verdict == Verdict.PRE_APPROVED)
                & ran_alone(),
            )
            .where(Healing.at >= begins, Healing.at < ends)
            .group_by(Healing.rule)
            .order_by(func.count().filter(did).desc(), Healing.rule)
        )
        return cls(tuple(Healed(*row) for row in rows))

    @classmethod
    async def details(cls, session: AsyncSession, window: Window) -> list[Fact]:
        return [fact(one.rule, one.described) for one in (await cls.read(session, window)).rules]


def waiting(unreviewed: int) -> str:
    """Of what was done, how much waits for a review; empty: nothing."""
    return f"{unreviewed} {'waits' if unreviewed == 1 else 'wait'} for a review" if unreviewed else ""
