"""Who hears what of a hold: a line in the channel of its card, the card itself, direct messages to those concerned."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store import outbox
from bot.store.models import Hold, Message, Proposal, StaffLink

CHANNEL = "operations"  # of a hold that no proposal placed
SOON = "hold_ends_soon"


async def ended(session: AsyncSession, hold: Hold, concerned: Collection[uuid.UUID]) -> None:
    """How it ended, and what is in force now."""
    await _line(session, hold, "ended", "hold_ended")
    for staff_id in concerned:
        if staff_id != hold.ended_by:  # nobody is told of their own act
            await _direct(session, hold, staff_id, "ended", "hold_ended")
    await _refresh_notices(session, hold)


async def changed(session: AsyncSession, holds: Sequence[Hold]) -> None:
    """Somebody set a switch of these holds on the platform: one line, and every card."""
    for number, hold in enumerate(holds):
        if number == 0:
            await _line(session, hold, "changed", "hold_changed")
        else:
            await refresh(session, hold)


async def ends_soon(session: AsyncSession, hold: Hold) -> None:
    """To whoever set it, while something can be done about it; of a moved end once more, as an edit tells nobody."""
    end = hold.ends.isoformat() if hold.ends else ""
    await _refresh_notices(session, hold)
    await _direct(session, hold, hold.staff_id, f"soon:{end}", SOON)


async def end_verified(session: AsyncSession, hold: Hold, concerned: Collection[uuid.UUID]) -> None:
    """What the platform says of an end: on all that told of it."""
    for what in ("ended", "unconfirmed"):
        await outbox.refresh(session, f"hold:{hold.id}:{what}")
    for staff_id in concerned:
        for linked in await _links(session, staff_id):
            await outbox.refresh(session, f"hold:{hold.id}:ended:{linked}")
    await refresh(session, hold)


async def end_unconfirmed(session: AsyncSession, hold: Hold) -> None:
    """The platform never came to agree with an end: security hears of it."""
    await outbox.show(
        session, f"hold:{hold.id}:unconfirmed", channel="security", projection="hold_ended", subject=str(hold.id)
    )


async def refresh(session: AsyncSession, hold: Hold) -> None:
    """Bring its card, and what was sent to people, up to date."""
    if hold.proposal_id is not None:
        await outbox.refresh(session, outbox.card_key(hold.proposal_id))
    await _refresh_notices(session, hold)


async def _line(session: AsyncSession, hold: Hold, what: str, projection: str) -> None:
    proposal = await session.get(Proposal, hold.proposal_id) if hold.proposal_id else None
    await session.flush()
    await outbox.show(
        session,
        f"hold:{hold.id}:{what}",
        channel=proposal.channel if proposal else CHANNEL,
        projection=projection,
        subject=str(hold.id),
    )
    if proposal is not None:
        await outbox.refresh(session, outbox.card_key(proposal.id))


async def _direct(session: AsyncSession, hold: Hold, staff_id: uuid.UUID, what: str, projection: str) -> None:
    await session.flush()
    for linked in await _links(session, staff_id):
        await outbox.show(
            session,
            f"hold:{hold.id}:{what}:{linked}",
            channel=linked,
            projection=projection,
            subject=str(hold.id),
            follows=hold.proposal_id,
        )


async def _refresh_notices(session: AsyncSession, hold: Hold) -> None:
    """Also those of an end that was moved since: they say when it ends now."""
    notices = await session.scalars(
        select(Message.key)
        .where(Message.follows == hold.proposal_id, Message.projection == SOON, Message.subject == str(hold.id))
        .order_by(Message.key)
    )
    for key in notices.all():
        await outbox.refresh(session, key)


async def _links(session: AsyncSession, staff_id: uuid.UUID) -> list[str]:
    return list(await session.scalars(select(StaffLink.slack_user_id).where(StaffLink.staff_id == staff_id)))
