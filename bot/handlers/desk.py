"""Where an operator is served: the place they spoke from, and what handlers need to answer there."""

import uuid
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from pydantic import BaseModel
from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import bindparam, insert
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.delivery.answers import Outgoing
from bot.drawing import links, masking
from bot.drawing.buttons import button, said_on
from bot.drawing.drawing import Drawing
from bot.drawing.elements import Element
from bot.drawing.masking import Clearance, clearance_of
from bot.errors import AskedAlready, Refused, Suggestion
from bot.handlers import grammar
from bot.parameters.base import Lookup
from bot.people import identity
from bot.people.identity import Operator, SlackPerson
from bot.policy import Policy
from bot.store import outbox
from bot.store.base import table
from bot.store.models import JSON, Draft
from bot.store.prepared import Prepared
from bot.targets.staff import Staffer
from bot.words import sentence

_WRITTEN = ("id", "verb", "arguments", "origin")
_DRAFTED = Prepared(insert(table(Draft)).values({name: bindparam(name) for name in _WRITTEN}))


class Place(BaseModel):
    """Where somebody typed or clicked."""

    team_id: str
    """The actor's own workspace."""
    user_id: str
    channel: str
    channel_name: str | None = None
    thread_ts: str | None = None
    response_url: str | None = None
    trigger_id: str | None = None
    doors: tuple[str, ...] = ()
    """By which they came, in order: a slash command, then its form. The audit trail says so."""

    @property
    def person(self) -> SlackPerson:
        return SlackPerson(self.team_id, self.user_id)


class Reports(Protocol):
    """Reports that handlers can send without knowing what is in them."""

    async def draw(self, session: AsyncSession, name: str, clearance: Clearance) -> JSON:
        """A report as a message, as it is now."""
        ...


