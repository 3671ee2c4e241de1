"""`user role where tenant=acme role=member to admin because …`: what many users are in their tenant."""

import itertools
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Outcome
from bot.actions.bulk import SAMPLE, Chosen, Did, PartOf
from bot.actions.declared import introduced_by
from bot.actions.impact import Step
from bot.actions.registry import register
from bot.actions.users.roles import TenantRoles
from bot.actions.users.selection import Users
from bot.actions.users.several import ManyUsers, UsersPart
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.platform import user_roles
from bot.platform.user_roles import Belonging
from bot.platform.user_selection import Group
from bot.platform.writes import ACCOUNTS, RECORD, Write
from bot.policy import Risk
from bot.targets.tenant import Tenant
from bot.words import listed


@dataclass(frozen=True)
class Move:
    """Users of a tenant who are the same in it, and become the same."""

    tenant: uuid.UUID
    was: tuple[str, ...]
    becomes: tuple[str, ...]
    ids: tuple[uuid.UUID, ...]


@dataclass(frozen=True)
class Moves(Chosen):
    """Who becomes what of what: only the bot itself says this."""

    moves: tuple[Move, ...] = ()

    @classmethod
    def of(cls, moves: Iterable[Move]) -> Self:
        """Those in which somebody moves."""
        found = tuple(one for one in moves if one.ids)
        return cls(tuple(who for one in found for who in one.ids), found)

    def dump(self) -> str:
        return json.dumps(
            [[str(one.tenant), [*one.was], [*one.becomes], " ".join(map(str, one.ids))] for one in self.moves]
        )

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls.of(
            Move(uuid.UUID(tenant), tuple(was), tuple(becomes), tuple(map(uuid.UUID, ids.split())))
            for tenant, was, becomes, ids in json.loads(str(dumped))
        )


@register
class MovePart(UsersPart):
    """One part of a large request: change the role of these users."""

    name, says, judged_as = "user.move_some", "change the role", "user.role"
    permission, risk = Permission.USER_ROLE, Risk.MEDIUM
    writes = (ACCOUNTS, Write("tenant_users", update=("roles",)), RECORD)
    changes = "roles"
    team = "operations"
    chosen: Moves
    reason: Reason

    async def lock(self, session: AsyncSession) -> None:
        """The accounts, and all who own the tenants: owners may lose that at once, and one has to stay."""
        await super().lock(session)
        await user_roles.lock(session, [one.tenant for one in self.chosen.moves], self.chosen.ids)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        made = [await self._made(session, one) for one in self.chosen.moves]
        did = [
            Did(who, one.tenant, {"roles": [*one.was]}, {"roles": [*one.becomes]}) for one in made for who in one.ids
        ]
        return await self.recorded(session, by, did, moves=Moves.of(made).dump())

    async def _made(self, session: AsyncSession, one: Move) -> Move:
        """The move of those who were still what they were."""
        return Move(
            one.tenant,
            one.was,
            one.becomes,
            tuple(await user_roles.change(session, one.tenant, one.ids, one.was, one.becomes)),
        )

    async def now(self, session: AsyncSession, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Any]:
        """Their roles, by the id of each tenant that they belong to."""
        return await user_roles.of_each(session, ids)

    def agrees(self, outcome: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
        moved = {tenant for tenant, _, _, ids in json.loads(outcome["moves"]) if str(row["id"]) in ids}
        now = outcome["now"][str(row["id"])]
        return all(sorted(row["tenants"].get(tenant, [])) == sorted(now.get(tenant, [])) for tenant in moved)

    def undo(self, outcome: dict[str, Any]) -> Step | None:
        if not outcome["done"]:
            return None
        back = [[tenant, becomes, was, ids] for tenant, was, becomes, ids in json.loads(outcome["moves"])]
        reason = f"undoing: {self.reason.text}"
        return Step(action=self.name, parameters={"chosen": json.dumps(back), "reason": reason})


@register
class MoveUsers(ManyUsers):
    """Choose users by what they have in common, and change their role in their tenant: owner, admin or member."""

    name, verb, says = "user.move_several", "user role where", "change the role of several users"
    also = ("move users", "change roles")
    offered_as = "change the role of several users"
    part = MovePart
    selection: Users
    roles: TenantRoles
    tenant: Annotated[Tenant | None, introduced_by("in")]
    reason: Reason

    async def _sorted(self, session: AsyncSession, ids: Sequence[uuid.UUID]) -> list[Belonging]:
        tenant = self.tenant.id if self.tenant else None
        return await user_roles.sort(session, ids, self.roles.names, tenant)

    async def groups(self, session: AsyncSession) -> list[Group]:
        by_why: dict[str, list[Belonging]] = {}
        for one in await self._sorted(session, self.selection.ids):
            by_why.setdefault(one.why, []).append(one)
        return [
            Group(why, tuple(one.user_id for one in them), tuple(one.email for one in them[:SAMPLE]))
            for why, them in sorted(by_why.items())
        ]

    async def one(self, session: AsyncSession, ids: tuple[uuid.UUID, ...]) -> PartOf:
        def alike(one: Belonging) -> tuple[uuid.UUID, tuple[str, ...]]:
            assert one.tenant_id is not None  # noqa: S101 - those that are ready belong to one
            return one.tenant_id, one.was

        belonging = sorted(await self._sorted(session, ids), key=alike)
        moves = [
            Move(tenant, was, self.roles.names, tuple(one.user_id for one in them))
            for (tenant, was), them in itertools.groupby(belonging, alike)
        ]
        return self.part(chosen=Moves.of(moves), reason=self.reason)

    def after(self) -> str:
        return f"{listed(self.roles.names)}{f' of {self.tenant.name}' if self.tenant else ''}"
