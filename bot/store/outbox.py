"""Saying what should be on a screen. Delivery (bot/delivery/deliver.py) does the rest."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Select, Text, Update, bindparam, cast, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.base import table
from bot.store.models import JSON, Message
from bot.store.prepared import Prepared
from bot.store.queue import DELIVERIES, Task, defer, defer_for_each, inherited

STATIC = "static"  # the projection of what is said once, as it is
NO_ANSWER = "no_answer"  # the refusal of what Slack did not answer
DELIVER = Task("deliver", 10, DELIVERIES)

# Each changes rows and has them delivered; built once, since building a statement takes as long as running it.
_COLUMNS = (
    *("id", "key", "channel", "only_for", "thread_ts", "response_url", "projection", "subject", "content", "follows"),
    *("version", "sent_version"),
)
_UNSAID: dict[str, Any] = {**dict.fromkeys(_COLUMNS), "version": 1, "sent_version": 0}
_ROWS = table(Message)
_NEWER: dict[Any, Any] = {"version": _ROWS.c.version + 1, "changed": func.now()}
_NEW = insert(_ROWS).values({name: bindparam(name) for name in _COLUMNS})


def delivered(change: Insert | Update) -> Select[str, None]:
    """The statement, with a job for each of the messages that it changes."""
    return defer_for_each(change.returning(_ROWS.c.id).cte("changed"), DELIVER, "message_id")


_SHOW = delivered(_NEW.on_conflict_do_update(index_elements=[_ROWS.c.key], set_=_NEWER))
_POST = delivered(_NEW.on_conflict_do_nothing())
_CLAIMED = Prepared(
    insert(_ROWS)
    .values({**{name: bindparam(name) for name in _COLUMNS}, "claimed_by": bindparam("job_id")})
    .values(claimed=func.clock_timestamp())
    .on_conflict_do_nothing()
    .returning(_ROWS.c.id)
)
_REFRESH = delivered(update(_ROWS).where(_ROWS.c.key == bindparam("of")).values(_NEWER))
_LONG_AGO = _ROWS.c.changed < func.now() - func.make_interval(0, 0, 0, 0, 0, 0, bindparam("every"))
_SELDOM = delivered(update(_ROWS).where(_ROWS.c.key == bindparam("of"), _LONG_AGO).values(_NEWER))
_FOLLOW = delivered(update(_ROWS).where(_ROWS.c.follows == bindparam("of")).values(_NEWER))


_ERASED_TEXT = "This text was removed: it named a person whose data has since been erased."
_ERASED = {
    "text": _ERASED_TEXT,
    "blocks": [{"type": "section", "text": {"type": "plain_text", "text": _ERASED_TEXT}}],
}
_UNITED = "\u2060"  # an invisible character that may stand within an address, to keep markup from being read in it


def card_key(proposal_id: uuid.UUID | str) -> str:
    """Names the card of a proposal."""
    return f"proposal:{proposal_id}"


async def place_of(session: AsyncSession, key: str) -> tuple[str | None, str | None]:
    """Where Slack has the message `key`: channel id and timestamp; Nones while it is nowhere."""
    row = (await session.execute(select(Message.sent_channel, Message.ts).where(Message.key == key))).one_or_none()
    return (row.sent_channel, row.ts) if row else (None, None)


async def places_of(session: AsyncSession, keys: Collection[str]) -> dict[str, tuple[str | None, str | None]]:
    """The same of several at once, of those there are."""
    found = select(Message.key, Message.sent_channel, Message.ts).where(Message.key.in_(keys))
    return {key: (channel, ts) for key, channel, ts in await session.execute(found)} if keys else {}


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
    message = {
        **_UNSAID,
        "id": uuid.uuid4(),
        "key": key,
        "channel": channel,
        "projection": projection,
        "subject": subject,
        "thread_ts": thread_ts,
        "only_for": only_for,
        "response_url": response_url,
        "follows": follows,
    }
    await _run(session, _SHOW, message, delay)


async def refresh(session: AsyncSession, key: str, *, delay: float = 0) -> None:
    """Draw the message `key` anew, if there is one: something that it shows has changed."""
    await _run(session, _REFRESH, {"of": key}, delay)


async def refresh_seldom(session: AsyncSession, key: str, *, every: float) -> None:
    """The same, unless it was drawn anew less than so many seconds ago: whoever goes on comes again."""
    await _run(session, _SELDOM, {"of": key, "every": every})


async def refresh_following(session: AsyncSession, proposal_id: uuid.UUID, *, delay: float = 0) -> None:
    """Draw anew whatever follows a proposal's card; whoever changes the proposal holds its lock."""
    await _run(session, _FOLLOW, {"of": proposal_id}, delay)