@dataclass(frozen=True)
class Desk(Drawing):
    """One payload being handled: its transaction, its place, and the bot around it."""

    place: Place
    source: str
    """Names the payload; answers to it are said once however often it is handled."""
    client: AsyncWebClient
    team_id: str
    reports: Reports
    outgoing: Outgoing | None
    """What the job says that handles it, to be sent by that job; None: each answer has a job of its own."""

    @property
    def opens_forms(self) -> bool:
        """Whether what is missing can be asked for."""
        return True

    async def operator(self) -> Operator:
        """Who is acting. Raises `NotIdentified`."""
        return await identity.identify(self.session, self.place.person, self.team_id)

    def lookup(self, action: type[Action], arguments: Mapping[str, str], operator: Operator) -> Lookup:
        """What parameters need to know of this place."""
        place = self.place
        named = place.channel_name or self.channels.logical(place.channel, None)
        where = place.channel, named
        return lookup_for(self.core.policy, self.session, self.team_id, action, arguments, operator, where)

    async def say(self, content: JSON, what: str = "answer") -> None:
        """Answer privately, where the person is."""
        place, key = self.place, f"{self.source}:{what}"
        url, where = place.response_url, {"only_for": place.user_id, "thread_ts": place.thread_ts}
        if self.outgoing is not None and url:
            await self.outgoing.add(self.session, key, content, url, channel=place.channel, **where)
        else:
            await outbox.post(self.session, key, content, channel=place.channel, response_url=url, **where)

    async def send(self, report: JSON) -> None:
        """Send a report to the person, as a direct message."""
        await outbox.post(
            self.session,
            f"{self.source}:report",
            report,
            channel=self.place.user_id,
            response_url=self.place.response_url,
        )

    async def show(self, projection: str, subject: str) -> None:
        """Answer privately with what is known only once it is drawn, such as where a card stands."""
        await outbox.show(
            self.session,
            f"{self.source}:{projection}",
            channel=self.place.channel,
            projection=projection,
            subject=subject,
            only_for=self.place.user_id,
            thread_ts=self.place.thread_ts,
            response_url=self.place.response_url,
        )

    async def note(
        self,
        text: str,
        buttons: Iterable[JSON] = (),
        reference: str | None = None,
        commands: Iterable[str] = (),
        card: Element | None = None,
    ) -> None:
        """Answer with a sentence and next steps: buttons, commands to copy, a card to open."""
        content = self.renderer.message(
            "note.j2", text=text, card=card, next_buttons=list(buttons), reference=reference, commands=list(commands)
        )
        await self.say(content)

    async def refuse(self, error: Refused, offers: Iterable[JSON] = ()) -> None:
        """Say why not, and what to do instead."""
        if isinstance(error, AskedAlready):
            await self.show("asked_already", f"{error.card}:{error.by}")
            return
        next_steps = [*[await self.suggest(one) for one in error.suggestions], *offers]
        card = await links.to_card(self.session, self.channels, error.card, "open card") if error.card else None
        await self.note(str(error), next_steps, commands=error.commands, card=card)

    async def suggest(self, suggestion: Suggestion) -> JSON:
        """A suggestion as a button; what it stands for stays here, the button has an id."""
        draft = await self.draft(suggestion.verb, suggestion.arguments)
        action = self.core.registry.by_verb.get(suggestion.verb)
        return button(said_on(suggestion, action), f"draft:suggested:{draft.hex[:8]}", draft)

    async def on_oneself(self, operator: Operator, action: type[Action]) -> JSON:
        """A button for what everybody may do to themselves: `Sign yourself out everywhere …`."""
        draft = await self.draft(action.verb, oneself(operator, action))
        return button(says_on_oneself(action), f"draft:own:{action.verb}", draft)

    async def draft(self, verb: str, arguments: Mapping[str, str]) -> uuid.UUID:
        """Keep a command for a button of the answer: there with it, or not at all."""
        made = uuid.uuid4()
        await _DRAFTED.rows(self.session, id=made, verb=verb, arguments=dict(arguments), origin=self._origin)
        return made

    async def drafts(self, wanted: Sequence[tuple[str, Mapping[str, str]]]) -> list[uuid.UUID]:
        """The same of several, in one statement."""
        made = [uuid.uuid4() for _ in wanted]
        rows = [
            {"id": one, "verb": verb, "arguments": dict(arguments), "origin": self._origin}
            for one, (verb, arguments) in zip(made, wanted, strict=True)
        ]
        if rows:
            await self.session.execute(insert(table(Draft)).values(rows))
        return made

    async def draft_now(self, verb: str, arguments: Mapping[str, str]) -> uuid.UUID:
        """Keep a command for a form: it may be used, or sent back, before this payload's transaction is over."""
        async with self.core.database.transaction() as session:
            return await replace(self, session=session).draft(verb, arguments)

    @cached_property
    def _origin(self) -> JSON:
        return self.place.model_dump(exclude={"trigger_id"})


Button = Callable[[Desk, uuid.UUID, str], Awaitable[None]]
"""Handles a click: what it is about, and what else its name says after the colon. Raises `Refused`."""


def oneself(operator: Operator, action: type[Action]) -> dict[str, str]:
    """What such a command is about: whoever clicks."""
    return {name: str(operator.id) for name, kind in action.parameters().items() if issubclass(kind, Staffer)}


def says_on_oneself(action: type[Action]) -> str:
    """What its button says."""
    return f"{sentence(action.on_oneself)} …"


def lookup_for(
    policy: Policy,
    session: AsyncSession,
    team_id: str,
    action: type[Action],
    arguments: Mapping[str, str],
    operator: Operator | None,
    channel: tuple[str, str | None] = ("", None),
) -> Lookup:
    """What parameters need to know of the place where a command was typed or a form filled in.

    `channel`: its id in Slack and its name, where it was one.
    """
    clearance = clearance_of(operator) if operator else Clearance.NONE
    return Lookup(
        session,
        team_id,
        policy.reason_characters,
        action.verb,
        dict(arguments),
        zone=policy.zone,
        exclusive=policy.exclusive,
        asker=operator.id if operator else None,
        channel=channel[0],
        channel_name=channel[1] or "",
        seen=lambda part: masking.masked_text([part], clearance),
        begins=action.beginning(),
        again=lambda given: grammar.again(action, given),
    )
