"""Saying what should be on a screen. Delivery (bot/delivery/deliver.py) does the rest."""

import uuid
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert, ReturningUpdate

from bot.store.models import Message
from bot.store.queue import DELIVERIES, Task, defer, defer_for_each

STATIC = "static"  # the projection of what is said once, as it is
NO_ANSWER = "no_answer"  # the refusal of what Slack did not answer
DELIVER = Task("deliver", 10, DELIVERIES)
FIRST = {"version": 1, "sent_version": 0}  # a statement within another one knows no defaults
NEWER: dict[Any, Any] = {"version": Message.version + 1, "changed": func.now()}


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
    delay: float = 0,
) -> None:
    """Put the message `key` on the screen, or bring it up to date: a new version, and a job that delivers it.

    `follows`: the proposal with whose card it is drawn anew. `delay`: seconds in which a still newer version may come,
    so that this one is not sent at all.
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
        **FIRST,
    )
    statement = statement.on_conflict_do_update(index_elements=[Message.key], set_=NEWER)
    await _deliver(session, statement.returning(Message.id), delay)


async def refresh(session: AsyncSession, key: str, *, delay: float = 0) -> None:
    """Draw the message `key` anew, if there is one: something that it shows has changed."""
    await _deliver(session, update(Message).where(Message.key == key).values(NEWER).returning(Message.id), delay)


async def refresh_following(session: AsyncSession, proposal_id: uuid.UUID, *, delay: float = 0) -> None:
    """Draw anew whatever follows a proposal's card; whoever changes the proposal holds its lock."""
    following = update(Message).where(Message.follows == proposal_id)
    await _deliver(session, following.values(NEWER).returning(Message.id), delay)


async def _deliver(
    session: AsyncSession, change: ReturningInsert[uuid.UUID] | ReturningUpdate[uuid.UUID], delay: float = 0
) -> bool:
    """Make the change, and have the rows that it returns delivered; whether there are any."""
    changed = await session.scalar(defer_for_each(change.cte("changed"), DELIVER, "message_id", delay=delay))
    return changed is not None


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
        **FIRST,
    )
    return await _deliver(session, statement.on_conflict_do_nothing().returning(Message.id))


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
