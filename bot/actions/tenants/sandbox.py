"""`sandbox create "Try things" for 14d because …`: a tenant without customers, which ends automatically."""

import re
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, Group, Outcome, Verified
from bot.actions.impact import Impact, Step, fact
from bot.actions.registry import register
from bot.errors import InvalidParameter, MissingParameter, NothingToDo
from bot.holds import engine
from bot.holds.columns import subject_of
from bot.integrations.platform.probe import PlatformProbe, agreed, instant
from bot.parameters.base import Control, Lookup, Parameter, Reason, quoted, unescape
from bot.parameters.time import Term
from bot.permissions import Permission
from bot.platform import models
from bot.platform.writes import SANDBOXES
from bot.policy import Risk
from bot.store.models import HoldKind, Verification

HELD = {"status": "sandbox"}


@dataclass(frozen=True)
class SandboxName(Parameter):
    """What a new sandbox is called."""

    label: ClassVar[str] = "Name"
    usage: ClassVar[str] = "name"
    example: ClassVar[str] = '"Import trial"'
    explanation: ClassVar[str] = "the sandbox's name, from 3 to 60 characters; the word “sandbox” is added to it"
    control: ClassVar[Control] = "line"
    hint: ClassVar[str] = "For example Import trial"

    name: str

    @classmethod
    async def resolve(cls, parameter: str, raw: str | None, lookup: Lookup) -> Self:
        typed = " ".join(unescape(raw or "").replace("\x00", "").strip().strip('"“”').split())
        if not typed:
            raise MissingParameter(parameter, "Say what the sandbox is called, such as “Import trial”.")
        if not 3 <= len(typed) <= 60 or not re.fullmatch(r"[\w .,&'()+-]+", typed):
            raise InvalidParameter(
                parameter,
                f"{quoted(typed)} cannot be a name. Use 3 to 60 characters: only letters, digits, spaces "
                "and . , & ' ( ) + -",
            )
        return cls(typed if typed.lower().endswith("sandbox") else f"{typed} Sandbox")

    def dump(self) -> str:
        return self.name

    @classmethod
    async def load(cls, dumped: Any, session: AsyncSession) -> Self:
        return cls(str(dumped))


@register
class CreateSandbox(Action):
    """Create a sandbox: a tenant with made-up data only, which ends automatically."""

    name, verb, says = "sandbox.create", "sandbox create", "create"
    also = ("create sandbox", "new sandbox", "make sandbox")
    permission, risk = Permission.SANDBOX_CREATE, Risk.LOW
    writes = (SANDBOXES,)
    group = Group("Sandboxes", 5)
    team = "operations"
    sandbox: SandboxName
    duration: Term
    reason: Reason

    @property
    def target(self) -> str:
        return f"sandbox:{self.sandbox.name}"

    async def _not_there(self, session: AsyncSession) -> None:
        same = func.lower(models.Tenant.name) == self.sandbox.name.lower()
        if await session.scalar(select(models.Tenant.id).where(same, models.Tenant.deleted.is_(None)).limit(1)):
            raise NothingToDo(
                f"There is already a tenant called {self.sandbox.name}. Nothing was done: choose another name."
            )

    async def preview(self, session: AsyncSession) -> Impact:
        await self._not_there(session)
        return Impact(
            facts=(
                fact("Sandbox", self.sandbox.name, bound=True),
                fact("After", f"a separate tenant {self.duration.phrase}, then it ends; nobody is asked to pay for it"),
            ),
            context={"sandbox": self.sandbox.name, "lasts": self.duration.phrase},
        )

    async def lock(self, session: AsyncSession) -> None:
        await engine.lock(session)

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        await engine.lock(session)
        await self._not_there(session)
        tenant = uuid.uuid4()
        # What its end leaves comes first, and the hold makes a sandbox of it.
        await session.execute(insert(models.Tenant).values(id=tenant, name=self.sandbox.name, status="churned"))
        hold = await engine.place(
            session,
            HoldKind.SANDBOX,
            target=f"tenant:{tenant}",
            subject=subject_of(tenant, HELD),
            by=by,
            reason=self.reason.text,
            ends=self.duration.ends,
        )
        return Outcome(
            data={"hold": str(hold.id), "tenant": str(tenant)},
            old={},
            new={**HELD, "tenant": str(tenant)},
            holds=(hold.id,),
        )

    async def expects(self, session: AsyncSession, outcome: dict[str, Any]) -> dict[str, Any]:
        row = await session.get_one(models.Tenant, uuid.UUID(outcome["tenant"]), populate_existing=True)
        return {**outcome, "status": row.status}

    async def verify(self, outcome: dict[str, Any], platform: PlatformProbe) -> Verified:
        answer = await platform.ask(f"/internal/tenants/{outcome['tenant']}")
        with agreed():
            holds, at = answer["status"] == outcome["status"], instant(answer)
        return Verified(Verification.CONFIRMED if holds else Verification.NOT_YET, at)

    def undo(self, outcome: dict[str, Any]) -> Step:
        parameters = {"hold": outcome["hold"], "reason": f"undoing: {self.reason.text}"}
        return Step(action="hold.end", parameters=parameters)
