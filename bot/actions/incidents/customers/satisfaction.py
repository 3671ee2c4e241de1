"""One question afterwards: how satisfied customers are with how they were told of an incident.

Each letter has a link with a secret of its own, of which only the hash is kept: an answer says nothing of who gave it.
"""

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.parameters.named import Known
from bot.store.models import Incident, IncidentAnswer
from bot.words import counted

QUESTION = "question"
"""The letter that asks."""
SCORES = range(1, 6)
SAYS: Mapping[int, str] = {1: "not at all", 2: "a little", 3: "partly", 4: "satisfied", 5: "very satisfied"}
OPEN_FOR = text("interval '30 days'")
"""Since it was asked; after that nobody answers any more."""


@dataclass(frozen=True)
class Asking(Known):
    """What customers are asked, in the same mail."""

    label: ClassVar[str] = "One question"
    usage: ClassVar[str] = "asking satisfaction"
    keywords: ClassVar[tuple[str, ...]] = ("asking",)
    example: ClassVar[str] = "satisfaction"
    explanation: ClassVar[str] = (
        "satisfaction: each mail has a link to one question: how satisfied customers are with our information about "
        "the incident, from 1 to 5. You can ask this only when the incident is resolved"
    )
    hint: ClassVar[str] = "Left empty: nobody is asked"
    words: ClassVar[Mapping[Any, str]] = {"satisfaction": "how satisfied customers are with our information"}
    what: ClassVar[str] = "question"

    name: str


@dataclass(frozen=True)
class Answers:
    """What was said of one incident."""

    asked: int
    by_score: Mapping[int, int]
    """How often each was given."""

    @property
    def answered(self) -> int:
        return sum(self.by_score.values())

    @property
    def mean(self) -> float:
        """Of those that there are; at least one."""
        return sum(score * times for score, times in self.by_score.items()) / self.answered

    @property
    def said(self) -> str:
        """`3 of 40 answered: 4.3 on average (5: 2, 3: 1)`."""
        if not self.answered:
            return f"{counted(self.asked, 'person was', 'people were')} asked; nobody has answered yet"
        each = ", ".join(f"{score}: {self.by_score[score]}" for score in reversed(SCORES) if self.by_score.get(score))
        return f"{self.answered:,} of {self.asked:,} answered: {self.mean:.1f} of 5 on average ({each})"


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def ask(session: AsyncSession, incident_id: uuid.UUID, notice_id: uuid.UUID) -> str:
    """The secret of a new link, which stands in one letter and nowhere else."""
    secret = secrets.token_urlsafe(24)
    session.add(IncidentAnswer(digest=digest_of(secret), incident_id=incident_id, notice_id=notice_id))
    await session.flush()
    return secret


async def asked_about(session: AsyncSession, secret: str) -> int | None:
    """The number of the incident that a link asks about; None where it is none, or too old."""
    return await session.scalar(
        select(Incident.number).join(IncidentAnswer, IncidentAnswer.incident_id == Incident.id).where(*_mine(secret))
    )


async def answer(session: AsyncSession, secret: str, score: int) -> uuid.UUID | None:
    """Note what was answered; the last one counts. The incident's id; None where the link is none, or too old."""
    said = {"score": score, "answered": func.clock_timestamp()}
    noted = update(IncidentAnswer).where(*_mine(secret)).values(**said).returning(IncidentAnswer.incident_id)
    return await session.scalar(noted)


async def answers(session: AsyncSession, incident_id: uuid.UUID) -> Answers | None:
    """What there is of an incident; None where nobody was asked."""
    score = IncidentAnswer.score
    mine = select(score, func.count()).where(IncidentAnswer.incident_id == incident_id).group_by(score)
    times = {row[0]: row[1] for row in await session.execute(mine)}
    return Answers(sum(times.values()), {one: times[one] for one in times if one is not None}) if times else None


def _mine(secret: str) -> tuple[Any, ...]:
    return IncidentAnswer.digest == digest_of(secret), IncidentAnswer.asked > func.now() - OPEN_FOR
