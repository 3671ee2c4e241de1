"""What is known of a user as a file, sent to whoever asked for it and to nobody else, and deleted after a day."""

import datetime as dt
import json
import uuid
from typing import Any, ClassVar

from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import Uuid, cast, func, null, or_, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery import files, webapi
from bot.delivery.channels import Channels
from bot.integrations.base import EffectFailed
from bot.people import identity
from bot.platform import leaving
from bot.platform.erasure import ERASURE as THEIRS
from bot.platform.models import PlatformBase, User
from bot.platform.schema import UNREAD
from bot.store import erasing
from bot.store.base import Base
from bot.store.database import Database
from bot.store.erasure import ERASURE as OURS
from bot.store.models import Effect, EffectState

NAME = "export"
KEPT = text("interval '1 day'")
AT_ONCE = 20  # files in one round
GONE = {"file_deleted", "file_not_found"}
SAID = "All data about the user, as you asked. I delete this file in a day: keep no copy longer than you need it."

_ERASED = select(User.id).where(User.id == cast(Effect.request["user"].astext, Uuid), User.deleted.is_not(None))
_DUE = (
    select(Effect.key, Effect.answer)
    .where(Effect.integration == NAME, Effect.state == EffectState.DONE, Effect.answer["file"].is_not(None))
    .where(or_(Effect.changed < func.now() - KEPT, _ERASED.exists()))
    .limit(AT_ONCE)
)


class Exports:
    """An integration: `{"user": id, "asker": id of a staff member}` becomes a file in their direct messages."""

    tells: ClassVar[bool] = True

    def __init__(self, database: Database, client: AsyncWebClient, channels: Channels, team_id: str) -> None:
        self._database, self._client, self._channels, self._team_id = database, client, channels, team_id

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        """Read it and hand it over; what is in it is stored nowhere else."""
        async with self._database.snapshot() as session:
            content = await self._read(session, uuid.UUID(request["user"]))
            slack_ids = await identity.slack_ids(session, self._team_id)
        asker = slack_ids.get(uuid.UUID(request["asker"]))
        if asker is None:
            raise EffectFailed("The Slack account of the person who asked for it is no longer linked.")
        async with files.unseen():
            direct = await self._channels.direct(asker)
        file_id = await files.send(
            self._client, content, name=_file(key), title="Export of a user", comment=SAID, channel=direct
        )
        return {"file": file_id}

    async def _read(self, session: AsyncSession, user_id: uuid.UUID) -> str:
        user = await session.get(User, user_id)
        if user is None or user.deleted is not None:
            raise EffectFailed("There is no such user any more.")
        person = await leaving.person(session, user_id)
        both = ((THEIRS, PlatformBase.metadata), (OURS, Base.metadata))
        found = await erasing.export(session, person, UNREAD, *both)
        return json.dumps(found, indent=1, ensure_ascii=False)

    async def look_up(self, key: str, request: dict[str, Any], sent: dt.datetime) -> dict[str, Any] | None:
        """By the file's name: it has that of the call."""
        found = await files.find(self._client, _file(key), sent)
        return None if found is None else {"file": found}

    async def close(self) -> None:
        """The connection is everybody's."""

    async def expire(self) -> int:
        """Delete the files of a day ago, and at once those of a user who was erased since; how many."""
        async with self._database.transaction() as session:
            due = (await session.execute(_DUE)).all()
        for key, answer in due:
            await self._delete(str((answer or {})["file"]))
            async with self._database.transaction() as session:
                await session.execute(update(Effect).where(Effect.key == key).values(answer=null()))
        return len(due)

    async def _delete(self, file_id: str) -> None:
        """Raises `Later` where Slack does not do it now."""
        try:
            async with webapi.waiting():
                await self._client.files_delete(file=file_id)
        except SlackApiError as error:
            if webapi.code(error) not in GONE:
                raise


def _file(key: str) -> str:
    return f"export-{key.replace(':', '-').replace(' ', '-')}.json"
