"""Events: mentions and direct messages are commands; deleted cards come back; timelines note what is marked; leavers
are unlinked.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete

from bot.audit import trail
from bot.handlers import commands, home
from bot.handlers.desk import Desk
from bot.handlers.payloads import canary_ts, deleted_ts, edited_ts, marked_message
from bot.parameters.base import LONGEST
from bot.pipeline import standing
from bot.store import outbox, rooms, watch
from bot.store.models import AuditKind, StaffLink
from bot.store.queue import defer
from bot.targets.staff import MENTION

Constraint = str | dict[str, Any]
"""Which events, as Bolt matches them."""


async def mentioned(desk: Desk, payload: Mapping[str, Any]) -> None:
    await commands.typed(desk, said_to_the_bot(payload))


async def said(desk: Desk, payload: Mapping[str, Any]) -> None:
    """In a direct message; what else people say is not stored."""
    await commands.typed(desk, str(payload["event"].get("text", "")))


async def opened(desk: Desk, payload: Mapping[str, Any]) -> None:
    await home.publish(desk)


async def changed(desk: Desk, payload: Mapping[str, Any]) -> None:
    """Somebody deleted a message: a card comes back. A timeline follows what becomes of its messages; the bot hears
    its canary.
    """
    event = payload["event"]
    if (canary := canary_ts(event)) is not None:
        await watch.returned(desk.session, str(event["channel"]), canary)
        return
    channel, ts = str(event["channel"]), deleted_ts(event)
    if ts is not None:
        await outbox.restore(desk.session, channel=channel, ts=ts)
    about = ts or str(edited_ts(event))
    if await rooms.is_marked(desk.session, channel, about):
        await defer(desk.session, rooms.MARK, channel=channel, ts=about)


async def marked(desk: Desk, payload: Mapping[str, Any]) -> None:
    """A message in an incident's room got the mark that makes it a line of the timeline, or lost it."""
    channel, ts = marked_message(payload["event"]) or ("", "")
    if await rooms.of_channel(desk.session, channel) is not None:
        await defer(desk.session, rooms.MARK, channel=channel, ts=ts)


async def left(desk: Desk, payload: Mapping[str, Any]) -> None:
    """Somebody was deactivated in Slack."""
    await _unlink(desk, str(payload["event"]["user"]["id"]))


def said_to_the_bot(payload: Mapping[str, Any]) -> str:
    """What follows the bot's mention; where nothing does, what stands before it."""
    text = str(payload["event"].get("text", ""))
    if len(text) > LONGEST:
        return text  # which is refused for that
    bots = [str(one.get("user_id")) for one in payload.get("authorizations") or () if one.get("is_bot")]
    for found in MENTION.finditer(text):
        if not bots or found.group(1) in bots:
            before, after = text[: found.start()], text[found.end() :]
            return after if after.strip() else before
    return text


async def _unlink(desk: Desk, slack_user_id: str) -> None:
    """The account no longer stands for anybody."""
    staff_id = await desk.session.scalar(
        delete(StaffLink)
        .where(StaffLink.team_id == desk.team_id, StaffLink.slack_user_id == slack_user_id)
        .returning(StaffLink.staff_id)
    )
    if staff_id is not None:
        await trail.append(
            desk.session,
            AuditKind.LINKED,
            actor_id=None,
            action="identity.unlink",
            target=f"staff:{staff_id}",
            facts={"cause": "deactivated in Slack"},
        )
        await standing.distrust(desk.session, staff_id)


BY_EVENT: Sequence[tuple[Constraint, Callable[[Desk, Mapping[str, Any]], Awaitable[None]]]] = (
    ("app_mention", mentioned),
    ("app_home_opened", opened),
    ({"type": "message", "subtype": None}, said),
    ({"type": "message", "subtype": re.compile("message_(deleted|changed)")}, changed),
    ("reaction_added", marked),
    ("reaction_removed", marked),
    ("user_change", left),
)
