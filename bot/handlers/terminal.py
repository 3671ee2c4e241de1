"""What somebody typed in a terminal (`pm do`): handled as everything that comes in, answered where they wait for it.

The same grammar, permissions, approvals and refusals as in Slack. Nothing is decided here: whoever approves sees the
card. The answer stands in the payload's row and is deleted with it.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from slack_sdk.web.async_client import AsyncWebClient
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action
from bot.delivery.channels import Channels
from bot.delivery.deliver import Projection
from bot.drawing.cards.saying import status
from bot.drawing.render import Renderer
from bot.drawing.terminal import as_text
from bot.errors import AskedAlready, NotIdentified, Refused, Suggestion
from bot.handlers import commands, grammar
from bot.handlers.desk import Desk, Place, Reports
from bot.people.identity import Operator, operator_by_id, slack_ids
from bot.pipeline import tokens
from bot.pipeline.core import Core
from bot.store.models import JSON, Inbox, Proposal

HERE = ""  # no channel at all: what is asked for here is posted where it belongs
NOBODYS = (
    "This token does not work: perhaps it was revoked, or replaced by another one. Nothing was done. "
    "Whoever runs the bot makes a new one with: pm staff cli-token you@penguinmails.example"
)
NOT_ACTIVE = (
    "Your staff account is not active, so I cannot act for you and nothing was done. "
    "Ask somebody with the role security or super admin to look at it."
)
BROKEN = "Something went wrong on my side, so nothing was done. Try once more; the reference is {reference}."


class Ended(StrEnum):
    """How it ended, as far as the terminal is concerned."""

    ANSWERED = "answered"
    REFUSED = "refused"
    ASKED = "asked"
    """A request was made: its row says how it goes on."""


@dataclass
class Said:
    """What is to be read in the terminal."""

    lines: list[str] = field(default_factory=list)
    outcome: Ended = Ended.ANSWERED
    proposal: uuid.UUID | None = None

    def dump(self) -> JSON:
        return {
            "outcome": self.outcome,
            "text": "\n\n".join(self.lines),
            "proposal": str(self.proposal) if self.proposal else None,
        }


@dataclass(frozen=True)
class Terminal(Desk):
    """A desk whose answers are read in a terminal."""

    asker: uuid.UUID | None
    card: Projection
    said: Said

    @property
    def opens_forms(self) -> bool:
        return False

    async def operator(self) -> Operator:
        if self.asker is None:
            raise NotIdentified(NOBODYS)
        found = await operator_by_id(self.session, self.asker, self.place.person)
        if found is None:
            raise NotIdentified(NOT_ACTIVE)
        return found

    async def say(self, content: JSON, what: str = "answer") -> None:
        self.said.lines.append(as_text(content["blocks"], buttons=False))

    async def send(self, report: JSON) -> None:
        await self.say(report)

    async def show(self, projection: str, subject: str) -> None:
        """Of a request just made: its card, as it is."""
        self.said.outcome, self.said.proposal = Ended.ASKED, uuid.UUID(subject)
        await self.say(await self.card(self.session, subject))

    async def refuse(self, error: Refused, offers: Iterable[JSON] = ()) -> None:
        self.said.lines.clear()
        self.said.outcome, self.said.proposal = Ended.REFUSED, None
        if isinstance(error, AskedAlready):
            there = await self.session.get_one(Proposal, error.card)
            self.said.lines.append(f"Somebody has already asked for this: request {there.number}, {status(there)}.")
            return
        typed = [*error.commands, *(self._as_typed(one) for one in error.suggestions)]
        self.said.lines.append("\n".join([str(error), *(f"  pm do {one}" for one in typed)]))

    def _as_typed(self, suggestion: Suggestion) -> str:
        """What to type for it, with what still has to be said."""
        action = self.core.registry.by_verb.get(suggestion.verb)
        if action is None:
            return " ".join([suggestion.verb, *suggestion.arguments.values()])
        return " ".join([grammar.again(action, suggestion.arguments), *_missing(action, suggestion.arguments)])


def _missing(action: type[Action], given: Mapping[str, str]) -> Iterable[str]:
    return (
        one.usage
        for name, one in action.declared().items()
        if one.usage and not one.optional and not given.get(name, "").strip()
    )


class Terminals:
    """Handles what was typed in terminals, once each (see `bot.handlers.dispatch.Inbound`)."""

    def __init__(
        self,
        core: Core,
        renderer: Renderer,
        channels: Channels,
        client: AsyncWebClient,
        team_id: str,
        reports: Reports,
        card: Projection,
    ) -> None:
        self._core, self._renderer, self._channels, self._reports = core, renderer, channels, reports
        self._client, self._team_id, self._card = client, team_id, card

    async def handle(self, inbox_id: int) -> None:
        async with self._core.database.transaction() as session:
            row = await session.get_one(Inbox, inbox_id, with_for_update=True)
            if row.handled is not None:
                return
            desk = await self._desk(session, row)
            try:
                async with session.begin_nested():
                    await commands.typed(desk, row.payload["text"])
            except Refused as error:
                await desk.refuse(error)
            row.answer, row.handled = desk.said.dump(), func.now()

    async def give_up(self, inbox_id: int, error: BaseException, reference: str) -> None:
        async with self._core.database.transaction() as session:
            row = await session.get_one(Inbox, inbox_id, with_for_update=True)
            if row.handled is None:
                said = Said([BROKEN.format(reference=reference)], Ended.REFUSED)
                row.answer, row.handled, row.reference = said.dump(), func.now(), reference

    async def _desk(self, session: AsyncSession, row: Inbox) -> Terminal:
        asker = await tokens.owner(session, row.payload["token"])
        account = (await slack_ids(session, self._team_id)).get(asker, "") if asker else ""
        return Terminal(
            session=session,
            place=Place(team_id=self._team_id, user_id=account, channel=HERE, doors=("terminal",)),
            source=f"inbox:{row.id}",
            core=self._core,
            renderer=self._renderer,
            channels=self._channels,
            client=self._client,
            team_id=self._team_id,
            reports=self._reports,
            asker=asker,
            card=self._card,
            outgoing=None,
            said=Said(),
        )
