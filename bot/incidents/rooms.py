"""Making Slack look like an incident's row: its channel, topic, who is asked in, the pinned card and its bookmark.

Every step finds out first whether it is done, in the row or in Slack: begun anew after a kill, nothing is there twice.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.incidents.facts import STAKEHOLDERS, holders
from bot.delivery import webapi
from bot.delivery.channels import Channels
from bot.drawing.render import Renderer
from bot.errors import Later
from bot.people import on_call
from bot.people.identity import slack_ids
from bot.platform import staff
from bot.policy import Policy
from bot.store import outbox, rooms
from bot.store.database import Database
from bot.store.models import Incident, IncidentMember, IncidentRole, IncidentState, Message

LEASE = dt.timedelta(seconds=30)
TOPIC_LIMIT = 250
BUSY = 1.0  # seconds until whoever finds the room in another's hands looks again
ABSENT = {"already_in_channel", "cant_invite_self", "user_not_found", "cant_invite", "user_is_restricted"}
"""Why somebody is not asked in; the room is complete all the same."""
GONE = {"not_in_channel", "user_not_found", "cant_kick_self"}
"""Why somebody is not asked out: they are not there."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Wanted:
    """A room as it should be, and as Slack has it."""

    id: uuid.UUID
    number: int
    name: str
    topic: str
    invited: tuple[str, ...]
    """Slack's ids of those who should have been asked in."""
    version: int
    channel: str | None
    is_topic: str | None
    are_invited: tuple[str, ...]
    ts: str | None
    """Of its card, once that is in Slack."""
    pinned: str | None
    bookmark: str | None
    restricted: bool
    """Private, and whoever is no member any more is asked out."""
    left: str | None
    """The channel of before, to be archived."""


async def _topic(session: AsyncSession, row: Incident, commander: uuid.UUID | None) -> str:
    state = row.severity if row.state == IncidentState.OPEN else row.state
    led = await staff.name_of(session, commander) if commander else "nobody yet"
    return f"Incident {row.number} · {state} · {row.title} · commander: {led}"[:TOPIC_LIMIT]


