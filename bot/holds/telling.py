"""Who hears what of a hold: a line in the channel of its card, the card itself, direct messages to those concerned.

Of many that one request holds, one line tells, and changes in place while they end.
"""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from bot.holds.many import of_many
from bot.store import outbox
from bot.store.models import Hold, Message, Proposal, StaffLink

CHANNEL = "operations"  # of a hold that no proposal placed
SOON = "hold_ends_soon"
MANY_SOON = "holds_end_soon"
MEANWHILE = 2  # seconds in which others of many may end, so that the line is drawn once for all of them


async def ended(session: AsyncSession, hold: Hold, concerned: Collection[uuid.UUID]) -> None:
    """How it ended, and what is in force now."""
    await _line(session, hold, "ended", "hold_ended", "holds_ended")
    for staff_id in concerned:
        if staff_id != hold.ended_by:  # nobody is told of their own act
            await _direct(session, hold, staff_id, f"hold:{hold.id}:ended", "hold_ended", str(hold.id))
    await _refresh_notices(session, hold)


async def changed(session: AsyncSession, holds: Sequence[Hold]) -> None:
    """Somebody set a switch of these holds on the platform: one line, and every card."""
    for number, hold in enumerate(holds):
        if number == 0:
            await _line(session, hold, "changed", "hold_changed", None)
        else:
            await refresh(session, hold)


async def ends_soon(session: AsyncSession, hold: Hold) -> None:
    """To whoever set it, while something can be done about it; of a moved end once more, as an edit tells nobody."""
    end = hold.ends.isoformat() if hold.ends else ""
    await _refresh_notices(session, hold)
    if await of_many(session, hold):
        await _direct(session, hold, hold.staff_id, f"{_all(hold)}:soon:{end}", MANY_SOON, str(hold.proposal_id))
    else:
        await _direct(session, hold, hold.staff_id, f"hold:{hold.id}:soon:{end}", SOON, str(hold.id))


async def end_verified(session: AsyncSession, hold: Hold, concerned: Collection[uuid.UUID]) -> None:
    """What the platform says of an end: on all that told of it."""
    for what in ("ended", "unconfirmed"):
        await outbox.refresh(session, f"hold:{hold.id}:{what}")
        await outbox.refresh(session, f"{_all(hold)}:{what}", delay=MEANWHILE)
    for staff_id in concerned:
        for linked in await _links(session, staff_id):
            await outbox.refresh(session, f"hold:{hold.id}:ended:{linked}")
    await refresh(session, hold)


async def end_unconfirmed(session: AsyncSession, hold: Hold) -> None:
    """The platform never came to agree with an end: security hears of it."""
    key, projection, subject = await _told_as(session, hold, "unconfirmed", "hold_ended", "holds_ended")
    await outbox.show(session, key, channel="security", projection=projection, subject=subject)


async def refresh(session: AsyncSession, hold: Hold) -> None:
    """Bring its card, and what was sent to people, up to date."""
    if hold.proposal_id is not None:
        await outbox.refresh(session, outbox.card_key(hold.proposal_id))
    await _refresh_notices(session, hold)


def _all(hold: Hold) -> str:
    """Names what is told of all that its request holds."""
    return f"hold:all:{hold.proposal_id}"


async def _told_as(
    session: AsyncSession, hold: Hold, what: str, projection: str, together: str | None
) -> tuple[str, str, str]:
    """Key, projection and subject of what is told of a hold, or `together` of the many of its request."""
    if together is not None and await of_many(session, hold):
        return f"{_all(hold)}:{what}", together, str(hold.proposal_id)
    return f"hold:{hold.id}:{what}", projection, str(hold.id)


async def _line(session: AsyncSession, hold: Hold, what: str, projection: str, together: str | None) -> None:
    proposal = await session.get(Proposal, hold.proposal_id) if hold.proposal_id else None
    await session.flush()
    key, projection, subject = await _told_as(session, hold, what, projection, together)
    await outbox.show(
        session,
        key,
        channel=proposal.channel if proposal else CHANNEL,
        projection=projection,
        subject=subject,
        delay=MEANWHILE if projection == together else 0,
    )
    if proposal is not None:
        await outbox.refresh(session, outbox.card_key(proposal.id))


async def _direct(
    session: AsyncSession, hold: Hold, staff_id: uuid.UUID, key: str, projection: str, subject: str
) -> None:
    await session.flush()
    for linked in await _links(session, staff_id):
        await outbox.show(
            session,
            f"{key}:{linked}",
            channel=linked,
            projection=projection,
            subject=subject,
            follows=hold.proposal_id,
        )


async def _refresh_notices(session: AsyncSession, hold: Hold) -> None:
    """Also those of an end that was moved since: they say when it ends now."""
    notices = await session.scalars(
        select(Message.key)
        .where(
            Message.follows == hold.proposal_id,
            tuple_(Message.projection, Message.subject).in_([(SOON, str(hold.id)), (MANY_SOON, str(hold.proposal_id))]),
        )
        .order_by(Message.key)
    )
    for key in notices.all():
        await outbox.refresh(session, key)


async def _links(session: AsyncSession, staff_id: uuid.UUID) -> list[str]:
    return list(await session.scalars(select(StaffLink.slack_user_id).where(StaffLink.staff_id == staff_id)))
