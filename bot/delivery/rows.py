"""The statements by which delivery claims the row of a message, and records what Slack has of it.

Built once, and of columns: making an object of a row takes as long as its statement.
"""

from sqlalchemy import bindparam, case, func, select, update

from bot.store.base import table
from bot.store.models import Message

_ROWS = table(Message)
_THIS = update(_ROWS).where(_ROWS.c.id == bindparam("message_id"))

LOCKED = select(Message).where(Message.id == bindparam("message_id")).with_for_update()
DUE = (
    select(_ROWS, func.clock_timestamp(type_=Message.created.type).label("now"))
    .where(_ROWS.c.id == bindparam("message_id"), _ROWS.c.version > _ROWS.c.sent_version)
    .with_for_update()
)
"""The row and the database's time, if Slack has not its newest version."""
CLAIMED = _THIS.values(
    claimed_by=bindparam("job_id"), claimed=bindparam("now"), posting=bindparam("posting_since"), sent_digest=None
)
"""What Slack has is unknown as long as somebody talks to it."""
AS_IT_WAS = _THIS.values(claimed_by=None, sent_version=bindparam("drawn"))
"""Drawn anew, it is still what Slack has."""
NOW_THERE = (
    _THIS.where(_ROWS.c.claimed_by == bindparam("job_id"))
    .values(
        sent_version=bindparam("drawn"),
        sent_digest=bindparam("fingerprint"),
        sent_channel=bindparam("there"),
        ts=bindparam("its_ts"),
        response_url=None,  # a token, and of no more use
        posting=None,
        failing=None,
        refusal=None,
        undeliverable=None,
        claimed_by=case((_ROWS.c.version != bindparam("drawn"), _ROWS.c.claimed_by)),
    )
    .returning(_ROWS.c.version)
)
"""The newest version; the claim ends unless that is another one. No row for whoever lost it."""
