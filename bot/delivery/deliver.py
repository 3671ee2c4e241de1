"""Message rows → Slack: whatever a row says should be on the screen gets there, once, in its newest state.

`chat.postMessage` has no idempotency key. A post whose answer is lost is therefore looked up by the row's id, which
travels as metadata; only when two searches find nothing is it posted again, and a twin that turns up later is deleted.
A row is claimed for the time of the call, not locked: a killed job's claim passes to its own rescued run at once.
"""

import asyncio
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import traces
from bot.delivery import charts, rows, webapi
from bot.delivery.answers import ANSWERS, WITHIN, respond
from bot.delivery.channels import USER_ID, Channels
from bot.errors import BotError, Later
from bot.logs import new_reference
from bot.store.database import Database
from bot.store.models import JSON, Message
from bot.store.outbox import DELIVER, NO_ANSWER, STATIC
from bot.store.queue import DELIVERIES, Task, defer

Projection = Callable[[AsyncSession, str], Awaitable[JSON]]
GivenUp = Callable[[AsyncSession, Message, str], Awaitable[None]]
"""Tells those concerned that a message cannot be delivered, in this transaction; the text is a reference."""
Moved = Callable[[AsyncSession, Message], Awaitable[None]]
"""Such a message stands somewhere, or somewhere else than before: brings up to date what links to it."""

RELINK, TWINS = Task("relink", lane=DELIVERIES), Task("twins", lane=DELIVERIES)
METADATA = "pm_message"
LEASE = dt.timedelta(seconds=30)
SECOND_LOOK = 1.5  # seconds until history is asked again; it lags behind what was just posted
TWINS_AFTER = 20.0  # seconds until a repeated post is checked for its twin
FILE_READY = (1.0, 3.0)  # seconds until a picture that was just uploaded is tried again
GIVE_UP_EPHEMERAL = 3  # attempts
LASTING = dt.timedelta(seconds=60)  # after which a no of Slack's counts as its last word
GONE = {"message_not_found", "edit_window_closed", "cant_update_message"}

log = structlog.get_logger()


class Gone(BotError):
    """Slack no longer has the message, or lets nobody change it."""


@dataclass(frozen=True)
class Claim:
    """One version of one message, ours to send."""

    id: uuid.UUID
    version: int
    channel: str
    projection: str
    content: JSON
    fingerprint: str
    only_for: str | None
    thread_ts: str | None
    response_url: str | None
    sent_channel: str | None
    ts: str | None
    unknown_since: dt.datetime | None
    """A post from then may have arrived."""


@dataclass(frozen=True)
class Sent:
    """Where Slack has it now."""

    channel: str
    ts: str | None
    repeated: bool = False


