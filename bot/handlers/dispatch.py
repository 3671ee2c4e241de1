"""A stored payload becomes work: once, in one transaction with the mark that it was handled."""

from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import ARRAY, Row, Uuid, any_, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot import traces
from bot.delivery.answers import Answer, Answers, Outgoing, leave
from bot.delivery.channels import Channels
from bot.drawing.render import Renderer
from bot.errors import Refused
from bot.handlers.desk import Desk, Place, Reports
from bot.handlers.routes import Routes
from bot.logs import REFERENCE, new_reference
from bot.pipeline.core import Core
from bot.runtime.jobs import Attempt
from bot.store.base import table
from bot.store.database import AWAY
from bot.store.models import Inbox, Kind, Message
from bot.store.prepared import Prepared

APOLOGY = (
    "Something went wrong on my side, so nothing was done. Try once more; if it happens again, give the reference to "
    "whoever runs me."
)

DOORS = {Kind.COMMAND: "slash", Kind.CLICK: "button", Kind.SUBMISSION: "form", Kind.SHORTCUT: "shortcut"}

# Built once, and of columns: making an object of a row takes as long as its statement.
_ROWS = table(Inbox)
_ONE = select(_ROWS).where(_ROWS.c.id == bindparam("inbox_id"))
_LOCKED = Prepared(_ONE.with_for_update())
_ANSWERS = table(Message)
_THERE = select(_ANSWERS.c.id).where(_ANSWERS.c.id == any_(bindparam("said", type_=ARRAY(Uuid))))
_HANDLED = Prepared(
    update(_ROWS)
    .where(_ROWS.c.id == bindparam("inbox_id"))
    .values(handled=func.now(), reference=bindparam("named"))
    .returning(func.array(_THERE.scalar_subquery(), type_=ARRAY(Uuid)))
)

log = structlog.get_logger()


class Inbound(Protocol):
    """Handles payloads that do not come from Slack, in transactions of its own: once, and says when it cannot."""

    async def handle(self, inbox_id: int) -> None: ...

    async def give_up(self, inbox_id: int, error: BaseException, reference: str) -> None: ...


class Dispatcher:
    """Routes payloads to their handlers; whatever a handler refuses is answered privately."""

    def __init__(
        self,
        core: Core,
        renderer: Renderer,
        channels: Channels,
        client: AsyncWebClient,
        team_id: str,
        reports: Reports,
        routes: Routes,
        answers: Answers,
        others: Mapping[Kind, Inbound],
    ) -> None:
        self._core, self._renderer, self._channels, self._reports = core, renderer, channels, reports
        self._client, self._team_id = client, team_id
        self._routes, self._answers, self._others = routes, answers, others

    async def handle(self, inbox_id: int, attempt: Attempt) -> None:
        """Handle one payload, and send what is answered; a second call finds it handled (promise 1)."""
        try:
            answers = await self._handled(inbox_id, Outgoing(attempt.job_id))
        except Refused as error:
            answers = await self._refused(inbox_id, Outgoing(attempt.job_id), error)
        if answers:
            with traces.span("delivery", projection="answer"):
                await self._answers.send(answers, attempt.job_id)

    async def _handled(self, inbox_id: int, outgoing: Outgoing) -> list[Answer]:
        """What is to be sent, now that it is committed. Raises `Refused`."""
        async with self._core.database.transaction() as session:
            row = await _locked(session, inbox_id)
            REFERENCE.set(row.reference)
            if row.handled is not None:
                await leave(session, outgoing.job_id)  # by the run before this one, which may have died
                return []
            other = self._others.get(Kind(row.kind))
            if other is None:
                traces.follow(row.key)
                with traces.span("job handle", kind=row.kind):
                    await self._routes.route(self._desk(session, row, outgoing), row.payload)
                    return await _mark(session, row, outgoing)
        await other.handle(inbox_id)
        return []

    async def _refused(self, inbox_id: int, outgoing: Outgoing, error: Refused) -> list[Answer]:
        """What was done until then is rolled back; why, and what to do instead, is said in a transaction of its own."""
        async with self._core.database.transaction() as session:
            row = await _locked(session, inbox_id)
            if row.handled is not None:
                return []
            await self._desk(session, row, outgoing).refuse(error)
            return await _mark(session, row, outgoing)

    async def give_up(self, inbox_id: int, error: BaseException) -> None:
        """The payload cannot be handled: tell the person so, with a reference that is in the logs."""
        async with self._core.database.transaction() as session:
            row = await _locked(session, inbox_id)
            if row.handled is not None:
                return
            reference = row.reference or new_reference()
            log.error("gave up on a payload", inbox_id=inbox_id, reference=reference, error=type(error).__name__)
            other = self._others.get(Kind(row.kind))
            if other is None:
                await _mark(session, row, reference=reference)
                await self._apologise(session, row, reference)
                return
        await other.give_up(inbox_id, error, reference)

    async def _apologise(self, session: AsyncSession, row: Row[Any], reference: str) -> None:
        """Tell whoever sent it, if the payload says who that was and where they are."""
        try:
            async with session.begin_nested():
                await self._desk(session, row).note(APOLOGY, reference=reference)
        except AWAY:
            raise  # tried again when the database is back
        except Exception:
            log.exception("nobody could be told of a payload that was given up", inbox_id=row.id)

    def _desk(self, session: AsyncSession, row: Row[Any], outgoing: Outgoing | None = None) -> Desk:
        return Desk(
            session=session,
            place=place_of(Kind(row.kind), row.payload, self._team_id),
            source=f"inbox:{row.id}",
            core=self._core,
            renderer=self._renderer,
            channels=self._channels,
            client=self._client,
            team_id=self._team_id,
            reports=self._reports,
            outgoing=outgoing,
        )


