"""`users invite jo@new.example, sam@new.example to acme because …`: many are asked to join a tenant, by a list."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Self

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import EffectRequest, Outcome, Verified
from bot.actions.bulk import MOST, SAMPLE, Bulk, Chosen, Did, PartOf, Selection, Sorted
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, Step
from bot.actions.registry import register
from bot.actions.users.invite import ADDRESS, LETTER, WRITES, expected, invitation_at
from bot.actions.users.roles import TenantRoles
from bot.actions.users.selection import ADDRESSES
from bot.errors import InvalidParameter, MissingParameter
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Lookup, Reason, unescape
from bot.parameters.conditions import Fields
from bot.parameters.listing import Listing
from bot.permissions import Permission
from bot.personal import Part, Personal
from bot.platform import invitations, user_selection
from bot.platform.writes import RECORD
from bot.policy import Risk
from bot.store.models import Verification
from bot.targets.tenant import Tenant
from bot.words import counted, listed


def _an_address(text: str) -> bool:
    return bool(ADDRESS.fullmatch(text)) and len(text) <= 254


@dataclass(frozen=True)
class Newcomers(Selection):
    """People by their addresses, whether they have accounts or not: each gets the id of an invitation."""

    label: ClassVar[str] = "Addresses"
    usage: ClassVar[str] = "jo@new-company.example, sam@new-company.example"
    example: ClassVar[str] = "jo@new-company.example, sam@new-company.example"
    explanation: ClassVar[str] = "addresses, separated by commas; or a CSV file with a column named email"
    hint: ClassVar[str] = "Addresses, one per line or separated by commas"
    listing: ClassVar[Listing] = replace(ADDRESSES, looks_right=_an_address)
    fields: ClassVar[Fields] = Fields("person", "jo@new-company.example, sam@new-company.example", {}, "people")

    to: Mapping[uuid.UUID, str] = field(default_factory=dict, compare=False)

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = unescape(raw or "").replace("\x00", "").lstrip("\ufeff").strip()
        if not typed:
            raise MissingParameter(parameter, "Say who to invite: type their addresses, separated by commas.")
        items = cls.listing.read(parameter, typed, cls.fields.can)
        if len(items) > MOST:
            said = f"The list has {len(items):,} addresses, but at most {MOST:,} are allowed."
            raise InvalidParameter(parameter, f"{said} Nothing was done: split it.")
        to = {uuid.uuid4(): one.text for one in items}
        return cls((counted(len(to), "address", "addresses"),), len(to), tuple(to), to)

    @classmethod
    async def that_match(cls, session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> Sequence[uuid.UUID]:
        return ()  # nobody is there yet to have anything in common

    @classmethod
    async def called(cls, names: Sequence[str], lookup: Lookup) -> Mapping[str, uuid.UUID]:
        return {}

    @classmethod
    async def names(cls, session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Part]:
        found = await user_selection.addresses(session, ids) | await invitations.addresses(session, ids)
        return {one: Personal(personal="customer", value=address) for one, address in found.items()}


@dataclass(frozen=True)
class Invited(Chosen):
    """Whom a part invites: by the id of each invitation its address."""

    to: Mapping[uuid.UUID, str] = field(default_factory=dict)

    def dump(self) -> str:
        return " ".join(f"{one}={address}" for one, address in self.to.items())

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        pairs = (one.partition("=") for one in str(dumped).split())
        to = {uuid.UUID(one): address for one, _, address in pairs}
        return cls(tuple(to), to)


class InvitationsPart(PartOf):
    """Base of inviting and of taking back."""

    noun = "invitation"
    judged_as = "user.invite"
    permission, risk = Permission.USER_INVITE, Risk.MEDIUM
    writes = (*WRITES, RECORD)
    team = "operations"
    size = 200  # each of them has a mail, which commits with it
    chosen_from = Newcomers
    tenant: Tenant

    async def lock(self, session: AsyncSession) -> None:
        """Who belongs to a tenant, and who is asked to, changes one at a time."""
        await self.tenant.lock(session)

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return await expected(session, outcome, outcome["done"])

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answers = {one: await invitation_at(platform, self.tenant, one) for one in outcome["done"]}
        agrees = all(answer["open"] is outcome["open"][one] for one, answer in answers.items())
        at = min((one["at"] for one in answers.values()), default=None)
        return Verified(Verification.CONFIRMED if agrees else Verification.NOT_YET, at)


@register
class InvitePart(InvitationsPart):
    """One part of a long list: invite these people to a tenant."""

    name, says = "user.invite_some", "invite"
    chosen: Invited
    tenant: Tenant
    roles: TenantRoles | None
    reason: Reason

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        roles = self.roles.names if self.roles else ("member",)
        invited = await invitations.invite_all(session, self.tenant.tenant, self.chosen.to, roles, by)
        did = [Did(one, self.tenant.tenant, {"invited": False}, {"invited": True}) for one in invited]
        letter = {"letter": LETTER, "context": {"tenant": self.tenant.name, "roles": listed(roles)}}
        mails = (EffectRequest("invitation", "mail", {"to": self.chosen.to[one], **letter}) for one in invited)
        return replace(await self.recorded(session, by, did), effects=tuple(mails))

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        return self.back("user.take_back_invitations", outcome["done"], tenant=self.tenant.dump())


@register
class TakeBackPart(InvitationsPart):
    """One part of a large request: take back these invitations, except those that somebody has accepted."""

    name, says = "user.take_back_invitations", "take back"
    tenant: Tenant
    reason: Reason

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        closed = await invitations.withdraw_all(session, self.chosen.ids)
        did = [Did(one, self.tenant.tenant, {"invited": True}, {"invited": False}) for one in closed]
        return await self.recorded(session, by, did)


@register
class InviteMany(Bulk):
    """Invite several people to a tenant by mail, as members unless another role is named."""

    name, verb, says = "user.invite_several", "users invite", "invite several people"
    also = ("invite people",)
    offered_as = "invite several people to a tenant"
    noun = "invitation"
    part = InvitePart
    selection: Newcomers
    tenant: Annotated[Tenant, introduced_by("to")]
    roles: Annotated[TenantRoles | None, introduced_by("as")]
    reason: Reason

    @property
    def relies_on(self) -> Collection[str]:
        return ("mail",)

    async def sort(self, session: AsyncSession) -> Sorted:
        to = self.selection.to
        known = await invitations.there(session, self.tenant.tenant, [one.lower() for one in to.values()])
        new = {one: address for one, address in to.items() if address.lower() not in known}
        left: dict[str, list[uuid.UUID]] = {}
        for as_what, why in known.values():
            left.setdefault(why, []).append(as_what)
        return Sorted(
            tuple(new),
            tuple((tuple(ids), why) for why, ids in sorted(left.items())),
            tuple((Personal(personal="customer", value=one),) for one in [*new.values()][:SAMPLE]),
        )

    async def preview(self, session: AsyncSession) -> Impact:
        """With the letter that each of them gets."""
        impact = await super().preview(session)
        letter = {"tenant": self.tenant.name, "roles": listed(self.roles.names) if self.roles else "member"}
        return impact.model_copy(update={"context": {**impact.context, **letter}})

    async def one(self, session: AsyncSession, ids: tuple[uuid.UUID, ...]) -> PartOf:
        chosen = Invited(ids, {one: self.selection.to[one] for one in ids})
        return self.part(chosen=chosen, tenant=self.tenant, roles=self.roles, reason=self.reason)

    def after(self) -> str:
        roles = listed(self.roles.names) if self.roles else "member"
        return f"invited to {self.tenant.name} as {roles}; each of them gets a mail"
