"""What Slack has as evidence: a message with who wrote it and when, its files, or a file by itself.

Read with the bot's token, which sees more than people do: whoever takes it has to see it in Slack themselves.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.actions.incidents.evidence import Piece, keep
from bot.actions.incidents.facts import load
from bot.delivery import files, reading, webapi
from bot.integrations.base import EffectAbsent, EffectFailed, EffectRefused
from bot.people.identity import slack_ids
from bot.store import rooms
from bot.store.database import Database
from bot.words import listed, size

LARGEST = 20_000_000  # bytes of a file
GONE = {"thread_not_found", "message_not_found", "channel_not_found"}
TYPE_IT = "After “saying”, type what has to be kept."
WHY = {
    "not_in_channel": f"I am not in that channel. Invite me there and ask again. Or: {TYPE_IT}",
    "channel_not_found": f"I cannot see that channel. {TYPE_IT}",
    "file_not_found": "I cannot see that file. Share it in the incident's channel and ask again.",
    "file_deleted": "That file was deleted in Slack.",
}
"""By Slack's word for it, why nothing is kept."""
NOT_YOURS = f"You are not in the channel of that link, so I may not read it for you. {TYPE_IT}"
NOTHING = f"There is no such message, or it has no words and no files. {TYPE_IT}"


@dataclass
class Found:
    """What is to be kept of one link or message."""

    pieces: list[Piece] = field(default_factory=list)
    lacking: dict[str, str] = field(default_factory=dict)
    """By a file's id, why it is not among them: a sentence."""


@dataclass(frozen=True)
class Reader:
    """Reads from Slack. Raises as the SDK does."""

    client: AsyncWebClient

    async def message(self, channel: str, ts: str) -> dict[str, Any] | None:
        """As it is now; None where it is deleted."""
        try:
            answer = await self.client.conversations_replies(channel=channel, ts=ts, limit=1)
        except SlackApiError as error:
            if webapi.code(error) in GONE:
                return None
            raise
        return next((one for one in answer["messages"] if one["ts"] == ts and one.get("subtype") != "tombstone"), None)

    async def of_message(self, channel: str, message: Mapping[str, Any]) -> Found:
        """Its words just as Slack has them, and its files."""
        found, words = Found(), str(message.get("text", "")).replace("\x00", "�")
        if words.strip():
            author = message.get("user") or message.get("bot_id")
            written = dt.datetime.fromtimestamp(float(message["ts"]), dt.UTC)
            found.pieces.append(Piece(words, rooms.source_of(channel, message["ts"]), author, written))
        for one in message.get("files") or ():
            await self._add(found, one)
        return found

    async def of_file(self, file: Mapping[str, Any]) -> Found:
        """The file alone."""
        found = Found()
        await self._add(found, file)
        return found

    async def _add(self, found: Found, file: Mapping[str, Any]) -> None:
        name = str(file.get("name") or file["id"]).replace("\x00", "�")
        try:
            data = await reading.content_of(self.client, file, LARGEST)
        except reading.TooLarge:
            found.lacking[file["id"]] = f"{name} has {size(file['size'])}, but a file may have only {size(LARGEST)}."
        except reading.Unreadable:
            found.lacking[file["id"]] = f"Slack did not hand over {name}."
        else:
            shared = dt.datetime.fromtimestamp(file["created"], dt.UTC) if file.get("created") else None
            found.pieces.append(Piece(name, f"file:{file['id']}", file.get("user"), shared, data))

    async def sees_channel(self, user: str, channel: str) -> bool:
        """Whether somebody may read what is said there: it is open to all, or they are in it."""
        if not (await self.client.conversations_info(channel=channel))["channel"].get("is_private"):
            return True
        cursor: str | None = None
        while cursor != "":
            page = await self.client.conversations_members(channel=channel, limit=200, cursor=cursor)
            if user in page["members"]:
                return True
            cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        return False

    async def sees_file(self, user: str, file: Mapping[str, Any]) -> bool:
        """Whether it is theirs, open to all, or shared in a channel that they are in."""
        if file.get("user") == user or file.get("is_public"):
            return True
        return any([await self.sees_channel(user, one) for one in file.get("groups") or ()])


class Collector:
    """An integration: `{"incident", "by", "message": [channel, ts], "file": id}` becomes evidence, each piece once."""

    tells: ClassVar[bool] = True

    def __init__(self, database: Database, client: AsyncWebClient, team_id: str) -> None:
        self._database, self._reader, self._client, self._team_id = database, Reader(client), client, team_id

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Fetch and keep it; what is kept, in words. Raises `EffectRefused` where that is nothing."""
        async with self._database.snapshot() as session:
            user = (await slack_ids(session, self._team_id)).get(uuid.UUID(request["by"]), "")
        async with files.unseen():
            try:
                found = await self._found(user, request)
            except SlackApiError as error:
                if (why := WHY.get(webapi.code(error))) is None:
                    raise
                raise EffectRefused(f"Nothing is kept. {why}") from error
        if not found.pieces:
            raise EffectRefused(" ".join(["Nothing is kept.", *(found.lacking.values() or [NOTHING])]))
        return {"said": await self._kept(found, request)}

    async def _found(self, user: str, request: dict[str, Any]) -> Found:
        if request["file"]:
            file = (await self._client.files_info(file=request["file"]))["file"]
            if not await self._reader.sees_file(user, file):
                raise EffectRefused(f"Nothing is kept. {NOT_YOURS}")
            return await self._reader.of_file(file)
        channel, ts = request["message"]
        if not await self._reader.sees_channel(user, channel):
            raise EffectRefused(f"Nothing is kept. {NOT_YOURS}")
        message = await self._reader.message(channel, ts)
        return await self._reader.of_message(channel, message) if message else Found()

    async def _kept(self, found: Found, request: dict[str, Any]) -> str:
        said = []
        async with self._database.transaction() as session:
            row = await load(session, uuid.UUID(request["incident"]))
            for one in found.pieces:
                number, _ = await keep(session, row.id, one, uuid.UUID(request["by"]))
                said.append(f"{number} ({one.called or 'the words'}, SHA-256 {one.sha256})")
        lacking = [f"Not kept: {why}" for why in found.lacking.values()]
        return " ".join([f"kept as evidence {listed(said)}.", *lacking])

    async def look_up(self, key: str, request: dict[str, Any], sent: dt.datetime) -> dict[str, Any] | None:
        """The same again: each piece is kept once, so what arrived is found and what did not is fetched now."""
        try:
            return await self.send(key, request)
        except EffectFailed as error:
            raise EffectAbsent from error

    async def close(self) -> None:
        """The connection is everybody's."""
