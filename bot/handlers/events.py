"""Events: mentions and direct messages are commands; deleted cards come back; leavers are unlinked."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete

from bot import audit
from bot.actions.parameters import USER_MENTION
from bot.handlers import commands, home
from bot.handlers.desk import Desk
from bot.store import outbox
from bot.store.models import AuditKind, StaffLink


async def happened(desk: Desk, event: Mapping[str, Any]) -> None:
    """Handle one event of the Events API. Raises `Refused`."""
    kind = event.get("type")
    if event.get("bot_id") or event.get("subtype") == "bot_message":
        return
    if kind == "app_mention":
        await commands.typed(desk, USER_MENTION.sub("", str(event.get("text", "")), count=1))
    elif kind == "app_home_opened" and event.get("tab", "home") == "home":
        await home.publish(desk)
    elif kind == "message" and event.get("subtype") == "message_deleted":
        await outbox.restore(desk.session, channel=str(event["channel"]), ts=str(event["deleted_ts"]))
    elif kind == "message" and event.get("channel_type") == "im" and not event.get("subtype"):
        await commands.typed(desk, str(event.get("text", "")))
    elif kind == "user_change" and event["user"].get("deleted"):
        await _unlink(desk, str(event["user"]["id"]))


async def _unlink(desk: Desk, slack_user_id: str) -> None:
    """Somebody was deactivated in Slack: the account no longer stands for anybody."""
    staff_id = await desk.session.scalar(
        delete(StaffLink)
        .where(StaffLink.team_id == desk.team_id, StaffLink.slack_user_id == slack_user_id)
        .returning(StaffLink.staff_id)
    )
    if staff_id is not None:
        await audit.append(
            desk.session,
            AuditKind.LINKED,
            actor_id=None,
            action="identity.unlink",
            target=f"staff:{staff_id}",
            facts={"cause": "deactivated in Slack"},
        )