class Delivery:
    """Draws rows and talks to Slack about them."""

    def __init__(
        self,
        database: Database,
        client: AsyncWebClient,
        channels: Channels,
        projections: Mapping[str, Projection],
        given_up: GivenUp | None = None,
        moved: Mapping[str, Moved] | None = None,
    ) -> None:
        self.database, self.client, self.channels, self.projections = database, client, channels, projections
        self._given_up, self._moved = given_up, moved or {}
        """By projection: what is to be done once such a message stands somewhere, or somewhere else."""
        self._quiet_until: dict[str, float] = {}
        """By channel, on the loop's clock: this process keeps quiet there; others are told by Slack themselves."""

    def _wait_out(self, channel: str) -> None:
        """Raise `Later` while Slack has asked to wait, also for messages that it has not refused themselves."""
        left = self._quiet_until.get(channel, 0.0) - asyncio.get_running_loop().time()
        if left > 0:
            raise Later(left, "ratelimited")

    async def deliver(self, message_id: uuid.UUID, job_id: int, attempt: int = 0) -> None:
        """Send the row's newest version, again until there is no newer one. Raises `Later` when Slack says so, or
        when what it shows is not known yet.
        """
        while claim := await self._claim(message_id, job_id):
            try:
                if not self.channels.addressed:
                    await self.channels.learn_address()
                    await self._release(claim, job_id, unknown=False)
                    continue  # it was drawn without links
                if claim.only_for is None:
                    self._wait_out(claim.channel)
                with traces.span("delivery", projection=claim.projection):
                    sent = await self._send_charts(claim)
            except Later:
                await self._release(claim, job_id, unknown=False)
                raise
            except Gone:
                await self._forget(claim, job_id)
                continue
            except SlackApiError as error:
                await self._failed(claim, job_id, attempt, error)
                return
            except webapi.UNANSWERED as error:
                ANSWERS.labels("unanswered").inc()
                await self._release(claim, job_id, unknown=self.channels.addressed, refusal=NO_ANSWER)
                raise Later(min(30.0, 0.5 * 2**attempt), type(error).__name__) from error
            ANSWERS.labels("ok").inc()
            if not await self._settle(claim, job_id, sent):
                return

    async def _claim(self, message_id: uuid.UUID, job_id: int) -> Claim | None:
        async with self.database.transaction() as session:
            row = (await session.execute(rows.DUE, {"message_id": message_id})).one_or_none()
            if row is None:
                return None
            if row.claimed_by not in (None, job_id) and row.claimed is not None and row.claimed > row.now - LEASE:
                return None  # whoever holds it looks for newer versions before letting go
            content = await self._draw(session, row)
            fingerprint = _fingerprint(content)
            if row.ts is not None and row.sent_digest == fingerprint:  # drawn anew, and still what Slack has
                await session.execute(rows.AS_IT_WAS, {"message_id": message_id, "drawn": row.version})
                return None
            posting = row.now if row.ts is None and row.posting is None else row.posting
            told = {"message_id": message_id, "job_id": job_id, "now": row.now, "posting_since": posting}
            await session.execute(rows.CLAIMED, told)
            return Claim(
                id=row.id,
                version=row.version,
                channel=row.channel,
                projection=row.projection,
                content=content,
                fingerprint=fingerprint,
                only_for=row.only_for,
                thread_ts=row.thread_ts,
                response_url=row.response_url,
                sent_channel=row.sent_channel,
                ts=row.ts,
                unknown_since=row.posting if row.ts is None else None,
            )

    async def _draw(self, session: AsyncSession, row: Row[Any]) -> JSON:
        static = row.projection == STATIC
        return row.content or {} if static else await self.projections[row.projection](session, row.subject or "")

    async def _send_charts(self, claim: Claim) -> Sent:
        """Charts as Slack draws them itself; where it refuses that as pictures, where those too in words."""
        try:
            return await self._send(claim)
        except SlackApiError as error:
            if not charts.refused(error, claim.content):
                raise
        pictures = await charts.as_pictures(self.client, claim.content)
        for wait in (0.0, *FILE_READY):  # Slack knows a file only some time after it was uploaded
            await asyncio.sleep(wait)
            try:
                return await self._send(replace(claim, content=pictures))
            except SlackApiError as error:
                if not charts.refused(error, pictures):
                    raise
        return await self._send(replace(claim, content=charts.as_words(claim.content)))

    async def _send(self, claim: Claim) -> Sent:
        if claim.only_for is not None:
            return await self._post_ephemeral(claim)
        if claim.ts is not None and claim.sent_channel is not None:
            try:
                await self._update(claim, claim.sent_channel, claim.ts)
            except SlackApiError as error:
                if webapi.code(error) in GONE:
                    raise Gone from error
                raise
            return Sent(claim.sent_channel, claim.ts)
        return await self._post(claim)

    async def _update(self, claim: Claim, channel: str, ts: str) -> None:
        await self.client.chat_update(
            channel=channel, ts=ts, parse="none", link_names=False, metadata=_metadata(claim.id), **claim.content
        )

    async def _post(self, claim: Claim) -> Sent:
        channel = await self.channels.id_of(claim.channel)
        if claim.unknown_since is not None and (ts := await self._find(channel, claim)) is not None:
            await self._update(claim, channel, ts)
            return Sent(channel, ts)
        answer = await self.client.chat_postMessage(
            channel=channel,
            thread_ts=claim.thread_ts,
            parse="none",
            link_names=False,
            unfurl_links=False,
            unfurl_media=False,
            metadata=_metadata(claim.id),
            **claim.content,
        )
        return Sent(answer["channel"], answer["ts"], repeated=claim.unknown_since is not None)

    async def _find(self, channel: str, claim: Claim) -> str | None:
        """A post whose answer was lost, looked for twice: history may lag behind."""
        for wait in (0.0, SECOND_LOOK):
            await asyncio.sleep(wait)
            found = await self._ours(channel, claim.id, claim.unknown_since, claim.thread_ts)
            if found:
                return found[0]
        return None

    async def _ours(
        self, channel: str, message_id: uuid.UUID, since: dt.datetime | None, thread_ts: str | None
    ) -> list[str]:
        """Timestamps in Slack of all posts that carry the row's id, oldest first."""
        if USER_ID.fullmatch(channel):
            return []  # Slack refuses to say where it is
        oldest = f"{since.timestamp() - 60:.6f}" if since else "0"
        look: dict[str, Any] = {"channel": channel, "oldest": oldest, "limit": 200, "include_all_metadata": True}
        if thread_ts is None:
            answer = await self.client.conversations_history(**look)
        else:  # the channel's history does not have replies
            answer = await self.client.conversations_replies(ts=thread_ts, **look)
        return sorted(
            item["ts"]
            for item in answer["messages"]
            if item.get("metadata", {}).get("event_payload", {}).get("id") == str(message_id)
        )

    async def _post_ephemeral(self, claim: Claim) -> Sent:
        """An ephemeral: by the response URL where there is one, else by the API, else as a direct message."""
        if claim.response_url:
            async with aiohttp.ClientSession(timeout=WITHIN) as http:
                if await respond(http, claim.response_url, claim.content):
                    return Sent(claim.channel, None)
        try:
            channel = await self.channels.id_of(claim.channel)
            await self.client.chat_postEphemeral(
                channel=channel, user=claim.only_for or "", thread_ts=claim.thread_ts, parse="none", **claim.content
            )
        except SlackApiError as error:
            if webapi.is_passing(error):
                raise
            opened = await self.channels.direct(claim.only_for or "")
            await self.client.chat_postMessage(
                channel=opened, parse="none", unfurl_links=False, unfurl_media=False, **claim.content
            )
        return Sent(claim.channel, None)

    async def _settle(self, claim: Claim, job_id: int, sent: Sent) -> bool:
        """Record the result under lock; whether a newer version is ours to send.

        It is not for whoever lost the claim: a job of its own sends the newest state.

        A worker that was stopped for long and the one that took its job over may hold the same claim. The one that
        settles last must not go on: two that take turns at losing would keep each other busy for ever.
        """
        async with self.database.transaction() as session:
            version = await session.scalar(rows.NOW_THERE, _told(claim, job_id, sent))
            twin = None if version is not None else await self._lost(session, claim, sent)
            if version is not None and sent.ts not in (None, claim.ts) and claim.projection in self._moved:
                await defer(session, RELINK, message_id=str(claim.id))
            if sent.repeated:
                await defer(session, TWINS, message_id=str(claim.id), delay=TWINS_AFTER)
        if twin is not None and claim.only_for is None:
            await self.client.chat_delete(channel=sent.channel, ts=twin)
        return version not in (None, claim.version)

    async def _lost(self, session: AsyncSession, claim: Claim, sent: Sent) -> str | None:
        """Somebody else has the claim, and nobody knows which of the two came last: a job of its own sends the newest
        state. Where there are two posts, the timestamp of ours.
        """
        row = (await session.scalars(rows.LOCKED, {"message_id": claim.id})).one()
        row.version, row.sent_fingerprint = row.version + 1, None
        await defer(session, DELIVER, message_id=str(claim.id))
        return sent.ts if row.ts not in (None, sent.ts) else None

    async def relink(self, message_id: uuid.UUID) -> None:
        """A message stands elsewhere than before, or is there at last: have what links to it drawn anew."""
        async with self.database.transaction() as session:
            row = await session.get_one(Message, message_id)
            await self._moved[row.projection](session, row)

    async def delete_twins(self, message_id: uuid.UUID) -> None:
        """Remove all posts of the row but the one it knows."""
        async with self.database.transaction() as session:
            row = await session.get_one(Message, message_id)
        if row.ts is None or row.sent_channel is None:
            return
        for ts in await self._ours(row.sent_channel, row.id, row.created, row.thread_ts):
            if ts != row.ts:
                await self.client.chat_delete(channel=row.sent_channel, ts=ts)

    async def _failed(self, claim: Claim, job_id: int, attempt: int, error: SlackApiError) -> None:
        """Slack answered no: later, or never for an ephemeral that cannot be placed."""
        code, limited, silent = webapi.code(error), webapi.is_limited(error), webapi.status(error) >= 500
        unknown = silent and self.channels.addressed  # before the address is known nothing is posted
        ANSWERS.labels("ratelimited" if limited else "refused").inc()
        if claim.only_for is not None and attempt >= GIVE_UP_EPHEMERAL and not webapi.is_passing(error):
            await self._settle(claim, job_id, Sent(claim.channel, None))
            await self._give_up(claim, code)
            return
        if limited:
            await self._release(claim, job_id, unknown=unknown)
            seconds = webapi.retry_after(error)
            self._quiet_until[claim.channel] = asyncio.get_running_loop().time() + seconds
            raise Later(seconds, "ratelimited") from error
        lasting = await self._release(claim, job_id, unknown=unknown, refusal=NO_ANSWER if silent else code)
        reasons = (webapi.body(error).get("response_metadata") or {}).get(
            "messages"
        )  # pointers into blocks, no content
        log.error("slack refused a message", message=str(claim.id), error=code, reasons=reasons)
        if lasting:
            await self._give_up(claim, code)
            return  # the clock has it tried again, seldom
        raise Later(min(60.0, 0.5 * 2**attempt), code) from error

    async def _give_up(self, claim: Claim, code: str) -> None:
        """Slack will not have it: count it, and tell those concerned another way, once."""
        async with self.database.transaction() as session:
            row = await session.get_one(Message, claim.id, with_for_update=True)
            if row.undeliverable is not None:
                return
            row.undeliverable, row.refusal = func.now(), code
            reference = new_reference()
            log.error("a message cannot be delivered", message=str(claim.id), error=code, reference=reference)
            if self._given_up is not None:
                await self._given_up(session, row, reference)

    async def _forget(self, claim: Claim, job_id: int) -> None:
        """It is not on the screen any more: to be posted anew, and looked up should that post's answer be lost."""
        async with self.database.transaction() as session:
            row = await session.get_one(Message, claim.id, with_for_update=True)
            if row.claimed_by == job_id and row.ts == claim.ts:
                row.ts, row.sent_version, row.posting = None, 0, None

    async def _release(self, claim: Claim, job_id: int, *, unknown: bool, refusal: str | None = None) -> bool:
        """Let go of a claim; whether the same no has lasted for so long that it counts as the last word."""
        async with self.database.transaction() as session:
            row = await session.get_one(Message, claim.id, with_for_update=True)
            if row.claimed_by == job_id:
                row.claimed_by = None
                if not unknown:
                    row.posting = claim.unknown_since
            if refusal is None:
                return False
            now = (await session.scalars(select(func.clock_timestamp(type_=Message.created.type)))).one()
            if row.refusal != refusal or row.failing is None:
                row.failing, row.refusal = now, refusal
            return refusal != NO_ANSWER and (row.undeliverable is not None or row.failing < now - LASTING)


def _told(claim: Claim, job_id: int, sent: Sent) -> dict[str, Any]:
    return {
        "message_id": claim.id,
        "job_id": job_id,
        "drawn": claim.version,
        "fingerprint": claim.fingerprint,
        "there": sent.channel,
        "its_ts": sent.ts,
    }


def _fingerprint(content: JSON) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _metadata(message_id: uuid.UUID) -> dict[str, Any]:
    return {"event_type": METADATA, "event_payload": {"id": str(message_id)}}
