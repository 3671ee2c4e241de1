"""`onboard someone@… as support because …`: somebody who has an account becomes staff, with their first role."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from sqlalchemy.ext.asyncio import AsyncSession

from bot import words
from bot.actions.base import Action, Outcome, Verified
from bot.actions.cases import Case
from bot.actions.declared import introduced_by
from bot.actions.held import set_for_good
from bot.actions.impact import Impact, fact
from bot.actions.registry import register
from bot.actions.roles.change import commands_of
from bot.errors import InvalidParameter, NothingToDo, Refused, Suggestion
from bot.holds import engine, role
from bot.integrations.platform.probe import PlatformProbe
from bot.parameters.base import Control, Lookup, Reason, as_uuid, quoted
from bot.permissions import Permission
from bot.personal import Part, Personal
from bot.platform import newcomers, staff
from bot.platform.newcomers import AccountRecord
from bot.platform.staff import StaffRecord
from bot.platform.writes import ACCOUNTS, ROLES, Write
from bot.policy import Risk, Stakes
from bot.store.models import HoldKind, Verification
from bot.targets.base import Target
from bot.targets.role import Role, Roles


@dataclass(frozen=True)
class Newcomer(Target):
    """Somebody with an account on the platform who is to be staff, by address."""

    kind: ClassVar[str] = "staff"
    noun: ClassVar[str] = "account"
    such_as: ClassVar[str] = "yara@penguinmails.example"
    label: ClassVar[str] = "Address"
    usage: ClassVar[str] = "address"
    example: ClassVar[str] = "yara@penguinmails.example"
    explanation: ClassVar[str] = "the address of their account on the platform"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "Type their address"

    user_id: uuid.UUID
    name: str
    email: str
    roles: frozenset[str] = frozenset()
    """Still held, of a time before."""

    @property
    def id(self) -> uuid.UUID:
        return self.user_id

    @property
    def parts(self) -> tuple[Part, ...]:
        return (Personal(personal="email", value=self.email),)

    @property
    def shown(self) -> str:
        return "an account"

    async def lock(self, session: AsyncSession) -> None:
        await staff.lock(session, self.user_id)
        await engine.lock(session)

    @classmethod
    async def get(cls, session: AsyncSession, identifier: str) -> Self | None:
        known = as_uuid(identifier)
        record = await newcomers.load(session, known) if known else None
        return cls._of(record) if record else None

    @classmethod
    async def find(cls, session: AsyncSession, typed: str) -> Sequence[Self]:
        record = await newcomers.by_email(session, typed)
        return [cls._of(record)] if record else []

    @classmethod
    async def unknown(cls, parameter: str, typed: str, lookup: Lookup) -> InvalidParameter:
        text = f"There is no account with the address {quoted(typed)}. Ask them to sign up on the platform first."
        return InvalidParameter(parameter, text)

    @classmethod
    def _of(cls, record: AccountRecord) -> Self:
        return cls(record.id, record.name, record.email, record.roles)


@register
class Onboard(Action):
    """Give access as staff, with first roles, to somebody who already has an account.

    Not a plan: the role is given to a staff member, whom there is only once the first half is done. It is decided as
    giving these roles is. It has no undo of its own: `offboard` ends it whole, also what they were given since.
    """

    name, verb = "staff.onboard", "onboard"
    also = ("on board", "make staff", "hire")
    offered_as = "onboard somebody"
    permission, risk = Permission.STAFF_ONBOARD, Risk.HIGH
    grants = True
    writes = (ACCOUNTS, ROLES, Write("staff_members", insert=("user_id",), update=("is_active", "updated")))
    newcomer: Newcomer
    roles: Annotated[Roles, introduced_by("as")]
    reason: Reason

    @property
    def about(self) -> uuid.UUID:
        return self.newcomer.id

    @property
    def stakes(self) -> Stakes:
        """What they still hold of before is in force again with it."""
        given = frozenset(self.roles.names) | self.newcomer.roles
        return Stakes(self.name, self.risk, grants=given, concerns=given)

    @classmethod
    async def cases(cls, session: AsyncSession, people: Sequence[StaffRecord], roles: Collection[str]) -> list[Case]:
        """Each role, for somebody who is not there yet."""
        new = Newcomer(uuid.UUID(int=0), "", "")
        each = [cls(newcomer=new, roles=Roles((Role(name),)), reason=Reason("-")) for name in roles]
        return [Case(one.stakes, one.roles.dump(), None, frozenset(one.roles.names)) for one in each]

    async def roles_after(self, session: AsyncSession) -> frozenset[str]:
        return frozenset(self.roles.names) | self.newcomer.roles

    async def _now(self, session: AsyncSession) -> AccountRecord:
        """The account. Raises `NothingToDo` where they are staff, `Refused` where it is no account of ours."""
        record = await newcomers.load(session, self.newcomer.id)
        if record is None:
            raise InvalidParameter("newcomer", "That account no longer exists on the platform.")
        if record.staff:
            given = {"staffer": str(record.id), "roles": self.roles.dump(), "reason": self.reason.text}
            raise NothingToDo(
                f"{record.name} is staff already. Nothing was done.",
                suggestions=[Suggestion(f"Add {words.roles(self.roles.names)} to {record.name}", "role add", given)],
            )
        ours = await newcomers.own_domains(session)
        if record.domain not in ours:
            raise Refused(
                f"Only accounts with a company address ({words.listed(sorted(ours), 'or')}) can become staff. "
                "Nothing was done. Ask the person to sign up with their work address first."
            )
        return record

    async def preview(self, session: AsyncSession) -> Impact:
        record = await self._now(session)
        after = sorted({*self.roles.names, *record.roles})
        can = await staff.permissions(session, after)
        before = "never staff so far" if record.staff is None else "no longer staff"
        return Impact(
            facts=(
                fact(
                    "Account",
                    Personal(personal="person", value=record.name),
                    " · ",
                    Personal(personal="email", value=record.email),
                    bound=True,
                ),
                fact("Now", f"{before}; account {record.status}"),
                fact("Earlier roles", words.roles(sorted(record.roles)) or "none", bound=True),
                fact(
                    "After", f"staff with {words.roles(after)}; account active; the roles work after their next sign-in"
                ),
                fact("They can use", commands_of(can) or "no command of this bot"),
                fact("In Slack", "an administrator links their account: pm staff link SLACK_ID ADDRESS"),
            ),
            context={"name": record.name, "given": words.roles(self.roles.names)},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        record = await self._now(session)
        await newcomers.make_staff(session, record.id)
        if record.status != "active":
            await set_for_good(session, HoldKind.SUSPENSION, record.id, {"status": "active"}, by)
        for name in self.roles.names:
            value = role.held_until(None, by)
            await engine.change(session, HoldKind.ROLE, role.switch(record.id, name), value, by=by)
        return Outcome(
            data={"wanted": await role.expected(session, record.id, self.roles.names)},
            old={"is_active": record.staff, "status": record.status, "roles": sorted(record.roles)},
            new={"is_active": True, "status": "active", "roles": sorted({*record.roles, *self.roles.names})},
        )

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await role.confirm(platform, self.newcomer.id, outcome["wanted"])
        return Verified(Verification.CONFIRMED if answer.agrees else Verification.NOT_YET, answer.at)

    async def still_so(self, session: AsyncSession, outcome: dict[str, Any]) -> bool:
        record = await newcomers.load(session, self.newcomer.id)
        return record is not None and bool(record.staff)
