"""`incident evidence 7 saying …` or with a link: what is kept as it was, with its SHA-256, who took it and when.

Words are kept at once. A message or a file is fetched from Slack by an integration (`bot/incidents/collecting.py`).
"""

import datetime as dt
import hashlib
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import EffectRequest, Outcome
from bot.actions.impact import Impact, fact
from bot.actions.incidents.facts import OnIncident, load, subject, tell, which
from bot.actions.incidents.links import SlackLink
from bot.actions.incidents.parameters import Line
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.base import Control, Reason
from bot.store.base import table
from bot.store.models import Incident, IncidentEvidence, IncidentHappened
from bot.targets.incident import Incident as IncidentTarget
from bot.words import size

COLLECT = "incident_evidence"
"""The integration that fetches what a link leads to."""
_ROWS = table(IncidentEvidence)


@dataclass(frozen=True)
class Evidence(Line):
    """What is kept, word for word."""

    label: ClassVar[str] = "What is kept"
    usage: ClassVar[str] = "saying …"
    keywords: ClassVar[tuple[str, ...]] = ("saying",)
    takes_rest: ClassVar[bool] = True
    control: ClassVar[Control] = "text"
    example: ClassVar[str] = "signed in from 203.0.113.9 at 02:14, session 7F3A"
    explanation: ClassVar[str] = "what is kept, word for word; everything after “saying”"
    hint: ClassVar[str] = "A line of a log, what somebody saw, the SHA-256 of a file and where it is"
    longest: ClassVar[int] = 2500
    say: ClassVar[str] = "After “saying”, type what has to be kept."


@dataclass(frozen=True)
class Because(Reason):
    """Why a message or file is kept; it may be left out, and is not asked for."""

    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""


@dataclass(frozen=True)
class Piece:
    """What is to be kept: words, or a file with what is in it."""

    content: str
    """The words; of a file what it is called."""
    source: str | None = None
    """Where it is in Slack: the message, or the file; None: somebody typed it."""
    author: str | None = None
    """Slack's id of whoever wrote or shared it there."""
    written: dt.datetime | None = None
    data: bytes | None = None
    """What is in the file; None: it is words."""

    @property
    def sha256(self) -> str:
        """In hex, as `sha256sum` says it; of words that of their UTF-8."""
        return hashlib.sha256(self.content.encode() if self.data is None else self.data).hexdigest()

    @property
    def called(self) -> str:
        """What a line of the timeline calls it: a file by its name and size; nothing of words."""
        return "" if self.data is None else f"{self.content} ({size(len(self.data))})"


@register
class TakeEvidence(OnIncident):
    """Keep evidence of a security incident: words, a message or a file, with SHA-256, who recorded it and when."""

    name, verb, says = "incident.evidence", "incident evidence", "keep"
    phrased = "keep evidence of a security incident"
    incident: IncidentTarget
    link: SlackLink | None
    content: Evidence | None
    reason: Because | None

    async def _restricted(self, session: AsyncSession) -> Incident:
        row = await load(session, self.incident.id)
        if not row.restricted:
            raise NothingToDo(
                f"Evidence can be kept only for a security incident, and incident {row.number} is not one. "
                f"Nothing was done. First type /pm incident restrict {row.number} because …"
            )
        if self.link is None and self.content is None:
            raise NothingToDo(
                "Nothing was done: you have not said what has to be kept. "
                f"For example: /pm incident evidence {row.number} saying {Evidence.example}, "
                f"or type the link to a message or file in place of “saying …”."
            )
        return row

    async def preview(self, session: AsyncSession) -> Impact:
        row = await self._restricted(session)
        sha256 = Piece(self.content.text).sha256 if self.content else None
        kept = (fact("SHA-256", sha256, bound=True),) if sha256 else ()
        linked = (fact("From Slack", self.link.text, bound=True),) if self.link else ()
        facts = (*which(row), *kept, *linked, fact("After", "kept as it is; nobody can change it"))
        return Impact(facts=facts, context={"incident": subject(row), "sha256": sha256, "linked": bool(self.link)})

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        row = await self._restricted(session)
        number = (await keep(session, row.id, Piece(self.content.text), by))[0] if self.content else None
        data = {"incident": str(row.id), "number": number}
        return Outcome(data, {"evidence": None}, {"evidence": number}, effects=self._fetched(row, by))

    def _fetched(self, row: Incident, by: uuid.UUID) -> tuple[EffectRequest, ...]:
        """What the link leads to is fetched after the commit."""
        if self.link is None:
            return ()
        place: dict[str, Any] = {"file": self.link.file, "message": self.link.message}
        request = {"incident": str(row.id), "by": str(by), **place}
        return (EffectRequest("from Slack", COLLECT, request),)


async def keep(session: AsyncSession, incident_id: uuid.UUID, piece: Piece, by: uuid.UUID | None) -> tuple[int, bool]:
    """Its number, and whether it is new: the same thing with the same hash is kept once. Words typed are always new."""
    where = {"incident_id": incident_id, "source": piece.source, "sha256": piece.sha256}
    kept = {name: getattr(piece, name) for name in ("content", "author", "written", "data")}
    new = insert(_ROWS).values(**where, **kept, taken_by=by).on_conflict_do_nothing().returning(_ROWS.c.id)
    number: int | None = await session.scalar(new)
    if number is None:
        return (await session.scalars(select(IncidentEvidence.id).filter_by(**where))).one(), False
    said = {"number": number, "sha256": piece.sha256, "called": piece.called}
    await tell(session, incident_id, IncidentHappened.EVIDENCE, by, **said)
    return number, True
