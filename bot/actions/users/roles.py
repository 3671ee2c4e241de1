"""`user role someone@… to admin in acme because …`: what a user may do in a tenant."""

import uuid
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Outcome, Verified
from bot.actions.declared import introduced_by
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.actions.users.facts import current, data, who_fact
from bot.errors import InvalidParameter, MissingParameter, NothingToDo, Refused
from bot.integrations.platform.probe import PlatformProbe, agreed, instant
from bot.parameters.base import Control, Lookup, Parameter, Reason, did_you_mean, quoted
from bot.permissions import Permission
from bot.platform import users
from bot.platform.users import Membership, UserRecord
from bot.platform.writes import ACCOUNTS, Write
from bot.policy import Risk
from bot.store.models import Verification
from bot.targets.tenant import Tenant
from bot.targets.user import User
from bot.words import listed

ROLES = ("owner", "admin", "member")


@dataclass(frozen=True)
class TenantRoles(Parameter):
    """A tenant's own role, or several with commas between."""

    label: ClassVar[str] = "Role in the tenant"
    usage: ClassVar[str] = "to admin"
    keywords: ClassVar[tuple[str, ...]] = ("to", "as")
    example: ClassVar[str] = "admin"
    explanation: ClassVar[str] = "owner, admin or member"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "owner, admin or member"

    names: tuple[str, ...]

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = [one for one in (raw or "").lower().removeprefix("as ").replace(",", " ").split() if one != "and"]
        if not typed:
            raise MissingParameter(parameter, f"Say which role: {listed(ROLES, 'or')}.")
        for one in typed:
            if one not in ROLES:
                close = get_close_matches(one, ROLES, n=1)
                said = did_you_mean(close) or f"The roles are {listed(ROLES)}."
                suggestions = [lookup.instead(parameter, name, name) for name in close]
                raise InvalidParameter(
                    parameter, f"{quoted(one)} is not a role in a tenant. {said}", suggestions=suggestions
                )
        return cls(tuple(sorted(set(typed), key=ROLES.index)))

    def dump(self) -> str:
        return ", ".join(self.names)

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(tuple(str(dumped).split(", ")) if dumped else ())


@register
class ChangeUserRole(Action):
    """Change a user's role in a tenant: owner, admin or member. The last owner has to stay owner."""

    name, verb, says = "user.role", "user role", "change the role of"
    also = ("change role",)
    offered_as = "change a user's role"
    permission, risk = Permission.USER_ROLE, Risk.MEDIUM
    writes = (ACCOUNTS, Write("tenant_users", update=("roles",)))
    changes = "roles"
    team = "operations"
    user: User
    roles: TenantRoles
    tenant: Annotated[Tenant | None, introduced_by("in")]
    reason: Reason

    def _there(self, record: UserRecord) -> Membership:
        """What they are now, where it is to change. Raises `Refused` where that is not clear, or is what is asked."""
        found = [one for one in record.memberships if self.tenant is None or one.tenant_id == self.tenant.id]
        if not found:
            where = f"does not belong to {self.tenant.name}" if self.tenant else "belongs to no tenant"
            raise Refused(f"This user {where}. Nothing was done.")
        if len(found) > 1:
            names = listed(one.tenant for one in found)
            raise Refused(f"This user belongs to {names}. Say which tenant you mean, such as “in {found[0].tenant}”.")
        if set(found[0].roles) == set(self.roles.names):
            raise NothingToDo(f"This user is {found[0].in_words} already. Nothing was done.")
        return found[0]

    async def _keeps_an_owner(self, session: AsyncSession, there: Membership) -> None:
        if "owner" not in there.roles or "owner" in self.roles.names:
            return
        if not await users.owned_by_others(session, [there.tenant_id], besides=self.user.id):
            raise Refused(
                f"This user is the last owner of {there.tenant}, and a tenant without one cannot be managed. "
                "Nothing was done. Make somebody else an owner first.",
                commands=[f"user role someone@example.com to owner in {there.tenant} because …"],
            )

    async def preview(self, session: AsyncSession) -> Impact:
        record = await current(session, self.user.id)
        there = self._there(record)
        await self._keeps_an_owner(session, there)
        return Impact(
            facts=(
                who_fact(record),
                fact("Tenant", there.tenant, bound=True),
                fact("Now", listed(there.roles) or "no role", bound=True),
                fact("After", listed(self.roles.names) or "no role"),
            ),
            context={
                "user": data(record),
                "tenant": there.tenant,
                "roles": listed(self.roles.names) or "no role",
            },
        )

    async def lock(self, session: AsyncSession) -> None:
        """The account, and all who own the tenant: two owners may lose that at once, and one has to stay."""
        await super().lock(session)
        there = await users.load(session, self.user.id)
        for one in there.memberships if there else ():
            await users.hold_members(session, one.tenant_id)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        there = self._there(await current(session, self.user.id))
        await self._keeps_an_owner(session, there)
        await users.set_roles(session, there.tenant_id, self.user.id, self.roles.names)
        return Outcome(
            data={"tenant": str(there.tenant_id), "was": list(there.roles)},
            old={"roles": list(there.roles)},
            new={"roles": list(self.roles.names)},
        )

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        return {**outcome, "roles": (await self._roles(session)).get(outcome["tenant"], [])}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await platform.ask(f"/internal/users/{self.user.id}")
        with agreed():
            there, at = answer["tenants"].get(outcome["tenant"], []), instant(answer)
            holds = sorted(there) == sorted(outcome["roles"])
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        there = (await self._roles(session)).get(outcome["tenant"])
        return there is not None and set(there) == set(self.roles.names)

    async def _roles(self, session: AsyncSession) -> dict[str, list[str]]:
        """What they are now, by the id of each tenant."""
        return {str(one.tenant_id): list(one.roles) for one in (await current(session, self.user.id)).memberships}

    def undo(self, outcome: dict[str, Any]) -> Step:
        return Step(
            action=self.name,
            parameters={
                "user": self.user.dump(),
                "roles": TenantRoles(tuple(outcome["was"])).dump(),
                "tenant": outcome["tenant"],
                "reason": f"undoing: {self.reason.text}",
            },
        )
