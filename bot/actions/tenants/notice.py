"""`tenant notice acme about spam because …`: a mail to those who manage a tenant, shown before it is sent."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, EffectRequest, Outcome
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter, NothingToDo
from bot.holds import engine
from bot.parameters.base import Control, Lookup, Parameter, Reason, did_you_mean, quoted, required
from bot.permissions import Permission
from bot.personal import Part, Personal
from bot.platform import tenants
from bot.policy import Risk
from bot.targets.tenant import Tenant
from bot.words import counted, listed

TOPICS = {
    "spam": "mails that look like spam",
    "pause": "their sending is paused",
    "correction": "the last notice was a mistake",
}
"""Each has a mail, `notice_<topic>`."""


@dataclass(frozen=True)
class Topic(Parameter):
    """What a notice says: one of the mails that there are."""

    label: ClassVar[str] = "About"
    usage: ClassVar[str] = "about spam"
    keywords: ClassVar[tuple[str, ...]] = ("about",)
    example: ClassVar[str] = "spam"
    explanation: ClassVar[str] = listed((f"{name} ({means})" for name, means in TOPICS.items()), "or")
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = listed(TOPICS, "or")

    name: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, f"Say what about: {listed(TOPICS, 'or')}.").lower()
        if typed not in TOPICS:
            close = get_close_matches(typed, TOPICS, n=1)
            said = did_you_mean(close) or f"The topics are {listed(TOPICS)}."
            suggestions = [lookup.instead(parameter, one, one) for one in close]
            raise InvalidParameter(
                parameter,
                f"There is no notice about {quoted(typed)}. {said} Nothing was done.",
                suggestions=suggestions,
            )
        return cls(typed)

    def dump(self) -> str:
        return self.name

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


@register
class Notice(Action):
    """Send a mail to the owners and admins of a tenant. The card shows the mail before it is sent.

    What was read cannot be taken back, so its undo is another mail, a correction. Nothing changes on the platform, so
    that is not asked; what became of each mail stands on the card.
    """

    name, verb, says = "tenant.notice", "tenant notice", "tell the admins of"
    also = ("notice", "notify tenant", "notify admins", "tell admins", "mail tenant", "mail admins")
    offered_as = "tell a tenant's admins"
    permission, risk = Permission.TENANT_NOTICE, Risk.HIGH
    team = "operations"
    tenant: Tenant
    topic: Topic
    reason: Reason

    @property
    def relies_on(self) -> Collection[str]:
        return ("mail",)

    async def _readers(self, session: AsyncSession) -> list[str]:
        """Their addresses. Raises `NothingToDo` where nobody would read it."""
        found = await tenants.managers(session, self.tenant.id)
        if not found:
            raise NothingToDo(
                f"{self.tenant.name} has no owner or admin whose account is active, so nobody would read it. "
                "Nothing was done."
            )
        return found

    async def preview(self, session: AsyncSession) -> Impact:
        readers = await self._readers(session)
        addresses = [Personal(personal="customer", value=one) for one in readers]
        return Impact(
            facts=(
                fact("Tenant", self.tenant.name, bound=True),
                fact("To", *_among(addresses), bound=True),
                fact("After", f"{counted(len(readers), 'mail')}, one to each; a mail that was sent cannot be recalled"),
            ),
            context={
                "tenant": {"id": str(self.tenant.id), "name": self.tenant.name},
                "about": self.topic.name,
                "readers": counted(len(readers), "admin"),
            },
        )

    async def lock(self, session: AsyncSession) -> None:
        """Nobody is erased meanwhile; of the platform's rows none is changed, and none is locked."""
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        readers = await self._readers(session)
        letter = {"letter": f"notice_{self.topic.name}", "context": {"tenant": self.tenant.name}}
        return Outcome(
            data={"mails": len(readers)},
            old={"told": False},
            new={"told": True, "about": self.topic.name},
            effects=tuple(EffectRequest("mail to the admins", "mail", {"to": one, **letter}) for one in readers),
        )

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        """A correction of a correction would only confuse."""
        if self.topic.name == "correction":
            return None
        reason = f"undoing: {self.reason.text}"
        parameters = {"tenant": self.tenant.dump(), "topic": "correction", "reason": reason}
        return Step(action=self.name, parameters=parameters)


def _among(addresses: list[Personal]) -> list[Part]:
    """With commas between."""
    parts: list[Part] = []
    for one in addresses:
        parts += (", ", one)
    return parts[1:]
