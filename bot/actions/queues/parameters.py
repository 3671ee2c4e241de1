"""Whose jobs an action is about, and which of several pauses."""

import re
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import InvalidParameter
from bot.holds import engine
from bot.parameters.base import Choice, Control, Lookup, Parameter, as_uuid, did_you_mean, look_alikes, quoted, required
from bot.platform.queues import Scope
from bot.store.models import Hold, Proposal
from bot.targets.queue import Queue
from bot.targets.tenant import Tenant

EVERY_QUEUE = "all"


@dataclass(frozen=True)
class InQueue(Queue):
    """One queue of several that somebody's jobs are in."""

    label: ClassVar[str] = "Only in this queue"
    usage: ClassVar[str] = "in queue"
    keywords: ClassVar[tuple[str, ...]] = ("in",)
    explanation: ClassVar[str] = "only the tenant's jobs in this queue; if you name none: in all queues"


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

    async def lock(self, session: AsyncSession) -> None:
        """Nobody else holds these jobs back, or lets them run, until the transaction ends."""
        await (Queue(self.queue).lock(session) if self.queue else engine.lock(session))

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which queue or tenant, such as email-sending or Acme Corp.")
        if typed.lower() == EVERY_QUEUE:
            return cls(None, None, "all queues")
        if as_uuid(typed) is not None:
            return cls._tenant(await Tenant.resolve(parameter, typed, lookup))
        if queues := await Queue.find(lookup.session, typed):
            return cls(queues[0].queue, None, queues[0].queue)
        found = await Tenant.find(lookup.session, typed)
        if len(found) == 1:
            return cls._tenant(found[0])
        if found:
            raise Tenant.which(parameter, typed, found, lookup)
        close = [*await Queue.close(lookup.session, typed), *await Tenant.close(lookup.session, typed)][:2]
        names = [one.shown for one in close]
        otherwise = did_you_mean(names) or Tenant.otherwise
        raise InvalidParameter(
            parameter,
            f"There is no queue or tenant {quoted(typed)}.{look_alikes(typed)} {otherwise}",
            suggestions=[lookup.instead(parameter, one.dump(), one.shown) for one in close],
        )

    @classmethod
    def _tenant(cls, tenant: Tenant) -> Self:
        return cls(None, tenant.tenant, tenant.name)

    @classmethod
    def taken_from(cls, other: Parameter) -> str | None:
        return other.dump() if type(other) in (cls, Queue, Tenant) else None

    @classmethod
    async def matching(cls, typed: str, session: AsyncSession) -> list[Choice]:
        return [*await Queue.matching(typed, session), *await Tenant.matching(typed, session)]

    @property
    def shown(self) -> str:
        return self.name

    def dump(self) -> str:
        return str(self.tenant_id) if self.tenant_id else self.queue or EVERY_QUEUE

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        if as_uuid(str(dumped)) is not None:
            return cls._tenant(await Tenant.load(dumped, session))
        queue = None if dumped == EVERY_QUEUE else str(dumped)
        return cls(queue, None, queue or "all queues")


@dataclass(frozen=True)
class PauseOf(Parameter):
    """One pause of several on the same jobs, by the number of the request that it came from."""

    label: ClassVar[str] = "Only the pause of request"
    usage: ClassVar[str] = "request 12"
    example: ClassVar[str] = ""
    keywords: ClassVar[tuple[str, ...]] = ("request",)
    explanation: ClassVar[str] = "only the pause that this request made; if you give no number: all pauses"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "Request number from the card; empty: all pauses"

    hold_id: uuid.UUID
    number: int | None

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say which request, by its number.")
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
            raise InvalidParameter("request", "There is no such pause. /pm holds shows the active ones.")
        return cls(row[0], row[1])
