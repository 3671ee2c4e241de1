"""Saying what should be on a screen. Delivery (bot/delivery/deliver.py) does the rest."""

import uuid
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.models import Message
from bot.store.queue import DELIVERIES, Task, defer

STATIC = "static"  # the projection of what is said once, as it is
NO_ANSWER = "no_answer"  # the refusal of what Slack did not answer
DELIVER = Task("deliver", 10, DELIVERIES)


def card_key(proposal_id: uuid.UUID) -> str:
    """Names the card of a proposal."""
    return f"proposal:{proposal_id}"


async def place_of(session: AsyncSession, key: str) -> tuple[str | None, str | None]:
    """Where Slack has the message `key`: channel id and timestamp; Nones while it is nowhere."""
    row = (await session.execute(select(Message.sent_channel, Message.ts).where(Message.key == key))).one_or_none()
    return (row.sent_channel, row.ts) if row else (None, None)


async def show(
    session: AsyncSession,
    key: str,
    *,
    channel: str,
    projection: str,
    subject: str | None = None,
    thread_ts: str | None = None,
    only_for: str | None = None,
    response_url: str | None = None,
    follows: uuid.UUID | None = None,
) -> None:
    """Put the message `key` on the screen, or bring it up to date: a new version, and a job that delivers it.

    `follows`: the proposal with whose card it is drawn anew.
    """
    statement = insert(Message).values(
        id=uuid.uuid4(),
        key=key,
        channel=channel,
        projection=projection,
        subject=subject,
        thread_ts=thread_ts,
        only_for=only_for,
        response_url=response_url,
        follows=follows,
    )
    statement = statement.on_conflict_do_update(
        index_elements=[Message.key], set_={"version": Message.version + 1, "changed": func.now()}
    )
    message_id = await session.scalar(statement.returning(Message.id))
    await defer(session, DELIVER, message_id=str(message_id))


async def refresh(session: AsyncSession, key: str) -> None:
    """Draw the message `key` anew, if there is one: something that it shows has changed."""
    message_id = await session.scalar(
        update(Message)
        .where(Message.key == key)
        .values(version=Message.version + 1, changed=func.now())
        .returning(Message.id)
    )
    if message_id is not None:
        await defer(session, DELIVER, message_id=str(message_id))


async def refresh_following(session: AsyncSession, proposal_id: uuid.UUID) -> None:
    """Draw anew whatever follows a proposal's card; whoever changes the proposal holds its lock."""
    found = await session.scalars(
        update(Message)
        .where(Message.follows == proposal_id)
        .values(version=Message.version + 1, changed=func.now())
        .returning(Message.id)
    )
    for message_id in found.all():
        await defer(session, DELIVER, message_id=str(message_id))


async def known(session: AsyncSession, key: str) -> bool:
    """Whether the message `key` was ever to be on a screen."""
    return await session.scalar(select(Message.id).where(Message.key == key)) is not None


async def post(
    session: AsyncSession,
    key: str,
    content: dict[str, Any],
    *,
    channel: str,
    only_for: str | None = None,
    thread_ts: str | None = None,
    response_url: str | None = None,
) -> bool:
    """Say something once; a second call with the same key says nothing and returns False."""
    statement = insert(Message).values(
        id=uuid.uuid4(),
        key=key,
        channel=channel,
        only_for=only_for,
        thread_ts=thread_ts,
        response_url=response_url,
        projection=STATIC,
        content=content,
    )
    message_id = await session.scalar(statement.on_conflict_do_nothing().returning(Message.id))
    if message_id is not None:
        await defer(session, DELIVER, message_id=str(message_id))
    return message_id is not None


async def restore(session: AsyncSession, *, channel: str, ts: str) -> bool:
    """Somebody deleted this message in Slack: have it posted again. False if it was not one of ours, or what it said
    is not kept any more.
    """
    found = await session.scalar(
        select(Message)
        .where(
            Message.sent_channel == channel,
            Message.ts == ts,
            Message.only_for.is_(None),
            or_(Message.projection != STATIC, Message.content.is_not(None)),
        )
        .with_for_update()
    )
    if found is None:
        return False
    found.ts, found.sent_version, found.posting = None, 0, None
    found.claimed_by = None  # whoever is updating it right now updates what is gone
    await defer(session, DELIVER, message_id=str(found.id))
    return True
