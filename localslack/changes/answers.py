"""What the app says in answer: in the acknowledgement of a command, or by a response url."""

from typing import Any

from localslack.changes.accepting import TEXT_LIMIT, accepted_attachments, accepted_blocks, bounded
from localslack.hub import Hub
from localslack.workspace.model import Json, Message
from localslack.workspace.shapes import message_json, with_ids
from localslack.workspace.typed import as_kept


def says_something(answer: Json) -> bool:
    """Whether there is anything to show in it."""
    return any(answer.get(part) for part in ("text", "blocks", "attachments"))


def show_answer(hub: Hub, user: str, channel: str, body: Any) -> Message | None:
    """Show what a command was answered with, as an ephemeral unless it says in_channel."""
    answer = body if isinstance(body, dict) else {"text": body or ""}
    if not says_something(answer):
        return None
    return hub.add_message(said(hub, user, channel, answer))


def said(hub: Hub, user: str, channel: str, answer: Json) -> Message:
    blocks, attachments = answer.get("blocks"), answer.get("attachments")
    public = answer.get("response_type") == "in_channel"
    return Message(
        ts=hub.state.next_ts(),
        channel=channel,
        user=hub.workspace.bot_user_id,
        text=as_kept(bounded(str(answer.get("text") or ""), TEXT_LIMIT), links=answer.get("parse") != "none"),
        blocks=with_ids(accepted_blocks(hub, blocks)) if blocks else [],
        attachments=accepted_attachments(hub, attachments) if attachments else [],
        thread_ts=answer.get("thread_ts"),
        by_app=True,
        ephemeral_to=None if public else user,
    )


def replace(hub: Hub, original: Message, answer: Json) -> None:
    previous = message_json(hub.state, original)
    fresh = said(hub, original.user, original.channel, answer)
    original.text, original.blocks, original.attachments = fresh.text, fresh.blocks, fresh.attachments
    original.edited = {"user": hub.workspace.bot_user_id, "ts": hub.state.next_ts()}
    hub.change_message(original, previous)