async def follow(session: AsyncSession, key: str, proposal_id: uuid.UUID) -> None:
    """From now on draw the message `key` anew with the proposal's card, too."""
    await session.execute(update(_ROWS).where(_ROWS.c.key == key).values(follows=proposal_id))


async def _run(
    session: AsyncSession, statement: Select[str, None], values: Mapping[str, Any], delay: float = 0
) -> str | None:
    await session.flush()  # what a message is about comes before it
    changed: str | None = await session.scalar(statement, {**values, **inherited(delay)})
    return changed


async def known(session: AsyncSession, key: str) -> bool:
    """Whether the message `key` was ever to be on a screen."""
    return await session.scalar(select(Message.id).where(Message.key == key)) is not None


async def post(session: AsyncSession, key: str, content: JSON, *, channel: str, **where: str | None) -> bool:
    """Say something once; a second call with the same key says nothing and returns False.

    `where`: `only_for`, `thread_ts`, `response_url`.
    """
    return await _run(session, _POST, _said(key, content, channel=channel, **where)) is not None


async def post_claimed(
    session: AsyncSession, key: str, content: JSON, *, job_id: int, channel: str, **where: str | None
) -> uuid.UUID | None:
    """The same, sent by whoever says it once this is committed: the message's id, None the second time."""
    await session.flush()
    message = _said(key, content, channel=channel, **where)
    made: uuid.UUID | None = await _CLAIMED.scalar(session, **message, job_id=job_id)
    return made


def _said(key: str, content: JSON, **where: str | None) -> dict[str, Any]:
    return {**_UNSAID, "id": uuid.uuid4(), "key": key, "projection": STATIC, "content": content, **where}


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


async def withdraw(session: AsyncSession, pattern: str) -> int:
    """Take back whatever was said once and names somebody, by a regular expression; how much.

    What stands in a channel or a conversation says afterwards that something stood there. What only one person saw,
    and only until they looked again, Slack has no more: it is deleted here.
    """
    text = func.replace(cast(_ROWS.c.content, Text), _UNITED, "")
    naming = select(_ROWS.c.id, _ROWS.c.only_for).where(_ROWS.c.projection == STATIC)
    found = (await session.execute(naming.where(text.regexp_match(pattern, flags="i")))).all()
    lasting = [message for message, only_for in found if only_for is None]
    told = update(_ROWS).where(_ROWS.c.id.in_(lasting)).values({**_NEWER, "content": _ERASED})
    await session.execute(delivered(told), inherited())
    fleeting = update(_ROWS).where(_ROWS.c.id.in_([message for message, only_for in found if only_for is not None]))
    emptied = {"content": null(), "response_url": null(), "sent_version": _ROWS.c.version}
    await session.execute(fleeting.values(emptied))
    return len(found)


async def refresh_about(session: AsyncSession, subjects: Collection[str]) -> None:
    """Draw anew whatever shows these requests, holds or alerts, by their ids."""
    about = or_(_ROWS.c.subject.in_(subjects), cast(_ROWS.c.follows, Text).in_(subjects))
    newer = update(_ROWS).where(about, _ROWS.c.projection != STATIC).values(_NEWER)
    await session.execute(delivered(newer), inherited())
