"""What the bot knows of its own life: read by whoever watches it, by `/pm status` and by `pm doctor`."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import exists, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.base import JSON, table
from bot.store.models import Message, Pulse

CANARY = "watch:canary"
"""The key of the message that makes the round trip."""
SILENT = dt.timedelta(minutes=3)
"""Without a sign of life for so long, the bot is silent."""
ALONE = dt.timedelta(minutes=30)
"""Since when one message alone that Slack never answers says nothing of Slack, while the canary comes back."""

# The oldest of each kind, or nothing. A job without a time of its own is due since it was deferred.
SEEN = f"""
SELECT clock_timestamp() AS now, pulse.awake, pulse.sent, pulse.returned, pulse.ticked,
       canary.refusal AS canary_refused, canary.failing IS NOT NULL AS canary_unsent,
       (SELECT min(failing) FROM pmbot.messages
         WHERE failing IS NOT NULL AND undeliverable IS NULL AND key <> '{CANARY}') AS unsent,
       (SELECT min(received) FROM pmbot.inbox WHERE handled IS NULL) AS payload,
       least(
           (SELECT min(scheduled_at) FROM pmbot.procrastinate_jobs WHERE status = 'todo'),
           (SELECT deferred.at FROM pmbot.procrastinate_jobs AS job
              JOIN pmbot.procrastinate_events AS deferred ON deferred.job_id = job.id AND deferred.type = 'deferred'
             WHERE job.status = 'todo' AND job.scheduled_at IS NULL ORDER BY job.id LIMIT 1)
       ) AS job,
       (SELECT received FROM pmbot.inbox
            WHERE kind NOT IN ('stripe', 'terminal', 'alerts') ORDER BY id DESC LIMIT 1) AS heard,
       silence.began AS silent_since, silence.over AS silent_until, silence.reasons
  FROM pmbot.pulse LEFT JOIN pmbot.messages AS canary ON canary.key = '{CANARY}'
  LEFT JOIN LATERAL (SELECT * FROM pmbot.silences ORDER BY over DESC NULLS FIRST LIMIT 1) AS silence ON true
"""  # noqa: S608 - constants
_SEEN = text(SEEN)

_PULSE = table(Pulse)


@dataclass(frozen=True)
class Seen:
    """Signs of life, by the database's clock; None: there is none, or nothing waits."""

    now: dt.datetime
    awake: dt.datetime | None
    """Since when somebody looks without a pause."""
    sent: dt.datetime | None
    """The canary, on its newest round."""
    returned: dt.datetime | None
    ticked: dt.datetime | None
    """A clock ran."""
    canary_refused: str | None
    """Slack's last word on the canary."""
    canary_unsent: bool | None
    """Slack does not take it."""
    unsent: dt.datetime | None
    """Since when the message that has waited longest for Slack has done so."""
    payload: dt.datetime | None
    """When the oldest came that nobody has handled."""
    job: dt.datetime | None
    """Since when the most overdue job has been due, or when the next one is."""
    heard: dt.datetime | None
    """When anything last came from Slack."""
    silent_since: dt.datetime | None
    """Of the newest silence."""
    silent_until: dt.datetime | None
    reasons: JSON | None
    """Of the newest silence: sentences by kind."""

    @property
    def silent(self) -> bool:
        """Whether a silence is going on that was told of."""
        return self.silent_since is not None and self.silent_until is None

    def ago(self, moment: dt.datetime | None) -> dt.timedelta:
        """How long nothing has been heard of something; what was before we began to look does not count."""
        since = max((one for one in (moment, self.awake) if one is not None), default=self.now)
        return max(self.now - since, dt.timedelta(0))

    @property
    def came_back(self) -> bool:
        """Whether the canary made the round trip lately, also if we only now began to look."""
        return self.returned is not None and self.now - self.returned < SILENT


async def read(session: AsyncSession) -> Seen:
    """As it is now."""
    return Seen(*(await session.execute(_SEEN)).one())


async def returned(session: AsyncSession, channel: str, ts: str) -> bool:
    """The canary came back; False if that message is another one."""
    ours = exists(select(Message.id).where(Message.key == CANARY, Message.sent_channel == channel, Message.ts == ts))
    came = update(_PULSE).where(ours).values(returned=func.clock_timestamp()).returning(_PULSE.c.id)
    return await session.scalar(came) is not None
