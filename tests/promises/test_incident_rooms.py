"""An incident has one room: made once, whatever is killed between any two calls, and however many make it."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot import policy
from bot.delivery.channels import Channels
from bot.demo.world import World, slack_id, workspace
from bot.drawing.render import Renderer
from bot.errors import Later
from bot.incidents.rooms import Rooms
from bot.store.database import Database

CALLS = 8  # more than it takes to make a room: create, topic, two people asked in, pin, list and add the bookmark
DECLARED = """
    INSERT INTO pmbot.incidents (id, title, severity, declared_by)
    SELECT %s, 'mail is not going out', 'P1', id FROM users WHERE email = 'tomasz@penguinmails.example'
"""
POSTED = "UPDATE pmbot.messages SET ts = %s, sent_channel = channel WHERE subject = %s"


class Killed(Exception):
    """The process is gone."""


class Dying(AsyncWebClient):
    """Slack's client of a process that is killed after so many calls, each of which was answered."""

    left = CALLS * 100

    async def api_call(self, *given: Any, **more: Any) -> Any:
        answer = await super().api_call(*given, **more)
        self.left -= 1
        if not self.left:
            raise Killed
        return answer


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


def made_by(around: World, database: Database, calls: int = 0) -> Rooms:
    """As a process has it that lives for so many calls; 0: for ever."""
    client = Dying(token=around.slack.workspace.bot_token, base_url=f"{around.slack_url}/api/")
    client.left = calls or client.left
    team = workspace().team_id
    return Rooms(database, client, Channels(client, {}), Renderer(), policy.load(), team)


def rooms_of(around: World) -> list[Any]:
    return [one for one in around.slack.state.channels.values() if one.name.startswith("inc-")]


async def card_posted(around: World, sql, incident: uuid.UUID) -> str:
    """As delivery would, once the room is there."""
    [room] = rooms_of(around)
    client = made_by(around, None)._client  # type: ignore[arg-type]
    ts = (await client.chat_postMessage(channel=room.id, text="the card"))["ts"]
    sql(POSTED, ts, str(incident))
    sql("UPDATE pmbot.incidents SET wanted = wanted + 1 WHERE id = %s", incident)
    return ts


@pytest.mark.parametrize("calls", range(1, CALLS))
async def test_killed_after_any_call_it_is_made_once(surroundings, database, sql, calls: int) -> None:
    incident = uuid.uuid4()
    sql(DECLARED, incident)
    killed = 0
    for stage in ("room", "pin"):
        try:
            await made_by(surroundings, database, calls).make(incident, 1)
        except Killed:
            killed += 1
        await made_by(surroundings, database).make(incident, 1)  # its own job, put back
        if stage == "room":
            ts = await card_posted(surroundings, sql, incident)
    [room] = rooms_of(surroundings)
    joined = [slack_id("tomasz"), slack_id("oncall")]
    assert [one for one in surroundings.slack.state.members(room) if one in joined] == joined
    assert room.topic.startswith("Incident")
    [pin] = [one for one in surroundings.slack.state.messages[room.id].values() if one.pinned]
    [bookmark] = room.bookmarks
    assert (pin.ts, bookmark["link"].rpartition("/p")[2]) == (ts, ts.replace(".", ""))
    assert killed or calls > 4


async def test_two_that_make_it_at_once_make_one(surroundings, database, sql) -> None:
    """The second one waits for the first; a claim of a process that is gone ends by itself."""
    incident = uuid.uuid4()
    sql(DECLARED, incident)
    both = [made_by(surroundings, database).make(incident, job) for job in (1, 2)]
    ended = await asyncio.gather(*both, return_exceptions=True)
    assert [type(one) for one in ended if one is not None] in ([], [Later])
    assert len(rooms_of(surroundings)) == 1
    sql("UPDATE pmbot.incidents SET wanted = wanted + 1, working = 3, worked = now() - interval '1 minute'")
    await made_by(surroundings, database).make(incident, 4)
    assert sql("SELECT made = wanted, working FROM pmbot.incidents WHERE id = %s", incident) == [(True, None)]
