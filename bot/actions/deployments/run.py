"""`deploy start API server version 1.4.2 because …`, `deploy roll-back API server because …`: CI is asked to do it."""

import uuid
from collections.abc import Collection
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.actions.base import Action, EffectRequest, Outcome
from bot.actions.deployments.parameters import Version
from bot.actions.impact import Fact, Impact, Step, fact
from bot.actions.registry import register
from bot.errors import NothingToDo
from bot.parameters.base import Reason
from bot.permissions import Permission
from bot.personal import Moment
from bot.policy import Risk
from bot.store.models import Deployment, DeploymentState
from bot.targets.service import Service

CI = "ci"  # the integration


class _Deploys(Action):
    """What CI is asked to do to a service."""

    permission: ClassVar[str] = Permission.DEPLOYMENT_RUN
    risk: ClassVar[Risk] = Risk.HIGH
    team: ClassVar[str] = "operations"
    service: Service
    reason: Reason

    @property
    def relies_on(self) -> Collection[str]:
        return (CI,)

    async def _newest(self, session: AsyncSession) -> list[Deployment]:
        """Its two newest that succeeded, the newest first. Raises `NothingToDo` while one is under way."""
        rows = await session.scalars(
            select(Deployment)
            .where(Deployment.service == self.service.name, Deployment.state != DeploymentState.FAILED)
            .order_by(Deployment.started.desc())
            .limit(2)
        )
        found = list(rows)
        if found and found[0].state == DeploymentState.STARTED:
            raise NothingToDo(
                f"Deployment {found[0].number} of {self.service.name} ({found[0].version}) is under way. Nothing was "
                "done: wait until it has ended."
            )
        return found

    def _asking(self, what: str, version: str | None) -> EffectRequest:
        return EffectRequest(
            "CI", CI, {"action": what, "service": self.service.name, "version": version, "reason": self.reason.text}
        )


def _now(found: list[Deployment]) -> Fact:
    if not found:
        return fact("Now", "no deployment is on record", bound=True)
    return fact("Now", f"{found[0].version}, deployed ", Moment.of(found[0].started), bound=True)


@register
class StartDeployment(_Deploys):
    """Let CI deploy a version of a service. The card of the deployment shows how it goes."""

    name, verb, says = "deployment.start", "deploy start", "deploy"
    also = ("deploy", "ship")
    offered_as = "deploy a service"
    service: Service
    version: Version
    reason: Reason

    @classmethod
    def phrase(cls) -> str:
        return "deploy a service"

    async def preview(self, session: AsyncSession) -> Impact:
        found = await self._newest(session)
        return Impact(
            facts=(
                fact("Service", self.service.name, bound=True),
                _now(found),
                fact("After", self.version.name, bound=True),
            ),
            context={"service": self.service.name, "version": self.version.name},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        before = await self._newest(session)
        old = before[0].version if before else None
        asked = (self._asking("deploy", self.version.name),)
        return Outcome({"service": self.service.name}, {"version": old}, {"version": self.version.name}, asked)

    def undo(self, outcome: dict[str, Any]) -> Step:
        given = {"service": outcome["service"], "reason": f"undoing: {self.reason.text}"}
        return Step(action=RollBack.name, parameters=given)


@register
class RollBack(_Deploys):
    """Let CI roll a service back to its previous version."""

    name, verb, says = "deployment.roll_back", "deploy roll-back", "roll back"
    also = ("deploy roll back", "deploy rollback", "undeploy")
    offered_as = "roll a service back"
    containment = True
    service: Service
    reason: Reason

    @classmethod
    def phrase(cls) -> str:
        return "roll a service back"

    async def preview(self, session: AsyncSession) -> Impact:
        found = await self._newest(session)
        before = found[1].version if len(found) > 1 else "the previous version, as CI knows it"
        return Impact(
            facts=(fact("Service", self.service.name, bound=True), _now(found), fact("After", before, bound=True)),
            context={"service": self.service.name},
        )

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        found = await self._newest(session)
        old, version = found[0].version if found else None, found[1].version if len(found) > 1 else None
        asked = (self._asking("roll_back", version),)
        return Outcome({"service": self.service.name}, {"version": old}, {"version": version}, asked)
