"""Alerts: by the button of their card, or by what they are about."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter, WhichOne
from bot.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, quoted, required
from bot.store.models import Alert, AlertState

OFFERED = 5
GONE = "There is no such alert any more. Nothing was done."


def called(alert: Alert) -> str:
    """Its title: `Queue email-sending is backing up`."""
    return str(alert.facts.get("title") or f"{alert.rule} on {alert.subject}")


@dataclass(frozen=True)
class OfAlert(Parameter):
    """The alert that something is done for; nobody types it: its card has a button."""

    label: ClassVar[str] = "Alert"
    usage: ClassVar[str] = ""
    example: ClassVar[str] = ""
    explanation: ClassVar[str] = "the alert whose card has the button"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "The alert"

    id: uuid.UUID

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        known = as_uuid(raw or "")
        if known is None or await lookup.session.get(Alert, known) is None:
            raise InvalidParameter(parameter, GONE)
        return cls(known)

    def dump(self) -> str:
        return str(self.id)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(uuid.UUID(str(dumped)))


@dataclass(frozen=True)
class AlertOn(OfAlert):
    """An alert that is open, by what it is about."""

    usage: ClassVar[str] = "email-sending"
    example: ClassVar[str] = "email-sending"
    explanation: ClassVar[str] = "an open alert: type what it is about, such as a queue"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "What the alert is about, such as email-sending"

    title: str = ""

    @property
    def shown(self) -> str:
        return self.title

    @classmethod
    def of(cls, alert: Alert) -> Self:
        return cls(alert.id, called(alert))

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which alert: type what it is about, such as email-sending.")
        if (known := as_uuid(typed)) is not None:
            alert = await lookup.session.get(Alert, known)
            if alert is None:
                raise InvalidParameter(parameter, GONE)
            return cls.of(alert)
        found = await _open(lookup.session, Alert.subject == typed)
        if not found:
            raise InvalidParameter(parameter, f"No alert on {quoted(typed)} is open. Nothing was done.")
        if len(found) > 1:
            raise WhichOne(
                parameter,
                f"{len(found)} alerts on {quoted(typed)} are open. Which one?",
                suggestions=[lookup.instead(parameter, str(one.id), called(one)) for one in found[:OFFERED]],
            )
        return cls.of(found[0])

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        wanted = func.strpos(func.lower(Alert.facts["title"].astext), typed.replace("\x00", "").strip().lower()) > 0
        return [Choice((called(one),), str(one.id)) for one in await _open(session, wanted)]

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        alert = await session.get(Alert, uuid.UUID(str(dumped)))
        if alert is None:
            raise InvalidParameter("alert", GONE)
        return cls.of(alert)


async def _open(session: AsyncSession, condition: Any) -> Sequence[Alert]:
    """The newest first."""
    is_open = Alert.state.not_in((AlertState.RESOLVED, AlertState.PENDING))
    return (await session.scalars(select(Alert).where(is_open, condition).order_by(Alert.fired.desc()))).all()