async def _locked(session: AsyncSession, inbox_id: int) -> Row[Any]:
    row: Row[Any] = await _LOCKED.one_or_none(session, inbox_id=inbox_id)
    return row


async def _mark(
    session: AsyncSession, row: Row[Any], outgoing: Outgoing | None = None, *, reference: str | None = None
) -> list[Answer]:
    """The payload was handled, in this transaction; which answers stand in it."""
    said = {"said": outgoing.ids if outgoing else []}
    there = await _HANDLED.scalar(session, inbox_id=row.id, named=reference or row.reference, **said)
    return outgoing.among(there) if outgoing else []


def door_of(kind: Kind, payload: Mapping[str, Any]) -> str:
    """By which door the payload came in, as the audit trail says it."""
    if kind is Kind.EVENT:
        return "mention" if payload["event"].get("type") == "app_mention" else "direct message"
    return DOORS[kind]


def place_of(kind: Kind, payload: Mapping[str, Any], home_team: str) -> Place:
    """Where the payload came from, and the actor's own workspace."""
    place = _place_of(kind, payload, home_team)
    return place.model_copy(update={"doors": (door_of(kind, payload),)})


def _place_of(kind: Kind, payload: Mapping[str, Any], home_team: str) -> Place:
    match kind:
        case Kind.COMMAND:
            return Place(
                team_id=payload["team_id"],
                user_id=payload["user_id"],
                channel=payload["channel_id"],
                channel_name=payload.get("channel_name"),
                response_url=payload.get("response_url"),
                trigger_id=payload.get("trigger_id"),
            )
        case Kind.CLICK | Kind.SUBMISSION | Kind.SHORTCUT:
            return _interactive(payload, home_team)
        case Kind.EVENT:
            event = payload["event"]
            user = event.get("user")
            return Place(
                team_id=event.get("user_team") or event.get("source_team") or event.get("team") or payload["team_id"],
                user_id=str(user.get("id") if isinstance(user, dict) else user or ""),
                channel=str(event.get("channel") or ""),
                thread_ts=event.get("thread_ts"),
            )
        case Kind.STRIPE | Kind.TERMINAL | Kind.ALERTS:
            raise ValueError(kind)  # nobody in Slack sent it


def _interactive(payload: Mapping[str, Any], home_team: str) -> Place:
    user = payload["user"]
    channel = payload.get("channel") or {}
    container = payload.get("container") or {}
    message = payload.get("message") or {}
    thread_ts = message.get("thread_ts")
    return Place(
        team_id=user.get("team_id") or home_team,
        user_id=user["id"],
        channel=channel.get("id") or container.get("channel_id") or user["id"],
        channel_name=channel.get("name"),
        thread_ts=thread_ts if thread_ts != message.get("ts") else None,  # what begins a thread is not in it
        response_url=payload.get("response_url"),
        trigger_id=payload.get("trigger_id"),
    )
