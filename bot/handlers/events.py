"""Events: mentions and direct messages are commands; deleted cards come back; leavers are unlinked."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from bot.audit import trail
from bot.handlers import commands, home
from bot.handlers.desk import Desk
from bot.handlers.payloads import deleted_ts, is_command_message, is_deactivation
from bot.pipeline import standing
from bot.store import outbox
from bot.store.models import AuditKind, StaffLink
from bot.targets.staff import MENTION


async def happened(desk: Desk, payload: Mapping[str, Any]) -> None:
    """Handle one event of the Events API, in its envelope. Raises `Refused`."""
    event = payload["event"]
    if event["type"] == "app_mention":
        await commands.typed(desk, said_to_the_bot(payload))
    elif event["type"] == "app_home_opened":
        await home.publish(desk)
    elif (ts := deleted_ts(event)) is not None:
        await outbox.restore(desk.session, channel=str(event["channel"]), ts=ts)
    elif is_command_message(event):
        await commands.typed(desk, str(event.get("text", "")))
    elif is_deactivation(event):
        await _unlink(desk, str(event["user"]["id"]))


def said_to_the_bot(payload: Mapping[str, Any]) -> str:
    """What follows the bot's mention; where nothing does, what stands before it."""
    text = str(payload["event"].get("text", ""))
    bots = [str(one.get("user_id")) for one in payload.get("authorizations") or () if one.get("is_bot")]
    for found in MENTION.finditer(text):
        if not bots or found.group(1) in bots:
            before, after = text[: found.start()], text[found.end() :]
            return after if after.strip() else before
    return text


async def _unlink(desk: Desk, slack_user_id: str) -> None:
    """Somebody was deactivated in Slack: the account no longer stands for anybody."""
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
