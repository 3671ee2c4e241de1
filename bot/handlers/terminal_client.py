"""The other end of a terminal: stores what was typed as the web process stores what Slack sends, waits for the answer.

A worker has to be running. What was stored is done once, whether or not anybody still waits for it.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from enum import IntEnum
from typing import NamedTuple, TypeVar

from sqlalchemy import select

from bot.drawing.cards.saying import status
from bot.errors import Misconfigured
from bot.handlers.intake import Intake
from bot.handlers.terminal import NOBODYS, Ended
from bot.pipeline import tokens
from bot.store.database import Database
from bot.store.models import JSON, OPEN, Execution, Inbox, Kind, Proposal, State, Verification

PATIENCE, OFTEN = 60.0, 0.1  # seconds for the answer and for what then runs; how often to look
SETTLES = 10.0  # seconds in which the platform mostly confirms what was done
NO_ANSWER = (
    "The bot has not answered yet. What you typed is stored and will be handled once, as soon as a worker runs: "
    "do not type it again. To see what became of it, type: pm do requests"
)
CONFIRMED = {
    Verification.CONFIRMED: "confirmed by the platform",
    Verification.RECORDED: "recorded, not verified",
}

T = TypeVar("T")


class Code(IntEnum):
    """How `pm do` ends, for scripts."""

    DONE = 0
    REFUSED = 1
    WAITING = 3
    """For an approval, which takes place in Slack."""
    UNKNOWN = 4
    """Stored, and not answered in time."""


class Answer(NamedTuple):
    """What is printed, and how the program ends."""

    text: str
    code: Code


def typed(words: Sequence[str]) -> str:
    """The command as it is typed in Slack; what a shell held together before the reason stays so."""
    if len(words) == 1:
        return words[0]
    reason = next((n for n, word in enumerate(words) if word.casefold() == "because"), len(words))
    return " ".join(f'"{word}"' if " " in word and n < reason else word for n, word in enumerate(words))


def ask(url: str, token: str, text: str, patience: float = PATIENCE) -> Answer:
    """Have a worker handle it, and wait. Raises `Misconfigured` for a token that is nobody's, and `Unavailable`."""
    return asyncio.run(_ask(url, token, text, patience))


async def _ask(url: str, token: str, text: str, patience: float) -> Answer:
    database = Database(url, pool_size=1, name="pm-do")
    try:
        await database.open()
        its_fingerprint, key = tokens.fingerprint(token), uuid.uuid4().hex
        async with database.transaction() as session:
            if await tokens.owner(session, its_fingerprint) is None:
                raise Misconfigured(NOBODYS)
        await _store(database, key, {"token": its_fingerprint, "text": text})
        answer = await _awaited(lambda: _answer(database, f"{Kind.TERMINAL}:{key}"), patience)
        if answer is None:
            return Answer(NO_ANSWER, Code.UNKNOWN)
        if answer["outcome"] != Ended.ASKED:
            return Answer(answer["text"], Code.REFUSED if answer["outcome"] == Ended.REFUSED else Code.DONE)
        return await _became(database, uuid.UUID(answer["proposal"]), answer["text"], patience)
    finally:
        await database.close()


async def _store(database: Database, key: str, payload: JSON) -> None:
    intake = Intake(database)
    try:
        await intake.store(Kind.TERMINAL, key, payload)
    finally:
        await intake.drain()


async def _answer(database: Database, key: str) -> JSON | None:
    async with database.transaction() as session:
        found: JSON | None = await session.scalar(select(Inbox.answer).where(Inbox.key == key))
    return found


async def _became(database: Database, proposal_id: uuid.UUID, card: str, patience: float) -> Answer:
    """The request as it stands once nothing runs any more."""

    async def settled() -> Proposal | None:
        async with database.transaction() as session:
            proposal = await session.get_one(Proposal, proposal_id)
        return proposal if proposal.state == State.PENDING or proposal.state not in OPEN else None

    proposal = await _awaited(settled, patience)
    if proposal is None:
        return Answer(f"{card}\n\nIt is still running. To see what became of it, type: pm do requests", Code.UNKNOWN)
    head = f"Request {proposal.number}: {status(proposal)}"
    if proposal.state == State.PENDING:
        where = "Approve or reject it in Slack: in a terminal you can ask, but not decide."
        return Answer(f"{card}\n\n{head}. {where}", Code.WAITING)
    if proposal.state != State.SUCCEEDED:
        return Answer(f"{head}. {proposal.cause or ''}".strip(), Code.REFUSED)
    confirmed = await _awaited(lambda: _confirmed(database, proposal_id), SETTLES)
    return Answer(f"{head}, {confirmed or 'not confirmed by the platform yet: its card says when it is'}.", Code.DONE)


async def _confirmed(database: Database, proposal_id: uuid.UUID) -> str | None:
    async with database.transaction() as session:
        states = await session.scalars(select(Execution.verification).where(Execution.proposal_id == proposal_id))
        found = {CONFIRMED.get(Verification(one)) for one in states}
    return found.pop() if len(found) == 1 else None


async def _awaited(look: Callable[[], Awaitable[T | None]], patience: float) -> T | None:
    """What it finds, as soon as it does; None after so many seconds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while (found := await look()) is None and loop.time() < deadline:  # noqa: ASYNC110 - a worker elsewhere writes it
        await asyncio.sleep(OFTEN)
    return found
