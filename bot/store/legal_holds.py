"""Legal holds: what belongs to a security incident is not forgotten after seven days, but kept until security ends it.

What belongs to it: what names its room, its number (`incident 7`) or its id.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import TextClause, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.erasure import Person
from bot.store.base import table
from bot.store.models import Incident, LegalHold

_ROWS = table(LegalHold)
_HELD = """SELECT FROM pmbot.legal_holds AS hold JOIN pmbot.incidents AS held ON held.id = hold.incident_id
    WHERE hold.lifted IS NULL"""
_BELONGS = r"""({said} ~* ('\m(incident|inc)( [a-z-]+){{0,2}}[ #-]*' || held.number || '\M')
    OR position(CAST(held.id AS text) IN {said}) > 0
    OR EXISTS (SELECT FROM unnest(hold.channels) AS room WHERE position(room IN {said}) > 0))"""


def _free(said: str) -> TextClause:
    return text(f"NOT EXISTS ({_HELD} AND {_BELONGS.format(said=said)})")


PAYLOAD = _free("CAST(inbox.payload AS text)")
"""A condition on `Inbox`: rows that no open hold keeps. The next ones are the same, of other tables."""
DRAFT = _free("concat(drafts.arguments, ' ', drafts.origin)")
MESSAGE = _free("concat_ws(' ', messages.channel, messages.key, messages.content)")
REVISION = _free(
    "concat_ws(' ', proposals.channel, proposals.reason, array_to_string(proposals.targets, ' '), revisions.plan)"
)

_NAMED = text(
    f"""SELECT EXISTS ({_HELD} AND (
        concat_ws(' ', held.title, held.impact, held.causes, held.went_well) ~* :pattern
        OR EXISTS (SELECT FROM pmbot.incident_events WHERE incident_id = held.id AND CAST(facts AS text) ~* :pattern)
        OR EXISTS (SELECT FROM pmbot.incident_evidence
            WHERE incident_id = held.id AND (content ~* :pattern OR encode(data, 'escape') ~* :pattern))
        OR EXISTS (SELECT FROM pmbot.incident_breaches WHERE incident_id = held.id AND concerns ~* :pattern)
        OR EXISTS (SELECT FROM pmbot.proposals WHERE channel = ANY(hold.channels) AND :key = ANY(targets))
        OR EXISTS (SELECT FROM pmbot.inbox WHERE CAST(payload AS text) ~* :pattern
            AND {_BELONGS.format(said="CAST(payload AS text)")})))"""  # noqa: S608 - constants
)


async def names(session: AsyncSession, person: Person) -> bool:
    """Whether something that an open hold keeps names this person."""
    return bool(await session.scalar(_NAMED, {"pattern": person.pattern, "key": person.key}))


async def begin(session: AsyncSession, incident_id: uuid.UUID, channels: Sequence[str] = ()) -> None:
    """Keep what belongs to it from now on. One that was ended stays so."""
    new = insert(_ROWS).values(incident_id=incident_id, channels=list(channels))
    await session.execute(new.on_conflict_do_nothing())


async def add_room(session: AsyncSession, incident_id: uuid.UUID, channel: str) -> None:
    """Its room is there: what is said in it belongs to the incident. Of one that is held nowhere nothing is noted."""
    mine = LegalHold.incident_id == incident_id, ~LegalHold.channels.contains([channel])
    await session.execute(
        update(LegalHold).where(*mine).values(channels=func.array_append(LegalHold.channels, channel))
    )


async def open_ones(session: AsyncSession, *conditions: object) -> list[tuple[Incident, LegalHold]]:
    """Those that have not been ended, the oldest first."""
    found = await session.execute(
        select(Incident, LegalHold)
        .join(LegalHold, LegalHold.incident_id == Incident.id)
        .where(LegalHold.lifted.is_(None), *conditions)  # type: ignore[arg-type]
        .order_by(LegalHold.began)
    )
    return [(row, hold) for row, hold in found]
