"""Parameters of what is done to queues: which queue or whose jobs, and which pause is meant."""

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, did_you_mean, quoted, unescape
from bot.actions.parameters.tenant import choices, close_to, found_as, which
from bot.errors import InvalidParameter, MissingParameter
from bot.permissions import Permission
from bot.platform import queues, tenants
from bot.platform.queues import Scope
from bot.store.models import Hold, Proposal

EVERY_QUEUE = "all"


async def _queue_named(session: AsyncSession, typed: str) -> str | None:
    """The queue that is meant; in Redis each name has a prefix."""
    known = await queues.names(session)
    wanted = typed.lower()
    return next((name for name in known if name.lower() in (wanted, wanted.removeprefix("queue:"))), None)


async def _queue_choices(typed: str, session: AsyncSession, permissions: Collection[Permission]) -> list[Choice]:
    if Permission.QUEUE_READ not in permissions:
        return []
    found = [name for name in await queues.names(session) if typed.strip().lower() in name.lower()]
    return [Choice((f"{name} (queue)",), name) for name in found]


@dataclass(frozen=True)
class Queue(Parameter):
    """One queue, by its name."""

    label: ClassVar[str] = "Only in this queue"
    usage: ClassVar[str] = "in queue"
    example: ClassVar[str] = "email-sending"
    keywords: ClassVar[tuple[str, ...]] = ("in",)
    explanation: ClassVar[str] = "only the tenant's jobs in this queue; without it, in all queues"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type a queue's name"

    queue: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        if not typed:
            raise MissingParameter(parameter, "Say which queue, such as email-sending.")
        found = await _queue_named(lookup.session, typed)
        if found:
            return cls(found)
        known = {name.lower(): name for name in await queues.names(lookup.session)}
        close = [known[one] for one in get_close_matches(typed.lower(), known, n=2, cutoff=0.6)]
        raise InvalidParameter(
            parameter,
            f"There is no queue {quoted(typed)}. {did_you_mean(close) or 'The queues: ' + ', '.join(known.values())}",
            suggestions=[lookup.instead(parameter, name, f"… in {name}") for name in close],
        )

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession, permissions: Collection[Permission]) -> list[Choice]:
        return await _queue_choices(typed, session, permissions)

    def dump(self) -> str:
        return self.queue

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


@dataclass(frozen=True)
class QueueOrTenant(Parameter):
    """Whose jobs: a queue's, a tenant's, or with `all` everybody's."""

    label: ClassVar[str] = "Queue or tenant"
    usage: ClassVar[str] = "queue-or-tenant"
    example: ClassVar[str] = '"Acme Corp"'
    explanation: ClassVar[str] = "a queue such as email-sending, a tenant such as “Acme Corp”, or all for every queue"
    control: ClassVar[Control] = "pick"
    hint: ClassVar[str] = "Type the name of a queue or a tenant"

    queue: str | None
    tenant_id: uuid.UUID | None
    name: str

    def within(self, queue: Queue | None) -> Scope:
        """The jobs that are meant together with `in queue`. Raises `InvalidParameter` when that makes no sense."""
        if queue is not None and self.tenant_id is None:
            raise InvalidParameter(
                "queue", f"{self.name} is not a tenant, so leave out “in {queue.queue}”, or name a tenant."
            )
        return Scope(queue.queue if queue else self.queue, self.tenant_id)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        if not typed:
            raise MissingParameter(parameter, "Say which queue or tenant, such as email-sending or Acme Corp.")
        if typed.lower() == EVERY_QUEUE:
            return cls(None, None, "all queues")
        queue = await _queue_named(lookup.session, typed)
        if queue:
            return cls(queue, None, queue)
        found = await found_as(lookup.session, typed)
        if len(found) == 1:
            return cls(None, found[0].id, found[0].name)
        if found:
            raise which(parameter, typed, found, lookup)
        close = await close_to(lookup.session, typed, await queues.names(lookup.session))
        raise InvalidParameter(
            parameter,
            f"There is no queue or tenant {quoted(typed)}. {did_you_mean(close) or 'Type the start of its name.'}",
            suggestions=[lookup.instead(parameter, name, name) for name in close],
        )

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession, permissions: Collection[Permission]) -> list[Choice]:
        return [*await _queue_choices(typed, session, permissions), *await choices(typed, session, permissions)]

    @property
    def shown(self) -> str:
        return self.name

    def dump(self) -> str:
        return str(self.tenant_id) if self.tenant_id else self.queue or EVERY_QUEUE

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        tenant_id = as_uuid(str(dumped))
        if tenant_id is None:
            queue = None if dumped == EVERY_QUEUE else str(dumped)
            return cls(queue, None, queue or "all queues")
        record = await tenants.load(session, tenant_id)
        if record is None:
            raise InvalidParameter("what", "That tenant no longer exists on the platform.")
        return cls(None, record.id, record.name)


@dataclass(frozen=True)
class PauseOf(Parameter):
    """One pause of several on the same jobs, by the number of the request that it came from."""

    label: ClassVar[str] = "Only the pause of request"
    usage: ClassVar[str] = "request 12"
    example: ClassVar[str] = ""
    keywords: ClassVar[tuple[str, ...]] = ("request",)
    explanation: ClassVar[str] = "only the pause that this request set; without it, all pauses"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "Request number from the card; empty: all its pauses"

    hold_id: uuid.UUID
    number: int | None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").strip()
        if not typed:
            raise MissingParameter(parameter, "Say which request, by its number.")
        if (hold_id := as_uuid(typed)) is not None:
            return await cls.load(str(hold_id), lookup.session)
        number = int(typed) if re.fullmatch(r"[0-9]{1,15}", typed) else 0
        found = await lookup.session.scalar(
            select(Hold.id)
            .join(Proposal, Proposal.id == Hold.proposal_id)
            .where(Proposal.number == number, Hold.ended.is_(None))
        )
        if found is None:
            raise InvalidParameter(
                parameter, f"Request {quoted(typed)} has no active pause. Leave out the number to end all pauses."
            )
        return cls(found, number)

    def dump(self) -> str:
        return str(self.hold_id)

    @property
    def shown(self) -> str:
        return str(self.number or "")

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        row = (
            await session.execute(
                select(Hold.id, Proposal.number)
                .outerjoin(Proposal, Proposal.id == Hold.proposal_id)
                .where(Hold.id == uuid.UUID(str(dumped)))
            )
        ).one_or_none()
        if row is None:
            raise InvalidParameter("request", "There is no such pause.")
        return cls(row[0], row[1])
