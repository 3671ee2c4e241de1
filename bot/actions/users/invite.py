"""`user invite jo@new.example to acme as admin because …`: a mail asks somebody to join a tenant.

An invitation is no account: the platform makes that when somebody accepts. Until then it can be taken back.
"""

import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, EffectRequest, Outcome, Verified
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.actions.users.roles import TenantRoles
from bot.errors import InvalidParameter, NothingToDo
from bot.integrations.platform.probe import PlatformProbe, agreed, instant
from bot.parameters.base import Control, Lookup, Parameter, Reason, quoted, required
from bot.parameters.untyped import Untyped
from bot.permissions import Permission
from bot.personal import Part, Personal
from bot.platform import invitations, users
from bot.platform.writes import Write
from bot.policy import Risk
from bot.store.models import Verification
from bot.targets.tenant import Tenant
from bot.words import listed

LETTER = "invitation"
ADDRESS = re.compile(r"[^@\s<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
WRITES = (
    Write(
        "tenant_invitations",
        insert=("id", "tenant_id", "email", "roles", "invited_by"),
        update=("withdrawn",),
    ),
)


@dataclass(frozen=True)
class Address(Parameter):
    """An address of mail, whether it has an account or not."""

    label: ClassVar[str] = "Address"
    usage: ClassVar[str] = "someone@example.com"
    example: ClassVar[str] = "jo@new-company.example"
    explanation: ClassVar[str] = "an e-mail address"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "For example jo@new-company.example"

    address: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = required(parameter, raw, "Say who to invite: an address, such as jo@new-company.example.")
        if not ADDRESS.fullmatch(typed) or len(typed) > 254:
            raise InvalidParameter(parameter, f"{quoted(typed)} is not an e-mail address. Nothing was done.")
        return cls(typed)

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Personal(personal="customer", value=self.address),)

    @property
    def shown(self) -> str:
        return "somebody"

    def dump(self) -> str:
        return self.address

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


@dataclass(frozen=True)
class Invitation(Untyped):
    """An invitation by its id: only the bot itself says this, to take one back."""

    label: ClassVar[str] = "Invitation"
    explanation: ClassVar[str] = "an invitation"
    instead: ClassVar[str] = "Use the button on the card of the invitation"

    id: uuid.UUID

    def dump(self) -> str:
        return str(self.id)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(uuid.UUID(str(dumped)))


async def invitation_at(platform: PlatformProbe, tenant: Tenant, invitation: str) -> dict[str, Any]:
    """Of a platform that knows the tenant, whether the invitation is open there. Raises `Unavailable`."""
    answer = await platform.ask(f"/internal/tenants/{tenant.id}/invitations", params={"id": invitation})
    with agreed():
        return {"open": bool(answer["open"]), "at": instant(answer)}


async def expected(session: AsyncSession, outcome: dict[str, Any], ids: Sequence[str]) -> dict[str, Any]:
    """The outcome, and of each of these invitations whether it is to be open by now: people accept them, too."""
    still = await invitations.open_among(session, [uuid.UUID(one) for one in ids])
    return {**outcome, "open": {one: uuid.UUID(one) in still for one in ids}}


@register
class Invite(Action):
    """Invite somebody to a tenant by mail, as a member unless another role is named."""

    name, verb, says = "user.invite", "user invite", "invite"
    also = ("invite",)
    offered_as = "invite somebody to a tenant"
    permission, risk = Permission.USER_INVITE, Risk.MEDIUM
    writes = WRITES
    team = "operations"
    address: Address
    tenant: Annotated[Tenant, introduced_by("to")]
    roles: Annotated[TenantRoles | None, introduced_by("as")]
    reason: Reason

    @property
    def relies_on(self) -> Collection[str]:
        return ("mail",)

    @property
    def _roles(self) -> tuple[str, ...]:
        return self.roles.names if self.roles else ("member",)

    async def _check(self, session: AsyncSession) -> None:
        """Raises `NothingToDo` where they belong to it, or are asked, already."""
        there = await users.by_email(session, self.address.address)
        if there and self.tenant.id in there.tenant_ids:
            raise NothingToDo(f"That user belongs to {self.tenant.name} already: /pm user role changes their role.")
        if await invitations.is_open(session, self.tenant.tenant, self.address.address):
            raise NothingToDo(f"That address already has an open invitation to {self.tenant.name}. Nothing was done.")

    async def preview(self, session: AsyncSession) -> Impact:
        await self._check(session)
        return Impact(
            facts=(
                fact("Address", *self.address.parts, bound=True),
                fact("Tenant", self.tenant.name, f" · {self.tenant.apart}", bound=True),
                fact("Role", listed(self._roles)),
            ),
            context={"who": [part.model_dump() for part in self.address.parts if isinstance(part, Personal)]}
            | {"tenant": {"id": str(self.tenant.id), "name": self.tenant.name}, "roles": listed(self._roles)},
        )

    async def lock(self, session: AsyncSession) -> None:
        """Who belongs to a tenant, and who is asked to, changes one at a time."""
        await super().lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        await self._check(session)
        to = self.address.address
        one = await invitations.invite(session, self.tenant.tenant, to, self._roles, by)
        letter = {"tenant": self.tenant.name, "roles": listed(self._roles)}
        return Outcome(
            data={"invitation": str(one)},
            old={"invited": False},
            new={"invited": True, "roles": list(self._roles)},
            effects=(EffectRequest("invitation", "mail", {"to": to, "letter": LETTER, "context": letter}),),
        )

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return await expected(session, outcome, [outcome["invitation"]])

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await invitation_at(platform, self.tenant, outcome["invitation"])
        holds = answer["open"] is outcome["open"][outcome["invitation"]]
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, answer["at"])

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(
            action="user.take_back_invitation",
            parameters={
                "tenant": self.tenant.dump(),
                "invitation": outcome["invitation"],
                "reason": f"undoing: {self.reason.text}",
            },
        )


@register
class TakeBackInvitation(Action):
    """Take back an invitation to a tenant, as long as nobody has accepted the invitation."""

    name, verb, says = "user.take_back_invitation", "", "take back"
    permission, risk = Permission.USER_INVITE, Risk.MEDIUM
    writes = WRITES
    team = "operations"
    tenant: Tenant
    invitation: Invitation
    reason: Reason

    async def preview(self, session: AsyncSession) -> Impact:
        address = await invitations.address_of(session, self.invitation.id)
        if address is None:
            raise NothingToDo("This invitation was accepted or taken back in the meantime. Nothing was done.")
        who = Personal(personal="customer", value=address)
        return Impact(
            facts=(fact("Address", who, bound=True), fact("Tenant", self.tenant.name), fact("After", "not invited")),
            context={"who": [who.model_dump()], "tenant": {"id": str(self.tenant.id), "name": self.tenant.name}},
        )

    async def lock(self, session: AsyncSession) -> None:
        """Nobody accepts it meanwhile."""
        await super().lock(session)
        await invitations.hold(session, self.invitation.id)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        if not await invitations.withdraw(session, self.invitation.id):
            raise NothingToDo("This invitation was accepted or taken back in the meantime. Nothing was done.")
        return Outcome(data={"invitation": str(self.invitation.id)}, old={"invited": True}, new={"invited": False})

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return await expected(session, outcome, [outcome["invitation"]])

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await invitation_at(platform, self.tenant, outcome["invitation"])
        holds = answer["open"] is outcome["open"][outcome["invitation"]]
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, answer["at"])
