"""What the pipeline has the queue and the clock do."""

import uuid

import structlog

from bot.holds import engine
from bot.holds.engine import RECHECK, VERIFY_HOLD
from bot.logs import new_reference
from bot.pipeline import effects, execute, lists, solo, standing, sweep, verify
from bot.pipeline.core import EFFECT, EXECUTE, VERIFY, Core
from bot.runtime.clock import Chore
from bot.runtime.jobs import Job
from bot.store.orphans import Orphans, adopt

log = structlog.get_logger()

ORPHANS = (
    Orphans(EXECUTE, "proposals", "state IN ('approved', 'executing')", "proposal_id", "proposals.id::text"),
    Orphans(EFFECT, "effects", "state IN ('planned', 'sent', 'unknown')", "key", "effects.key"),
    Orphans(
        VERIFY,
        "executions",
        "verification IN ('pending', 'not_yet')",
        "proposal_id",
        "executions.proposal_id::text",
        "step, 0 AS attempt",
    ),
    Orphans(
        VERIFY_HOLD, "holds", "verification IN ('pending', 'not_yet')", "hold_id", "holds.id::text", "0 AS attempt"
    ),
)


def jobs(core: Core) -> list[Job]:
    """Executing, verifying, effects, and looking again at what changed."""

    async def run(proposal_id: str) -> None:
        await execute.execute(core, uuid.UUID(proposal_id))

    async def give_up(proposal_id: str, error: BaseException) -> None:
        reference = new_reference()
        log.error("gave up on a proposal", proposal=proposal_id, reference=reference, error=type(error).__name__)
        await execute.give_up(core, uuid.UUID(proposal_id), reference)

    async def recheck(target: str) -> None:
        await standing.recheck(core, target)

    async def verify_step(proposal_id: str, step: int, attempt: int) -> None:
        await verify.verify(core, uuid.UUID(proposal_id), step, attempt)

    async def verify_hold(hold_id: str, attempt: int) -> None:
        await verify.verify_end(core, uuid.UUID(hold_id), attempt)

    async def effect(key: str, looks: int = 0) -> None:
        await effects.run(core, key, looks)

    return [
        Job(EXECUTE, run, give_up=give_up),
        Job(RECHECK, recheck),
        Job(VERIFY, verify_step),
        Job(VERIFY_HOLD, verify_hold),
        Job(EFFECT, effect),
    ]


def chores(core: Core) -> dict[str, Chore]:
    """What is open is looked after, whatever the queue has forgotten."""
    return {
        "adopt": lambda: adopt(core.database, ORPHANS),
        "ask_again": lambda: verify.ask_again(core),
        "expire": lambda: sweep.expire(core),
        "forget": lambda: sweep.forget(core),
        "holds": lambda: engine.sweep(core.database),
        "lists": lambda: lists.look_after(core),
        "recheck": lambda: standing.sweep(core),
        "solo": lambda: solo.sweep(core),
    }