class Rooms:
    """Talks to Slack about rooms; any number of processes may."""

    def __init__(
        self,
        database: Database,
        client: AsyncWebClient,
        channels: Channels,
        renderer: Renderer,
        policy: Policy,
        team: str,
    ) -> None:
        self._database, self._client, self._channels = database, client, channels
        self._renderer, self._policy, self._team_id = renderer, policy, team

    async def make(self, incident_id: uuid.UUID, job_id: int) -> None:
        """Do what is left, again until nothing is. Raises `Later` when Slack says so, or another one is at it."""
        while wanted := await self._claim(incident_id, job_id):
            try:
                async with webapi.waiting():
                    await self._make(wanted)
            except Later:
                await self._let_go(incident_id, job_id)
                raise
            except SlackApiError as error:
                await self._refused(wanted, webapi.code(error))
            await self._done(wanted, job_id)

    async def moved(self, session: AsyncSession, message: Message) -> None:
        """The card stands in Slack now, or stands anew: it is to be pinned and linked there."""
        if message.subject is not None:
            await rooms.look_after(session, uuid.UUID(message.subject))

    async def _claim(self, incident_id: uuid.UUID, job_id: int) -> Wanted | None:
        """What should be, with the room in hand; None: nothing is left to do."""
        mine = or_(
            Incident.working.is_(None), Incident.working == job_id, Incident.worked < func.clock_timestamp() - LEASE
        )
        async with self._database.transaction() as session:
            row = await session.get_one(Incident, incident_id)
            if row.made >= row.wanted:
                return None
            claimed = await session.scalar(
                update(Incident)
                .where(Incident.id == incident_id, mine)
                .values(working=job_id, worked=func.clock_timestamp())
                .returning(Incident.id)
            )
            if claimed is None:
                raise Later(BUSY, "another worker is making the incident's room")
            return await self._wanted(session, row)

    async def _wanted(self, session: AsyncSession, row: Incident) -> Wanted:
        held = await holders(session, row.id)
        links = await slack_ids(session, self._team_id)
        people = await self._people(session, row, held)
        key = rooms.private_key(row.id) if row.restricted else rooms.card_key(row.id)
        _, ts = await outbox.place_of(session, key)
        return Wanted(
            id=row.id,
            number=row.number,
            name=rooms.name_of(row),
            topic=await _topic(session, row, held.get(IncidentRole.COMMANDER)),
            invited=tuple(dict.fromkeys(links[one] for one in people if one in links)),
            version=row.wanted,
            channel=row.channel,
            is_topic=row.topic,
            are_invited=tuple(row.invited),
            ts=ts,
            pinned=row.pinned,
            bookmark=row.bookmark,
            restricted=row.restricted,
            left=row.left,
        )

    async def _people(
        self, session: AsyncSession, row: Incident, held: Mapping[IncidentRole, uuid.UUID]
    ) -> list[uuid.UUID]:
        """Whom to ask in: of a security incident its members, and of security whoever is on call, or all."""
        if not row.restricted:
            return [row.declared_by, *await self._on_call(session), *held.values()]
        members = await session.scalars(
            select(IncidentMember.staff_id).where(IncidentMember.incident_id == row.id).order_by(IncidentMember.at)
        )
        security = [one.id for one in await staff.active_with_roles(session, ["security"])]
        on_call_now = [one for one in await self._on_call(session, all_layers=True) if one in security]
        return [*members, *(on_call_now or security)]

    async def _on_call(self, session: AsyncSession, *, all_layers: bool = False) -> list[uuid.UUID]:
        first = (await on_call.now(session, self._policy)).order[: None if all_layers else 1]
        return [one.id for one in await staff.everybody(session) if one.email.lower() in first]

    async def _make(self, wanted: Wanted) -> None:
        channel = wanted.channel or await self._found_or_made(wanted)
        if wanted.topic != wanted.is_topic:
            await self._client.conversations_setTopic(channel=channel, topic=wanted.topic)
            await self._note(wanted, topic=wanted.topic)
        await self._invite(wanted, channel)
        if wanted.restricted:
            await self._ask_out(wanted, channel)
            await self._close(wanted)
        if wanted.ts is not None and wanted.ts != wanted.pinned:
            await self._pin(channel, wanted.ts)
            bookmark = await self._mark(wanted, channel, wanted.ts)
            await self._note(wanted, pinned=wanted.ts, bookmark=bookmark)

    async def _found_or_made(self, wanted: Wanted) -> str:
        """Its channel: a second attempt finds the one that the first has made, by a name that no other has."""
        try:
            made = await self._client.conversations_create(name=wanted.name, is_private=wanted.restricted)
            channel = str(made["channel"]["id"])
        except SlackApiError as error:
            if webapi.code(error) != "name_taken":
                raise
            channel = await self._channels.id_of(wanted.name)
        async with self._database.transaction() as session:
            await rooms.settle(session, wanted.id, channel)
        return channel

    async def _invite(self, wanted: Wanted, channel: str) -> None:
        for person in wanted.invited:
            if person in wanted.are_invited:
                continue
            try:
                await self._client.conversations_invite(channel=channel, users=person)
            except SlackApiError as error:
                if webapi.code(error) not in ABSENT:
                    raise
            await self._note(wanted, invited=func.array_append(Incident.invited, person))

    async def _ask_out(self, wanted: Wanted, channel: str) -> None:
        for person in set(wanted.are_invited) - set(wanted.invited):
            try:
                await self._client.conversations_kick(channel=channel, user=person)
            except SlackApiError as error:
                if webapi.code(error) not in GONE:
                    raise
            await self._note(wanted, invited=func.array_remove(Incident.invited, person))

    async def _close(self, wanted: Wanted) -> None:
        """What was open to everybody is archived: nobody goes on talking there."""
        if wanted.left is None:
            return
        try:
            await self._client.conversations_archive(channel=wanted.left)
        except SlackApiError as error:
            if webapi.code(error) != "already_archived":
                raise
        await self._note(wanted, left=None)

    async def _pin(self, channel: str, ts: str) -> None:
        try:
            await self._client.pins_add(channel=channel, timestamp=ts)
        except SlackApiError as error:
            if webapi.code(error) != "already_pinned":
                raise

    async def _mark(self, wanted: Wanted, channel: str, ts: str) -> str | None:
        """The link in the channel's header leads to the card, wherever that stands now."""
        if not self._channels.addressed:
            await self._channels.learn_address()
        title = f"Incident {wanted.number}: the card"
        link = self._channels.permalink(channel, ts)
        listed = (await self._client.bookmarks_list(channel_id=channel))["bookmarks"]
        there = next((one for one in listed if one["title"] == title), None)
        if there is not None:
            await self._client.bookmarks_edit(bookmark_id=there["id"], channel_id=channel, link=link)
            return str(there["id"])
        made = await self._client.bookmarks_add(channel_id=channel, title=title, type="link", link=link)
        return str(made["bookmark"]["id"])

    async def _note(self, wanted: Wanted, **values: Any) -> None:
        """What Slack has by now."""
        async with self._database.transaction() as session:
            await session.execute(update(Incident).where(Incident.id == wanted.id).values(**values))

    async def _refused(self, wanted: Wanted, refusal: str) -> None:
        """Slack has said no for good: without a channel the card stands where stakeholders read."""
        log.error("slack refused something of an incident's room", incident=wanted.number, error=refusal)
        if wanted.channel is not None:
            return
        said = self._renderer.message("incidents/no_room.j2", number=wanted.number, refusal=refusal)
        key, channel = rooms.card_key(wanted.id), "security" if wanted.restricted else STAKEHOLDERS
        async with self._database.transaction() as session:
            if await session.scalar(select(Incident.channel).where(Incident.id == wanted.id)) is not None:
                return
            await outbox.post(session, f"{key}:no_room", said, channel=channel)
            if wanted.restricted:  # its card is nobody else's
                return
            await outbox.show(session, key, channel=channel, projection=rooms.PROJECTION, subject=str(wanted.id))

    async def _done(self, wanted: Wanted, job_id: int) -> None:
        mine = Incident.id == wanted.id, Incident.working == job_id
        async with self._database.transaction() as session:
            await session.execute(
                update(Incident).where(*mine).values(made=func.greatest(Incident.made, wanted.version), working=None)
            )

    async def _let_go(self, incident_id: uuid.UUID, job_id: int) -> None:
        mine = Incident.id == incident_id, Incident.working == job_id
        async with self._database.transaction() as session:
            await session.execute(update(Incident).where(*mine).values(working=None))
