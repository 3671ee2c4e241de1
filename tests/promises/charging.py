"""Somebody outside: a small HTTP service that notes what it was asked for, and an action that asks it."""

import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import httpx
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.actions.base import EffectRequest, Outcome
from bot.actions.staff.revoke_sessions import RevokeSessions
from bot.integrations.base import EffectAbsent, EffectFailed, EffectNotYet
from bot.pipeline import effects
from bot.store.models import Proposal, State
from localslack import hosting
from tests.promises.bench import Bench, build

INTEGRATION = "insurance"


@dataclass
class Insurance:
    """The other side. `mood`: "well"; "no" refuses; "later" has not opened yet; "lost" does it and answers 502, "deaf"
    does nothing and does so.
    """

    mood: str = "well"
    knows_nothing: bool = False
    """Whether questions are answered with "never heard of it", as by a slow replica."""
    is_certain: bool = False
    """Whether it says of what it does not know that it surely has not come."""
    reports: list[str] = field(default_factory=list)
    """Idempotency keys of what arrived, one for each call."""

    async def report(self, request: Request) -> Response:
        if self.mood == "no":
            return JSONResponse({"error": "the policy has ended"}, 402)
        if self.mood == "later":
            return JSONResponse({}, 425)
        if self.mood != "deaf":
            self.reports.append(request.headers["Idempotency-Key"])
        if self.mood in ("lost", "deaf"):
            return JSONResponse({"error": "bad gateway"}, 502)
        return JSONResponse({"claim": "C-1"})

    async def look_up(self, request: Request) -> Response:
        known = request.path_params["key"] in self.reports and not self.knows_nothing
        return JSONResponse({"claim": "C-1"}) if known else JSONResponse({}, 410 if self.is_certain else 404)

    @contextlib.asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        routes = [Route("/claims", self.report, methods=["POST"]), Route("/claims/{key:path}", self.look_up)]
        async with hosting.serve(Starlette(routes=routes)) as url:
            yield url


class InsuranceClient:
    """Our side of it, as any integration is written."""

    tells: ClassVar[bool] = False

    def __init__(self, url: str) -> None:
        self._url = url

    async def send(self, key: str, request: dict[str, Any]) -> dict[str, Any]:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{self._url}/claims", json=request, headers={"Idempotency-Key": key})
        if answer.status_code == 402:
            raise EffectFailed(answer.json()["error"])
        if answer.status_code == 425:
            raise EffectNotYet("its counter was closed")
        answer.raise_for_status()
        return dict(answer.json())

    async def look_up(self, key: str, request: dict[str, Any], sent: dt.datetime) -> dict[str, Any] | None:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self._url}/claims/{key}")
        if answer.status_code == 410:
            raise EffectAbsent
        return dict(answer.json()) if answer.status_code == 200 else None

    async def close(self) -> None:
        """Each call closes what it opened."""


class RevokeAndReport(RevokeSessions):
    """Sign a staff member out everywhere, and report the stolen laptop."""

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        outcome = await super().execute(session, by)
        report = EffectRequest("report", INTEGRATION, {"about": str(self.staffer.id)})
        return replace(outcome, effects=(report,))


class RevokeAndFail(RevokeSessions):
    """Does its work and then breaks, as only code that nobody expected can."""

    async def execute(self, session: AsyncSession, by: uuid.UUID) -> Outcome:
        await super().execute(session, by)
        raise ZeroDivisionError


@contextlib.asynccontextmanager
async def insured(database_url: str, url: str) -> AsyncIterator[Bench]:
    """A bench whose revocation has an effect on the insurance at `url`."""
    made = build(database_url, replaced=[RevokeAndReport], integrations={INTEGRATION: InsuranceClient(url)})
    yield made
    await made.database.engine.dispose()


async def executed(bench: Bench) -> Proposal:
    """A revocation that is done, and whose report is still to be sent."""
    proposal = await bench.execute(await bench.decide("security", await bench.ask("oncall")))
    assert proposal.state == State.SUCCEEDED
    return proposal


def key(proposal: Proposal) -> str:
    """The idempotency key of its report."""
    return f"{proposal.id}:0:report"


async def run(bench: Bench, proposal: Proposal, looks: int = 0) -> str:
    """What the effect's job does; the state afterwards."""
    await effects.run(bench.core, key(proposal), looks)
    ((state,),) = await bench.sql("SELECT state FROM pmbot.effects")
    return str(state)
