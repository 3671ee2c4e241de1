"""What Slack will not have is said another way: to whoever waits for it, and to whoever looks after the bot."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.channels import USER_ID, Channels
from bot.drawing.render import Renderer
from bot.store import outbox
from bot.store.models import Message, Proposal, StaffLink

PREFIX = "undelivered:"
WATCHING, BESIDE = "security", "operations"  # where it is said; the other one where that is the channel in question


class Undelivered:
    """Tells of messages that cannot be delivered."""

    def __init__(self, renderer: Renderer, channels: Channels, team_id: str) -> None:
        self._renderer, self._channels, self._team_id = renderer, channels, team_id

    async def tell(self, session: AsyncSession, row: Message, reference: str) -> None:
        """Once for each message and reader; nothing is told of what tells of another."""
        if row.key.startswith(PREFIX):
            return
        direct = USER_ID.fullmatch(row.channel) is not None
        content = self._renderer.message(
            "note.j2",
            text=f"A message for {'you' if direct else self._channels.shown(row.channel)} cannot be posted: "
            f"Slack refuses it ({row.refusal}). Nothing else is affected, and I keep trying.",
            reference=reference,
            commands=[],
            next_buttons=[],
        )
        for person in await self._waiting(session, row):
            await outbox.post(
                session,
                f"{PREFIX}{row.id}:{person}",
                content,
                channel=BESIDE if direct else person,
                only_for=person if direct else None,
                response_url=row.response_url if direct else None,
            )
        await outbox.post(
            session,
            f"{PREFIX}{row.id}",
            self._for_watchers(row, reference, direct=direct),
            channel=BESIDE if row.channel == WATCHING else WATCHING,
        )

    def _for_watchers(self, row: Message, reference: str, *, direct: bool) -> dict[str, object]:
        where = "a direct message" if direct else f"a message for {self._channels.shown(row.channel)}"
        said = f"Slack refuses {where} ({row.refusal}), so nobody sees it in Slack. /pm status counts such messages."
        return self._renderer.message("note.j2", text=said, reference=reference, commands=[], next_buttons=[])

    async def _waiting(self, session: AsyncSession, row: Message) -> Collection[str]:
        """Whom it concerns, by their id in Slack: nobody where all the ways to them were refused already."""
        if row.only_for is not None:
            return ()
        if USER_ID.fullmatch(row.channel):
            return (row.channel,)
        if row.projection != "proposal" or row.subject is None:
            return ()
        found = await session.scalars(
            select(StaffLink.slack_user_id)
            .join(Proposal, Proposal.requester_id == StaffLink.staff_id)
            .where(Proposal.id == row.subject, StaffLink.team_id == self._team_id)
        )
        return list(found)
