"""A stored payload becomes work: once, in one transaction with the mark that it was handled."""

import uuid
from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from bot.delivery.channels import Channels
from bot.drawing.render import Renderer
from bot.errors import Refused
from bot.handlers import commands, events, forms
from bot.handlers.buttons import BUTTONS, clicked
from bot.handlers.desk import Button, Desk, Place, Reports
from bot.logs import REFERENCE, new_reference
from bot.pipeline import decide as deciding
from bot.pipeline import undo as undoing
from bot.pipeline.core import Core
from bot.store.database import AWAY
from bot.store.models import Draft, Inbox, Kind, Verdict

APOLOGY = (
    "Something went wrong on my side, so nothing was done. Try once more; if it happens again, give the reference to "
    "whoever runs me."
)
WORDS = {forms.BREAK_GLASS: Verdict.BREAK_GLASS, forms.REJECT: Verdict.REJECT}  # forms that a button of a card opens

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
        buttons: Mapping[str, Button],
        others: Mapping[Kind, Inbound],
    ) -> None:
        self._core, self._renderer, self._channels, self._reports = core, renderer, channels, reports
        self._client, self._team_id = client, team_id
        self._buttons, self._others = {**BUTTONS, **buttons}, others

    async def handle(self, inbox_id: int) -> None:
        """Handle one payload; a second call finds it handled (promise 1)."""
        async with self._core.database.transaction() as session:
            row = await session.get_one(Inbox, inbox_id, with_for_update=True)
            REFERENCE.set(row.reference)
            if row.handled is not None:
                return
            other = self._others.get(Kind(row.kind))
            if other is None:
                await self._answered(session, row)
                return
        await other.handle(inbox_id)

    async def _answered(self, session: AsyncSession, row: Inbox) -> None:
        desk = self._desk(session, row)
        try:
            async with session.begin_nested():
                await self._route(desk, row)
        except Refused as error:
            await desk.refuse(error)
        row.handled = func.now()

    async def give_up(self, inbox_id: int, error: BaseException) -> None:
        """The payload cannot be handled: tell the person so, with a reference that is in the logs."""
        async with self._core.database.transaction() as session:
            row = await session.get_one(Inbox, inbox_id, with_for_update=True)
            if row.handled is not None:
                return
            reference = row.reference or new_reference()
            log.error("gave up on a payload", inbox_id=inbox_id, reference=reference, error=type(error).__name__)
            other = self._others.get(Kind(row.kind))
            if other is None:
                row.handled, row.reference = func.now(), reference
                await self._apologise(session, row, reference)
                return
        await other.give_up(inbox_id, error, reference)

    async def _apologise(self, session: AsyncSession, row: Inbox, reference: str) -> None:
        """Tell whoever sent it, if the payload says who that was and where they are."""
        try:
            async with session.begin_nested():
                await self._desk(session, row).note(APOLOGY, reference=reference)
        except AWAY:
            raise  # tried again when the database is back
        except Exception:
            log.exception("nobody could be told of a payload that was given up", inbox_id=row.id)

    def _desk(self, session: AsyncSession, row: Inbox) -> Desk:
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
        )

    async def _route(self, desk: Desk, row: Inbox) -> None:
        payload = row.payload
        match Kind(row.kind):
            case Kind.COMMAND:
                await commands.typed(desk, str(payload.get("text", "")))
            case Kind.CLICK:
                await clicked(self._buttons, desk, *chosen(payload["actions"][0]))
            case Kind.SUBMISSION:
                await self._submitted(desk, payload["view"])
            case Kind.EVENT:
                await events.happened(desk, payload)

    async def _submitted(self, desk: Desk, view: Mapping[str, Any]) -> None:
        target, values = uuid.UUID(view["private_metadata"]), forms.submitted(view)
        if view["callback_id"] in WORDS:
            operator, reason = await desk.operator(), values.get("reason", "").strip()
            verdict = WORDS[view["callback_id"]]
            await deciding.decide(self._core, desk.session, operator, target, verdict, reason or None)
            return
        if view["callback_id"] == forms.UNDO:
            await undoing.undo(self._core, desk.session, await desk.operator(), target, values["reason"].strip())
            return
        draft = await desk.session.get_one(Draft, target)
        place = Place.model_validate({**draft.origin, "user_id": desk.place.user_id, "team_id": desk.place.team_id})
        there = Desk(**{**vars(desk), "place": place})
        operator = await there.operator()
        try:
            async with desk.session.begin_nested():
                await commands.run(there, operator, draft.verb, values)
        except Refused as error:
            await there.refuse(error)


def chosen(clicked: Mapping[str, Any]) -> tuple[str, str]:
    """What was clicked: the action and its opaque id. An entry of a menu stands for the button it would be."""
    option = clicked.get("selected_option") or {}
    if not option:
        return clicked["action_id"], str(clicked.get("value", ""))
    action, _, value = str(option.get("value", "")).rpartition("|")
    return action, value


def place_of(kind: Kind, payload: Mapping[str, Any], home_team: str) -> Place:
    """Where the payload came from, and the actor's own workspace."""
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
        case Kind.CLICK | Kind.SUBMISSION:
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
        case Kind.STRIPE:
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
